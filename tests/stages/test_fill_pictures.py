"""A design's picture in its placeholder looks as it does in the design, whatever the pixels of the footage are like."""

from __future__ import annotations

from pathlib import Path

import py_aep
import pytest
import yaml
from jobs_made import do, do_first_stage
from PIL import Image, ImageDraw

from hotfolderd.demo.design import PictureSpec, make_design
from hotfolderd.demo.template import CompPicture, CompSpec, make_template
from hotfolderd.media import video
from hotfolderd.media.project import read_template
from hotfolderd.model import Fit, Match, Matching, to_json
from hotfolderd.stages.template.fill_pictures import fitted
from hotfolderd.stages.template.line import BUILD_PROJECT, DRAW_PREVIEW


def disc(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "#0000ff")
    ImageDraw.Draw(image).ellipse((20, 20, 160, 160), fill="#ff0000")
    return image


def anamorphic_job(folder: Path) -> Path:
    """HDV's proportions: 240 wide pixels are seen as 320, and the design's picture has the shape that is seen."""
    assets = folder / "J1" / "assets"
    (assets / "footage").mkdir(parents=True)
    Image.new("RGB", (240, 180), "#00ff00").save(assets / "footage" / "clip.png")
    hero = CompPicture(assets / "footage" / "clip.png", "hero", left=40)  # in the middle, as wide as the comp
    comp = CompSpec("main", (320, 180), (hero,), duration_s=1.0)
    make_template(folder / "square.aep", comps=[comp])
    project = py_aep.parse(folder / "square.aep").project
    next(item for item in project.items.values() if item.name == "clip.png").pixel_aspect = 4 / 3
    project.save(assets / "t.aep")
    make_design(assets / "d.psd", size=(320, 180), layers=[PictureSpec("hero", 0, 0, 320, 180, disc)])
    order = {"job": "J1", "batch": "b", "design": "assets/d.psd", "template": "assets/t.aep", "output_name": "x.aep"}
    (folder / "J1" / "job.yaml").write_text(yaml.safe_dump(order))
    (folder / "J1" / ".job").mkdir()
    return folder / "J1"


@pytest.mark.parametrize("fit", ["fit", "fill", "stretch"])
def test_a_disc_stays_a_disc_in_footage_whose_pixels_are_not_square(tmp_path: Path, fit: Fit) -> None:
    job = anamorphic_job(tmp_path)
    do_first_stage(job)
    (hero,) = read_template(job / "assets" / "t.aep").placeholders
    match = Match(hero.name, hero.id, hero.comp, "image", "hero", fit=fit)
    (job / ".job" / "approved.json").write_text(to_json(Matching((match,))))
    do(job, [BUILD_PROJECT, DRAW_PREVIEW])
    frame = video.frame_at(job / "previews" / "ae_render.mp4", 0)
    red = frame.getchannel("R").point([255 if level > 128 else 0 for level in range(256)]).getbbox()
    assert red is not None
    assert all(abs(found - wanted) <= 2 for found, wanted in zip(red, (20, 20, 161, 161), strict=True)), red
    assert read_template(job / "output" / "x.aep").placeholders[0].box == hero.box


@pytest.mark.parametrize(
    ("fit", "red"), [("fit", (0, 50, 100, 150)), ("fill", (0, 0, 100, 200)), ("stretch", (0, 0, 100, 200))]
)
def test_a_square_in_a_higher_frame_has_bars_is_cropped_or_is_distorted(fit: Fit, red: tuple[int, ...]) -> None:
    square = Image.new("RGBA", (40, 40), "#0000ff")
    square.paste("#ff0000", (10, 0, 30, 40))
    frame = fitted(square, (100, 200), fit)
    assert frame.size == (100, 200)
    assert frame.getchannel("A").getbbox() == red
    middle = {"fit": (25, 75), "fill": (0, 100), "stretch": (25, 75)}[fit]
    row = [frame.getpixel((x, 100)) for x in range(100)]
    reds = [x for x, (r, *_) in enumerate(row) if r > 128]
    assert abs(reds[0] - middle[0]) <= 1
    assert abs(reds[-1] + 1 - middle[1]) <= 1
