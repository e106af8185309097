"""The only module that writes a job's record and moves job folders.

Writes `.job/record.json`, `.job/events.jsonl`, `status.yaml`, puts finished outputs and answered sidecars in their
places, and renames job folders. A move is: note the intent, rename, note the arrival; a crash between is finished by
`arrive` at the next look.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from hotfolderd.disk import (
    append_lines,
    dump_yaml,
    load_own_yaml,
    make_folder,
    remove_file,
    remove_temporary,
    rename_new,
    write_atomic,
)
from hotfolderd.model import Priority
from hotfolderd.pipeline import STAGES, Line, Stage, Step
from hotfolderd.publishing import DECISIONS, asset_of, publish
from hotfolderd.records import Answer, Intent, Job, Question, Record, StageTimes, read_job, stamp
from hotfolderd.review.strict_yaml import SidecarError, load
from hotfolderd.root import Root
from hotfolderd.standing import arrived, downloaded, status_of
from hotfolderd.work import WORK, Done, Progress

EVENTS = Path(".job") / "events.jsonl"
# A job that goes from step to step is shown to people so often.
_SHOWN_AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class _Unshown:
    """A job whose status says something older: what it shall say, and since when (monotonic seconds) it does not."""

    folder: Path
    job: Job
    rows: list[dict[str, Any]]
    since: float


class Store:
    """One door to the job folders of a root. `now` is handed in, so that tests can make time jump.

    `saved` is called with the name of each job whose record was written.
    """

    def __init__(
        self,
        root: Root,
        lines: Mapping[str, Line],
        now: Callable[[], datetime],
        *,
        saved: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.root = root
        self._lines = lines
        self._now = now
        self._unshown: dict[str, _Unshown] = {}
        self.saved = saved

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
        """Give a built job folder its record, with the intent to enter the line. `order` is its `job.yaml`.

        One that it got before a crash is kept.
        """
        with contextlib.suppress(OSError, ValueError, LookupError):
            return read_job(folder)
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
        make_folder(folder / ".job")
        by = order.get("submitted_by") or "system"
        return self.save(folder, job, ("job_created", f"Job {job.job} created"), by=by)

    def save(
        self,
        folder: Path,
        job: Job,
        *events: tuple[str, str],
        by: str = "system",
        goes_on: bool = False,
        **data: Any,
    ) -> Job:
        """Write the record, the status and the events of one change; the job with its new time. See `_save`."""
        with Record(folder) as record:
            lines = [self._event(job, *one, by, data) for one in events]
            return self._save(record, folder, job, lines, goes_on=goes_on)

    def _save(
        self,
        record: Record,
        folder: Path,
        job: Job,
        events: Sequence[str],
        *,
        goes_on: bool = False,
        repeatable: bool = False,
    ) -> Job:
        """The history first: a crash between may tell of a thing twice, never leave it out.

        The status of a job that `goes_on` at once is left to `show_late`. `repeatable`: if a power cut takes this
        record back, the step that it notes is done again, so that no commit of the journal is waited for.
        """
        record.demand(job)
        rows = record.warnings()
        waiting = sum(row["severity"] != "info" and not row["resolved"] for row in rows)
        job = dataclasses.replace(job, updated_at=stamp(self._now()), warnings=waiting)
        record.job = job
        history = functools.partial(append_lines, folder / EVENTS, *events) if events else None
        record.flush(named=not repeatable, first=history)
        if goes_on:
            first = self._unshown.get(job.job)
            self._unshown[job.job] = _Unshown(folder, job, rows, first.since if first else time.monotonic())
        else:
            self._write_status(folder, job, rows)
        self.saved(job.job)
        return job

    def show_late(self, *, all_of_them: bool = False) -> float | None:
        """Write the status of jobs that have gone on for a while. Seconds until the next; None where there is none.

        What a crash leaves unshown is written at the start.
        """
        until = time.monotonic() - _SHOWN_AFTER_S
        for name, one in list(self._unshown.items()):
            if not (all_of_them or one.since <= until):
                continue
            try:
                self._write_status(one.folder, one.job, one.rows)
            except FileNotFoundError:  # somebody has moved the folder, and it is shown where it is
                continue
            except OSError:  # what counts stands in the record
                self._unshown[name] = dataclasses.replace(one, since=time.monotonic())
        return min((one.since - until for one in self._unshown.values()), default=None)

    def forget(self, job: str) -> None:
        """A job is gone: nothing of it is to be shown any more."""
        self._unshown.pop(job, None)

    def note(self, folder: Path, job: Job, action: str, message: str, *, by: str = "system", **data: Any) -> None:
        """Add an event to the job's history."""
        append_lines(folder / EVENTS, self._event(job, action, message, by, data))

    def _event(self, job: Job, action: str, message: str, by: str, data: dict[str, Any]) -> str:
        """An event as a line of the history."""
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
        return json.dumps(event)

    def tidy_up(self, folder: Path, job: Job) -> None:
        """Mend what a killed daemon or a power cut left in a job folder: half-written files, an old or empty status."""
        for place in (folder, folder / ".job", folder / WORK, folder / DECISIONS):
            if place.is_dir():
                remove_temporary(place)
        if job.intent is None and not self._status_is_of(folder, job):
            with Record(folder) as record:
                self._write_status(folder, job, record.warnings())

    @staticmethod
    def _status_is_of(folder: Path, job: Job) -> bool:
        """Whether the status was written after the record, and whole; what it says tells where both are of one tick."""
        status = folder / "status.yaml"
        try:
            data = status.read_bytes()
            age_ns = (folder / ".job" / "record.json").stat().st_mtime_ns - status.stat().st_mtime_ns
        except OSError:
            return False
        said = (f"\nstage: {job.stage}\n", f"\nstatus: {job.status}\n", f"\nprogress: {job.progress}\n", job.updated_at)
        whole = data.startswith(b"job: ") and data.endswith(b"\n")
        return age_ns <= 0 and whole and all(line.encode() in data for line in said)

    # steps ---------------------------------------------------------------------------------------------------------

    def begin_step(self, folder: Path, job: Job, step: Step) -> Job:
        """Note that a worker has a step in hand."""
        return self.save(folder, _begun(job, step), _beginning(step), goes_on=True, step=step.name)

    def finish_step(
        self,
        folder: Path,
        job: Job,
        done: Done,
        *,
        gate: str | None,
        then: Callable[[Job], Step | None] = lambda _: None,
    ) -> Job:
        """Put the outputs of a finished step in their places and note what it found.

        `gate` is the question that the step has prepared, if it has. `then` is asked, with the job as it is afterwards,
        for the step that a worker has in hand next: its first attempt is counted and noted in the same writing.
        """
        for text in publish(folder, done):
            self.note(folder, job, "sidecar_refused", text)
        with Record(folder) as record:
            for earlier in done.result.supersedes:
                record.replace_warnings(earlier, ())
            record.replace_warnings(done.step, done.result.issues, stage=job.stage)
            record.replace_assets(done.step, [asset_of(done, output.path) for output in done.outputs if output.public])
            finished = {**job.finished, done.step: "" if done.result.unfinished else done.fingerprint}
            job = dataclasses.replace(job, attempts=0, retry_at=None, finished=finished)
            if done.result.unfinished and done.result.again_at:
                job = dataclasses.replace(job, retry_at=done.result.again_at, doing=done.result.message)
            if done.result.verdict:
                job = dataclasses.replace(job, verdicts={**job.verdicts, done.step: done.result.verdict})
            if done.result.facts.get("deployed"):
                awaits = done.result.facts.get("complete_on") == "download"
                job = dataclasses.replace(job, deployed=done.result.facts["deployed"], awaits_download=awaits)
            if "output_validation" in done.result.facts:
                job = dataclasses.replace(job, output_validation=done.result.facts["output_validation"])
            if "segments" in done.result.facts:
                job = dataclasses.replace(job, segments=done.result.facts["segments"])
            stage = self.stage_of(job, job.stage)
            stays = job.answer is not None and job.answer.target == job.stage
            if gate is None and stage and (stage.gate is None or stays):
                job = dataclasses.replace(job, question=None)  # what was prepared no longer shows what is
            if gate:
                revision = job.revisions.get(gate, 0) + 1
                told, notices = _told(done.result.facts), done.result.notices
                question = Question(gate, revision, job.decisions, stamp(self._now()), **told, notices=notices)
                job = dataclasses.replace(job, question=question, revisions={**job.revisions, gate: revision})
            event = ("preprocessing_step", f"{done.step}: done in {done.seconds:.2f} s {done.result.message}".rstrip())
            data = {"step": done.step, "duration_ms": round(done.seconds * 1000)}
            events = [self._event(job, *one, "system", data) for one in (*done.result.events, event)]
            following = then(job)
            if following is not None:
                job = _begun(dataclasses.replace(job, attempts=1), following)
                events.append(self._event(job, *_beginning(following), "system", {"step": following.name}))
            goes_on = following is not None or gate is not None  # it moves to where its question is put
            return self._save(record, folder, job, events, goes_on=goes_on, repeatable=following is not None)

    def show_progress(self, folder: Path, job: Job, told: Progress) -> Job:
        """The job as far as its step says that it is, shown to people; the record learns of it with the next change."""
        if (told.progress, told.doing) == (job.progress, job.doing):
            return job
        job = dataclasses.replace(job, progress=told.progress, doing=told.doing)
        with Record(folder) as record:
            self._write_status(folder, job, record.warnings())
        self.saved(job.job)
        return job

    def ask_again(self, folder: Path, job: Job) -> Job:
        """Note that an answer is carried out where the job stands, and that its question waits for the next one."""
        stage = self.stage_of(job, job.stage)
        assert stage is not None, "only a person's stage asks"
        assert stage.gate is not None, "only a person's stage asks"
        at = stamp(self._now())
        job = dataclasses.replace(
            job,
            answer=None,
            status=stage.status,
            progress=max(stage.progress, job.question.progress if job.question else 0),
            doing="",
            needs=f"{stage.gate.sidecar}: {stage.gate.asks}",
            since=at,
            attempts=0,
            retry_at=None,
        )
        said = job.question.says if job.question else ""
        return self.save(folder, job, ("asked_again", said or f"{stage.gate.name} is asked again"))

    # decisions -----------------------------------------------------------------------------------------------------

    def take_decision(
        self,
        folder: Path,
        job: Job,
        answer: Answer,
        *,
        approved: str | None,
        events: tuple[tuple[str, str], ...],
        resolved: tuple[int, ...] = (),
        settles: bool = False,
    ) -> Job:
        """Record a decision. `approved` is the content of `.job/approved.json` that the following steps read."""
        if approved is not None:
            write_atomic(folder / ".job" / "approved.json", approved, named=False)  # the record is written beside it
        with Record(folder) as record:
            row = dataclasses.asdict(dataclasses.replace(answer, notices=()))
            record.add_decision({**row, "revision": job.revisions.get(answer.gate, 0)})
            critical = [row["id"] for row in record.warnings() if row["severity"] == "critical"] if settles else []
            record.resolve_warnings([*resolved, *critical], by=answer.by, at=answer.at)
            waiting = sum(row["severity"] != "info" and not row["resolved"] for row in record.warnings())
            job = dataclasses.replace(job, answer=answer, decisions=answer.number, attempts=0, retry_at=None)
            if answer.decision in ("approve", "force_approve") and waiting and answer.gate == "approval":
                job = dataclasses.replace(job, approved_with_warnings=waiting)
                events = (*events, ("approved_with_warnings", f"Approved WITH {waiting} warnings"))
            reason = {"reason": answer.reason}
            lines = [self._event(job, *one, answer.by, reason) for one in events]
            return self._save(record, folder, job, lines, goes_on=True)

    def put_away(
        self, folder: Path, sidecar: str, number: int, receipt: Mapping[str, Any], *, changed: bool = False
    ) -> Path:
        """Write the receipt of an answered sidecar and move it to `decisions/` beside it. Safe to do again.

        A sidecar that was `changed` after it was read is not what was answered: it stays.
        """
        place = folder / DECISIONS
        make_folder(place)
        stem = f"{number:04d}-{Path(sidecar).stem}"
        kept = place / f"{stem}.yaml"
        path = place / f"{stem}.receipt.yaml"
        moves = not changed and (folder / sidecar).exists() and not kept.exists()
        write_atomic(path, dump_yaml(dict(receipt)), named=not moves)
        if moves:
            rename_new(folder / sidecar, kept)
        remove_file(folder / f"{Path(sidecar).stem}.problems.txt")
        return path

    def amend_receipt(self, folder: Path, number: int, **changes: Any) -> None:
        """Write into the receipt of a decision what came of it. Nothing happens where there is no receipt."""
        for path in (folder / DECISIONS).glob(f"{number:04d}-[!c]*.receipt.yaml"):
            try:
                data = path.read_bytes()
                load(data)  # people may have written into it: no bombs
                receipt = load_own_yaml(data)
            except (OSError, ValueError, RecursionError, SidecarError, yaml.YAMLError):
                continue
            if isinstance(receipt, dict):
                write_atomic(path, dump_yaml({**receipt, **changes}))

    # moves ---------------------------------------------------------------------------------------------------------

    def move(self, folder: Path, job: Job, intent: Intent) -> tuple[Path, Job]:
        """Move a job folder along the line, durably; its new place and the job, which has not arrived yet.

        The caller has asked `pipeline.may_move`, tells people, and then lets it `arrive`.
        """
        begun = dataclasses.replace(job, intent=intent)
        with Record(folder) as record:
            record.demand(job)
            record.job = begun
            # Whoever sees the folder arrive finds its status right.
            self._write_status(folder, arrived(begun, self.line_of(begun), stamp(self._now())), record.warnings())
        place = self.root.path / intent.target / folder.name
        try:
            rename_new(folder, place)
        except OSError:
            if not place.is_dir() or folder.is_dir():  # some shares report a failure of what they have done
                with Record(folder) as record:
                    record.job = job
                    self._write_status(folder, job, record.warnings())
                raise
        return place, begun

    def arrive(self, folder: Path, job: Job) -> Job:
        """Note that a job stands where its intent leads: times, status, events."""
        intent = job.intent
        assert intent is not None, "arrive is called for a begun move only"
        job = arrived(job, self.line_of(job), stamp(self._now()))
        text = f"Job {job.job}: Transitioned from Stage {intent.source} to {intent.target}"
        events = [("stage_transition", text)]
        if intent.message or intent.action not in ("", "stage_transition"):
            events.append((intent.action, intent.message or intent.action))
        self._clear_other_questions(folder, job)
        stage = self.stage_of(job, job.stage)
        goes_on = stage is not None and stage.gate is None and bool(stage.steps)
        return self.save(
            folder, job, *events, by=intent.by, goes_on=goes_on, source=intent.source, target=intent.target
        )

    def return_folder(self, folder: Path, place: Path) -> None:
        """Rename a folder that a person has moved back to where its record says it stands."""
        rename_new(folder, place)

    def forget_steps(self, folder: Path, job: Job, steps: Iterable[str]) -> Job:
        """Have steps done again although nothing that they read has changed."""
        again = set(steps)
        job = dataclasses.replace(job, finished={k: v for k, v in job.finished.items() if k not in again})
        return self.save(folder, job)

    def set_priority(self, folder: Path, job: Job, priority: Priority, *, by: str) -> Job:
        """Change the order in which the job is worked on."""
        job = dataclasses.replace(job, priority=priority)
        return self.save(folder, job, ("user_action:priority", f"Priority set to {priority}"), by=by)

    def note_download(self, folder: Path, job: Job, *, by: str, order: str) -> Job:
        """Note that a delivered job was taken, which completes it. `order` is the mark of the order that says so."""
        job = downloaded(job, stamp(self._now()), by)
        return self.save(folder, dataclasses.replace(job, obeyed=order), ("downloaded", f"Downloaded by {by}"), by=by)

    # what people see -----------------------------------------------------------------------------------------------

    def _clear_other_questions(self, folder: Path, job: Job) -> None:
        """Take away the pages of questions that are not put here; a sidecar of a person is never removed."""
        stage = self.stage_of(job, job.stage)
        if stage is None:  # from a side folder it may come back to its question
            return
        here = stage.gate.name if stage.gate else None
        for gate in (s.gate.name for s in self.line_of(job).stages.values() if s.gate):
            if gate != here:
                remove_file(folder / f"{gate}.html")

    def _write_status(self, folder: Path, job: Job, warnings: list[dict[str, Any]]) -> None:
        self._unshown.pop(job.job, None)
        write_atomic(folder / "status.yaml", dump_yaml(status_of(job, warnings)), durable=False)


def _begun(job: Job, step: Step) -> Job:
    """The job with a step at work."""
    progress = step.progress or job.progress
    return dataclasses.replace(job, status=step.status, progress=progress, doing=step.doing, retry_at=None)


def _beginning(step: Step) -> tuple[str, str]:
    """The event of a step that begins: action and message."""
    return "preprocessing_step", f"{step.doing}: started"


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What an asking step has to say of its question."""
    return {key: facts[key] for key in ("says", "progress") if key in facts}
