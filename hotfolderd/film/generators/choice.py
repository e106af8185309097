"""The generators by name, with the settings of those that have any.

Reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hotfolderd.film.generators.order import Generator

Name = Literal["storyboard", "footage", "slideshow", "command", "http", "test"]


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """A program that makes a clip. Each word of `argv` may hold `{prompt}`, `{duration}`, `{seed}`, `{width}`,
    `{height}`, `{fps}`, `{refs}`, `{params_json}`, `{output}`; `{refs}` alone becomes one word for each reference.
    """

    argv: tuple[str, ...] = ()
    busy_codes: tuple[int, ...] = (75,)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """A server that makes a clip: what is posted to `url` is polled and fetched. Hosts as `name` or `name:port`.

    `key_env` names the environment variable with the key; the key itself stands in no file.
    """

    url: str = ""
    allow_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    key_env: str = ""
    poll_s: float = 2.0
    max_mib: int = 512


@dataclass(frozen=True, slots=True)
class TestSettings:
    """What is wrong with the clips of the generator `test`. `by_scene` says it for single scenes, by their number."""

    __test__ = False

    defect: str = ""
    fail_times: int = 0
    by_scene: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GeneratorSettings:
    """The settings of all generators."""

    command: CommandSettings = CommandSettings()
    http: HttpSettings = HttpSettings()
    test: TestSettings = field(default_factory=TestSettings)


def generator_named(name: Name, settings: GeneratorSettings | None = None) -> Generator:
    """The generator of that name. Raises ConfigError where its settings are missing or wrong."""
    raise NotImplementedError
