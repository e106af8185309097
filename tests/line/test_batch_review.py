"""One review for a batch, matches that were approved before, and approval by a rule: with the real daemon."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from house import House, write_csv, write_font

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.demo.design import GroupSpec, LayerSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template

SIZE = (200, 250)
LONG_S = 600.0
FONT = "Aileron-Regular"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def approved(house: House, job: str) -> dict[str, dict[str, Any]]:
    """What the following steps of a job were given, by placeholder."""
    content = json.loads((house.folder(job) / ".job" / "approved.json").read_bytes())
    return {one["placeholder"]: one for one in content["matches"]}


def proposed(house: House, job: str) -> dict[str, dict[str, Any]]:
    """What the review of a job shows, by placeholder."""
    content = yaml.safe_load((house.folder(job) / "review.yaml").read_text())
    return {one["placeholder"]: one for one in content["matches"]}


def drop(house: House, name: str, designs: dict[str, Sequence[LayerSpec]], template: str = "lineup.aep") -> list[str]:
    """A batch in which every job has a design of its own, and all the template of the same bytes."""
    picture = house.root.parent / "photo.png"
    project = house.root.parent / template
    if not project.exists():
        stadium(160, 120).save(picture)
        layers = (
            CompPicture(picture, "photo", 20, 20),
            CompText("txt_title", "Title", 10, 25, size_px=24.0),
            CompText("txt_first", "First", 10, 100, size_px=16.0),
            CompText("txt_second", "Second", 10, 150, size_px=16.0),
        )
        make_template(project, comps=[CompSpec("lineup", SIZE, layers, duration_s=1.0)])
    folder = house.root.parent / name
    folder.mkdir()
    for job, design in designs.items():
        make_design(folder / f"{job}.psd", size=SIZE, layers=list(design))
    (folder / template).write_bytes(project.read_bytes())
    (folder / "photo.png").write_bytes(picture.read_bytes())
    write_font(folder / "fonts" / "font.ttf", FONT)  # so that nothing is missing
    write_csv(folder / f"{name}.csv", [(job, f"{job}.psd", template, f"{job}.aep") for job in designs])
    folder.rename(house.inbox / name)
    return list(designs)


def line_up(title: str, first: str, second: str, *more: LayerSpec) -> list[LayerSpec]:
    """A design whose names are layers named by what they say."""
    return [
        PictureSpec("background", 0, 0, *SIZE, "#1d5fd1"),
        PictureSpec("photo", 20, 20, 160, 120, stadium),
        GroupSpec("People", (TextSpec(second, second, 10, 150, 16.0), TextSpec(first, first, 10, 100, 16.0))),
        TextSpec("title", title, 10, 25, 24.0),
        *more,
    ]


def reviews(house: House, jobs: Sequence[str], within_s: float = 200.0) -> None:
    """Wait until all these jobs wait for their review."""
    sidecars = [house.root / "2-review" / job / "review.yaml" for job in jobs]
    house.wait_until(lambda: all(path.exists() for path in sidecars), "all reviews", within_s)


def decided(house: House, jobs: Sequence[str], within_s: float = 200.0) -> None:
    """Wait until all these jobs have left their review with an answer."""
    house.wait_until(lambda: all(left_review(house, job) for job in jobs), "all decisions", within_s)


def left_review(house: House, job: str) -> bool:
    stage = house.where(job)
    return stage not in (None, "1-processing", "2-review") and bool(house.receipts(job))


def approve_swapped(house: House, job: str, **keys: str) -> None:
    """Approve with another picture than the one that is proposed."""
    sidecar = house.folder(job) / "review.yaml"
    house.rematch(sidecar, "tiny_bg.png", "dot")
    house.edit(sidecar, decision="approve", by="anna", **keys)


def test_a_hundred_jobs_are_reviewed_with_one_file(house: House) -> None:
    """Every job goes on with its own texts and its own receipt."""
    jobs = [f"TINY{number:04d}" for number in range(1, 101)]
    with house:
        make_small_batch(house.root.parent / "tiny", len(jobs))
        (house.root.parent / "tiny").rename(house.inbox / "tiny")
        reviews(house, jobs, LONG_S)
        approve_swapped(house, "TINY0007", apply_to="batch")
        decided(house, jobs, LONG_S)
        assert house.receipts("TINY0007")[0]["serves"] == len(jobs) - 1
        for job in jobs:
            found = approved(house, job)
            assert found["txt_title"]["value"] == f"Title {job.lower()}"
            assert found["txt_name"]["value"] == f"Name {job.lower()}"
            assert found["tiny_bg.png"]["layer"] == "dot"
            receipt = house.receipts(job)[0]
            assert receipt["by"] == "anna"
            assert receipt.get("notes", "") == ("" if job == "TINY0007" else "as in TINY0007, apply_to: batch")


def test_the_next_batch_with_the_same_template_comes_as_approved(house: House, tmp_path: Path) -> None:
    """All pairs are from memory and say so, the one too that a person had chosen."""
    make_small_batch(tmp_path / "first", 1)
    make_small_batch(tmp_path / "second", 3)
    table = tmp_path / "second" / "tiny.csv"
    table.write_text(table.read_text().replace("TINY", "NEXT"))
    (tmp_path / "second" / "tiny.aep").write_bytes((tmp_path / "first" / "tiny.aep").read_bytes())
    with house:
        (tmp_path / "first").rename(house.inbox / "first")
        reviews(house, ["TINY0001"])
        approve_swapped(house, "TINY0001")
        decided(house, ["TINY0001"])
        (tmp_path / "second").rename(house.inbox / "second")
        later = ["NEXT0001", "NEXT0002", "NEXT0003"]
        reviews(house, later)
        for job in later:
            for one in proposed(house, job).values():
                assert re.fullmatch(r"as approved by anna on \d{4}-\d\d-\d\d", one["why"]), one
                assert one["confidence"] == 0.99
            assert proposed(house, job)["tiny_bg.png"]["layer"] == "dot"
            assert "as approved by anna on" in (house.folder(job) / "review.html").read_text()
            assert "3 as approved before" in (house.folder(job) / ".job" / "events.jsonl").read_text()


def test_only_untouched_jobs_of_the_same_batch_with_the_same_layers_are_served(house: House) -> None:
    with house:
        designs = {
            "A": line_up("Final", "ANNA", "BEN"),
            "B": line_up("Derby", "CARL", "DORA"),
            "C": line_up("Semi", "EMIL", "FAYE", TextSpec("more", "one more", 10, 200, 10.0)),
            "D": line_up("Cup", "GUS", "HANA"),
        }
        reviews(house, drop(house, "one", designs))
        reviews(house, drop(house, "two", {"E": line_up("Cup", "IDA", "JON")}))
        mine = house.folder("D") / "review.yaml"
        house.edit(mine, notes="let me think")
        kept = mine.read_text()
        wrong = house.command("approve", "A", "--apply-to", "everything")
        assert wrong.returncode == 4
        assert "'job' or 'batch'" in wrong.stderr
        done = house.command("approve", "A", "--by", "anna", "--apply-to", "batch")
        assert done.returncode == 0, done.stderr
        decided(house, ["A", "B"])
        assert house.receipts("A")[0]["serves"] == 1
        assert (approved(house, "B")["txt_first"]["layer"], approved(house, "B")["txt_first"]["value"]) == (
            "People/CARL",
            "CARL",
        )
        house.stop()
        house.start()  # what waits is looked at again
        house.wait_until(lambda: house.where("B") == "6-approval", "B to go on")
        assert [house.where(job) for job in "CDE"] == ["2-review"] * 3
        assert mine.read_text() == kept
        assert all("decision: pending" in (house.folder(job) / "review.yaml").read_text() for job in "CDE")


def test_a_batch_of_one_says_that_it_serves_no_other(house: House) -> None:
    with house:
        reviews(house, drop(house, "one", {"A": line_up("Final", "ANNA", "BEN")}))
        house.edit(house.folder("A") / "review.yaml", decision="approve", by="anna", apply_to="batch")
        decided(house, ["A"])
        assert house.receipts("A")[0]["serves"] == 0


def test_a_daemon_killed_amid_a_batch_answers_each_job_once(house: House) -> None:
    jobs = [f"J{number}" for number in range(12)]
    with house:
        drop(house, "one", {job: line_up(f"Match {job}", f"ANNA {job}", f"BEN {job}") for job in jobs})
        reviews(house, jobs)
        house.edit(house.folder("J5") / "review.yaml", decision="approve", by="anna", apply_to="batch")
        for wanted in (1, 4, 8):
            house.wait_until(lambda w=wanted: sum(bool(house.receipts(job)) for job in jobs) >= w, f"{wanted} receipts")
            house.stop(signal.SIGKILL)
            house.start()
        decided(house, jobs)
        for job in jobs:
            assert [receipt["by"] for receipt in house.receipts(job)] == ["anna"]
            assert approved(house, job)["txt_second"]["value"] == f"BEN {job}"


def test_the_system_approves_what_people_have_approved_before_and_says_so(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"review": {"auto_approve_above": 0.95}, "reviewers": {"review": ["anna"]}}
    house = House(tmp_path, **settings)
    with house:
        reviews(house, drop(house, "one", {"A": line_up("Final", "ANNA", "BEN")}))
        house.edit(house.folder("A") / "review.yaml", decision="approve", by="anna")
        decided(house, ["A"])
        more = TextSpec("KIM", "KIM", 10, 200, 10.0)
        drop(house, "two", {"B": line_up("Derby", "CARL", "DORA"), "C": line_up("Cup", "EMIL", "FAYE", more)})
        decided(house, ["B"])
        receipt = house.receipts("B")[0]
        assert receipt["by"] == "hotfolderd"
        assert receipt["notes"].startswith("review.auto_approve_above: 0.95;")
        told = [one["message"] for one in house.events("B") if one["action"] == "stage_approved"]
        assert told == ["Stage 2 approved by hotfolderd"], "the receipt goes on to say what came of it"
        events = [event for event in house.events("B") if event["action"] == "stage_approved"]
        assert [event["user_id"] for event in events] == ["hotfolderd"]
        assert approved(house, "B")["txt_second"]["value"] == "DORA"
        reviews(house, ["C"])  # it has a layer that nobody has approved anything for, so its shape is another
        assert "decision: pending" in (house.folder("C") / "review.yaml").read_text()


def test_a_memory_that_cannot_be_read_counts_as_none_and_is_made_anew(house: House) -> None:
    with house:
        reviews(house, drop(house, "one", {"A": line_up("Final", "ANNA", "BEN")}))
        house.edit(house.folder("A") / "review.yaml", decision="approve", by="anna")
        decided(house, ["A"])
        [memory] = (house.root / ".hotfolderd" / "learned").iterdir()
        memory.write_text('{"approvals": [{"job": 7}]}')
        reviews(house, drop(house, "two", {"B": line_up("Derby", "CARL", "DORA")}))
        assert not any("as approved" in one["why"] for one in proposed(house, "B").values())
        house.edit(house.folder("B") / "review.yaml", decision="approve", by="ben")
        decided(house, ["B"])
        reviews(house, drop(house, "three", {"C": line_up("Cup", "EMIL", "FAYE")}))
        assert all("as approved by ben" in one["why"] for one in proposed(house, "C").values())
