"""Rows for people and for programs: a table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hotfolderd.cli.place import say


def say_rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows: a table on a terminal, else a line for each with tabs between, without heads."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(row))
    elif rows:
        from hotfolderd.cli.tables import print_table  # noqa: PLC0415  a command that prints no table does without rich

        print_table(heads, rows)
