"""The only module that writes a job's record and moves job folders.

Writes `.job/record.json`, `.job/events.jsonl`, `status.yaml`, puts finished outputs and answered sidecars in their
places, and renames job folders. A move is: note the intent, rename, note the arrival; a crash between is finished by
`arrive` at the next look.
"""

from __future__ import annotations

import dataclasses
import json
import mimetypes
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from hotfolderd.disk import append_line, fsync_dir, rename_new, write_atomic
from hotfolderd.model import Priority
from hotfolderd.pipeline import ARCHIVE, COMPLETED, FAILED, ON_HOLD, OVERRIDE, STAGES, Line, Stage, Status, Step
from hotfolderd.records import Answer, Failure, Intent, Job, Question, Record, StageTimes, read_job
from hotfolderd.root import Root
from hotfolderd.work import WORK, Done

EVENTS = Path(".job") / "events.jsonl"
DECISIONS = "decisions"


def stamp(at: datetime) -> str:
    """A time as it stands in every file: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """One door to the job folders of a root. `now` is handed in, so that tests can make time jump."""

    def __init__(self, root: Root, lines: Mapping[str, Line], now: Callable[[], datetime]) -> None:
        self.root = root
        self._lines = lines
        self._now = now

    # reading -------------------------------------------------------------------------------------------------------

    def load(self, folder: Path) -> Job:
        """The job of a folder. Raises OSError, ValueError or LookupError where there is no readable record."""
        return read_job(folder)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of job that have a line here."""
        return frozenset(self._lines)

    def stage_of(self, job: Job, folder: str) -> Stage | None:
        """The stage that a folder of the line is for this kind of job; None for a side folder."""
        return self._lines[job.kind].stages.get(folder)

    def line_of(self, job: Job) -> Line:
        """The line that this kind of job travels."""
        return self._lines[job.kind]

    # jobs ----------------------------------------------------------------------------------------------------------

    def create(self, folder: Path, order: Mapping[str, Any]) -> Job:
        """Give a built job folder its record, with the intent to enter the line. `order` is its `job.yaml`."""
        at = stamp(self._now())
        job = Job(
            job=order["job"],
            kind=order["kind"],
            uid=uuid.uuid4().hex,
            batch=order["batch"],
            stage=STAGES[0],
            status="pending",
            created_at=at,
            updated_at=at,
            since=at,
            client=order.get("client") or "",
            project=order.get("project") or "",
            priority=order.get("priority") or "medium",
            stages={STAGES[0]: StageTimes(started_at=at)},
            intent=Intent(STAGES[0], STAGES[1], "drop_accepted", "system", f"Taken in from batch {order['batch']}"),
        )
        (folder / ".job").mkdir(exist_ok=True)
        self.save(folder, job, ("job_created", f"Job {job.job} created"), by=order.get("submitted_by") or "system")
        return job

    def save(self, folder: Path, job: Job, *events: tuple[str, str], by: str = "system", **data: Any) -> Job:
        """Write the record, the status and the events of one change; the job with its new time."""
        with Record(folder) as record:
            return self._save(record, folder, job, events, by, data)

    def _save(
        self, record: Record, folder: Path, job: Job, events: tuple[tuple[str, str], ...], by: str, data: dict[str, Any]
    ) -> Job:
        job = dataclasses.replace(job, updated_at=stamp(self._now()))
        record.job = job
        self._write_status(folder, job, record)
        for action, message in events:
            self.note(folder, job, action, message, by=by, **data)
        return job

    def note(self, folder: Path, job: Job, action: str, message: str, *, by: str = "system", **data: Any) -> None:
        """Add an event to the job's history."""
        event = {
            "ts": stamp(self._now()),
            "job_id": job.job,
            "batch_id": job.batch,
            "stage": job.stage,
            "action": action,
            "user_id": by,
            "message": message,
            "data": data,
        }
        append_line(folder / EVENTS, json.dumps(event))

    # steps ---------------------------------------------------------------------------------------------------------

    def begin_step(self, folder: Path, job: Job, step: Step) -> Job:
        """Note that a worker has a step in hand."""
        job = dataclasses.replace(job, status=step.status, progress=step.progress, doing=step.doing, retry_at=None)
        return self.save(folder, job, ("preprocessing_step", f"{step.doing}: started"), step=step.name)

    def finish_step(self, folder: Path, job: Job, done: Done, *, gate: str | None) -> Job:
        """Put the outputs of a finished step in their places and note what it found.

        `gate` is the question that the step has prepared, if it has.
        """
        for text in publish(folder, done):
            self.note(folder, job, "sidecar_refused", text)
        with Record(folder) as record:
            for earlier in done.result.supersedes:
                record.replace_warnings(earlier, ())
            record.replace_warnings(done.step, done.result.issues, stage=job.stage)
            record.replace_assets(done.step, [_asset(done, output.path) for output in done.outputs if output.public])
            finished = {**job.finished, done.step: done.fingerprint}
            job = dataclasses.replace(job, attempts=0, retry_at=None, finished=finished)
            if done.result.verdict:
                job = dataclasses.replace(job, verdicts={**job.verdicts, done.step: done.result.verdict})
            if done.result.facts.get("deployed"):
                job = dataclasses.replace(job, deployed=done.result.facts["deployed"])
            stage = self.stage_of(job, job.stage)
            if gate is None and stage and stage.gate is None:
                job = dataclasses.replace(job, question=None)  # what was prepared no longer shows what is
            if gate:
                revision = job.revisions.get(gate, 0) + 1
                question = Question(gate, revision, job.decisions, stamp(self._now()))
                job = dataclasses.replace(job, question=question, revisions={**job.revisions, gate: revision})
            event = ("preprocessing_step", f"{done.step}: done in {done.seconds:.2f} s {done.result.message}".rstrip())
            data = {"step": done.step, "duration_ms": round(done.seconds * 1000)}
            return self._save(record, folder, job, (event,), "system", data)

    # decisions -----------------------------------------------------------------------------------------------------

    def take_decision(
        self,
        folder: Path,
        job: Job,
        answer: Answer,
        *,
        approved: str | None,
        event: tuple[str, str],
        resolved: tuple[int, ...] = (),
        settles: bool = False,
    ) -> Job:
        """Record a decision. `approved` is the content of `.job/approved.json` that the following steps read."""
        if approved is not None:
            write_atomic(folder / ".job" / "approved.json", approved)
        with Record(folder) as record:
            record.add_decision({**dataclasses.asdict(answer), "revision": job.revisions.get(answer.gate, 0)})
            critical = [row["id"] for row in record.warnings() if row["severity"] == "critical"] if settles else []
            record.resolve_warnings([*resolved, *critical], by=answer.by, at=answer.at)
            waiting = sum(row["severity"] != "info" and not row["resolved"] for row in record.warnings())
            job = dataclasses.replace(job, answer=answer, decisions=answer.number, attempts=0, retry_at=None)
            events: tuple[tuple[str, str], ...] = (event,)
            if answer.decision in ("approve", "force_approve") and waiting and answer.gate == "approval":
                job = dataclasses.replace(job, approved_with_warnings=waiting)
                events = (event, ("approved_with_warnings", f"Approved WITH {waiting} warnings"))
            return self._save(record, folder, job, events, answer.by, {"reason": answer.reason})

    def put_away(
        self, folder: Path, sidecar: str, number: int, receipt: Mapping[str, Any], *, changed: bool = False
    ) -> Path:
        """Move an answered sidecar to `decisions/` and write the receipt beside it. Safe to do again.

        A sidecar that was `changed` after it was read is not what was answered: it stays.
        """
        place = folder / DECISIONS
        place.mkdir(exist_ok=True)
        stem = f"{number:04d}-{Path(sidecar).stem}"
        kept = place / f"{stem}.yaml"
        if (folder / sidecar).exists() and not kept.exists() and not changed:
            rename_new(folder / sidecar, kept)
        path = place / f"{stem}.receipt.yaml"
        write_atomic(path, dump_yaml(dict(receipt)))
        (folder / f"{Path(sidecar).stem}.problems.txt").unlink(missing_ok=True)
        return path

    def amend_receipt(self, folder: Path, number: int, **changes: Any) -> None:
        """Write into the receipt of a decision what came of it. Nothing happens where there is no receipt."""
        for path in (folder / DECISIONS).glob(f"{number:04d}-[!c]*.receipt.yaml"):
            try:
                receipt = yaml.safe_load(path.read_bytes())
            except (OSError, yaml.YAMLError):
                continue
            if isinstance(receipt, dict):
                write_atomic(path, dump_yaml({**receipt, **changes}))

    # moves ---------------------------------------------------------------------------------------------------------

    def move(self, folder: Path, job: Job, target: str, action: str, *, by: str = "system", message: str = "") -> Path:
        """Move a job folder along the line, durably; its new place. The caller has asked `pipeline.may_move`."""
        begun = dataclasses.replace(job, intent=Intent(job.stage, target, action, by, message))
        with Record(folder) as record:
            record.job = begun
            # Whoever sees the folder arrive finds its status right.
            self._write_status(folder, self._arrived(begun), record)
        place = self.root.path / target / folder.name
        try:
            rename_new(folder, place)
        except OSError:
            with Record(folder) as record:
                record.job = job
                self._write_status(folder, job, record)
            raise
        self.arrive(place, begun)
        return place

    def arrive(self, folder: Path, job: Job) -> Job:
        """Note that a job stands where its intent leads: times, status, events."""
        intent = job.intent
        assert intent is not None, "arrive is called for a begun move only"
        job = self._arrived(job)
        text = f"Job {job.job}: Transitioned from Stage {intent.source} to {intent.target}"
        events = [("stage_transition", text)]
        if intent.message or intent.action not in ("", "stage_transition"):
            events.append((intent.action, intent.message or intent.action))
        job = self.save(folder, job, *events, by=intent.by, source=intent.source, target=intent.target)
        self._clear_other_questions(folder, job)
        return job

    def _arrived(self, job: Job) -> Job:
        """The job as it is when its intent is carried out."""
        intent = job.intent
        assert intent is not None
        at = stamp(self._now())
        stages = dict(job.stages)
        left = stages.get(intent.source, StageTimes())
        if intent.target not in (FAILED, ON_HOLD):
            stages[intent.source] = dataclasses.replace(left, completed_at=at, completed_by=intent.by)
            stages[intent.target] = StageTimes(started_at=at)
        if intent.source == STAGES[3] and intent.target == STAGES[5]:
            stages[OVERRIDE] = StageTimes(skipped=True)
        job = dataclasses.replace(
            job,
            stage=intent.target,
            intent=None,
            stages=stages,
            since=at,
            doing="",
            needs="",
            attempts=0,
            retry_at=None,
        )
        return self._standing(job, intent.target, intent)

    def _standing(self, job: Job, target: str, intent: Intent) -> Job:
        """The job as it is in its new place."""
        if target == FAILED:
            needs = "control.yaml with action: retry"
            return dataclasses.replace(job, status="failed", progress=0, needs=needs, held_from=None)
        if target == ON_HOLD:
            answer = None if job.answer and job.answer.target == ON_HOLD else job.answer
            needs = "control.yaml with action: resume"
            return dataclasses.replace(job, status="on_hold", held_from=intent.source, needs=needs, answer=answer)
        if target == ARCHIVE:
            gone: Status = "cancelled" if intent.action == "cancel" else "completed"
            return dataclasses.replace(job, status=gone, held_from=intent.source, failure=None, answer=None)
        stage = self.stage_of(job, target)
        assert stage is not None, f"{job.kind} has no stage {target}"
        back = intent.source in (FAILED, ON_HOLD)
        gate = stage.gate
        # An answer is kept where it was given; where a job is mended elsewhere, it is made anew and asked for again.
        kept = job.answer if back and gate and job.answer and job.answer.gate == gate.name else None
        rebuild = job.answer is not None and kept is None and (job.answer.rebuild or back)
        job = dataclasses.replace(
            job,
            status=gate.status if gate else stage.status,
            progress=stage.progress,
            failure=None,
            held_from=None,
            answer=kept,
            builds=job.builds + rebuild,
            needs=f"{gate.sidecar}: {gate.asks}" if gate else "",
        )
        if target == COMPLETED:
            job = dataclasses.replace(job, completed_at=job.since)
        if gate and gate.name == "approval" and job.verdicts.get("check-output") == "invalid":
            job = dataclasses.replace(job, status="validation_failed", progress=90)
        return job

    def return_folder(self, folder: Path, place: Path) -> None:
        """Rename a folder that a person has moved back to where its record says it stands."""
        rename_new(folder, place)

    def fail(self, folder: Path, job: Job, failure: Failure) -> Path:
        """Move a job to `failed/` with the reason and what to do."""
        job = dataclasses.replace(job, failure=failure)
        return self.move(folder, job, FAILED, "preprocessing_failed", message=failure.message)

    def forget_steps(self, folder: Path, job: Job, steps: Iterable[str]) -> Job:
        """Have steps done again although nothing that they read has changed."""
        again = set(steps)
        job = dataclasses.replace(job, finished={k: v for k, v in job.finished.items() if k not in again})
        return self.save(folder, job)

    def set_priority(self, folder: Path, job: Job, priority: Priority, *, by: str) -> Job:
        """Change the order in which the job is worked on."""
        job = dataclasses.replace(job, priority=priority)
        return self.save(folder, job, ("user_action:priority", f"Priority set to {priority}"), by=by)

    # what people see -----------------------------------------------------------------------------------------------

    def _clear_other_questions(self, folder: Path, job: Job) -> None:
        """Take away the pages of questions that are not put here; a sidecar of a person is never removed."""
        stage = self.stage_of(job, job.stage)
        if stage is None:  # from a side folder it may come back to its question
            return
        here = stage.gate.name if stage.gate else None
        for gate in (s.gate.name for s in self.line_of(job).stages.values() if s.gate):
            if gate != here:
                (folder / f"{gate}.html").unlink(missing_ok=True)

    def _write_status(self, folder: Path, job: Job, record: Record) -> None:
        warnings = [row for row in record.warnings() if not row["resolved"]]
        status: dict[str, Any] = {
            "job": job.job,
            "kind": job.kind,
            "batch": job.batch,
            "client": job.client,
            "project": job.project,
            "priority": job.priority,
            "stage": job.stage,
            "status": job.status,
            "progress": job.progress,
            "doing": job.doing,
            "needs": job.needs,
            "since": job.since,
            "updated_at": job.updated_at,
            "stages": {name: _without_none(times) for name, times in job.stages.items()},
            "warnings": [{key: row[key] for key in ("id", "severity", "type", "message", "fix")} for row in warnings],
        }
        if job.retry_at is not None:
            status["retry_at"] = stamp(datetime.fromtimestamp(job.retry_at, UTC))
        if job.failure:
            status["failure"] = dataclasses.asdict(job.failure)
        if job.deployed:
            status["deployed"] = job.deployed
        write_atomic(folder / "status.yaml", dump_yaml(status), durable=False)


def publish(folder: Path, done: Done) -> list[str]:
    """Put the public outputs of a step into the job folder and take away those of its earlier run. Safe to do again.

    Returns what is to be told of it, mostly nothing.
    """
    work = folder / WORK / done.step
    told: list[str] = []
    for output in done.outputs:
        source, target = work / output.path, folder / output.path
        if not output.public or not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if output.sidecar:
            early = _keep_early(folder, target, source.read_bytes())
            told += [early] if early else []
            write_atomic(target, source.read_bytes())
        else:
            source.replace(target)
    earlier = folder / WORK / f"{done.step}.published.json"
    names = [o.path for o in done.outputs if o.public and not o.sidecar]
    if not names and not earlier.exists():
        return told
    if earlier.exists():
        for name in set(json.loads(earlier.read_bytes())) - set(names):
            (folder / name).unlink(missing_ok=True)
    write_atomic(earlier, json.dumps(names))
    fsync_dir(folder)
    return told


def _keep_early(folder: Path, sidecar: Path, prepared: bytes) -> str | None:
    """Put a file aside that a person wrote before anything was asked; what to tell of it, None where there is none.

    The question must not overwrite it without a word.
    """
    if not sidecar.is_file() or sidecar.read_bytes() == prepared or b"decision: pending" in sidecar.read_bytes():
        return None
    place = folder / DECISIONS
    place.mkdir(exist_ok=True)
    stem = f"early-{1 + len(list(place.glob('early-*.receipt.yaml'))):02d}-{sidecar.stem}"
    rename_new(sidecar, place / f"{stem}.yaml")
    message = f"not ready: {sidecar.name} was written before anything was asked, and not taken"
    write_atomic(place / f"{stem}.receipt.yaml", dump_yaml({"accepted": False, "message": message}))
    return message


def restore_sidecar(folder: Path, sidecar: str, step: str) -> bool:
    """Write a sidecar again as it was asked, where a person has deleted it; False where it was never prepared."""
    prepared = folder / WORK / step / sidecar
    if not prepared.exists():
        return False
    write_atomic(folder / sidecar, prepared.read_bytes())
    return True


def dump_yaml(value: Any) -> str:
    """YAML as this program writes it: keys in the order given, unicode as it is, long lines kept."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=200)
    return text


def _asset(done: Done, path: str) -> dict[str, Any]:
    output = next(o for o in done.outputs if o.path == path)
    mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return {"path": path, "file_size": output.size, "sha256": output.sha256, "mime_type": mime}


def _without_none(times: StageTimes) -> dict[str, Any]:
    return {key: value for key, value in dataclasses.asdict(times).items() if value is not None and value is not False}
