"""The command `run` alone. Its process stays, and so would all that the other commands load with it.

Understands a command line as `cli.run` describes it, which explains what needs to be: mistakes, and `--help`.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hotfolderd import logs
from hotfolderd.runtime import Runtime, file_for
from hotfolderd.settings import Reading, SettingsFile


@dataclass(frozen=True, slots=True)
class Asked:
    """What `run` is asked to do; see there. `patience` is in seconds."""

    root: Path | None = None
    config: Path | None = None
    until_idle: bool = False
    patience: float = 0.0
    verbose: bool = False


class _NotPlainError(Exception):
    """A command line that needs an explanation."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _NotPlainError(message)


def understood(words: Sequence[str]) -> Asked | None:
    """What a command line asks of `run`; None for another command, and where anything is to be explained."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--config", type=Path)
    run = parser.add_subparsers(dest="command", required=True).add_parser("run", add_help=False, allow_abbrev=False)
    run.add_argument("--until-idle", action=argparse.BooleanOptionalAction, default=False)
    run.add_argument("--patience", type=float, default=0.0)
    run.add_argument("--verbose", action=argparse.BooleanOptionalAction, default=False)
    try:
        found = parser.parse_args(words)
    except _NotPlainError:
        return None
    return Asked(found.root, found.config, found.until_idle, found.patience, found.verbose)


def work(asked: Asked) -> None:
    """Watch the root and move its jobs along the line, until told to end. Raises ConfigError."""
    reading = Reading(asked.root, asked.config)
    from hotfolderd.daemon import Daemon  # noqa: PLC0415  while the configuration is read

    def set_up_log(settings: Runtime) -> None:
        level = logging.DEBUG if asked.verbose else logging.INFO
        logs.set_up(level, addresses=settings.secrets, as_json=settings.log_format == "json")

    settings = reading.result()
    set_up_log(settings)
    file = SettingsFile(
        file_for(root=asked.root, file=asked.config),
        lambda root: Reading(asked.root, asked.config, keep=root).result(),
        settings,
    )
    Daemon(settings, until_idle=asked.until_idle, patience_s=asked.patience, settings=file, taken=set_up_log).run()
