"""The commands put together, and what their errors mean for the exit code.

0 done · 1 failed · 2 wrong usage or configuration · 3 no such job · 4 refused.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from hotfolderd.cli.place import app
from hotfolderd.errors import ConfigError, HotfolderError, RefusedError, UnknownJobError
from hotfolderd.inbox.problem import printable

# Each module adds its commands to the application when it is imported; help lists them in this order.
COMMANDS = (
    *("run", "status", "look", "batches", "past", "check", "files", "schemas", "submit", "decide", "episode"),
    *("notify_test", "care"),
)
_WITH_A_VALUE = ("--root", "--config")


def main() -> None:
    """Run a command; every error of ours is one line on stderr and an exit code."""
    # The daemon stays: what other commands need would stay in its memory.
    load_commands(COMMANDS[:1] if _command(sys.argv[1:]) == "run" else COMMANDS)
    try:
        app()
    except HotfolderError as error:
        print(printable(str(error)), file=sys.stderr)  # noqa: T201
        sys.exit(_exit_code(error))
    except OSError as error:
        print(printable(f"{error.filename}: {error.strerror}. Nothing was changed."), file=sys.stderr)  # noqa: T201
        sys.exit(1)


def load_commands(names: Sequence[str] = COMMANDS) -> None:
    """Import modules of commands."""
    for name in names:
        importlib.import_module(f"hotfolderd.cli.{name}")


def _command(words: Sequence[str]) -> str:
    """The command among the words of a command line: the first that is no option and no option's value."""
    left = iter(words)
    for word in left:
        if word in _WITH_A_VALUE:
            next(left, None)
        elif not word.startswith("-"):
            return word
    return ""


def _exit_code(error: HotfolderError) -> int:
    if isinstance(error, ConfigError):
        return 2
    if isinstance(error, UnknownJobError):
        return 3
    return 4 if isinstance(error, RefusedError) else 1
