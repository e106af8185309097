"""The section of `config.yaml` about films: how their clips are made, and how many versions are kept."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from hotfolderd.config.sections import Section

_VOICE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,12}){0,3}")


class RateSettings(Section):
    """How often one generator may be asked; None: without limit."""

    per_minute: int | None = Field(default=None, ge=1, description="Clips a minute.")
    per_day: int | None = Field(default=None, ge=1, description="Clips a day.")


class CommandSettings(Section):
    """`episodes.command`: the program that makes a clip, for `generator: command`."""

    argv: tuple[str, ...] = Field(
        default=(), description="The program, word by word, with {prompt}, {output} and so on."
    )
    busy_codes: tuple[int, ...] = Field(default=(75,), description="Exit codes that mean: try again later.")


class HttpSettings(Section):
    """`episodes.http`: the server that makes a clip, for `generator: http`."""

    url: str = Field(default="", description="Where a clip is ordered.")
    allow_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost", "[::1]"), description="No other host is asked."
    )
    key_env: str = Field(default="", description="The environment variable that holds the key.")
    poll_s: float = Field(default=2.0, gt=0, description="How often it is asked whether the clip is ready.")
    max_mib: int = Field(default=512, ge=1, description="A larger answer is refused.")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        where = urlsplit(url)
        try:
            right = not url or (where.scheme in ("http", "https") and bool(where.hostname) and where.port != 0)
        except ValueError:  # the port is no number
            right = False
        if not right:
            raise ValueError("is no address. Write it as http://127.0.0.1:8000/make")
        return url


class TestSettings(Section):
    """`episodes.test`: what is wrong with the clips of `generator: test`."""

    __test__ = False

    defect: str = Field(default="", description="What is wrong with its clips.")
    fail_times: int = Field(default=0, ge=0, description="How often it fails first.")
    by_scene: dict[int, str] = Field(default={}, description="What is wrong with the clip of single scenes.")


class EpisodeSettings(Section):
    """`episodes`: how films are made segment by segment."""

    step_by_step: bool = True
    max_parallel: int = Field(default=2, ge=1, le=32)
    attempts: int = Field(default=3, ge=1, le=20)
    base_s: float = Field(default=2.0, ge=0)
    cap_s: float = Field(default=60.0, ge=0)
    circuit_failures: int = Field(default=5, ge=1, description="So often in a row: the generator is left alone.")
    circuit_pause_s: float = Field(default=60.0, gt=0, description="For so long; then one scene tries.")
    seconds_per_clip_second: float = Field(default=24.0, gt=0)
    slow_after_s: float = Field(default=120.0, gt=0, description="For each 5 s of a clip: more is a warning.")
    large_after_mib: float = Field(default=50.0, gt=0, description="For each 5 s of a clip: more is a warning.")
    burn_captions: bool = True
    voice: str = Field(default="", description="The voice of espeak-ng for Latin letters; empty: en-us.")
    keep_versions: int = Field(default=3, ge=1)
    keep_rejected_days: float = Field(default=7.0, ge=0)
    limits: dict[Literal["storyboard", "footage", "slideshow", "command", "http", "test"], RateSettings] = Field(
        default={}
    )
    command: CommandSettings = CommandSettings()
    http: HttpSettings = HttpSettings()
    test: TestSettings = TestSettings()

    @field_validator("voice")
    @classmethod
    def _is_a_voice(cls, voice: str) -> str:
        if voice and not _VOICE.fullmatch(voice):
            raise ValueError("is no voice of espeak-ng. Write a language, such as de, fr or en-gb")
        return voice

    def programs(self) -> tuple[str, ...]:
        """The program that makes clips, if one is set."""
        return self.command.argv[:1]

    def ports(self) -> tuple[int, ...]:
        """The port of the server that makes clips, if one is set."""
        where = urlsplit(self.http.url)
        return (where.port or (443 if where.scheme == "https" else 80),) if where.hostname else ()
