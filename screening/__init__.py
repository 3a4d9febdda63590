"""Screen counterparties against watchlists, with the source passage as evidence."""

__version__ = "0.1.0"
