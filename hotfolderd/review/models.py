"""The sidecars as models: what a person may write, key by key. Nothing is read or written here.

Unknown keys are refused, so that a misspelt `decison` is told rather than ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from hotfolderd.review.fault import FaultError

REASON_LENGTH = 10
_STAGES_BY_NUMBER = {"2": "2-review", "5": "5-generation"}


def _as_text(value: Any) -> Any:
    """What YAML reads as a number or a truth value is still a text where a text is meant."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


# What stands in the schemas is what may be written, not what it becomes.
Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int | float | bool)]
Words = Annotated[
    str,
    BeforeValidator(
        lambda value: "" if value is None else _as_text(value), json_schema_input_type=str | int | float | bool | None
    ),
]


def or_empty(kind: Any) -> BeforeValidator:
    """For a list of that type: nothing written is an empty one."""
    return BeforeValidator(lambda value: [] if value is None else value, json_schema_input_type=kind | None)


def _demands(key: str, values: list[str], wanted: dict[str, Any]) -> dict[str, Any]:
    """A rule about several keys, for the schema: where `key` has one of `values`, `wanted` must be there as well."""
    return {
        "if": {"properties": {key: {"enum": values}}, "required": [key]},
        "then": {"properties": wanted, "required": list(wanted)},
    }


_REASON: dict[str, Any] = {"reason": {"type": "string", "minLength": REASON_LENGTH}}
_WHOLE: dict[str, Any] = {"if": {"required": ["for"]}, "then": {"required": ["end"]}}


class Sidecar(BaseModel):
    """What all sidecars share."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class For(Sidecar):
    """Ties an answer to what was shown."""

    job: Text = Field(description="The job that was asked about.")
    revision: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="The round that was shown; leave it.")


class Answerable(Sidecar):
    """A sidecar that answers a question. `end: true` in the last line proves that nothing of it was lost."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_WHOLE]})

    for_: For | None = Field(default=None, alias="for", description="What this answers; leave it as it is.")
    by: Words = Field(default="", description="Who decides; empty: the owner of this file.")
    notes: Words = Field(default="", description="Whatever the next person should know.")
    reason: Words = Field(default="", description="Why; some decisions need at least 10 characters.")
    next_action: Literal["continue", "next_job", "dashboard"] = Field(
        default="continue", description="Where you want to look next."
    )
    end: Literal[True] | None = Field(default=None, description="Proves that the file was saved whole; the last line.")

    @model_validator(mode="after")
    def _whole(self) -> Answerable:
        if self.for_ is not None and self.end is not True:
            words = "the last line `end: true` is missing, so the file may have been saved only in part"
            raise FaultError(f"{words}. Write it again as the last line", "end")
        return self


class MatchLine(Sidecar):
    """One placeholder of a review. Changing `confidence`, `why` and `or` changes nothing."""

    placeholder: Text = Field(description="The layer of the template that is filled.")
    comp: Text = Field(default="", description="The comp that the placeholder is in; empty: all that have it.")
    kind: Literal["text", "image"] | None = Field(default=None, description="What the placeholder takes; for reading.")
    layer: Text | None = Field(default=None, description="A layer's path in the design (Group/Name), or null.")
    value: Text | None = Field(default=None, description="The text that will be set; left out: what the layer says.")
    fit: Literal["fit", "fill", "stretch"] | None = Field(
        default=None, description="fit: all of the picture is seen; fill: the frame is full; stretch: distorted."
    )
    skip: bool = Field(default=False, description="true leaves the placeholder as it is in the template.")
    confidence: float | None = Field(default=None, description="How sure the match is, 0 to 1; for reading.")
    why: Words = Field(default="", description="Why this layer was chosen; for reading.")
    or_: Annotated[list[Text], or_empty(list[Text])] = Field(
        default_factory=list, alias="or", description="The next-best layers; for reading."
    )


class Resolve(Sidecar):
    """A warning that a person has dealt with."""

    id: int = Field(description="The warning's number in status.yaml.")
    notes: Words = Field(default="", description="What was done about it.")


class ReviewSidecar(Answerable):
    """`2-review/<job>/review.yaml` of a template job."""

    decision: Literal["pending", "approve", "hold"] = Field(default="pending", description="What you decide.")
    apply_to: Literal["job", "batch"] = Field(
        default="job", description="batch: also those jobs of the batch that have the same template and layers."
    )
    matches: list[MatchLine] | None = Field(default=None, description="Which layer goes into which placeholder.")
    unused_layers: Annotated[list[Text], or_empty(list[Text])] = Field(
        default_factory=list, description="Layers that fill nothing; for reading."
    )
    resolve_warnings: Annotated[list[Resolve], or_empty(list[Resolve])] = Field(
        default_factory=list, description="Warnings that you have dealt with: {id: 3, notes: font installed}."
    )


class OverrideSidecar(Answerable):
    """`4-override/<job>/override.yaml`."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_WHOLE, _demands("decision", ["override"], _REASON)]})

    decision: Literal["pending", "override", "return", "hold"] = Field(
        default="pending", description="override: go on, with a reason; return: choose other layers."
    )
    issues: Annotated[list[Any], or_empty(list[Any])] = Field(
        default_factory=list, description="What was found; for reading."
    )

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

    model_config = ConfigDict(
        json_schema_extra={"allOf": [_WHOLE, _demands("decision", ["force_approve", "reject"], _REASON)]}
    )

    decision: Literal["pending", "approve", "force_approve", "reject", "regenerate", "hold"] = Field(
        default="pending", description="What you decide; force_approve and reject need a reason."
    )
    return_to: Literal["2-review", "5-generation"] = Field(
        default="2-review", description="Where a rejected job goes back to."
    )
    output_validation: Any = Field(default=None, description="What the check of the output found; for reading.")

    @model_validator(mode="before")
    @classmethod
    def _older_words(cls, data: Any) -> Any:
        """`fix_and_reprocess` is a rejection that is its own reason; `return_to_stage` has the number of the stage."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if data.get("decision") == "fix_and_reprocess":
            data["decision"] = "reject"
            data["reason"] = data.get("reason") or "fix and reprocess"
        if str(data.get("return_to_stage")) in _STAGES_BY_NUMBER:
            data["return_to"] = _STAGES_BY_NUMBER[str(data.pop("return_to_stage"))]
        return data

    @model_validator(mode="after")
    def _reasoned(self) -> ApprovalSidecar:
        if self.decision in ("force_approve", "reject"):
            demand_reason(self.reason, f"A reason is required for {self.decision}")
        return self


class ControlSidecar(Sidecar):
    """`control.yaml` in any job folder."""

    model_config = ConfigDict(
        json_schema_extra=_demands("action", ["priority"], {"priority": {"enum": ["high", "medium", "low"]}})
    )

    action: Literal[
        "retry", "hold", "resume", "cancel", "archive", "unarchive", "downloaded", "priority", "pending"
    ] = Field(description="What shall be done with the job.")
    from_: Words = Field(default="auto", alias="from", description="retry: auto, or the step to begin with.")
    priority: Literal["high", "medium", "low"] | None = Field(
        default=None, description="action priority: which job is worked on first."
    )
    reason: Words = Field(default="", description="Why; for the record.")
    by: Words = Field(default="", description="Who orders it; empty: the owner of this file.")
    end: Literal[True] | None = Field(default=None, description="Proves that the file was saved whole; the last line.")

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
