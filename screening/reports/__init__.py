"""One renderer a file; each pure, from a Run."""
