"""Reminders come until somebody decides, the digest once a day; a crash at any point loses none and repeats none."""

from __future__ import annotations

import dataclasses
import json
import time as clocks
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from hotfolderd.disk import set_failpoint
from hotfolderd.notify import MESSAGES, Asked, DailyDigest, Digest, Notices, Postman, Reminders
from hotfolderd.root import Root, make_root

HOUR_S = 3600.0


class Clock:
    """A clock that goes only when it is told to: seconds, and the time of day. It begins at 07:00."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 7, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)


class House:
    """What tells by time, on one root. `restart` forgets all that a daemon holds in memory."""

    def __init__(self, folder: Path) -> None:
        self.root: Root = make_root(folder / "folders")
        self.clock = Clock()
        self.asked: list[Asked] = []
        self.seen = Digest()
        self.restart()

    def restart(self) -> None:
        self.notices = Notices(self.root, self.clock.now, remind_after_h=(4, 24), zone=UTC)
        self.reminders = Reminders(self.root, self.notices)
        self.digest = DailyDigest(self.root, self.notices, time(8))

    def ask(self, job: str, *, batch: str = "B1", gate: str = "review", client: str = "ACME") -> Asked:
        at = self.clock.now().isoformat()
        sidecar = self.root.path / "2-review" / job / f"{gate}.yaml"
        one = Asked(job, f"uid of {job}", client, batch, gate, at, str(sidecar), ("anna",))
        self.asked.append(one)
        return one

    def turn(self, hours: float = 0.0) -> None:
        self.clock.seconds += hours * HOUR_S + 31
        self.reminders.round(self.clock(), lambda: self.asked)
        self.digest.round(self.clock(), lambda: dataclasses.replace(self.seen, asked=self.asked))

    def told(self) -> list[str]:
        Postman(self.root, self.notices, (), clock=self.clock).send_waiting()
        path = self.root.path / MESSAGES
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.partition("  ")[2] for line in lines if line[:1] == "2"]

    def reminded(self) -> list[str]:
        return [line for line in self.told() if line.startswith("Reminder")]

    def digests(self) -> list[str]:
        return [line for line in self.told() if line.startswith("Daily digest")]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


# reminders ------------------------------------------------------------------------------------------------------------


def test_reminders_come_again_and_again_until_somebody_decides(house: House) -> None:
    house.ask("J1")
    house.turn(3.9)
    assert house.reminded() == []
    house.turn(0.1)
    assert house.reminded() == ["Reminder 1: the review of J1 for ACME waits since Fri 20 Nov 07:00"]
    for _ in range(10):
        house.turn(1)
    assert len(house.reminded()) == 1
    house.turn(10)
    assert [line[:10] for line in house.reminded()] == ["Reminder 1", "Reminder 2"]
    house.turn(24)
    house.turn(24)
    assert [line[:10] for line in house.reminded()] == [f"Reminder {number}" for number in (1, 2, 3, 4)]
    house.asked.clear()
    house.turn(100)
    assert len(house.reminded()) == 4


def test_a_repeated_reminder_is_graver_and_names_who_may_decide(house: House) -> None:
    house.ask("J1")
    house.turn(4)
    house.turn(24)
    found = [json.loads(path.read_bytes()) for path in (house.root.private / "outbox").glob("*.json")]
    told = sorted((one for one in found if one["event"] == "reminder"), key=lambda one: one["level"])
    assert [(one["level"], one["who"], one["people"]) for one in told] == [(1, "anna", ["anna"]), (2, "anna", ["anna"])]
    assert f"- J1: {house.root.path}/2-review/J1/review.yaml" in told[0]["body"]


def test_a_drop_whose_jobs_came_one_after_the_other_is_one_reminder(house: House) -> None:
    for number in range(50):
        house.ask(f"J{number:02}")
        house.clock.seconds += 10
    house.ask("OTHER", batch="B2")
    house.turn(4)
    house.turn(0.5)
    assert sorted(line.partition(" for ACME")[0] for line in house.reminded()) == [
        "Reminder 1: the review of 50 jobs",
        "Reminder 1: the review of OTHER",
    ]
    del house.asked[:10]
    house.turn(1)
    assert len(house.reminded()) == 2, "who decides on some is not reminded of the rest at once"
    house.turn(20)
    assert house.reminded()[-2:] == [
        "Reminder 2: the review of 40 jobs for ACME waits since Fri 20 Nov 07:01",
        "Reminder 2: the review of OTHER for ACME waits since Fri 20 Nov 07:08",
    ]


def test_what_was_missed_while_nothing_ran_is_told_once(house: House) -> None:
    house.ask("J1")
    house.turn(1)
    house.clock.seconds += 30 * HOUR_S
    house.restart()
    house.turn()
    house.turn(1)
    assert [line[:10] for line in house.reminded()] == ["Reminder 2"]


def test_a_new_round_of_a_job_is_reminded_of_anew(house: House) -> None:
    house.ask("J1")
    house.turn(5)
    house.asked.clear()
    house.ask("J1")
    house.turn(3)
    assert len(house.reminded()) == 1
    house.turn(1.1)
    assert len(house.reminded()) == 2


class Killed(BaseException):
    """The process ends here."""


def killed_everywhere(folder: Path, prepare: Callable[[House], None]) -> list[House]:
    """A house for each change of the disk that a round makes: the daemon died just there, and was started again."""
    houses: list[House] = []
    while True:
        house = House(folder / str(len(houses)))
        prepare(house)
        reached: list[str] = []

        def die(name: str, path: Path, at: int = len(houses), reached: list[str] = reached) -> None:
            reached.append(name)
            if len(reached) > at:
                raise Killed(f"{name} {path}")

        set_failpoint(die)
        try:
            house.turn()
        except Killed:
            houses.append(house)
        else:
            return houses
        finally:
            set_failpoint(None)
        house.restart()
        house.turn()
        house.turn()


def test_killed_at_any_point_a_reminder_is_told_once(tmp_path: Path) -> None:
    def prepare(house: House) -> None:
        house.turn(2)  # the digest of the day is past
        for name in ("J1", "J2"):
            house.ask(name)
        house.ask("J3", batch="B2")
        house.clock.seconds += 4 * HOUR_S

    houses = killed_everywhere(tmp_path, prepare)
    assert len(houses) >= 9, "the notes, and two messages"
    for house in houses:
        assert sorted(line.partition(" for ACME")[0] for line in house.reminded()) == [
            "Reminder 1: the review of 2 jobs",
            "Reminder 1: the review of J3",
        ]


def test_killed_after_it_was_noted_and_decided_since_a_reminder_is_told_as_it_was(house: House) -> None:
    for name in ("J1", "J2"):
        house.ask(name)
    house.clock.seconds += 4 * HOUR_S

    def die(name: str, path: Path) -> None:
        if path.parent.name == "outbox" and name == "write.done":
            raise Killed(name)

    set_failpoint(die)
    with pytest.raises(Killed):
        house.turn()
    set_failpoint(None)
    house.asked.pop()
    house.restart()
    house.turn()
    assert [line.partition(" for ACME")[0] for line in house.reminded()] == ["Reminder 1: the review of 2 jobs"]


def test_a_full_disk_delays_a_reminder_and_loses_none(house: House) -> None:
    house.ask("J1")
    house.clock.seconds += 4 * HOUR_S

    def refuse(name: str, path: Path) -> None:
        if name == "write.beside":
            raise OSError(28, "No space left on device", str(path))

    set_failpoint(refuse)
    with pytest.raises(OSError, match="No space"):
        house.turn()
    set_failpoint(None)
    house.turn()
    assert len(house.reminded()) == 1


# the digest -----------------------------------------------------------------------------------------------------------


def test_the_digest_comes_once_a_day_at_its_time(house: House) -> None:
    house.turn()
    house.ask("J1")
    house.seen = Digest(
        failed=["J9"], at_work=2, delivered=[("J7", "2026-11-20T07:30:00.000Z"), ("J6", "2026-11-01T00:00:00Z")]
    )
    house.turn(0.9)
    assert house.digests() == []
    for _ in range(5):
        house.turn(0.1)
    wanted = "Daily digest: 1 waiting for people, 1 failed, 2 at work, 1 delivered since yesterday"
    assert house.digests() == [wanted]
    house.restart()
    house.turn(1)
    assert house.digests() == [wanted]
    house.turn(22)
    house.turn(1)
    assert len(house.digests()) == 2
    said = (house.root.path / MESSAGES).read_text()
    assert "    review: J1, the oldest since Fri 20 Nov 07:00\n    failed: J9\n    delivered: J7\n" in said


def test_a_root_that_is_new_and_one_where_nothing_happens_have_no_digest(house: House) -> None:
    house.clock.seconds += 5 * HOUR_S
    house.ask("J1")
    house.turn()
    assert house.digests() == [], "what was before the first day is nobody's news"
    house.asked.clear()
    house.turn(24)
    assert house.digests() == []


def test_a_digest_that_was_missed_is_made_up_for_once(house: House) -> None:
    house.turn()
    house.ask("J1")
    house.clock.seconds += 80 * HOUR_S
    house.restart()
    house.turn()
    house.turn(1)
    assert len(house.digests()) == 1


def test_killed_at_any_point_a_digest_is_told_once(tmp_path: Path) -> None:
    def prepare(house: House) -> None:
        house.turn()
        house.ask("J1")
        house.clock.seconds += 2 * HOUR_S

    houses = killed_everywhere(tmp_path, prepare)
    assert len(houses) >= 6, "the note, and the message"
    assert [len(house.digests()) for house in houses] == [1] * len(houses)


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"reminded": 3}', '{"day": 3, "told": [], "at": "never"}', "[" * 9999]
)
def test_notes_that_cannot_be_read_stop_nobody(house: House, content: str) -> None:
    for name in ("reminders.json", "digest.json"):
        (house.root.private / name).write_text(content)
    house.restart()
    house.ask("J1")
    house.turn(5)
    assert len(house.reminded()) == 1


def test_what_was_told_long_ago_is_not_told_again_when_the_marks_are_gone(house: House) -> None:
    house.turn()
    house.ask("J1")
    house.turn(5)
    assert (len(house.reminded()), len(house.digests())) == (1, 1)
    for mark in (house.root.private / "sent").iterdir():
        mark.unlink()
    house.asked.clear()
    house.clock.seconds += 8 * 24 * HOUR_S
    house.restart()
    house.turn()
    assert (len(house.reminded()), len(house.digests())) == (1, 1)


def test_where_looking_who_waits_takes_long_it_is_done_seldom_but_never_put_off_for_long(house: House) -> None:
    looked_at = []

    def asked() -> list[Asked]:
        looked_at.append(house.clock.seconds)
        clocks.sleep(0.2)
        return []

    began = house.clock.seconds
    for seconds in range(0, 1300, 10):
        house.clock.seconds = began + seconds
        house.reminders.round(house.clock(), asked)
    assert [at - began for at in looked_at] == [0, 600, 1200]
