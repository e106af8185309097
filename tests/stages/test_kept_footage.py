"""Which footage goes along with a delivery, and under which name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml
from jobs_made import do, do_first_stage
from PIL import Image

from hotfolderd.demo.design import PictureSpec, make_design
from hotfolderd.demo.template import CompPicture, CompSpec, make_template
from hotfolderd.media import video
from hotfolderd.media.project import read_template
from hotfolderd.media.project.expressions import reaching_out
from hotfolderd.model import Box, Comp, Footage, Match, Matching, Placeholder, Template, to_json
from hotfolderd.stages.template.assets import has_footage
from hotfolderd.stages.template.kept_footage import kept_footage
from hotfolderd.stages.template.line import BUILD_PROJECT, DRAW_PREVIEW

SHARED = Footage(1, "bg.png", "/old/bg.png", 9, 9, users=2)
OWN = Footage(2, "hero.png", "/old/hero.png", 9, 9)
LAYER = Footage(3, "Face/Card.PSD", "C:\\\\old\\\\Card.PSD", 9, 9)
UNUSED = Footage(4, "unused.png", "/old/unused.png", 9, 9, users=0)
GONE = Footage(5, "gone.mov", "/old/gone.mov", 9, 9)
TWIN = Footage(6, "BG.png", "/elsewhere/BG.png", 9, 9)
SOLID = Footage(7, "placeholder", None, 9, 9)


def placeholder(number: int, source: Footage) -> Placeholder:
    return Placeholder(f"1:{number}", source.name, "image", "main", 1, number, number, Box(0, 0, 9, 9), source, None)


def template(*footage: Footage) -> Template:
    there = tuple(placeholder(number, one) for number, one in enumerate(footage))
    return Template("t.aep", "aep", "25.0", (Comp(1, "main", 9, 9, 25.0, 1.0, 9),), there, footage, 1)


def filled(project: Template, name: str) -> Match:
    one = next(one for one in project.placeholders if one.name == name)
    return Match(one.name, one.id, one.comp, "image", "a layer")


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "assets" / "footage" / "sub").mkdir(parents=True)
    for name in ("footage/bg.png", "footage/hero.png", "footage/sub/unused.png", "card.psd"):
        (tmp_path / "assets" / name).write_text(name)
    return tmp_path


def test_what_a_layer_still_shows_goes_along_under_the_name_that_the_template_has(job: Path) -> None:
    """Replaced for one of its two layers, the shared one is still shown; the design itself may be footage."""
    project = template(SHARED, OWN, LAYER, UNUSED, GONE, SOLID)
    found = kept_footage(job, project, [filled(project, "bg.png"), filled(project, "hero.png")])
    assert [(one.item_id, one.name) for one in found.kept] == [(1, "bg.png"), (3, "Card.PSD")]
    assert found.files()["Card.PSD"].read_text() == "card.psd"
    assert found.absent == ("/old/gone.mov",)


@pytest.mark.parametrize(("in_template", "in_job"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_an_accent_may_be_written_in_either_way(tmp_path: Path, in_template: str, in_job: str) -> None:
    """macOS writes a letter and its accent, others one letter: the same name, and the same file."""
    name = "größe é.png"
    there, here = unicodedata.normalize(in_template, name), unicodedata.normalize(in_job, name)  # type: ignore[arg-type]
    (tmp_path / "assets" / "footage").mkdir(parents=True)
    (tmp_path / "assets" / "footage" / here).write_text("picture")
    project = template(Footage(1, there, f"/old/{there}", 9, 9))
    assert has_footage(tmp_path, project)(there)
    found = kept_footage(tmp_path, project, [])
    assert ([one.name for one in found.kept], found.absent) == ([there], ())
    assert found.files()[there].read_text() == "picture"


def test_a_second_spelling_of_a_name_counts_as_absent(job: Path) -> None:
    """Many disks take both for one file."""
    found = kept_footage(job, template(SHARED, TWIN), [])
    assert [one.name for one in found.kept] == ["bg.png"]
    assert found.absent == ("/elsewhere/BG.png",)


def test_a_picture_never_bears_the_name_of_footage_that_is_missing(tmp_path: Path) -> None:
    """Whoever looks for the missing file by its name would find the picture, and show it in the other layer."""
    footage = tmp_path / "J1" / "assets" / "footage"
    footage.mkdir(parents=True)
    Image.new("RGB", (40, 40), "#00ff00").save(footage / "gone.png")
    layers = (CompPicture(footage / "gone.png", "gone.png", 0, 0), CompPicture(footage / "gone.png", "other", 60, 0))
    job = footage.parents[1]
    make_template(job / "assets" / "t.aep", comps=[CompSpec("main", (100, 40), layers, duration_s=1.0)])
    (footage / "gone.png").unlink()
    make_design(job / "assets" / "d.psd", size=(100, 40), layers=[PictureSpec("gone", 0, 0, 40, 40, "#ff0000")])
    order = {"job": "J1", "batch": "b", "design": "assets/d.psd", "template": "assets/t.aep", "output_name": "x.aep"}
    (job / "job.yaml").write_text(yaml.safe_dump(order))
    do_first_stage(job)
    first = next(one for one in read_template(job / "assets" / "t.aep").placeholders if one.name == "gone.png")
    approved = Matching((Match(first.name, first.id, first.comp, "image", "gone"),), ())
    (job / ".job" / "approved.json").write_text(to_json(approved))
    do(job, [BUILD_PROJECT, DRAW_PREVIEW])
    assert [path.name for path in (job / "output" / "footage").iterdir()] == ["gone_2.png"]
    frame = video.frame_at(job / "previews" / "ae_render.mp4", 0)
    assert frame.getpixel((20, 20))[0] > 200, "what was approved is there"
    assert max(frame.getpixel((66, 6))) < 100, "a card stands for what is missing"


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ('$.evalFile("/x.jsx"); value', ["$.evalFile"]),
        ('$["evalFile"]("/x.jsx")', ["$.evalFile"]),
        ('system.callSystem("rm x")', ["system.callSystem"]),
        ('new File("/x").open("r")', ["File("]),
        ('Folder ("/x").getFiles(); $.evalFile(a)', ["$.evalFile", "File("]),
        ("// $.evalFile(a)\nvalue", []),
        ("/* File(a) */ value", []),
        ("value + evalFiles + profile(1) + myFile(2)", []),
        ("wiggle(1, 2)", []),
    ],
)
def test_an_expression_that_reaches_out_is_known_by_its_calls(code: str, calls: list[str]) -> None:
    assert reaching_out(code) == calls
