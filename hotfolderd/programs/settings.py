"""`render` in the configuration: which program outside does what, and the facts that steps are given of it.

Looks for the programs on the disk; starts nothing. The secret is in no fact that a fingerprint is made of.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hotfolderd.programs.finding import find


class Places(Protocol):
    """The root, as far as renderers see it; see `root.Root`."""

    @property
    def path(self) -> Path:
        """The root itself."""
        ...

    @property
    def renders(self) -> Path:
        """Where projects and movies are exchanged."""
        ...


class NexrenderSettings(BaseModel):
    """`render.nexrender`: the one server that is spoken to, and how its workers see the root."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(default="", description="the nexrender server; the only one that is spoken to")
    secret: str = Field(default="", repr=False, description="its secret; never shown")
    poll_s: float = Field(default=2.0, gt=0, le=60, description="how often it is asked how far a job is")
    root_there: str = Field(default="", description="the root as its workers see it; empty: the same path")
    with_log: bool = Field(default=False, description="true: the log of aerender is fetched and read too")

    @field_validator("url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            good = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1) > 0
        except ValueError:
            good = False
        if url and (not good or parts.username or parts.password or parts.query or parts.fragment):
            raise ValueError(
                "write http or https, the host and the port, without a name, a password or anything behind"
            )
        return url.rstrip("/")

    @field_validator("secret")
    @classmethod
    def _can_be_a_header(cls, secret: str) -> str:
        if not secret.isascii() or not secret.isprintable() or secret != secret.strip():
            raise ValueError("only ASCII characters can be sent, and no blanks around them")
        return secret

    @field_validator("root_there")
    @classmethod
    def _is_absolute(cls, path: str) -> str:
        if path and not re.match(r"/|[A-Za-z]:[\\/]|\\\\", path):
            raise ValueError("write the whole path, such as /Volumes/jobs or Z:/jobs")
        return path.rstrip("/\\")


class RenderSettings(BaseModel):
    """`render`: what After Effects does, where it is, in place of this program alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: Literal["headless", "afterfx"] = "headless"
    preview: Literal["headless", "aerender", "nexrender"] = "headless"
    deliver_video: Literal["none", "aerender", "nexrender"] = "none"
    at_once: int = Field(default=1, ge=1, le=64)
    silence_s: float = Field(default=300.0, gt=0)
    timeout_s: float = Field(default=3600.0, gt=0, le=86400)
    tolerate: tuple[Literal["missing_fonts", "missing_footage", "missing_effects", "logged_errors"], ...] = ()
    afterfx: str = ""
    aerender: str = ""
    arguments: tuple[str, ...] = ()
    render_settings: str = "Best Settings"
    output_module: str = ""
    format: Literal["mov", "mp4"] = "mov"
    nexrender: NexrenderSettings = NexrenderSettings()

    @property
    def engine(self) -> Literal["", "aerender", "nexrender"]:
        """What renders the comp; "" where nothing does."""
        named = [one for one in (self.preview, self.deliver_video) if one not in {"headless", "none"}]
        return "" if not named else "aerender" if named[0] == "aerender" else "nexrender"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if {self.preview, self.deliver_video} == {"aerender", "nexrender"}:
            raise ValueError("preview and deliver_video: the comp is rendered once, so name the same program in both")
        if self.engine == "nexrender" and not self.nexrender.url:
            raise ValueError("nexrender: url is missing: write where the nexrender server is")
        return self

    def facts(self, root: Places) -> dict[str, Any]:
        """What steps may name: `project_by`, `afterfx` and `rendering` (None: not done), and the key for the server."""
        return {
            "project_by": self.project,
            "afterfx": self._afterfx(),
            "rendering": self._rendering(root),
            "nexrender_secret": self.nexrender.secret,
        }

    def programs(self) -> tuple[str, ...]:
        """The programs that are wanted, by their paths. Raises ConfigError if one is not there."""
        found = [find("afterfx", self.afterfx)] if self.project == "afterfx" else []
        found += [find("aerender", self.aerender)] if self.engine == "aerender" else []
        return tuple(found)

    def ports(self) -> tuple[int, ...]:
        """The TCP ports of the servers that steps may speak to."""
        if self.engine != "nexrender":
            return ()
        parts = urlsplit(self.nexrender.url)
        return (parts.port or (443 if parts.scheme == "https" else 80),)

    def _afterfx(self) -> dict[str, Any] | None:
        if self.project != "afterfx":
            return None
        return {"program": find("afterfx", self.afterfx)} | _plain(self, {"silence_s", "timeout_s", "tolerate"})

    def _rendering(self, root: Places) -> dict[str, Any] | None:
        if not self.engine:
            return None
        wanted = {"preview", "deliver_video", "silence_s", "timeout_s", "tolerate"}
        wanted |= {"arguments", "render_settings", "output_module", "format"}
        settings = {"engine": self.engine, **_plain(self, wanted)}
        if self.engine == "aerender":
            return {**settings, "program": find("aerender", self.aerender)}
        farm = self.nexrender.model_dump(exclude={"secret"})
        return {**settings, **farm, "root": str(root.path), "exchange": str(root.renders)}


def _plain(settings: BaseModel, names: set[str]) -> dict[str, Any]:
    return settings.model_dump(include=names)
