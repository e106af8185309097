"""Fingerprints: a step is done again exactly when its result could differ."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from hotfolderd.cache import Cache
from hotfolderd.engine.steps import next_order, order_for
from hotfolderd.pipeline import Step
from hotfolderd.publishing import publish
from hotfolderd.work import Done, perform

STOCK = Step("stock", "toy_line:identify", "", "processing", 1, reads=("assets/",))
WORDS = Step("words", "toy_line:read", "", "processing", 2, after=("stock",))
DRAW = Step("draw", "toy_line:draw", "", "processing", 3, reads=("job.yaml",), uses=("colour",))
FACTS = {"colour": "red", "sound": "loud"}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "letter.txt").write_text("one two")
    (tmp_path / "job.yaml").write_text("job: J1\n")
    (tmp_path / ".job").mkdir()
    return tmp_path


def fingerprint(job: Path, step: Step, facts: dict[str, Any] | None = None) -> str:
    return order_for(job, step, facts or FACTS).fingerprint


def do(job: Path, step: Step) -> Done:
    done = perform(order_for(job, step, FACTS))
    assert isinstance(done, Done)
    return done


def test_the_same_is_the_same(job: Path) -> None:
    for step in (STOCK, WORDS, DRAW):
        assert fingerprint(job, step) == fingerprint(job, step)


def test_a_step_is_told_only_what_it_names(job: Path) -> None:
    assert order_for(job, DRAW, FACTS).facts == {"colour": "red"}
    assert order_for(job, STOCK, FACTS).facts == {}


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda step: dataclasses.replace(step, version=2), True),
        (lambda step: dataclasses.replace(step, run="toy_line:build"), True),
        (lambda step: dataclasses.replace(step, name="other"), True),
        (lambda step: dataclasses.replace(step, reads=("job.yaml", "assets/letter.txt")), True),
        (lambda step: dataclasses.replace(step, uses=("colour", "sound")), True),
        (lambda step: dataclasses.replace(step, doing="x", progress=9, timeout_s=1.0, status="validating"), False),
    ],
)
def test_what_a_step_is_decides_what_it_is_called_and_shown_as_does_not(job: Path, change: Any, changed: bool) -> None:
    assert (fingerprint(job, change(DRAW)) != fingerprint(job, DRAW)) is changed


def test_a_setting_counts_for_the_steps_that_use_it(job: Path) -> None:
    assert fingerprint(job, DRAW, {**FACTS, "colour": "blue"}) != fingerprint(job, DRAW)
    assert fingerprint(job, DRAW, {**FACTS, "sound": "soft"}) == fingerprint(job, DRAW)


def test_a_fact_may_be_asked_for_and_is_asked_once_for_all_steps(job: Path) -> None:
    asked: list[str] = []

    def colour() -> str:
        asked.append("colour")
        return "red"

    facts = {**FACTS, "colour": colour}
    again = dataclasses.replace(DRAW, name="again")
    assert next_order(job, (STOCK,), facts, {}) is not None
    assert not asked
    do(job, STOCK)
    do(job, dataclasses.replace(WORDS, name="read"))
    finished = {step.name: do(job, step).fingerprint for step in (DRAW, again)}
    assert next_order(job, (DRAW, again), facts, finished) is None
    assert asked == ["colour"]
    assert order_for(job, DRAW, facts) == order_for(job, DRAW, FACTS)


def test_where_results_are_shared_decides_nothing(job: Path, tmp_path: Path) -> None:
    shared = dataclasses.replace(DRAW, shared_by="toy_line:files")
    here, there = ({**FACTS, "cache": Cache(str(tmp_path / name), 1)} for name in ("here", "there"))
    fingerprints = {fingerprint(job, step, facts) for step in (DRAW, shared) for facts in (FACTS, here, there)}
    assert len(fingerprints) == 1
    assert order_for(job, DRAW, here).share is None
    assert order_for(job, shared, {**FACTS, "cache": None}).share is None
    share = order_for(job, shared, here).share
    assert share is not None
    assert (share.cache, share.files) == (here["cache"], "toy_line:files")


def test_what_another_job_holds_is_not_in_what_it_shares(job: Path, tmp_path: Path) -> None:
    """The step, its version and the facts that it is given are; the job's folder, files and earlier steps are not."""
    shared = dataclasses.replace(DRAW, after=("stock",), shared_by="toy_line:files")
    facts = {**FACTS, "cache": Cache(str(tmp_path / "cache"), 1)}

    def stands_for(step: Step = shared, **changed: str) -> str:
        share = order_for(job, step, {**facts, **changed}).share
        assert share is not None
        return share.step

    before = stands_for()
    do(job, STOCK)
    (job / "job.yaml").write_text("job: J2\n")
    assert stands_for(sound="soft") == before
    assert stands_for(colour="blue") != before
    assert stands_for(dataclasses.replace(shared, version=2)) != before


def test_a_file_that_is_read_counts_by_its_content(job: Path) -> None:
    before = fingerprint(job, DRAW)
    os.utime(job / "job.yaml", (1, 1))
    assert fingerprint(job, DRAW) == before
    (job / "job.yaml").write_text("job: J2\n")
    changed = fingerprint(job, DRAW)
    assert changed != before
    (job / "job.yaml").unlink()
    assert fingerprint(job, DRAW) not in (before, changed)


@pytest.mark.parametrize("change", ["content", "time", "new file", "rename", "remove", "below", "replaced"])
def test_the_assets_count_by_their_names_sizes_and_times(job: Path, change: str) -> None:
    before = fingerprint(job, STOCK)
    letter = job / "assets" / "letter.txt"
    match change:
        case "content":
            letter.write_text("one three")
        case "time":
            os.utime(letter, (1, 1))
        case "new file":
            (job / "assets" / "x").touch()
        case "rename":
            letter.rename(job / "assets" / "brief.txt")
        case "remove":
            letter.unlink()
        case "below":
            (job / "assets" / "fonts").mkdir()
            (job / "assets" / "fonts" / "a.ttf").touch()
        case "replaced":
            stat = letter.stat()
            new = letter.with_name("new")
            new.write_text("two one")
            os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            new.replace(letter)
    assert fingerprint(job, STOCK) != before


def test_an_earlier_step_counts_by_what_it_made_not_by_when(job: Path) -> None:
    do(job, STOCK)
    before = fingerprint(job, WORDS)
    os.utime(job / "assets" / "letter.txt", (1, 1))
    do(job, STOCK)
    assert fingerprint(job, WORDS) == before
    (job / "assets" / "letter.txt").write_text("other words")
    assert fingerprint(job, WORDS) == before, "nobody has looked yet"
    do(job, STOCK)
    assert fingerprint(job, WORDS) != before


def test_the_next_step_is_the_first_that_is_not_done(job: Path) -> None:
    steps = (STOCK, WORDS)
    finished: dict[str, str] = {}
    for step in steps:
        found = next_order(job, steps, FACTS, finished)
        assert found is not None
        assert found[0] is step
        finished[step.name] = do(job, step).fingerprint
    assert next_order(job, steps, FACTS, finished) is None


def test_a_step_that_the_record_does_not_know_of_is_not_done(job: Path) -> None:
    """The worker ended, and the daemon was killed before it noted what was found."""
    done = do(job, STOCK)
    assert next_order(job, (STOCK,), FACTS, {}) is not None
    assert next_order(job, (STOCK,), FACTS, {"stock": "of an earlier content"}) is not None
    assert next_order(job, (STOCK,), FACTS, {"stock": done.fingerprint}) is None


@pytest.mark.parametrize("damage", ["output gone", "output cut", "note gone", "note damaged", "private gone"])
def test_a_step_whose_files_are_gone_or_cut_is_not_done(job: Path, damage: str) -> None:
    do(job, dataclasses.replace(STOCK, name="stock"))
    words = dataclasses.replace(WORDS, name="read")
    do(job, words)
    done = do(job, DRAW)
    publish(job, done)
    finished = {"draw": done.fingerprint}
    assert next_order(job, (DRAW,), FACTS, finished) is None
    picture, note = job / "previews" / "one.txt", job / ".job" / "work" / "draw" / "done.json"
    match damage:
        case "output gone":
            picture.unlink()
        case "output cut":
            picture.write_bytes(picture.read_bytes()[:-1])
        case "note gone":
            note.unlink()
        case "note damaged":
            note.write_bytes(note.read_bytes()[:20])
        case "private gone":
            (job / ".job" / "work" / "read" / "words.json").unlink()
            assert next_order(job, (words,), FACTS, {"read": order_for(job, words, FACTS).fingerprint}) is not None
            return
    assert next_order(job, (DRAW,), FACTS, finished) is not None


def test_a_sidecar_that_a_person_has_edited_does_not_undo_its_step(job: Path) -> None:
    ask = Step("ask-review", "toy_line:ask_review", "", "processing", 4, uses=("round",))
    facts = {"round": {"revision": 1}}
    done = perform(order_for(job, ask, facts))
    assert isinstance(done, Done)
    publish(job, done)
    (job / "review.yaml").write_text("decision: approve\n")
    assert next_order(job, (ask,), facts, {"ask-review": done.fingerprint}) is None
