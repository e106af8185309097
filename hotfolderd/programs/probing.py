"""Whether the programs and servers of the configuration are there and answer; for people, before a job needs them.

Starts aerender for its version and asks the nexrender server; never starts After Effects itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hotfolderd.errors import ConfigError, ToolError
from hotfolderd.programs.finding import find
from hotfolderd.programs.settings import RenderSettings


@dataclass(frozen=True, slots=True)
class Probed:
    """One program or server: where it is, what it says of itself, and what is wrong (empty: nothing)."""

    name: Literal["afterfx", "aerender", "nexrender"]
    where: str
    says: str = ""
    problem: str = ""


def probe(
    *, afterfx: str | None = None, aerender: str | None = None, nexrender: tuple[str, str] | None = None
) -> list[Probed]:
    """What is to be said of each program that is named; None: it is not used, "": wherever it is installed.

    `nexrender` is the address of the server and its secret, which is shown nowhere.
    """
    return list(_probed(afterfx, aerender, nexrender))


def probe_configured(render: RenderSettings) -> list[Probed]:
    """The same for what the configuration asks for; empty where nothing outside is used."""
    farm = render.nexrender
    return probe(
        afterfx=render.afterfx if render.project == "afterfx" else None,
        aerender=render.aerender if render.engine == "aerender" else None,
        nexrender=(farm.url, farm.secret) if render.engine == "nexrender" else None,
    )


def _probed(afterfx: str | None, aerender: str | None, nexrender: tuple[str, str] | None) -> Iterator[Probed]:
    if afterfx is not None:
        try:
            path = find("afterfx", afterfx)
            year = re.search(r"After Effects (?:CC )?(\d{4})", path)
            yield Probed("afterfx", path, f"After Effects {year[1]}" if year else "it is there; it was not started")
        except ConfigError as error:
            yield Probed("afterfx", afterfx, problem=str(error))
    if aerender is not None:
        yield _aerender(aerender)
    if nexrender is not None:
        yield _nexrender(*nexrender)


def _aerender(given: str) -> Probed:
    from hotfolderd.programs.aerender import version_of  # noqa: PLC0415  needs ffmpeg's libraries

    try:
        path = find("aerender", given)
    except ConfigError as error:
        return Probed("aerender", given, problem=str(error))
    try:
        version = version_of(path)
    except ToolError as error:
        return Probed("aerender", path, problem=str(error))
    if not version:
        return Probed(
            "aerender", path, problem=f"{path}: names no version, so it is hardly aerender. Look at the path."
        )
    return Probed("aerender", path, f"aerender {version}")


def _nexrender(url: str, secret: str) -> Probed:
    from hotfolderd.programs.nexrender import Server  # noqa: PLC0415  needs requests

    try:
        Server(url, secret).health()
    except ToolError as error:
        return Probed("nexrender", url, problem=str(error))
    return Probed("nexrender", url, "answers, and takes the secret" if secret else "answers")
