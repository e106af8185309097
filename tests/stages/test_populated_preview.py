"""What a person approves shows the design: the populated comp of the sample pair, made by the real steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ffmpeg_references import ssim
from jobs_made import do, do_first_stage, pair_job
from PIL import Image, ImageChops
from psd_tools import PSDImage

from hotfolderd.media import compositor, video
from hotfolderd.media.project.opening import open_project
from hotfolderd.model import Matching, from_json, to_json
from hotfolderd.stages.template.line import BUILD_PROJECT, DRAW_PREVIEW
from hotfolderd.work import WORK

PAIR = Path(__file__).parents[2] / "../shared/samples/pair"
pytestmark = pytest.mark.skipif(not PAIR.is_dir(), reason="the samples are not here")
COMP = 1
# Room for both sides' letters, whatever their font: the texts of the design lie in it, and those of the comp.
TEXTS = (60, 250, 540, 570)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pair after it was matched, approved as proposed, populated and previewed."""
    folder = pair_job(tmp_path_factory.mktemp("pair"), PAIR)
    do_first_stage(folder)
    proposed = from_json(Matching, (folder / WORK / "match" / "matches.json").read_bytes())
    assert all(one.layer is not None for one in proposed.matches)
    (folder / ".job" / "approved.json").write_text(to_json(proposed))
    do(folder, [BUILD_PROJECT, DRAW_PREVIEW])
    return folder


def composed() -> Image.Image:
    """The design's pictures laid on each other by Pillow: nothing of ours in it."""
    design = PSDImage.open(PAIR / "test-photoshop-doc.psd")
    picture = Image.new("RGBA", design.size)
    for layer in design:
        if layer.kind == "smartobject":  # the two that the comp shows; the design's own ground lies below them
            canvas, image = Image.new("RGBA", design.size), layer.topil(apply_icc=False)
            assert image is not None
            canvas.paste(image.convert("RGBA"), layer.offset)
            picture = Image.alpha_composite(picture, canvas)
    return picture.convert("RGB")


def drawn(job: Path, move: tuple[str, float, float] | None = None) -> Image.Image:
    """The populated comp at its beginning; `move` puts a layer elsewhere first: its name, pixels to the right, down."""
    output = job / "output"
    project: Any = open_project(output / "out.aepx").project
    if move:
        comp = next(comp for comp in project.compositions if comp.id == COMP)
        position = next(one for one in comp.layers if one.name == move[0]).transform["ADBE Position"]
        x, y, *rest = position.value
        position.value = [x + move[1], y + move[2], *rest]
    return next(compositor.draw(project, COMP, {path.name: path for path in (output / "footage").iterdir()}).frames)


def without_texts(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    picture.paste((128, 128, 128), TEXTS)
    return picture


def test_the_populated_comp_differs_from_the_design_in_the_rendering_of_texts_only(job: Path) -> None:
    frame, wanted = drawn(job), composed()
    with Image.open(job / "previews/psd_flat.png") as embedded:
        flat = embedded.convert("RGB")
    for what, picture in (("its layers", wanted), ("its embedded picture", flat)):
        whole, cut = ssim(frame, picture), ssim(without_texts(frame), without_texts(picture))
        print(f"the populated comp against {what}: SSIM {whole:.4f}, without the texts {cut:.4f}")  # noqa: T201
        assert cut > 0.9999
        assert whole > 0.97
    assert ImageChops.difference(without_texts(frame), without_texts(wanted)).getbbox() is None, "to the pixel"
    assert ImageChops.difference(frame, wanted).getbbox() is not None, "the texts are there"


def test_the_videos_show_it_and_the_figures_are_there(job: Path) -> None:
    wanted = composed()
    frame = video.frame_at(job / "previews/ae_render.mp4", 0)
    alike = ssim(without_texts(frame), without_texts(wanted))
    print(f"the first frame of the video against its layers: SSIM {alike:.4f}")  # noqa: T201
    assert alike > 0.97
    metrics = json.loads((job / "previews/metrics.json").read_bytes())
    assert metrics["ae_duration"] == metrics["psd_duration"] == pytest.approx(10.0, abs=0.1)
    assert {"score", "sharpness", "exposure", "black_s", "frozen_s"} <= set(metrics["quality"])
    assert metrics["quality"]["black_s"] == 0
    both = video.frame_at(job / "previews/side_by_side.mp4", 5)
    ends = video.probe(job / "previews/side_by_side.mp4")
    assert both.size == (ends.width, ends.height)
    bar = both.crop((0, 0, both.width, 60))
    assert len(bar.getcolors(1 << 20) or ()) > 20, "title and labels are burned in"


@pytest.mark.parametrize("move", [("featuredimage1", 3, 2), ("green_yellow_bg.png", 6, 0)])
def test_a_layer_in_a_wrong_place_is_noticed(job: Path, move: tuple[str, float, float]) -> None:
    moved = ssim(without_texts(drawn(job, move)), without_texts(composed()))
    print(f"{move[0]} moved by {move[1]} and {move[2]} px: SSIM {moved:.4f}")  # noqa: T201
    assert moved < 0.9995
