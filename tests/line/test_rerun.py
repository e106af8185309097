"""Working on what is finished changes nothing; what was changed is done again, and no more than that."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, write_font

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.pipeline import BATCHES, DEPLOYED, JOB_FOLDERS

JOB = "TINY0001"
READING = ["identify", "read-design", "read-template"]
BUILDING = ["build-project", "write-script", "draw-preview", "check-output", "ask-approval"]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A root whose daemon has a home of its own, with fonts of its own."""
    home = tmp_path / "home"
    (home / ".fonts").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    return House(tmp_path)


# nothing changed ----------------------------------------------------------------------------------------------------


def everything(house: House) -> dict[str, tuple[int, int, str]]:
    """Size, time and sha256 of every file below the job folders, the batches and the deliveries; folders by name."""
    found = {}
    for folder in (*JOB_FOLDERS, BATCHES, DEPLOYED):
        for path in (house.root / folder).rglob("*"):
            stat = path.lstat()
            name = str(path.relative_to(house.root))
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            found[name] = (stat.st_size, stat.st_mtime_ns, content) if path.is_file() else (0, 0, content)
    return found


def test_looking_again_at_jobs_that_wait_or_have_ended_changes_no_file(house: House) -> None:
    """One in each kind of place; the daemon starts anew, also without what it may rebuild, and writes nothing there."""
    with house:
        make_small_batch(house.inbox, 5)
        for number in range(1, 6):
            house.wait_for(f"2-review/TINY{number:04d}/review.yaml")
        for job in ("TINY0001", "TINY0002"):
            house.edit(house.folder(job) / "review.yaml", decision="approve")
        house.edit(house.wait_for("6-approval/TINY0001/approval.yaml"), decision="approve")
        house.wait_for("6-approval/TINY0002/approval.yaml")
        (house.folder("TINY0004") / "control.yaml").write_text("action: hold\n")
        (house.folder("TINY0005") / "assets" / "tiny0005.psd").write_bytes(b"8BPS, and then nothing")
        house.edit(house.folder("TINY0005") / "review.yaml", decision="approve")
        for place in ("7-completed/TINY0001", "on-hold/TINY0004", "failed/TINY0005"):
            house.wait_for(place)
        house.wait_until(lambda: house.status("TINY0001")["status"] == "completed", "the delivery to be noted")
    house.run_until_idle()
    before = everything(house)
    assert {name.partition("/TINY")[0] for name in before if name.endswith("/status.yaml")} == {
        *("7-completed", "6-approval", "2-review", "on-hold", "failed"),
    }
    house.run_until_idle()
    assert differences(before, everything(house)) == {}
    for rebuilt in house.root.glob(".hotfolderd/*"):
        if rebuilt.name == "cache":
            shutil.rmtree(rebuilt)
        elif rebuilt.name.startswith("index"):
            rebuilt.unlink()
    house.run_until_idle()
    assert differences(before, everything(house)) == {}


def differences(before: dict[str, tuple[int, int, str]], after: dict[str, tuple[int, int, str]]) -> dict[str, object]:
    names = before.keys() | after.keys()
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


# one thing changed --------------------------------------------------------------------------------------------------


@pytest.fixture
def in_review(house: House) -> Iterator[House]:
    with house:
        make_small_batch(house.inbox, 1)
        house.wait_for(f"2-review/{JOB}/review.yaml")
        yield house


@pytest.fixture
def in_approval(in_review: House) -> House:
    approve_review(in_review)
    return in_review


def approve_review(house: House) -> Path:
    house.edit(house.root / "2-review" / JOB / "review.yaml", decision="approve")
    return house.wait_for(f"6-approval/{JOB}/approval.yaml")


def reject(house: House) -> Path:
    """Back to the review: everything before it is looked at anew."""
    approval = house.root / "6-approval" / JOB / "approval.yaml"
    house.edit(approval, decision="reject", reason="the headline is too small", return_to="2-review")
    return house.wait_for(f"2-review/{JOB}/review.yaml")


def steps_done(house: House) -> list[str]:
    """All steps that were ever done for the job, in order."""
    return [
        one["data"]["step"]
        for one in house.events(JOB)
        if one["action"] == "preprocessing_step" and ": done in" in one["message"]
    ]


def other_design(path: Path, scratch: Path) -> None:
    """The same layers as before with other words in them."""
    make_small_batch(scratch, 1, share_design=True)
    shutil.copy(scratch / "tiny.psd", path)


def replaced(folder: Path, what: str, home: Path) -> None:
    """Do what a person does to the files while the job waits."""
    match what:
        case "the design":
            other_design(folder / "assets" / "tiny0001.psd", home.parent / "other")
        case "a font of the job":
            write_font(folder / "assets" / "fonts" / "mine.ttf", "Mine-Regular")
        case "an installed font":
            write_font(home / ".fonts" / "mine.ttf", "Mine-Regular")
        case "the time of the design":
            (folder / "assets" / "tiny0001.psd").touch()


@pytest.mark.parametrize(
    ("what", "again"),
    [
        ("nothing", []),
        ("the design", ["identify", "read-design"]),
        ("a font of the job", ["identify"]),
        ("an installed font", ["read-design"]),
        ("the time of the design", ["identify"]),
    ],
)
def test_after_the_review_only_what_depends_on_the_change_is_read_again(
    in_review: House, tmp_path: Path, what: str, again: list[str]
) -> None:
    before = steps_done(in_review)
    assert before == [*READING, "match", "draw-review", "ask-review"]
    replaced(in_review.folder(JOB), what, tmp_path / "home")
    approve_review(in_review)
    assert steps_done(in_review)[len(before) :] == [*again, "validate", *BUILDING]


@pytest.mark.parametrize(
    ("what", "again"),
    [
        ("nothing", []),
        ("the design", ["identify", "read-design", "match", "draw-review"]),
        ("a font of the job", ["identify", "match", "draw-review"]),
        ("an installed font", ["read-design", "match", "draw-review"]),
        ("the time of the design", ["identify"]),
    ],
)
def test_before_a_second_review_only_what_depends_on_the_change_is_done_again(
    in_approval: House, tmp_path: Path, what: str, again: list[str]
) -> None:
    before = steps_done(in_approval)
    replaced(in_approval.folder(JOB), what, tmp_path / "home")
    reject(in_approval)
    assert steps_done(in_approval)[len(before) :] == [*again, "ask-review"]


def test_a_changed_limit_is_applied_without_reading_or_drawing_anything_again(in_approval: House) -> None:
    """`validation.low_confidence` decides what is warned of: matched anew, the pictures of the pairs are the same."""
    before = steps_done(in_approval)
    in_approval.stop()
    in_approval.settings["validation"] = {"low_confidence": 1.0}
    shutil.rmtree(in_approval.root / ".hotfolderd" / "learned")  # matched anew, pairs would say who approved them
    in_approval.start()
    reject(in_approval)
    assert steps_done(in_approval)[len(before) :] == ["match", "ask-review"]


# what was approved has changed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["output/populate.jsx", "previews/side_by_side.mp4", "output/one more.txt"])
def test_who_approved_is_asked_again_where_it_is_not_what_was_shown(in_approval: House, name: str) -> None:
    """Nothing is delivered; a retry builds everything anew from the approved matches and asks a second time."""
    house = in_approval
    before = steps_done(house)
    approval = house.root / "6-approval" / JOB / "approval.yaml"
    with (approval.parent / name).open("ab") as changed:
        changed.write(b"\n// one more line\n")
    house.edit(approval, decision="approve", by="bert")
    house.wait_for(f"failed/{JOB}")
    assert f"{name}: changed after it was shown" in house.status(JOB)["failure"]["message"]
    assert not list(house.root.glob(f"deployed/*/*/{JOB}*"))
    (house.folder(JOB) / "control.yaml").write_text("action: retry\n")
    approval = house.wait_for(f"6-approval/{JOB}/approval.yaml")
    assert "revision: 2" in approval.read_text()
    assert "decision: pending" in approval.read_text()
    assert steps_done(house)[len(before) :] == BUILDING
