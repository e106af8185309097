"""Rows and colours on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hotfolderd.inbox.problem import printable

# How a status looks on a terminal.
COLOURS = {
    "completed": "green",
    "complete": "green",
    "partially_complete": "yellow",
    "failed": "red",
    "cancelled": "dim",
    "on_hold": "yellow",
    "validation_failed": "red",
}
console = Console(soft_wrap=True, markup=False, emoji=False)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their heads; a status in its colour."""
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell), COLOURS.get(cell, "")) for cell in row))
    console.print(table)
