"""Counterparty files to rows: the only place that reads a user's table."""

from screening.intake.several import open_files
from screening.intake.table import Batch, Rows, Table, from_frame, open_table

__all__ = ["Batch", "Rows", "Table", "from_frame", "open_files", "open_table"]
