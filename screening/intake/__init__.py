"""Counterparty files to rows: the only place that reads a user's table."""

from screening.intake.table import Batch, Table, from_frame, open_table

__all__ = ["Batch", "Table", "from_frame", "open_table"]
