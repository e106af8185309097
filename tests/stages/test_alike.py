"""Which layer the picture in the template looks like, from real picture files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hotfolderd.media.glances import Glances
from hotfolderd.media.pictures import PAIR_PX, centred, thumbnail
from hotfolderd.model import Box, Comp, Design, DesignLayer, Footage, Placeholder, Template, TextLook
from hotfolderd.stages.template.alike import pictures_alike
from hotfolderd.work import WORK, Workbench


def photograph(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((700, 500), Image.Resampling.BICUBIC)


def layer(glances: Glances, name: str, image: Image.Image) -> DesignLayer:
    """A layer as reading the design leaves it: a small picture and how it looks are kept under the picture's name."""
    glances.keep(name, thumbnail(image, PAIR_PX), centred(image.convert("RGBA")))
    return DesignLayer(name, name, "image", Box(0, 0, 70, 50), True, 1.0, 0, picture=f"previews/psd/{name}.png")


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
    assert pictures_alike(Workbench(tmp_path, tmp_path, {}), design, template(placeholder(1, "clip.mp4"))) == {}
