"""What approvals leave behind: what is learned of a template, and answers for the other jobs of a batch.

Reads and writes `.hotfolderd/learned/<sha256 of the template>.json` and `batches/<batch>/answers/<gate>-<job>.json`. A
file of these that cannot be read is told of in the log and counts as none. Runs in the daemon (`keep`) and in workers.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TypeVar

from hotfolderd.disk import make_folder, write_atomic
from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file
from hotfolderd.matching.given import texts_given
from hotfolderd.matching.memory import Approval, Memory, Pair, Structure, learned
from hotfolderd.model import from_json, to_json
from hotfolderd.records import Job
from hotfolderd.root import Root
from hotfolderd.stages.template.approved import demand_approved
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.work import WORK

log = logging.getLogger(__name__)
STRUCTURE = "structure.json"
_MOST_BYTES = 32 << 20
T = TypeVar("T")


def memory_of(learned_in: Path, template: str) -> Memory:
    """What was learned of the template with that sha256."""
    return _read(Memory, learned_in / f"{template}.json") or Memory()


def structure_in(folder: Path) -> Structure:
    """The layers of a job's design, as they were when it was matched. Raises OSError or ValueError where it was not."""
    return from_json(Structure, (folder / WORK / "match" / STRUCTURE).read_bytes())


def keep(root: Root, folder: Path, job: Job) -> None:
    """Remember what was approved for a job, and lay it out for the others of its batch where it is meant for them.

    Raises OSError where the answer for the batch cannot be written: it must not be lost. What is not learned is only
    told of in the log. Safe to do again.
    """
    approval = _approval(folder, job)
    if approval is None:
        return
    answers = _answers(root, job)
    if job.answer and job.answer.shared and answers:
        make_folder(answers)
        write_atomic(answers / f"{job.answer.gate}-{job.job}.json", to_json(approval))
    if all(match.remembered for match in demand_approved(folder).matches):
        return  # it came from memory as it is
    path = root.learned / f"{approval.structure.template}.json"
    try:
        make_folder(root.learned)
        write_atomic(path, to_json(learned(memory_of(root.learned, approval.structure.template), approval)))
    except OSError as error:
        log.warning("%s: %s; what was approved is not remembered for later jobs", path, error)


def answers_for(root: Root, job: Job, gate: str) -> list[Approval]:
    """The answers that were given for the whole batch of a job, the newest first."""
    folder = _answers(root, job)
    paths = sorted(folder.glob(f"{gate}-*.json")) if folder else []
    found = [approval for path in paths if (approval := _read(Approval, path))]
    return sorted(found, key=lambda approval: approval.at, reverse=True)


def _answers(root: Root, job: Job) -> Path | None:
    """Where the answers for a job's batch lie; None where there is no such batch any more."""
    folder = root.batches / job.batch
    is_name = bool(job.batch) and "/" not in job.batch and not job.batch.startswith(".")
    return folder / "answers" if is_name and folder.is_dir() else None


def _approval(folder: Path, job: Job) -> Approval | None:
    """What was approved for a job; None where that cannot be told, as for one matched by an earlier version."""
    answer = job.answer
    try:
        structure, approved, texts = structure_in(folder), demand_approved(folder), read_ordered(folder).texts
    except (OSError, ValueError, JobError) as error:
        log.warning("%s: %s; what was approved is not remembered", folder, error)
        return None
    assert answer is not None, "only a recorded decision is kept"
    given = texts_given(texts)
    pairs = []
    for one in approved.matches:
        text = one.value if one.layer is None else None
        ordered = text is not None and text == given(one.placeholder)
        pairs.append(
            Pair(one.placeholder_id, one.kind, one.layer, one.fit, text is not None, None if ordered else text)
        )
    return Approval(job.job, job.uid, answer.by, answer.at, structure, tuple(pairs))


def _read(kind: type[T], path: Path) -> T | None:
    """The value in a file of ours; None where there is none, or it cannot be read."""
    try:
        with open_file(path) as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"larger than {_MOST_BYTES >> 20} MiB")
        return from_json(kind, data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, JobError) as error:
        reason = str(error).partition("\n")[0]
        log.warning("%s: is not read (%s). It may be deleted.", path, reason)
        return None
