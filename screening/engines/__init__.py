"""Where the pipeline runs over many parts."""
