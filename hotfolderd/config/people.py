"""The sections of `config.yaml` about people: who is told and when, who may decide."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from hotfolderd.config.sections import Section

_BASE_URL = r"^(https?://[^\s?#@]+)?$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"  # of the day, by the machine's clock
_TAG = re.compile(r"(client|stage|person):\S.*|event:[a-z_]+|severity:(info|warning|critical)|reminder:[1-9][0-9]{0,3}")


class Addressee(Section):
    """An item of `notify.urls` with tags: it is told only what they name."""

    url: str = Field(repr=False, description="an apprise address")
    tags: tuple[str, ...] = Field(default=(), description="what it hears, such as client:ACME or severity:warning")

    @field_validator("tags")
    @classmethod
    def _are_known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_TAG.fullmatch(tag) for tag in tags):
            raise ValueError(
                "write tags as client:NAME, stage:review, person:NAME, event:review_ready, severity:warning (or "
                "critical, info) or reminder:2 (from the second on)"
            )
        return tags


def _with_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class NotifySettings(Section):
    """`notify`: who is told, and when. Addresses hold secrets; they are never logged."""

    urls: tuple[Annotated[Addressee, BeforeValidator(_with_url, json_schema_input_type=str | Addressee)], ...] = Field(
        default=(), repr=False
    )
    urls_file: str | None = None
    base_url: str = Field(default="", json_schema_extra={"pattern": _BASE_URL})
    gather_s: float = Field(default=5.0, ge=0, le=3600)
    gather_most_s: float = Field(default=300.0, ge=0, le=86_400)
    remind_after_h: tuple[Annotated[float, Field(gt=0, le=8760)], ...] = (4.0, 24.0)
    digest_at: str | None = Field(default="08:00", json_schema_extra={"pattern": _TIME})
    quiet_from: str | None = Field(default=None, json_schema_extra={"pattern": _TIME})
    quiet_until: str | None = Field(default=None, json_schema_extra={"pattern": _TIME})
    max_per_minute: int = Field(default=20, ge=0)
    picture_max_mib: float = Field(default=5.0, ge=0)

    @field_validator("base_url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        if not re.fullmatch(_BASE_URL, url):
            raise ValueError(
                "write the web address of the root, beginning with http or https; no user, query or fragment"
            )
        return url

    @field_validator("digest_at", "quiet_from", "quiet_until")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        if text is not None and not re.fullmatch(_TIME, text):
            raise ValueError('write a time of the day in quotes, as "08:00", or null for never')
        return text

    @field_validator("remind_after_h")
    @classmethod
    def _grow(cls, hours: tuple[float, ...]) -> tuple[float, ...]:
        if list(hours) != sorted(set(hours)):
            raise ValueError("each reminder comes later than the one before: write the hours in rising order")
        return hours

    @model_validator(mode="after")
    def _are_both_there(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError(
                "quiet hours have a beginning and an end: write both quiet_from and quiet_until, or neither"
            )
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show."""
        return tuple(one.url for one in self.urls)


class ReviewSettings(Section):
    """`review`: which matches need nobody's approval; None: none."""

    auto_approve_above: float | None = Field(default=None, ge=0.5, le=1)


class ReviewerSettings(Section):
    """`reviewers`: who may decide where; an empty list lets everybody decide who can write the file."""

    review: tuple[str, ...] = ()
    override: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
