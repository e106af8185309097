"""The sidecars as models: what a person may write, key by key. Nothing is read or written here.

Unknown keys are refused, so that a misspelt `decison` is told rather than ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

REASON_LENGTH = 10


def _as_text(value: Any) -> Any:
    """What YAML reads as a number or a truth value is still a text where a text is meant."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else _as_text(value))]


_OR_EMPTY = BeforeValidator(lambda value: [] if value is None else value)


class FaultError(ValueError):
    """A rule about several keys is broken. `keys` are those to look at; the first that is written says the line."""

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


class Sidecar(BaseModel):
    """What all sidecars share."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class For(Sidecar):
    """Ties an answer to what was shown."""

    job: Text
    revision: Annotated[int, Field(ge=0, le=1_000_000)]


class Answerable(Sidecar):
    """A sidecar that answers a question. `end: true` in the last line proves that nothing of it was lost."""

    for_: For | None = Field(default=None, alias="for")
    by: Words = ""
    notes: Words = ""
    reason: Words = ""
    next_action: Literal["continue", "next_job", "dashboard"] = "continue"
    end: Literal[True] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Answerable:
        if self.for_ is not None and self.end is not True:
            words = "the last line `end: true` is missing, so the file may have been saved only in part"
            raise FaultError(f"{words}. Write it again as the last line", "end")
        return self


class MatchLine(Sidecar):
    """One placeholder of a review. Changing `confidence`, `why` and `or` changes nothing."""

    placeholder: Text
    comp: Text = ""
    kind: Literal["text", "image"] | None = None
    layer: Text | None = None
    value: Text | None = None
    fit: Literal["fit", "fill", "stretch"] | None = None
    skip: bool = False
    confidence: float | None = None
    why: Words = ""
    or_: Annotated[list[Text], _OR_EMPTY] = Field(default_factory=list, alias="or")


class Resolve(Sidecar):
    """A warning that a person has dealt with."""

    id: int
    notes: Words = ""


class ReviewSidecar(Answerable):
    """`2-review/<job>/review.yaml` of a template job."""

    decision: Literal["pending", "approve", "hold"] = "pending"
    apply_to: Literal["job"] = "job"
    matches: list[MatchLine] | None = None
    unused_layers: Annotated[list[Text], _OR_EMPTY] = Field(default_factory=list)
    resolve_warnings: Annotated[list[Resolve], _OR_EMPTY] = Field(default_factory=list)

    @field_validator("apply_to", mode="before")
    @classmethod
    def _one_job(cls, value: Any) -> Any:
        if value == "batch":
            raise ValueError("reviews of a whole batch are not taken yet; write `apply_to: job`")
        return value


class OverrideSidecar(Answerable):
    """`4-override/<job>/override.yaml`."""

    decision: Literal["pending", "override", "return", "hold"] = "pending"
    issues: Annotated[list[Any], _OR_EMPTY] = Field(default_factory=list)

    @field_validator("decision", mode="before")
    @classmethod
    def _older_word(cls, value: Any) -> Any:
        return "return" if value == "return_to_matching" else value

    @model_validator(mode="after")
    def _reasoned(self) -> OverrideSidecar:
        if self.decision == "override":
            demand_reason(self.reason, "Override reason is required")
        return self


class ApprovalSidecar(Answerable):
    """`6-approval/<job>/approval.yaml`."""

    decision: Literal["pending", "approve", "force_approve", "reject", "regenerate", "hold"] = "pending"
    return_to: Literal["2-review", "5-generation"] = "2-review"
    output_validation: Any = None

    @model_validator(mode="after")
    def _reasoned(self) -> ApprovalSidecar:
        if self.decision in ("force_approve", "reject"):
            demand_reason(self.reason, f"A reason is required for {self.decision}")
        return self


class ControlSidecar(Sidecar):
    """`control.yaml` in any job folder."""

    action: Literal["retry", "hold", "resume", "cancel", "archive", "unarchive", "priority", "pending"]
    from_: Words = Field(default="auto", alias="from")
    priority: Literal["high", "medium", "low"] | None = None
    reason: Words = ""
    by: Words = ""
    end: Literal[True] | None = None

    @model_validator(mode="after")
    def _which_priority(self) -> ControlSidecar:
        if self.action == "priority" and self.priority is None:
            raise FaultError("`action: priority` needs `priority: high`, `medium` or `low`", "action")
        return self


GATES: dict[str, type[Answerable]] = {
    "review": ReviewSidecar,
    "override": OverrideSidecar,
    "approval": ApprovalSidecar,
}


def demand_reason(reason: str, missing: str) -> None:
    """Raise FaultError unless there is a reason of at least 10 characters."""
    if not reason.strip():
        raise FaultError(f"{missing}. Write it in `reason:`", "reason", "decision")
    if len(reason.strip()) < REASON_LENGTH:
        found = f"`{reason.strip()}` has {len(reason.strip())}"
        raise FaultError(f"Reason must be at least {REASON_LENGTH} characters, {found}", "reason")
