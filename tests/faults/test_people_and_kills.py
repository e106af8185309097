"""People do whatever they like with the folders while the engine is killed and the disk fails: the invariants hold.

A machine of rules on the studio; hypothesis looks for a sequence of them that breaks something and makes it short.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import yaml
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from invariants import decided, filed, history, read_record
from stories import HonestWorkers
from studio import Killed, Studio
from tally import SOAK, count

from hotfolderd import disk
from hotfolderd.engine.rules import RetryPolicy
from hotfolderd.pipeline import ALL_FOLDERS, JOB_FOLDERS
from hotfolderd.review.editing import set_keys
from hotfolderd.root import tidy_up
from hotfolderd.standing import status_of

NAMES = ("J1", "J2", "J3")
SIDECARS = ("review.yaml", "override.yaml", "approval.yaml")
DECISIONS = ("approve", "hold", "reject", "return", "override", "force_approve", "regenerate", "pending", "perhaps")
ORDERS = ("retry", "hold", "resume", "cancel", "archive", "unarchive", "downloaded", "priority", "dance")
LETTERS = ("dear reader", "a bad letter", "a broken letter")
FAULTS = ({}, {"read": "ToolError 1"}, {"draw": "JobError"}, {"deliver": "ToolError 2"}, {"validate": "bug"})
DONE: Counter[str] = Counter()
_MEMORY = Path("/dev/shm")

settings.register_profile(
    "faults",
    max_examples=1500 if SOAK else 100,
    stateful_step_count=40 if SOAK else 30,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
    report_multiple_bugs=False,
)

jobs = st.sampled_from(NAMES)
soon = st.integers(0, 25)


class PeopleAndKills(RuleBasedStateMachine):
    """One root, some jobs, people without manners, and a machine without luck."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.place = tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None)
        self.studio = Studio(Path(self.place.name) / "folders", retry=RetryPolicy(5, 1.0, 4.0), workers=HonestWorkers())
        self.root = self.studio.root.path
        self.copies: Counter[str] = Counter()
        self.uids: set[str] = set()
        self.written: dict[bytes, str] = {}

    @initialize()
    def begin(self) -> None:
        self.drop("J1", LETTERS[0], FAULTS[0])

    # people ------------------------------------------------------------------------------------------------------

    @rule(job=jobs, letter=st.sampled_from(LETTERS), faults=st.sampled_from(FAULTS))
    def drop(self, job: str, letter: str, faults: dict[str, str]) -> None:
        if any(self.folders(job)) or (self.studio.root.intake / job).exists():
            return
        self.studio.order(job, letter, **faults)
        self.uids.add(self.studio.record(job).uid)

    @rule(job=jobs, decision=st.sampled_from(DECISIONS), reason=st.sampled_from(("", "the client wants it so")))
    def decide(self, job: str, decision: str, reason: str) -> None:
        """Save in place."""
        for path, text in self.sidecars(job):
            self.save(path, set_keys(text, {"decision": decision, "by": "anna", "reason": reason}))

    @rule(job=jobs, decision=st.sampled_from(DECISIONS))
    def decide_as_editors_save(self, job: str, decision: str) -> None:
        """Save beside, and rename over."""
        for path, text in self.sidecars(job):
            beside = path.with_name(f".{path.name}.swp")
            beside.write_text(set_keys(text, {"decision": decision, "reason": "the client wants it so"}))
            self.note_written(path, beside.read_bytes())
            beside.replace(path)

    @rule(job=jobs, part=st.floats(0.0, 0.95))
    def save_half(self, job: str, part: float) -> None:
        for path, text in self.sidecars(job):
            whole = set_keys(text, {"decision": "approve"})
            self.save(path, whole[: int(len(whole) * part)])

    @rule(job=jobs)
    def write_early(self, job: str) -> None:
        """A sidecar of their own making, in whatever folder the job stands."""
        for folder in self.folders(job):
            self.save(folder / "review.yaml", f"decision: approve\nby: eager {len(self.written)}\n")

    @rule(job=jobs, action=st.sampled_from(ORDERS))
    def control(self, job: str, action: str) -> None:
        for folder in self.folders(job):
            keys = {"action": action, "reason": f"order {len(self.written)}"}
            keys |= {"priority": "high"} if action == "priority" else {}
            self.save(folder / "control.yaml", yaml.safe_dump(keys))

    @rule(job=jobs, to=st.sampled_from(ALL_FOLDERS))
    def drag(self, job: str, to: str) -> None:
        for folder in self.folders(job)[:1]:
            if not (self.root / to / job).exists():
                folder.rename(self.root / to / job)
                # A drag may be a decision, which is then written into the sidecar whatever stood there.
                self.written = {content: name for content, name in self.written.items() if name != job}

    @rule(job=jobs)
    def rename_and_back(self, job: str) -> None:
        """Give a folder another name; the engine looks; give it back its name."""
        for folder in self.folders(job)[:1]:
            other = folder.with_name(f"{job} old")
            if list(self.root.glob(f"*/{other.name}")):
                return
            folder.rename(other)
            self.turn(2)
            found = list(self.root.glob(f"*/{other.name}"))
            assert len(found) == 1, "a renamed folder was moved or lost"
            if not folder.exists():
                found[0].rename(folder)

    @rule(job=jobs, to=st.sampled_from(JOB_FOLDERS))
    def copy(self, job: str, to: str) -> None:
        """A second folder with the same record."""
        for folder in self.folders(job)[:1]:
            if not (self.root / to / job).exists() and sum(self.copies.values()) < 2:
                shutil.copytree(folder, self.root / to / job)
                self.copies[read_record(folder)[0].uid] += 1

    @rule(job=jobs)
    def delete(self, job: str) -> None:
        for folder in self.folders(job)[:1]:
            uid = read_record(folder)[0].uid
            shutil.rmtree(folder)
            if not any(read_record(other)[0].uid == uid for other in self.all_folders()):
                self.uids.discard(uid)
            self.copies[uid] = max(0, self.copies[uid] - 1)
            self.written = {content: name for content, name in self.written.items() if name != job}

    @rule(job=jobs, letter=st.sampled_from(LETTERS))
    def edit_asset(self, job: str, letter: str) -> None:
        for folder in self.folders(job):
            (folder / "assets" / "letter.txt").write_text(letter)

    @rule(seconds=st.floats(0.1, 100.0))
    def time_passes(self, seconds: float) -> None:
        self.studio.clock.seconds += seconds

    # the machine -------------------------------------------------------------------------------------------------

    @rule(times=st.integers(1, 6))
    def turn(self, times: int) -> None:
        for _ in range(times):
            self.studio.turn()
            self.studio.clock.seconds += 0.8

    @rule()
    def work(self) -> None:
        self.until_rest(lambda: None)

    @rule(number=soon)
    def kill(self, number: int) -> None:
        """At the failpoint of that number from now; everything in memory is lost."""

        def die() -> None:
            raise Killed

        self.with_failpoint(number, 1, die)
        self.restart()

    @rule(number=soon, length=st.integers(1, 3), code=st.sampled_from((errno.EIO, errno.ENOSPC, errno.EROFS)))
    def disk_error(self, number: int, length: int, code: int) -> None:
        def fail() -> None:
            raise OSError(code, os.strerror(code), "the disk")

        self.with_failpoint(number, length, fail)

    @rule()
    def restart(self) -> None:
        self.studio.restart(workers=HonestWorkers())
        tidy_up(self.studio.root)

    # what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def no_job_is_lost_or_doubled(self) -> None:
        found = Counter(read_record(folder)[0].uid for folder in self.all_folders())
        assert set(found) == self.uids, f"{self.uids} were made, there are {set(found)}"
        for uid, number in found.items():
            assert number <= 1 + self.copies[uid], f"{number} folders of one job, people made {self.copies[uid]} copies"

    @invariant()
    def decisions_are_recorded_filed_and_applied_once(self) -> None:
        broken = []
        for folder in self.all_folders():
            job, decisions, _ = read_record(folder)
            broken += filed(folder, job, decisions, whole=False)
            if folder.parent.name == job.stage:
                broken += decided(folder.parent.name, folder, job, decisions)
        assert broken == []

    @invariant()
    def nothing_that_a_person_wrote_is_gone(self) -> None:
        there = {path.read_bytes() for path in self.root.rglob("*.yaml") if path.is_file()}
        gone = [content for content in self.written if content not in there]
        assert gone == []

    def teardown(self) -> None:
        """In the end everything comes to rest, in one place, and says so."""
        try:
            DONE["runs"] += 1
            self.restart()
            for _ in range(6):
                self.until_rest(lambda: None)
                self.studio.clock.seconds += 61.0
            self.no_job_is_lost_or_doubled()
            self.decisions_are_recorded_filed_and_applied_once()
            self.nothing_that_a_person_wrote_is_gone()
            self.rests()
        finally:
            disk.set_failpoint(None)
            self.place.cleanup()

    def rests(self) -> None:
        # The engine leaves a folder alone that it takes for no job of its own, with all that was copied into it.
        places = self.root.rglob("*") if not sum(self.copies.values()) else (self.root / ".hotfolderd").rglob("*")
        left = [path for path in places if path.name.endswith((".tmp", ".new"))]
        assert left == [], left
        for folder in self.all_folders():
            job, decisions, warnings = read_record(folder)
            if self.copies[job.uid] or job.job != folder.name:
                continue
            assert (folder.parent.name, job.intent) == (job.stage, None), f"{folder} says {job.stage}, {job.intent}"
            assert history(folder, job, decisions) == []
            assert filed(folder, job, decisions, whole=True) == []
            said = yaml.safe_load((folder / "status.yaml").read_bytes())
            assert said == status_of(job, warnings), f"{folder}/status.yaml"

    # hands -------------------------------------------------------------------------------------------------------

    def folders(self, job: str) -> list[Path]:
        return [folder for folder in self.all_folders() if folder.name == job]

    def all_folders(self) -> list[Path]:
        return sorted(path.parent.parent for path in self.root.glob("*/*/.job/record.json"))

    def sidecars(self, job: str) -> list[tuple[Path, str]]:
        places = [folder / name for folder in self.folders(job)[:1] for name in SIDECARS]
        return [(path, path.read_text()) for path in places if path.exists()]

    def save(self, path: Path, text: str) -> None:
        self.note_written(path, text.encode())
        path.write_text(text)

    def note_written(self, path: Path, content: bytes) -> None:
        """Remember what a person has written; what they write over they have given up themselves."""
        if path.exists():
            self.written.pop(path.read_bytes(), None)
        moved = path.parent.parent.name != read_record(path.parent)[0].stage
        if b"decision: pending" not in content and content and not moved:
            self.written[content] = path.parent.name

    def until_rest(self, also: Callable[[], None]) -> None:
        try:
            self.studio.work()
        except OSError:
            self.studio.clock.seconds += 1.0
        also()

    def with_failpoint(self, number: int, length: int, act: Callable[[], None]) -> None:
        seen = 0

        def failpoint(name: str, path: Path) -> None:
            nonlocal seen
            if length > 0 and name.endswith(".done") and act.__name__ == "fail":
                return
            seen += 1
            if number < seen <= number + length:
                DONE[act.__name__] += 1
                act()

        disk.set_failpoint(failpoint)
        try:
            self.studio.work()
        except Killed:
            pass
        except OSError:
            self.studio.clock.seconds += 1.0
        finally:
            disk.set_failpoint(None)


def test_whatever_people_do_and_whatever_breaks_the_invariants_hold() -> None:
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415  pytest collects it otherwise

    run_state_machine_as_test(PeopleAndKills, settings=settings.get_profile("faults"))
    count(
        f"people and kills: {DONE['runs']} runs of up to {settings.get_profile('faults').stateful_step_count} acts, "
        f"{DONE['die']} kills, {DONE['fail']} disk errors"
    )
