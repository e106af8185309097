"""The commands put together, and what their errors mean for the exit code.

0 done · 1 failed · 2 wrong usage or configuration · 3 no such job · 4 refused.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hotfolderd.errors import ConfigError, HotfolderError, RefusedError, UnknownJobError
from hotfolderd.inbox.problem import printable

if TYPE_CHECKING:
    from typer import Typer

# Each module adds its commands to the application when it is imported; help lists them in this order.
COMMANDS = {
    "run": ("init", "run", "demo"),
    "status": ("status",),
    "look": ("rebuild-index", "jobs", "next", "show"),
    "batches": ("batch",),
    "past": ("events", "stats", "report"),
    "check": ("check",),
    "files": ("inspect", "match"),
    "schemas": ("schema",),
    "submit": ("submit",),
    "decide": (
        *("start", "approve", "override", "return", "reject", "regenerate", "force-approve", "retry", "hold", "resume"),
        *("cancel", "archive", "downloaded", "unarchive", "priority"),
    ),
    "episode": ("episode",),
    "notify_test": ("notify-test",),
    "care": ("doctor", "gc", "install-service"),
}


def main() -> None:
    """Run a command; every error of ours is one line on stderr and an exit code."""
    try:
        words = sys.argv[1:]
        if "run" not in words or not _run(words):
            load_commands(words)()
    except HotfolderError as error:
        print(printable(str(error)), file=sys.stderr)  # noqa: T201
        sys.exit(_exit_code(error))
    except OSError as error:
        print(printable(f"{error.filename}: {error.strerror}. Nothing was changed."), file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except KeyboardInterrupt:  # before the daemon listens to it
        sys.exit(128 + signal.SIGINT)


def _run(words: Sequence[str]) -> bool:
    """Work as a daemon, without what the other commands load; False where the words need to be explained."""
    from hotfolderd.cli import resident  # noqa: PLC0415  the other commands do without

    asked = resident.understood(words)
    if asked is not None:
        resident.work(asked)
    return asked is not None


def load_commands(words: Sequence[str] = ()) -> Typer:
    """The application with those commands that are among the words, or with all where none is: help, a slip.

    Their modules are imported for that: a person who asks for one need not wait for the others.
    """
    meant = [module for module, names in COMMANDS.items() if not set(names).isdisjoint(words)]
    for name in meant or COMMANDS:
        importlib.import_module(f"hotfolderd.cli.{name}")
    from hotfolderd.cli.place import app  # noqa: PLC0415  the daemon does without

    return app


def _exit_code(error: HotfolderError) -> int:
    if isinstance(error, ConfigError):
        return 2
    if isinstance(error, UnknownJobError):
        return 3
    return 4 if isinstance(error, RefusedError) else 1
