"""No picture is decoded twice on the way to the review; what is made of it in memory is what its file would give."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from jobs_made import do, do_first_stage, rivals_job
from PIL import Image

from hotfolderd.media.glances import kept_in
from hotfolderd.media.likeness import fingerprint
from hotfolderd.media.pictures import PAIR_PX
from hotfolderd.model import Design, from_json
from hotfolderd.stages.template.line import DRAW_REVIEW, MATCH
from hotfolderd.work import WORK


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = rivals_job(tmp_path_factory.mktemp("stage") / "J1")
    do_first_stage(folder)
    return folder


@pytest.fixture
def job(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "J1"))


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """A thumbnail, step by step, by Pillow alone."""
    scale = min(1.0, side / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    step = min(image.width // size[0], image.height // size[1])
    return image.reduce(step).resize(size, Image.Resampling.BILINEAR)


def test_what_is_kept_of_a_layer_is_what_its_files_would_give(job: Path) -> None:
    kept = job / WORK / "read-design"
    design = from_json(Design, (kept / "design.json").read_bytes())
    glances = kept_in(kept)
    looks = glances.looks
    shown = [layer for layer in design.layers if layer.picture]
    assert len(shown) == 15
    for layer in shown:
        assert layer.picture is not None
        assert layer.thumbnail is not None
        name = Path(layer.picture).stem
        small = glances.picture(name)
        with Image.open(job / layer.picture) as whole, Image.open(job / layer.thumbnail) as tiny:
            assert small is not None
            assert small.mode == whole.mode
            assert small.tobytes() == shrunk(whole, PAIR_PX).tobytes(), layer.path
            assert (name in looks) == (layer.kind != "text")
            if name in looks:
                again = fingerprint(tiny)
                assert np.array_equal(looks[name].steps, again.steps)
                assert np.array_equal(looks[name].colours, again.colours)


def test_the_review_is_drawn_though_the_large_pictures_are_gone(job: Path) -> None:
    """Matching and drawing open neither an exported layer nor the flattened picture, drawing no footage either."""
    before = {path: path.read_bytes() for path in sorted((job / "previews").rglob("*")) if path.is_file()}
    for path in [*(job / "previews/psd").glob("*.png"), job / "previews/psd_flat.png"]:
        path.write_bytes(b"no picture any more")
    do(job, [MATCH])
    (job / "assets/footage/photo.png").write_bytes(b"no picture any more")
    do(job, [DRAW_REVIEW])
    drawn = [path for path in before if path.parent.name != "psd" and path.name != "psd_flat.png"]
    assert len(drawn) > 40
    assert [path.name for path in drawn if path.read_bytes() != before[path]] == []


def test_footage_that_was_not_kept_is_opened_and_looks_the_same(job: Path) -> None:
    """Where people have approved a pair before, the matching compares no pictures."""
    (hero,) = (job / "previews/ae").glob("*_hero.jpg")
    before = hero.read_bytes()
    similar = (job / "previews/similarity.json").read_bytes()
    (job / WORK / "match" / "footage.json").unlink()
    do(job, [DRAW_REVIEW])
    assert hero.read_bytes() == before
    assert (job / "previews/similarity.json").read_bytes() == similar
