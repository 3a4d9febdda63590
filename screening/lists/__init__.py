"""Watchlists: our YAML, one file per official format, the local store of snapshots."""
