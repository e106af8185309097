"""Which layer the picture in the template looks like, from real picture files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hotfolderd.disk import sha256_of
from hotfolderd.media.glances import Glances
from hotfolderd.media.likeness import fingerprint
from hotfolderd.media.pictures import PAIR_PX, centred, thumbnail
from hotfolderd.model import Box, Comp, Design, DesignLayer, Footage, Placeholder, Template, TextLook
from hotfolderd.stages.template import alike
from hotfolderd.stages.template.alike import pictures_alike
from hotfolderd.stages.template.identify import STOCK
from hotfolderd.work import WORK, Workbench


def photograph(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((700, 500), Image.Resampling.BICUBIC)


def layer(glances: Glances, name: str, image: Image.Image) -> DesignLayer:
    """A layer as reading the design leaves it: a small picture and how it looks are kept under the picture's name."""
    glances.keep(name, thumbnail(image, PAIR_PX), fingerprint(centred(image.convert("RGBA"))))
    return DesignLayer(name, name, "image", Box(0, 0, 70, 50), True, 1.0, 0, picture=f"previews/psd/{name}.png")


def take_stock(job: Path) -> None:
    """Note the digests of the assets, as the step before does."""
    folder = job / WORK / "identify"
    folder.mkdir(parents=True, exist_ok=True)
    files = [path for path in (job / "assets").rglob("*") if path.is_file()]
    stock = {path.relative_to(job).as_posix(): sha256_of(path) for path in files}
    (folder / STOCK).write_text(json.dumps(stock))


@pytest.fixture
def glances(tmp_path: Path) -> Glances:
    (tmp_path / WORK / "read-design").mkdir(parents=True)
    return Glances(tmp_path / WORK / "read-design")


def placeholder(number: int, file: str) -> Placeholder:
    source = Footage(number, file, f"/Users/x/{file}", 700, 500)
    return Placeholder(f"1:{number}", f"p{number}", "image", "main", 1, number, number, source=source)


def template(*placeholders: Placeholder) -> Template:
    return Template("t.aep", "aep", "25", (Comp(1, "main", 100, 100, 25, 5, 2),), placeholders, (), 1)


def test_footage_of_the_job_is_held_against_every_layer_with_a_picture(tmp_path: Path, glances: Glances) -> None:
    (tmp_path / "assets/footage").mkdir(parents=True)
    one, other = photograph(1), photograph(2)
    one.resize((300, 214)).save(tmp_path / "assets/footage/Old_1.JPG", quality=80)
    design = Design(
        "d.psd",
        100,
        100,
        "RGB",
        8,
        (
            layer(glances, "a", one),
            layer(glances, "b", other),
            DesignLayer("t", "t", "text", Box(0, 0, 9, 9), True, 1.0, 2, TextLook("t")),
        ),
    )
    glances.save()
    take_stock(tmp_path)
    found = pictures_alike(
        Workbench(tmp_path, tmp_path, {}), design, template(placeholder(1, "old_1.jpg"), placeholder(2, "away.png"))
    )
    assert set(found) == {("1:1", "a"), ("1:1", "b")}
    assert found["1:1", "a"] > 0.9
    assert found["1:1", "b"] < 0.7


def test_footage_that_is_no_picture_is_left_out(tmp_path: Path, glances: Glances) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/clip.mp4").write_bytes(b"not a picture")
    design = Design("d.psd", 100, 100, "RGB", 8, (layer(glances, "a", photograph(1)),))
    glances.save()
    take_stock(tmp_path)
    assert pictures_alike(Workbench(tmp_path, tmp_path, {}), design, template(placeholder(1, "clip.mp4"))) == {}


def test_a_worker_opens_the_same_footage_of_the_next_job_no_more(
    tmp_path: Path, glances: Glances, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same by its bytes, not by its name: a file that was replaced is looked at."""
    opened = []
    real = alike.open_picture
    monkeypatch.setattr(alike, "open_picture", lambda path: opened.append(path) or real(path))
    monkeypatch.setattr(alike, "_remembered", {})
    one, other = photograph(1), photograph(2)
    design = Design("d.psd", 100, 100, "RGB", 8, (layer(glances, "a", one),))
    glances.save()
    shown = template(placeholder(1, "p.png"))
    (tmp_path / "assets").mkdir()

    def likeness_of(picture: Image.Image) -> float:
        picture.save(tmp_path / "assets/p.png")
        take_stock(tmp_path)
        return pictures_alike(Workbench(tmp_path, tmp_path, {}), design, shown)["1:1", "a"]

    first = likeness_of(one)
    assert first > 0.9
    assert likeness_of(one) == first
    assert len(opened) == 1
    assert likeness_of(other) < 0.7
    assert likeness_of(one) == first
    assert len(opened) == 2
