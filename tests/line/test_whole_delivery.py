"""A delivery is complete in itself, for another machine: footage, references, script, report; and it is taken."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from house import House
from PIL import Image

from hotfolderd.demo.design import PictureSpec, TextSpec, make_design
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.media.project import read_template

sys.path.append(str(Path(__file__).parents[1] / "media"))
from after_effects import Studio, outcome, world_of

SIZE = (200, 250)
THERE = "Z:\\jobs"


def drop(folder: Path) -> None:
    """A design and a template; a logo and a missing file are shown by layers that nobody fills."""
    footage = folder / "footage"
    footage.mkdir(parents=True)
    for name in ("bg.png", "logo.png", "gone.png"):
        Image.new("RGBA", SIZE, "red").save(footage / name)
    layers = (
        CompPicture(footage / "bg.png"),
        CompPicture(footage / "bg.png", "again", guide=True),
        CompPicture(footage / "logo.png", "corner logo", guide=True),
        CompPicture(footage / "gone.png", "old one", enabled=False),
        CompText("txt_title", "Title", 10, 25, size_px=24.0),
        CompText("loader", "off", 10, 125, size_px=16.0, enabled=False, expression='$.evalFile("/x.jsx"); value'),
    )
    make_template(folder / "card.aepx", comps=[CompSpec("render_card", SIZE, layers, duration_s=1.0)])
    (footage / "gone.png").unlink()
    spec = [PictureSpec("bg", 0, 0, *SIZE, "#1d5fd1"), TextSpec("title", "Ünser Titel", 10, 25, size_px=24.0)]
    make_design(folder / "card.psd", size=SIZE, layers=spec)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The job `card` is delivered, and waits to be taken."""
    folder = tmp_path_factory.mktemp("whole")
    settings = {
        "path_map": [{"from": str(folder), "to": "/not/this/one"}, {"from": f"{folder}/folders/deployed", "to": THERE}],
        "complete_on": "download",
    }
    house = House(folder, delivery=settings, validation={"block_on": ["type_mismatch"]})
    drop(folder / "card")
    (folder / "card").rename(house.inbox / "card")
    with house:
        house.wait_until(lambda: house.approve_all(["card"]), "the delivery")
    return house


@pytest.fixture(scope="module")
def delivery(house: House) -> Path:
    return Path(house.status("card")["deployed"])


def manifest_of(delivery: Path) -> Any:
    return json.loads((delivery / "manifest.json").read_text())


def test_all_footage_is_named_where_the_other_machine_sees_the_delivery(house: House, delivery: Path) -> None:
    seen_as = manifest_of(delivery)["seen_as"]
    assert seen_as == "\\".join([THERE, *delivery.relative_to(house.root / "deployed").parts])
    for project in (*delivery.glob("*.aep*"), *(delivery / "template").iterdir()):
        paths = {one.file_name: one.path for one in read_template(project).footage}
        assert paths.pop("gone.png", "").endswith("/footage/gone.png")  # type: ignore[union-attr]
        for name, path in paths.items():
            assert path == f"{seen_as}\\footage\\{name}"
            assert (delivery / "footage" / name).is_file()
        assert {"bg.png", "logo.png"} <= paths.keys(), "the guide layer still shows the old background"


def test_the_report_lists_changes_footage_fonts_and_what_runs_code(delivery: Path) -> None:
    report = (delivery / "report.txt").read_text()
    manifest = manifest_of(delivery)
    assert f"with After Effects: {manifest['seen_as']}" in report
    assert "  footage/logo.png\n" in report
    assert [path.rsplit("/", 1)[1] for path in manifest["missing_footage"]] == ["gone.png"]
    assert f"  MISSING: {manifest['missing_footage'][0]}\n" in report
    assert "alas[0]: " in report.split("Every chunk that differs from the template")[1]
    assert "(logo.png is in the delivery)" in report
    assert manifest["fonts"]
    assert all(f"  {one['font']}: " in report for one in manifest["fonts"])
    assert "An expression of layer 'loader' of 'render_card' runs code outside the project: $.evalFile" in report


def test_the_delivered_script_comes_to_what_was_delivered(delivery: Path) -> None:
    """Run where it lies, on the template that lies beside it; this machine's paths are read as the other's."""
    seen_as = manifest_of(delivery)["seen_as"]
    before = {path.name for path in delivery.iterdir()}
    ran = Studio().run(delivery / "populate.jsx")
    new = {path.name for path in delivery.iterdir()} - before
    result = json.loads((delivery / "populate.result.json").read_text())
    assert (ran.failure, result["ok"], result["error"]) == (None, True, None)
    for item in ran.after["items"]:
        if item.get("file"):
            item["file"] = item["file"].replace(f"{delivery}/footage/", f"{seen_as}\\footage\\")
    delivered = manifest_of(delivery)["files"]
    projects = [one["path"] for one in delivered if "/" not in one["path"] and ".aep" in one["path"]]
    for name in projects:
        assert outcome(ran.after) == outcome(world_of(delivery / name))
    assert new == {"populate.result.json", result["saved"]}, "nothing that was delivered is written over"


def test_the_job_is_completed_when_somebody_has_the_delivery(house: House) -> None:
    status = house.status("card")
    assert (status["stage"], status["status"], status["progress"]) == ("7-completed", "awaiting_download", 95)
    house.told("hotfolderd downloaded card")
    assert house.command("downloaded", "card", "--by", "bert").returncode == 0
    house.run_until_idle()
    status = house.status("card")
    assert (status["status"], status["downloaded_by"]) == ("completed", "bert")
    assert house.command("downloaded", "card").returncode == 4, "once is enough"
