"""The loop's body: look at every job, ask the rules, act.

Events only make a round come sooner; the folders are the truth, and every round looks at them. Acts through the store
(moves, records), the desk (sidecars) and the workers (steps); holds nothing that a restart could lose.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotfolderd.disk import write_atomic
from hotfolderd.engine import rules
from hotfolderd.engine.control import obey
from hotfolderd.engine.desk import Desk
from hotfolderd.engine.failures import describe
from hotfolderd.engine.steps import next_order, order_for
from hotfolderd.engine.workers import Finished, Workers
from hotfolderd.errors import RefusedError
from hotfolderd.model import PRIORITY_ORDER
from hotfolderd.notify import Notices
from hotfolderd.pipeline import COMPLETED, REVIEW, Gate, Stage, Step
from hotfolderd.records import Intent, Job
from hotfolderd.review.reading import owner_of
from hotfolderd.root import Root
from hotfolderd.store import Store, restore_sidecar
from hotfolderd.work import Broken, Done, Order

log = logging.getLogger(__name__)
_REST_S = 5.0
_LONG_REST_S = 60.0


@dataclass(frozen=True, slots=True)
class Policy:
    """How the line is run. `facts` are the settings that steps may name in `uses`."""

    max_jobs: int
    retry: rules.RetryPolicy
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Seat:
    """One job as it was last seen, and what is in hand for it.

    `disturbed`: the folder was moved while a worker was in it. After an error nobody looks at it before `rests_until`.
    """

    folder: str
    path: Path
    job: Job
    running: Step | None = None
    disturbed: bool = False
    asking: bool = False
    ready: bool = False
    due: float | None = None
    rests_until: float = 0.0


class Reconciler:
    """Looks at all jobs of a root and does what is due. `clock` is the wall clock in seconds."""

    def __init__(
        self,
        root: Root,
        store: Store,
        workers: Workers,
        notices: Notices,
        desk: Callable[[Callable[[str, str], str | None]], Desk],
        policy: Policy,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._root = root
        self._store = store
        self._workers = workers
        self._notices = notices
        self._desk = desk(self.next_asked)
        self._policy = policy
        self._clock = clock
        self._seats: dict[str, Seat] = {}
        self._strangers: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._accepting = True

    # for others ----------------------------------------------------------------------------------------------------

    def stages(self) -> dict[str, str]:
        """Where every job stands, by its name."""
        return {name: seat.folder for name, seat in self._seats.items()}

    def running(self) -> int:
        """How many jobs have a step at work."""
        return sum(seat.running is not None for seat in self._seats.values())

    def next_asked(self, stage: str, besides: str) -> str | None:
        """The job that a person should look at next in a stage: by priority, then by age."""
        waiting = [
            seat.job
            for seat in self._seats.values()
            if seat.folder == stage and seat.job.job != besides and seat.job.answer is None
        ]
        return min(waiting, key=_order).job if waiting else None

    def drain(self) -> None:
        """Begin no more work."""
        self._accepting = False

    # the round -----------------------------------------------------------------------------------------------------

    def round(self) -> float | None:
        """Look at everything once. Seconds until something is due by time alone; None where nothing is."""
        self._desk.soonest_s = None
        self._look_around()
        ready: list[Seat] = []
        for seat in list(self._seats.values()):
            if seat.rests_until > self._clock():
                continue
            with self._alone(seat):
                seat.due = None
                seat.ready = self._attend(seat)
                if seat.ready:
                    ready.append(seat)
        self._begin(ready)
        times = [seat.due - self._clock() for seat in self._seats.values() if seat.due is not None]
        if self._desk.soonest_s is not None:
            times.append(self._desk.soonest_s)
        return max(0.0, min(times)) if times else None

    def waiting_for_workers(self) -> int:
        """How many jobs have a step that no worker has begun."""
        return sum(seat.ready for seat in self._seats.values())

    def collect(self, finished: list[Finished]) -> None:
        """Take what the workers have returned."""
        for task in finished:
            seat = self._seats.get(task.key)
            if seat is None or seat.running is None:
                continue
            step, seat.running = seat.running, None
            if seat.disturbed:  # what came of it says nothing of the job; it is done again where that is due
                seat.asking = False
                continue
            with self._alone(seat):
                if isinstance(task.value, Done):
                    self._step_done(seat, step, task.value)
                elif isinstance(task.value, Broken):
                    self._step_broken(seat, step, task.value)

    @contextlib.contextmanager
    def _alone(self, seat: Seat) -> Iterator[None]:
        """Let an error cost one job a rest, never the line."""
        try:
            yield
        except OSError as error:
            log.warning("%s: %s; it is looked at again", seat.path, error)
            seat.rests_until = seat.due = self._clock() + _REST_S
            self._desk.read_again(seat.path)
        except Exception as error:  # a damaged job folder or a bug of ours must not stop other jobs
            text = f"{type(error).__name__}: {error}"
            log.exception("%s: left alone for %.0f s", seat.path, _LONG_REST_S)
            seat.rests_until = seat.due = self._clock() + _LONG_REST_S
            self._desk.read_again(seat.path)
            if self._troubles.get(seat.job.job) != text:
                self._troubles[seat.job.job] = text
                body = f"{text}\n{seat.path}\nSee the daemon's log."
                self._notices.tell("job_stuck", seat.job, f"{seat.job.job}: cannot go on", body)

    def _look_around(self) -> None:
        """Bring the seats in line with the folders."""
        found: dict[str, list[tuple[str, Path]]] = {}
        for folder, path in self._root.job_folders():
            found.setdefault(path.name, []).append((folder, path))
        for name in set(self._seats) - set(found):
            if self._seats[name].running is None:
                del self._seats[name]
        for name, places in found.items():
            seat = self._seats.get(name)
            folder, path = places[0] if len(places) == 1 else self._right_one(seat, places)
            if seat is None:
                self._meet(folder, path)
            elif seat.path != path:
                seat.disturbed = seat.running is not None
                with self._alone(seat):
                    seat.folder, seat.path, seat.job = folder, path, self._store.load(path)

    def _right_one(self, seat: Seat | None, places: list[tuple[str, Path]]) -> tuple[str, Path]:
        """Of several folders of one name that which was seen before, or stands where its record says."""
        right = next((place for place in places if seat and place[1] == seat.path), None)
        right = right or next((place for place in places if self._says_so(*place)), places[0])
        for folder, path in places:
            if (folder, path) != right:
                self._stranger(path, f"there is a second job folder of this name in {right[0]}")
        return right

    def _says_so(self, folder: str, path: Path) -> bool:
        try:
            return self._store.load(path).stage == folder
        except (OSError, ValueError, LookupError):
            return False

    def _meet(self, folder: str, path: Path) -> None:
        try:
            job = self._store.load(path)
        except (OSError, ValueError, LookupError) as error:
            self._stranger(path, f"its record cannot be read ({error})")
            return
        if job.job != path.name:
            self._stranger(path, f"it holds the record of the job {job.job}, so it was renamed or copied")
            return
        self._strangers.discard(str(path))
        self._seats[path.name] = Seat(folder, path, job)

    def _stranger(self, path: Path, why: str) -> None:
        """Say once of a folder that it is not taken for a job; it stays as it is."""
        if str(path) not in self._strangers:
            self._strangers.add(str(path))
            log.warning("%s: left alone: %s", path, why)
            text = f"{why}. Give it back its name, or drop its files into 0-inbox."
            self._notices.tell("illegal_move", None, f"{path.parent.name}/{path.name} is left alone", text)

    def _attend(self, seat: Seat) -> bool:
        """Do for one job what can be done at once; True if a step of it waits for a worker."""
        for _ in range(20):
            in_place = seat.folder == seat.job.stage
            if in_place:
                self._desk.refuse_early(seat.path, seat.job, self._unasked(seat))
            if in_place and seat.running is None and self._read_desk(seat):
                seat.ready = False
                continue
            if in_place and seat.ready:
                return True
            move = rules.next_move(seat.job, self._stage(seat), self._see(seat), self._clock())
            if isinstance(move, rules.Wait):
                seat.due = move.until
                return False
            if isinstance(move, rules.Run):
                seat.asking = move.asking
                return True
            self._act(seat, move)
        raise RuntimeError(f"{seat.job.job}: the rules lead in a circle")

    def _read_desk(self, seat: Seat) -> bool:
        """Take what a person wrote; True if that changed the job."""
        control = self._desk.control(seat.path, seat.job)
        if control is not None:
            source = seat.folder
            obey(self._store, self._desk, seat, control)
            if seat.folder != source:
                log.info("%s: %s → %s (%s)", seat.job.job, source, seat.folder, control.by)
                self._announce(seat)
            return True
        stage = self._stage(seat)
        if stage is None or stage.gate is None:
            return False
        if seat.job.answer is not None:
            self._desk.file_again(seat.path, seat.job, stage.gate)
            return False
        if not os.path.lexists(seat.path / stage.gate.sidecar):
            restore_sidecar(seat.path, stage.gate.sidecar, stage.gate.ask.name)
        job = self._desk.decision(seat.path, seat.job, stage.gate)
        if job is None:
            return False
        seat.job = job
        if stage.folder == REVIEW and self.next_asked(REVIEW, job.job) is None:
            self._notices.tell("no_more_reviews", job, "No more Stage 2 jobs. Excellent work!")
        return True

    def _see(self, seat: Seat) -> rules.Seen:
        stage = self._stage(seat)
        if seat.folder != seat.job.stage:
            left = self._store.stage_of(seat.job, seat.job.stage)
            return rules.Seen(seat.folder, seat.running is not None, False, None, None, left.gate if left else None)
        due = seat.running is None and self._next_order(seat) is not None
        target = self._target(seat, stage)
        gate = self._store.line_of(seat.job).gate_of(target) if target else None
        return rules.Seen(
            folder=seat.folder,
            running=seat.running is not None,
            step_due=due,
            target=target,
            target_gate=gate,
        )

    def _act(self, seat: Seat, move: rules.Move) -> None:
        match move:
            case rules.Go(target):
                self._go(seat, target)
            case rules.Arrive():
                seat.job = self._store.arrive(seat.path, seat.job)
                self._announce(seat)
            case rules.Follow(action):
                self._follow(seat, action)
            case rules.Decide(decision):
                self._decide_by_hand(seat, decision)
            case rules.PutBack():
                self._put_back(seat, "illegal_move")

    # moving --------------------------------------------------------------------------------------------------------

    def _go(self, seat: Seat, target: str) -> None:
        stage = self._stage(seat)
        said = stage.says.get(target, "") if stage else ""
        by = seat.job.answer.by if seat.job.answer else "system"
        arriving = self._store.stage_of(seat.job, target)
        if said and arriving:
            status = arriving.gate.status if arriving.gate else arriving.status
            self._store.amend_receipt(seat.path, seat.job.decisions, message=said, status=status, stage=target)
        self._relocate(seat, target, "stage_transition", by=by, message=said)

    def _relocate(self, seat: Seat, target: str, action: str, *, by: str, message: str) -> None:
        source = seat.folder
        path = self._store.move(seat.path, seat.job, target, action, by=by, message=message)
        seat.folder, seat.path, seat.job = target, path, self._store.load(path)
        log.info("%s: %s → %s (%s)", seat.job.job, source, target, by)
        self._announce(seat, message)

    def _announce(self, seat: Seat, said: str = "") -> None:
        """Tell people about a job that has arrived, and keep the pointer to the next review."""
        stage = self._stage(seat)
        where = seat.path
        job = seat.job
        if stage and stage.gate:
            event = {"review": "review_ready", "override": "validation_issues"}.get(stage.gate.name, "preview_ready")
            body = f"{said}\n{stage.gate.asks}\n{where / stage.gate.sidecar}\n{where / f'{stage.gate.name}.html'}"
            title = f"{job.job} ({job.client or 'no client'}): {stage.gate.name} needed"
            self._notices.tell(event, job, title, body.strip())
        elif seat.folder == COMPLETED:
            self._notices.tell("deployed", job, f"{job.job}: delivered. Ready to download: {job.deployed}", str(where))
        elif job.failure:
            text = f"{job.failure.message}\n{job.failure.what_to_do}\n{where}"
            self._notices.tell("job_failed", job, f"{job.job}: failed", text)
        elif said:
            self._notices.tell("stage_transition", job, f"{job.job}: {said}")
        following = self.next_asked(REVIEW, "")
        write_atomic(self._root.path / REVIEW / "NEXT.txt", (following or "") + "\n", durable=False)

    def _follow(self, seat: Seat, action: str) -> None:
        """Take a folder that a person has moved lawfully as if it had been ordered."""
        names = {"retry": "retry_attempt", "hold": "held", "resume": "resumed", "archive": "archived"}
        message = f"Moved by hand from {seat.job.stage} to {seat.folder}"
        intent = Intent(seat.job.stage, seat.folder, names.get(action, action), owner_of(seat.path), message)
        seat.job = self._store.arrive(seat.path, dataclasses.replace(seat.job, intent=intent))
        self._announce(seat)

    def _put_back(self, seat: Seat, action: str) -> None:
        """Return a folder that a person has moved where it must not go, and say so."""
        wrong, right = seat.folder, seat.job.stage
        text = f"Invalid transition from stage {right} to {wrong}"
        path = self._root.path / right / seat.path.name
        log.warning("%s: %s; put back", seat.job.job, text)
        self._store.return_folder(seat.path, path)
        seat.folder, seat.path = right, path
        self._store.note(path, seat.job, action, text)
        self._notices.tell(
            action, seat.job, f"{seat.job.job}: put back to {right}", f"{text}. Edit its sidecar instead."
        )

    def _decide_by_hand(self, seat: Seat, decision: str) -> None:
        """Take a folder dragged along the line for the decision that leads there, written into its sidecar."""
        wanted = seat.folder
        stage = self._store.stage_of(seat.job, seat.job.stage)
        assert stage is not None
        assert stage.gate is not None
        try:
            self._desk.dragged(seat.path, stage.gate, decision)
        except RefusedError as error:
            log.warning("%s: %s", seat.job.job, error)
            self._put_back(seat, "illegal_move")
            return
        path = self._root.path / stage.folder / seat.path.name
        self._store.return_folder(seat.path, path)
        seat.folder, seat.path = stage.folder, path
        text = f"Moved by hand from {stage.folder} to {wanted}: taken for `decision: {decision}`"
        self._store.note(path, seat.job, "moved_by_hand", text)

    # steps ---------------------------------------------------------------------------------------------------------

    def _begin(self, ready: list[Seat]) -> None:
        """Give steps to free workers: by priority, then by age; never more jobs at once than allowed."""
        for seat in sorted(ready, key=lambda seat: _order(seat.job)):
            if not self._accepting or self._workers.free() <= 0 or self.running() >= self._policy.max_jobs:
                return
            with self._alone(seat):
                self._begin_one(seat)

    def _begin_one(self, seat: Seat) -> None:
        seat.ready = False
        found = self._order(seat)
        if found is None:
            return
        step, order = found
        seat.job = self._store.begin_step(seat.path, seat.job, step)
        self._workers.submit(seat.job.job, "hotfolderd.work:perform", order, step.timeout_s)
        seat.running, seat.disturbed = step, False

    def _next_order(self, seat: Seat) -> tuple[Step, Order] | None:
        steps = self._steps(seat, self._stage(seat))
        return next_order(seat.path, steps, self._facts(seat), seat.job.finished) if steps else None

    def _order(self, seat: Seat) -> tuple[Step, Order] | None:
        facts = self._facts(seat)
        if not seat.asking:
            return self._next_order(seat)
        target = self._target(seat, self._stage(seat))
        gate = self._store.line_of(seat.job).gate_of(target) if target else None
        assert gate is not None, "only a gate is prepared"
        number = seat.job.revisions.get(gate.name, 0) + 1
        asked = {"gate": gate.name, "revision": number, "after_decisions": seat.job.decisions}
        return gate.ask, order_for(seat.path, gate.ask, {**facts, "round": asked})

    def _step_done(self, seat: Seat, step: Step, done: Done) -> None:
        target = self._target(seat, self._stage(seat))
        gate = self._store.line_of(seat.job).gate_of(target) if target and seat.asking else None
        name = gate.name if gate and gate.ask.name == step.name else None
        seat.asking = False
        seat.job = self._store.finish_step(seat.path, seat.job, done, gate=name)

    def _step_broken(self, seat: Seat, step: Step, broken: Broken) -> None:
        seat.asking = False
        delay = rules.retry_after(seat.job, broken, self._policy.retry)
        attempts = seat.job.attempts + 1
        log.warning("%s: %s: %s", seat.job.job, step.name, broken.message)
        if delay is not None:
            at = self._clock() + delay
            job = dataclasses.replace(
                seat.job, attempts=attempts, retry_at=at, doing=f"Waiting to try again: {step.doing}"
            )
            text = f"{step.name}: {broken.message} Tried again in {delay:.0f} s."
            seat.job = self._store.save(seat.path, job, ("retry_scheduled", text), step=step.name)
            return
        at_time = datetime.fromtimestamp(self._clock(), UTC)
        failure = describe(seat.job, self._mended_in(seat, broken), step, broken, attempts, at_time)
        write_atomic(seat.path / failure.log, f"{broken.message}\n\n{broken.traceback}")
        seat.path = self._store.fail(seat.path, seat.job, failure)
        seat.folder, seat.job = seat.path.parent.name, self._store.load(seat.path)
        log.info("%s: %s → %s", seat.job.job, failure.stage, seat.folder)
        self._announce(seat)

    def _mended_in(self, seat: Seat, broken: Broken) -> str:
        """The stage to which a retry leads: this one, unless what an answer rests on is at fault."""
        stage, answer = self._stage(seat), seat.job.answer
        if stage is None or stage.gate is None or answer is None or broken.error_class != "JobError":
            return seat.job.stage
        return stage.gate.outcomes[answer.decision].mend_in or seat.job.stage

    def _unasked(self, seat: Seat) -> dict[str, Gate]:
        """The questions of the line, by folder, while a machine's stage has the job."""
        stage = self._stage(seat)
        if stage is None or stage.gate or stage.folder == COMPLETED:
            return {}
        stages = self._store.line_of(seat.job).stages
        return {folder: one.gate for folder, one in stages.items() if one.gate}

    # small questions -----------------------------------------------------------------------------------------------

    def _stage(self, seat: Seat) -> Stage | None:
        return self._store.stage_of(seat.job, seat.folder)

    def _steps(self, seat: Seat, stage: Stage | None) -> tuple[Step, ...]:
        if stage is None:
            return ()
        answer = seat.job.answer
        if stage.gate and answer:
            return stage.gate.outcomes[answer.decision].steps
        return stage.steps

    def _target(self, seat: Seat, stage: Stage | None) -> str | None:
        if stage is None:
            return None
        if stage.gate:
            return seat.job.answer.target if seat.job.answer else None
        verdict = seat.job.verdicts.get(stage.steps[-1].name, "") if stage.steps else ""
        return stage.next.get(verdict)

    def _facts(self, seat: Seat) -> dict[str, Any]:
        deployed = str(self._root.deployed)
        asked = {"decisions": seat.job.decisions}
        return {**self._policy.facts, "build": seat.job.builds, "deployed": deployed, "round": asked}


def _order(job: Job) -> tuple[int, str, str]:
    return PRIORITY_ORDER[job.priority], job.created_at, job.job
