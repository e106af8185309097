"""A decision: what a person's sidecar means once it was read, checked against what was asked and found allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfolderd.model import Notice
from hotfolderd.records import Job
from hotfolderd.review.reading import SidecarRefusedError, Written

if TYPE_CHECKING:
    from hotfolderd.review.models import Answerable


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and by whom. `approved` is what the next steps shall read, as JSON; None changes nothing.

    `shared`: it is meant for the other jobs of the batch too. `said` is told instead of what the outcome says; `events`
    (action and message) are added to the job's history. With `notices` people are told in their words.
    """

    decision: str
    by: str
    reason: str = ""
    notes: str = ""
    return_to: str | None = None
    approved: str | None = None
    resolved: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    shared: bool = False
    said: str = ""
    events: tuple[tuple[str, str], ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A sidecar that answers a question without anybody editing it: its text, who decides, and why so.

    `by_rule`: no person has decided this, the configuration has.
    """

    text: str
    by: str
    why: str
    by_rule: bool = False


def check_round(sidecar: Answerable, written: Written, job: Job, gate: str, name: str) -> None:
    """Raise SidecarRefusedError if the file answers another job or an earlier round than the one that was asked."""
    asked = job.question
    if sidecar.for_ is None or asked is None or asked.gate != gate:
        return
    if sidecar.for_.job != job.job:
        where = written.where(name, ("for", "job"))
        raise SidecarRefusedError(
            [f"{where}: is for the job `{sidecar.for_.job}`, this is `{job.job}`. Edit the file of this folder."]
        )
    if sidecar.for_.revision != asked.revision:
        where = written.where(name, ("for", "revision"))
        text = f"{where}: answers round {sidecar.for_.revision}, asked was round {asked.revision}."
        advice = f"Look at the page {gate}.html again, then write `revision: {asked.revision}` and save."
        raise SidecarRefusedError([f"{text} {advice}"])


def check_reviewer(by: str, allowed: Mapping[str, tuple[str, ...]], gate: str, name: str) -> None:
    """Raise SidecarRefusedError if the configuration names who may decide here and this person is not among them."""
    people = allowed.get(gate, ())
    if people and by not in people:
        names = ", ".join(people)
        raise SidecarRefusedError([f"{name}: `{by}` may not decide here. Allowed: {names} (write it in `by:`)."])


def decider(sidecar: Answerable, written: Written) -> str:
    """Who decides: the name in the file, or else the file's owner."""
    return sidecar.by.strip() or written.owner
