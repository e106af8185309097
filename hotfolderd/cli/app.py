"""The commands put together, and what their errors mean for the exit code.

0 done · 1 failed · 2 wrong usage or configuration · 3 no such job · 4 refused.
"""

from __future__ import annotations

import importlib
import signal
import sys
from typing import TYPE_CHECKING

from hotfolderd.cli import resident
from hotfolderd.errors import ConfigError, HotfolderError, RefusedError, UnknownJobError
from hotfolderd.inbox.problem import printable

if TYPE_CHECKING:
    from typer import Typer

# Each module adds its commands to the application when it is imported; help lists them in this order.
COMMANDS = (
    *("run", "status", "look", "batches", "past", "check", "files", "schemas", "submit", "decide", "episode"),
    *("notify_test", "care"),
)


def main() -> None:
    """Run a command; every error of ours is one line on stderr and an exit code."""
    try:
        asked = resident.understood(sys.argv[1:])
        if asked is None:
            load_commands()()
        else:
            resident.work(asked)
    except HotfolderError as error:
        print(printable(str(error)), file=sys.stderr)  # noqa: T201
        sys.exit(_exit_code(error))
    except OSError as error:
        print(printable(f"{error.filename}: {error.strerror}. Nothing was changed."), file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except KeyboardInterrupt:  # before the daemon listens to it
        sys.exit(128 + signal.SIGINT)


def load_commands() -> Typer:
    """The application with all commands, whose modules are imported for that."""
    for name in COMMANDS:
        importlib.import_module(f"hotfolderd.cli.{name}")
    from hotfolderd.cli.place import app  # noqa: PLC0415  the daemon does without

    return app


def _exit_code(error: HotfolderError) -> int:
    if isinstance(error, ConfigError):
        return 2
    if isinstance(error, UnknownJobError):
        return 3
    return 4 if isinstance(error, RefusedError) else 1
