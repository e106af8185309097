"""What must hold on a root: at any moment after a crash (`always`), and when all has come to rest (`at_rest`).

Reads only. A broken invariant is a sentence; an empty list means that all hold.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hotfolderd.disk import load_own_yaml
from hotfolderd.pipeline import (
    APPROVAL,
    COMPLETED,
    GENERATION,
    INBOX,
    JOB_FOLDERS,
    VALIDATION,
)
from hotfolderd.records import Job, Record
from hotfolderd.standing import status_of

_LEFTOVER = re.compile(r".*\.(tmp|new|part|beside)$")
# Files that differ from run to run: refused orders are answered with receipts of their own.
_VARIES = re.compile(r"decisions/\d{4}-control\.|\.hotfolderd/|messages\.txt$|/runs\.log$|NEXT\.txt$")
_TIMES = (
    *("uid", "created_at", "updated_at", "since", "stages", "completed_at", "downloaded_at", "finished", "obeyed"),
    "retry_at",
)


def always(root: Path) -> list[str]:
    """What must hold whenever one looks, however the daemon has just died (I2, I3)."""
    broken = []
    seen: Counter[str] = Counter()
    for folder, place in _job_folders(root):
        seen[place.name] += 1
        try:
            job, decisions, _ = read_record(place)
        except (OSError, ValueError, LookupError) as error:
            broken.append(f"{folder}/{place.name}: the record cannot be read: {error!r}")
            continue
        broken += decided(folder, place, job, decisions)
        broken += filed(place, job, decisions, whole=False)
    broken += [f"{name}: stands in {count} places" for name, count in seen.items() if count > 1]
    return broken


def at_rest(root: Path, letters: dict[str, str], ends: dict[str, str]) -> list[str]:
    """What must hold of jobs that have come to their ends (I1, I2, I3, I5, I7)."""
    broken = always(root)
    stands = {place.name: folder for folder, place in _job_folders(root)}
    if stands != ends:
        broken.append(f"jobs stand in {stands}, and should in {ends}")
    for job_name, folder in stands.items():
        place = root / folder / job_name
        job, decisions, warnings = read_record(place)
        broken += filed(place, job, decisions, whole=True)
        broken += obeyed(place)
        broken += history(place, job, decisions)
        letter = place / "assets" / "letter.txt"
        if job_name in letters and (not letter.is_file() or letter.read_text() != letters[job_name]):
            broken.append(f"{job_name}: assets/letter.txt is not what was dropped")
        if job.intent or job.stage != folder:
            broken.append(f"{job_name}: stands in {folder}, its record says {job.stage} with intent {job.intent}")
        status = place / "status.yaml"
        said = load_own_yaml(status.read_bytes()) if status.exists() else None
        if said != json.loads(json.dumps(status_of(job, warnings))):
            broken.append(f"{job_name}: status.yaml does not say what the record says")
        if folder == COMPLETED and not (job.deployed and any(Path(job.deployed).parent.glob(f"{job_name}*"))):
            broken.append(f"{job_name}: is completed and not delivered")
    return broken + _leftovers(root)


def like(root: Path, reference: dict[str, Any], *, quietly: bool) -> list[str]:
    """Whether a root has come to the same state as one that nothing has happened to (I1, I4, I5).

    `quietly`: people were told nothing else either; not where the disk failed or
    what they were writing was cut off, which they are told of.
    """
    broken = []
    found = state(root)
    for name, jobs in reference["jobs"].items():
        mine = found["jobs"].get(name)
        if mine != jobs:
            differ = {k: (mine.get(k), v) for k, v in jobs.items() if mine.get(k) != v} if mine else "gone"
            broken.append(f"{name}: the record is another than without the crash: {differ}")
    missing, more = reference["files"] - found["files"], found["files"] - reference["files"]
    if missing or more:
        broken.append(f"files missing: {sorted(missing)}, files left over: {sorted(more)}")
    untold = reference["told"] - found["told"]
    if untold:
        broken.append(f"never told: {sorted(untold)}")
    strange = found["told"].keys() - reference["told"].keys()
    if quietly and strange:
        broken.append(f"told without reason: {sorted(strange)}")
    return broken


def told_again(root: Path, reference: dict[str, Any]) -> Counter[str]:
    """Messages that people got more often than without the crash; those about trouble are not counted."""
    return Counter(
        {
            title: count
            for title, count in (state(root)["told"] - reference["told"]).items()
            if title in reference["told"]
        }
    )


def state(root: Path) -> dict[str, Any]:
    """What can be compared of a root: the jobs without times, the names of all files, the titles of all messages."""
    jobs = {}
    for _, place in _job_folders(root):
        job, decisions, warnings = read_record(place)
        content = {k: v for k, v in dataclasses.asdict(job).items() if k not in _TIMES}
        content["deployed"] = bool(job.deployed)
        content["question"] = job.question and (job.question.gate, job.question.revision)
        content["answer"] = job.answer and (job.answer.gate, job.answer.decision)
        content["failure"] = job.failure and job.failure.step
        content["finished"] = sorted(job.finished)
        content["warnings_"] = sorted((row["step"], row["message"], row["resolved"]) for row in warnings)
        content["decisions_"] = [(row["gate"], row["decision"], row["reason"]) for row in decisions]
        jobs[place.name] = content
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return {
        "jobs": jobs,
        "files": {name for name in names if not _VARIES.search(name)},
        "told": Counter(told(root)),
    }


def told(root: Path) -> list[str]:
    """The titles of all messages, sent or not; whether it was late for one says when it was sent, not what."""
    path = root / "messages.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    titles = [line.partition("  ")[2] for line in lines if line[:1].isdigit()]
    waiting = (root / ".hotfolderd" / "outbox").glob("[!.]*.json")
    titles += [json.loads(path.read_bytes())["title"] for path in waiting]
    return [title.replace(str(root), "ROOT").removesuffix(" (answered already)") for title in titles]


def decided(folder: str, place: Path, job: Job, decisions: list[dict[str, Any]]) -> list[str]:
    """I3: no move without its decision."""
    if folder != job.stage and not (job.intent and job.intent.target == folder):
        return []  # dragged by a person: looked at when the daemon has answered
    gates = [(row["gate"], row["decision"]) for row in decisions]
    name = f"{folder}/{place.name}"
    if folder == VALIDATION and ("review", "approve") not in gates:
        return [f"{name}: without an approved review"]
    if folder == COMPLETED and not {("approval", "approve"), ("approval", "force_approve")} & set(gates):
        return [f"{name}: without an approval"]
    if folder in (GENERATION, APPROVAL) and ("review", "approve") not in gates:
        return [f"{name}: without an approved review"]
    # The decision that led here is the last one, and it was recorded and filed before the move.
    led = {VALIDATION: ("review", "approve"), COMPLETED: ("approval", "approve")}.get(folder)
    if led and gates and gates[-1] != led and job.stage not in (folder, "archive", "on-hold", "failed"):
        return [f"{name}: the last decision is {gates[-1]}"]
    if led:
        stem = f"{len(decisions):04d}-{led[0]}"
        lacking = [end for end in (".yaml", ".receipt.yaml") if not (place / "decisions" / f"{stem}{end}").exists()]
        return [f"{name}: moved before decisions/{stem}{end} was there" for end in lacking]
    return []


def filed(place: Path, job: Job, decisions: list[dict[str, Any]], *, whole: bool) -> list[str]:
    """I3, I7: each decision is applied once; what a person wrote lies in `decisions/` as it was read."""
    broken = []
    if [row["number"] for row in decisions] != list(range(1, len(decisions) + 1)) or job.decisions != len(decisions):
        broken.append(f"{place.name}: {job.decisions} decisions, recorded are {[row['number'] for row in decisions]}")
    stems = [f"{row['number']:04d}-{row['gate']}" for row in decisions]
    folder = place / "decisions"
    for stem, row in zip(stems, decisions, strict=True):
        kept, receipt = folder / f"{stem}.yaml", folder / f"{stem}.receipt.yaml"
        if kept.exists() and hashlib.sha256(kept.read_bytes()).hexdigest() != row["sha256"]:
            broken.append(f"{place.name}: decisions/{kept.name} is not what was decided by")
        if whole and not (kept.exists() and receipt.exists()):
            broken.append(f"{place.name}: decision {stem} was not filed with its receipt")
        elif whole and load_own_yaml(receipt.read_bytes()).get("decision") != row["decision"]:
            broken.append(f"{place.name}: the receipt of {stem} tells of another decision")
    extra = {path.name.partition(".")[0] for path in folder.glob("[0-9]*-[!c]*")} - set(stems)
    if extra:
        broken.append(f"{place.name}: filed without being recorded: {sorted(extra)}")
    return broken


def obeyed(place: Path) -> list[str]:
    """What is wrong with the answers to orders (I3): all orders of the stories can be carried out."""
    broken = []
    for receipt in sorted((place / "decisions").glob("*-control.receipt.yaml")):
        if not load_own_yaml(receipt.read_bytes())["accepted"]:
            broken.append(f"{place.name}: {receipt.name} refuses an order that was carried out")
        if not receipt.with_name(receipt.name.replace(".receipt", "")).exists():
            broken.append(f"{place.name}: {receipt.name} has no order beside it")
    return broken


def history(place: Path, job: Job, decisions: list[dict[str, Any]]) -> list[str]:
    """The history can be read line by line; a torn line may stand only where another follows it.

    It leaves nothing out that the record holds: each stage that the job has come to, each decision.
    """
    lines = (place / ".job" / "events.jsonl").read_bytes().split(b"\n")
    if lines.pop() != b"":
        return [f"{place.name}: the last line of events.jsonl has no end"]
    told, bad = [], 0
    for number, line in enumerate(lines):
        try:
            told.append(json.loads(line))
        except ValueError:
            bad += 1
            if number == len(lines) - 1:
                return [f"{place.name}: the last line of events.jsonl is torn"]
    broken = [f"{place.name}: {bad} lines of events.jsonl are torn"] if bad > 2 else []
    entered = {event["data"]["target"] for event in told if event["action"] == "stage_transition"}
    been = {name for name, times in job.stages.items() if times.started_at} - {INBOX}
    broken += [f"{place.name}: nothing tells how it came to {name}" for name in sorted(been - entered)]
    answered = sum("reason" in event["data"] for event in told)
    if answered < len(decisions):
        broken.append(f"{place.name}: the history tells of {answered} decisions, the record of {len(decisions)}")
    return broken


def _leftovers(root: Path) -> list[str]:
    """I5: nothing half done lies about."""
    found = [path.relative_to(root).as_posix() for path in root.rglob("*") if _LEFTOVER.fullmatch(path.name)]
    found += [path.relative_to(root).as_posix() for path in (root / ".hotfolderd" / "intake").glob("*")]
    return [f"left over: {sorted(found)}"] if found else []


def _job_folders(root: Path) -> Iterator[tuple[str, Path]]:
    for folder in JOB_FOLDERS:
        for path in sorted((root / folder).iterdir()):
            if path.is_dir():
                yield folder, path


def read_record(place: Path) -> tuple[Job, list[dict[str, Any]], list[dict[str, Any]]]:
    with Record(place) as record:
        return record.job, record.decisions(), record.warnings()
