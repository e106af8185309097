"""The commands put together, and what their errors mean for the exit code.

0 done · 1 failed · 2 wrong usage or configuration · 3 no such job · 4 refused.
"""

from __future__ import annotations

import sys

from hotfolderd.cli import (
    batches,
    care,
    check,
    decide,
    episode,
    files,
    look,
    notify_test,
    past,
    run,
    schemas,
    status,
    submit,
)
from hotfolderd.cli.place import app
from hotfolderd.errors import ConfigError, HotfolderError, RefusedError, UnknownJobError
from hotfolderd.inbox.problem import printable

# Each module adds its commands to the application when it is imported.
COMMANDS = (run, status, look, batches, past, check, files, schemas, submit, decide, episode, notify_test, care)


def main() -> None:
    """Run a command; every error of ours is one line on stderr and an exit code."""
    try:
        app()
    except HotfolderError as error:
        print(printable(str(error)), file=sys.stderr)  # noqa: T201
        sys.exit(_exit_code(error))
    except OSError as error:
        print(printable(f"{error.filename}: {error.strerror}. Nothing was changed."), file=sys.stderr)  # noqa: T201
        sys.exit(1)


def _exit_code(error: HotfolderError) -> int:
    if isinstance(error, ConfigError):
        return 2
    if isinstance(error, UnknownJobError):
        return 3
    return 4 if isinstance(error, RefusedError) else 1
