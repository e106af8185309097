"""A job that nobody has to mend: dropped, looked at, approved, delivered."""

from __future__ import annotations

import hashlib
import itertools
import json
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from house import House

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.media.project import read_template
from hotfolderd.media.video import frame_at, probe

STAGES = ["0-inbox", "1-processing", "2-review", "3-validation", "5-generation", "6-approval", "7-completed"]


def test_a_good_job_goes_from_the_inbox_to_the_delivery_by_file_operations_only(tmp_path: Path) -> None:
    """Dropping and two edited files are enough; nothing is shown before it is ready; stage 4 is skipped."""
    with House(tmp_path) as house, house.watched():
        make_small_batch(house.inbox, 1, template="tiny.aepx")
        review = house.wait_for("2-review/TINY0001/review.yaml")
        data = json.loads((review.parent / "previews/matching_data.json").read_text())
        named = [*data["psd_previews"].values(), *data["aepx_previews"].values(), *data["comparisons"].values()]
        assert [name for name in named if not (review.parent / name).exists()] == []
        assert set(data) >= {"psd_previews", "aepx_previews", "comparisons", "similarity_scores", "auto_matches"}

        house.edit(review, decision="approve", by="anna")
        approval = house.wait_for("6-approval/TINY0001/approval.yaml")
        metrics = json.loads((approval.parent / "previews/metrics.json").read_text())
        assert {"render_time", "psd_duration", "ae_duration", "file_sizes"} <= set(metrics)
        assert set(metrics["file_sizes"]) == {"psd", "ae", "combined"}
        both = approval.parent / "previews/side_by_side.mp4"
        assert probe(both).duration_s == pytest.approx(1.0, abs=0.15)
        prepared = json.loads((approval.parent / "previews/approval_data.json").read_text())
        assert prepared.pop("metrics") == metrics
        assert metrics["quality"]["frozen_s"] == metrics["ae_duration"], "this comp does not move"
        assert set(prepared) == {"preview_video", "thumbnail", "psd_video", "ae_video", "extendscript_path"}
        assert all((approval.parent / path).is_file() for path in prepared.values())
        house.told("Validation passed - proceeding to ExtendScript generation")

        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/TINY0001")
        house.wait_until(lambda: ("6-approval", "7-completed") in house.moves("TINY0001"), "the arrival to be noted")

        assert house.moves("TINY0001") == list(itertools.pairwise(STAGES))
        status = house.status("TINY0001")
        assert status["progress"] == 100
        assert status["stages"]["4-override"] == {"skipped": True}
        assert status["stages"]["2-review"]["completed_by"] == "anna"
        assert status["stages"]["6-approval"]["completed_by"] == "bert"
        assert (house.root / "0-inbox" / "tiny.csv").exists() is False
        assert _delivered_as_promised(Path(status["deployed"]))
    assert house.process is not None
    assert house.process.returncode == 0


def _delivered_as_promised(delivery: Path) -> bool:
    """Every file of the manifest is there, whole; the project holds the texts; the decisions are told."""
    manifest = json.loads((delivery / "manifest.json").read_text())
    for file in manifest["files"]:
        content = (delivery / file["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    assert [(one["gate"], one["decision"], one["by"]) for one in manifest["decisions"]] == [
        ("review", "approve", "anna"),
        ("approval", "approve", "bert"),
    ]
    for name in ("tiny0001_final.aep", "tiny0001_final.aepx"):
        template = read_template(delivery / name)
        texts = {one.name: one.text.text for one in template.placeholders if one.text}
        assert texts == {"txt_title": "Title tiny0001", "txt_name": "Name tiny0001"}
        pictures = [one.source.path for one in template.placeholders if one.source]
        assert [Path(path or "").parent for path in pictures] == [delivery / "footage"]
        assert all(Path(path or "").is_file() for path in pictures)
    return True


def test_a_delivery_goes_where_the_settings_say_and_brings_all_in_one_package(tmp_path: Path) -> None:
    """The names of the pattern; the package holds every file of the manifest as it lies beside it, and the manifest."""
    house = House(tmp_path, delivery={"folder": "{client}_{project}/{job}_v{version}", "package": True})
    make_small_batch(house.inbox, 1)
    with house:
        house.wait_until(lambda: house.approve_all(["TINY0001"]), "the delivery")
    place = house.root / "deployed" / "no-client_no-project" / "TINY0001_v1"
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["delivered_to"] == str(place)
    assert manifest["made_with"]["py-aep"] == version("py-aep")
    with zipfile.ZipFile(place / "package.zip") as package:
        assert package.testzip() is None
        packed = {name: hashlib.sha256(package.read(name)).hexdigest() for name in package.namelist()}
    listed = {file["path"]: file["sha256"] for file in manifest["files"]}
    assert packed == listed | {"manifest.json": hashlib.sha256((place / "manifest.json").read_bytes()).hexdigest()}


def test_the_preview_shows_the_design_on_the_left_and_the_comp_on_the_right(tmp_path: Path) -> None:
    """Both halves of a frame hold the blue of the design's background picture."""
    house = House(tmp_path)
    make_small_batch(house.inbox, 1)
    house.run_until_idle()
    house.edit(house.root / "2-review/TINY0001/review.yaml", decision="approve")
    house.run_until_idle()
    frame = frame_at(house.root / "6-approval/TINY0001/previews/side_by_side.mp4", 0.5).convert("RGB")
    blue = (0x1D, 0x5F, 0xD1)
    for x in (frame.width // 4 - 20, frame.width * 3 // 4 - 20):
        colour = frame.getpixel((x, frame.height - 30))
        assert isinstance(colour, tuple)
        assert all(abs(a - b) < 24 for a, b in zip(colour, blue, strict=True)), f"{colour} at {x}"


def test_receipts_answer_every_decision_and_name_what_waits_next(tmp_path: Path) -> None:
    """Two jobs; the receipt of the first names the second, and says what came of the validation."""
    house = House(tmp_path)
    make_small_batch(house.inbox, 2)
    house.run_until_idle()
    house.edit(house.root / "2-review/TINY0001/review.yaml", decision="approve", by="anna")
    house.run_until_idle()
    receipt = house.receipts("TINY0001")[0]
    assert receipt["accepted"] is True
    assert receipt["by"] == "anna"
    assert receipt["message"] == "Validation passed - proceeding to ExtendScript generation"
    assert receipt["stage"] == "5-generation"
    assert receipt["next"] == {"job": "TINY0002", "file": "2-review/TINY0002/review.yaml"}
    assert (house.root / "2-review/NEXT.txt").read_text() == "TINY0002\n"


def test_a_folder_with_one_design_and_one_project_is_a_job_too(tmp_path: Path) -> None:
    """No CSV: the folder's name is the job's name."""
    house = House(tmp_path)
    drop = house.inbox / "poster"
    make_small_batch(drop, 1)
    (drop / "tiny.csv").unlink()
    house.run_until_idle()
    assert house.where("poster") == "2-review"
    assert not drop.exists()
    assert yaml.safe_load((house.folder("poster") / "job.yaml").read_text())["design"] == "assets/tiny0001.psd"
