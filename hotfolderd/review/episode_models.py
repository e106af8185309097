"""The review of an episode as a model: what a person may write about each segment, and how the film is put together.

Nothing is read or written here. Unknown keys are refused.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from hotfolderd.review.fault import FaultError
from hotfolderd.review.models import Answerable, Sidecar, Text, Words, demand_reason, or_empty

Transition = Literal["cut", "fade", "dissolve"]
_RANGE = re.compile(r"\s*(\d{1,4})\s*-\s*(\d{1,4})\s*")
_JOINT = re.compile(r"\d{1,4}-\d{1,4}")


class Changes(Sidecar):
    """What is to be different in the next version; empty: as it was."""

    prompt: Words = Field(default="", description="What is seen.")
    dialogue: Words = Field(default="", description="What is said.")
    style: Words = Field(default="", description="How it looks, such as cinematic, noir, pastel or comic.")
    duration: float | None = Field(default=None, gt=0, le=600, description="Length in seconds.")
    seed: int | None = Field(default=None, ge=0, le=2**32 - 1, description="Another seed gives another picture.")

    def as_dict(self) -> dict[str, Any]:
        """Only what is to be different."""
        return {key: value for key, value in self.model_dump().items() if value not in ("", None)}


class SegmentLine(Sidecar):
    """What is decided about one segment. Changing `state` and `quality` changes nothing."""

    segment: int = Field(ge=1, le=9999, description="The number of the segment.")
    version: int | None = Field(default=None, ge=1, description="The version that this is about; empty: the current.")
    decision: Literal["pending", "approve", "reject", "regenerate", "rollback", "note"] = Field(
        default="pending", description="What you decide about it."
    )
    rating: int | None = Field(default=None, ge=1, le=5, description="1 to 5.")
    feedback: Words = Field(default="", description="What you think of it; kept in its history.")
    reason: Words = Field(default="", description="reject: why, at least 10 characters.")
    changes: Changes = Field(default_factory=Changes, description="reject, regenerate: what is to be different.")
    keep_original: bool = Field(default=False, description="regenerate: keep the media of this version for ever.")
    to_version: int | None = Field(default=None, ge=1, description="rollback: the version to go back to.")
    state: Any = Field(default=None, description="How it stands; for reading.")
    quality: Any = Field(default=None, description="What was measured; for reading.")

    @model_validator(mode="after")
    def _complete(self) -> SegmentLine:
        if self.decision == "reject":
            demand_reason(self.reason, "A reason is required for reject")
        if self.decision == "rollback" and self.to_version is None:
            raise FaultError("a rollback needs the version to go back to. Write it in `to_version:`", "decision")
        if self.decision not in ("reject", "regenerate") and self.changes.as_dict():
            text = "there are changes, and no decision that makes use of them. Write `decision: regenerate` or `reject`"
            raise FaultError(text, "decision", "changes")
        return self


class CompileBlock(Sidecar):
    """How the film is put together."""

    order: Annotated[list[int], or_empty(list[int])] = Field(
        default_factory=list, description="The segments in the order of the film; empty: all that are approved."
    )
    transition: Transition = Field(default="cut", description="cut, fade (through black) or dissolve.")
    transition_s: float = Field(default=0.5, gt=0, le=10, description="Length of a fade or dissolve in seconds.")
    joints: dict[str, Transition] = Field(default_factory=dict, description='Other joints, such as {"2-3": cut}.')
    music: bool | Text = Field(default=False, description="true: the first sound in music/; or the path of a sound.")
    music_volume: float = Field(default=0.3, ge=0, le=1, description="0 to 1.")
    normalize: bool = Field(default=True, description="Brings the film to target_lufs.")
    target_lufs: float = Field(default=-16.0, ge=-40, le=-5, description="Loudness of the film in LUFS.")
    allow_repeat: bool = Field(default=False, description="true: a segment may stand in the order twice.")

    @model_validator(mode="after")
    def _joints_are_pairs(self) -> CompileBlock:
        for key in self.joints:
            if not _JOINT.fullmatch(key):
                raise FaultError(f'`{key}` is no joint. Write the two numbers, such as "2-3"', ("joints", key))
        return self


class EpisodeReviewSidecar(Answerable):
    """`2-review/<job>/review.yaml` of an episode."""

    decision: Literal["pending", "approve", "compile", "hold"] = Field(
        default="pending",
        description="approve: all segments that are shown; compile: make the film, when all in the order are approved.",
    )
    approve: Annotated[list[int | Text], or_empty(list[int | Text])] = Field(
        default_factory=list, description="Segments to approve as they are shown, such as [1, 2, 5-8]."
    )
    segments: Annotated[list[SegmentLine], or_empty(list[SegmentLine])] = Field(
        default_factory=list, description="One line for each segment."
    )
    compile: CompileBlock = Field(default_factory=CompileBlock, description="How the film is put together.")

    @model_validator(mode="after")
    def _once_each(self) -> EpisodeReviewSidecar:
        seen: set[int] = set()
        for at, line in enumerate(self.segments):
            if line.segment in seen:
                text = f"segment {line.segment} is written twice. Keep one line for it"
                raise FaultError(text, ("segments", at, "segment"))
            seen.add(line.segment)
        for number, what in zip(self.approved_numbers(), self.approve, strict=False):
            below = next((one for one in self.segments if one.segment == number), None)
            if below is not None and below.decision not in ("pending", "approve"):
                text = f"segment {number} is approved here and `{below.decision}` below. Keep one of them"
                raise FaultError(text, ("approve", self.approve.index(what)))
        return self

    def approved_numbers(self) -> list[int]:
        """The segments that `approve` names. Raises FaultError for what is no number and no range."""
        numbers: list[int] = []
        for at, one in enumerate(self.approve):
            found = _RANGE.fullmatch(str(one))
            if found and int(found[1]) <= int(found[2]):
                numbers += range(int(found[1]), int(found[2]) + 1)
            elif str(one).strip().isdigit():
                numbers.append(int(one))
            else:
                raise FaultError(
                    f"`{one}` is no segment. Write numbers and ranges, such as [1, 2, 5-8]", ("approve", at)
                )
        return numbers
