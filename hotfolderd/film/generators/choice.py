"""The generators by name, with the settings of those that have any.

Reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from hotfolderd.errors import ConfigError
from hotfolderd.film.generators.command import Command
from hotfolderd.film.generators.footage import Footage
from hotfolderd.film.generators.http import Http
from hotfolderd.film.generators.order import Generator
from hotfolderd.film.generators.pattern import TestPattern
from hotfolderd.film.generators.slideshow import Slideshow
from hotfolderd.film.generators.storyboard import Storyboard

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
    settings = settings or GeneratorSettings()
    if name == "command":
        return Command(settings.command.argv, settings.command.busy_codes)
    if name == "http":
        ask = settings.http
        return Http(ask.url, allow_hosts=ask.allow_hosts, key_env=ask.key_env, poll_s=ask.poll_s, max_mib=ask.max_mib)
    if name == "test":
        defect = f"fail:{settings.test.fail_times}" if settings.test.fail_times else settings.test.defect
        return TestPattern(defect, settings.test.by_scene)
    plain: dict[str, Generator] = {"storyboard": Storyboard(), "footage": Footage(), "slideshow": Slideshow()}
    if name not in plain:
        raise ConfigError(f"generators: there is none named {name!r}. Use one of: {', '.join(get_args(Name))}.")
    return plain[name]
