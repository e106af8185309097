"""The same scenes drawn by us and by ffmpeg's filters: they look alike, and a layer in a wrong place is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import py_aep
import pytest
from comps_made import Studio, add_mask, add_shape, oval, set_value
from ffmpeg_references import filtered, photo, ssim
from PIL import Image

ALIKE = 0.985
WIDTH, HEIGHT = 320, 240


@dataclass(frozen=True)
class Scene:
    """`build` makes the comp of the two pictures and gives the layer that matters; `graph` is the same for ffmpeg."""

    build: Callable[[Studio, Path, Path], Any]
    graph: str


def _under(studio: Studio, below: Path) -> None:
    studio.footage(below)


def _moved(studio: Studio, below: Path, above: Path) -> Any:
    _under(studio, below)
    layer = studio.footage(above)
    set_value(layer, "ADBE Position", [120, 90, 0])
    set_value(layer, "ADBE Opacity", 60)
    return layer


def _scaled(studio: Studio, below: Path, above: Path) -> Any:
    layer = _moved(studio, below, above)
    set_value(layer, "ADBE Scale", [50, 50, 100])
    return layer


def _quarter_turn(studio: Studio, below: Path, above: Path) -> Any:
    layer = _moved(studio, below, above)
    set_value(layer, "ADBE Rotate Z", 90)
    return layer


def _turned(studio: Studio, below: Path, above: Path) -> Any:
    layer = _moved(studio, below, above)
    set_value(layer, "ADBE Position", [160, 120, 0])
    set_value(layer, "ADBE Opacity", 100)
    set_value(layer, "ADBE Rotate Z", 30)
    return layer


def _masked(studio: Studio, below: Path, above: Path) -> Any:
    layer = _moved(studio, below, above)
    add_mask(layer, [[20, 10], [100, 10], [100, 70], [20, 70]])
    return layer


def _oval_mask(studio: Studio, below: Path, above: Path) -> Any:
    _under(studio, below)
    layer = studio.footage(above)
    add_mask(layer, *oval(80, 60, 60, 40))
    return layer


def _nested(studio: Studio, below: Path, above: Path) -> Any:
    _under(studio, below)
    inner = studio.add_comp("Inner", 100, 100)
    set_value(studio.footage(above, inner), "ADBE Position", [60, 60, 0])
    layer = studio.comp.add(inner)
    set_value(layer, "ADBE Position", [200, 120, 0])
    return layer


def _matted(kind: str) -> Callable[[Studio, Path, Path], Any]:
    def build(studio: Studio, below: Path, above: Path) -> Any:
        layer = studio.footage(below)
        matte = studio.footage(above)
        if kind.startswith("ALPHA"):
            matte.replace_source(studio.project.import_file(py_aep.ImportOptions(str(above.with_name("soft.png")))))
        layer.set_track_matte(matte, py_aep.TrackMatteType[kind])
        return matte

    return build


def _blended(mode: str) -> Callable[[Studio, Path, Path], Any]:
    def build(studio: Studio, below: Path, above: Path) -> Any:
        _under(studio, below)
        layer = studio.footage(above)
        layer.blending_mode = py_aep.BlendingMode[mode]
        return layer

    return build


def _shapes(studio: Studio, below: Path, above: Path) -> Any:
    _under(studio, below)
    layer = add_shape(
        studio.comp,
        ("Shape - Rect", {"Rect Size": [120, 80], "Rect Position": [-40, 0]}),
        ("Graphic - Stroke", {"Stroke Color": [1, 1, 0, 1], "Stroke Width": 10, "Stroke Opacity": 50}),
        ("Graphic - Fill", {"Fill Color": [1, 0, 0, 1]}),
    )
    set_value(layer, "ADBE Position", [160, 120, 0])
    return layer


def _disc(studio: Studio, below: Path, above: Path) -> Any:
    _under(studio, below)
    layer = add_shape(
        studio.comp,
        ("Shape - Ellipse", {"Ellipse Size": [100, 100]}),
        ("Graphic - Fill", {"Fill Color": [0, 0, 1, 1], "Fill Opacity": 80}),
    )
    set_value(layer, "ADBE Position", [100, 120, 0])
    return layer


_TOP = "[1:v]format=rgba,colorchannelmixer=aa=0.6"
_OVER = "[0:v][a]overlay=format=gbrp"
_CENTRED = "[1:v]format=gbrp[a];[0:v]format=gbrp,split[x][y];[y]crop=160:120:80:60[y]"

_FIRST_ABOVE = {
    "MULTIPLY": "multiply",
    "SCREEN": "screen",
    "ADD": "addition",
    "DARKEN": "darken",
    "LIGHTEN": "lighten",
    "DIFFERENCE": "difference",
    "EXCLUSION": "exclusion",
    "COLOR_DODGE": "dodge",
    "COLOR_BURN": "burn",
    "LINEAR_LIGHT": "linearlight",
    "VIVID_LIGHT": "vividlight",
}
_FIRST_BELOW = {"OVERLAY": "overlay", "HARD_LIGHT": "hardlight", "PIN_LIGHT": "pinlight", "SUBTRACT": "subtract"}

SCENES = {
    "moved and half opaque": Scene(_moved, f"{_TOP}[a];{_OVER}:x=40:y=30[out]"),
    "scaled": Scene(_scaled, f"{_TOP},scale=80:60:flags=bicubic[a];{_OVER}:x=80:y=60[out]"),
    "a quarter turn": Scene(_quarter_turn, f"{_TOP},transpose=clock[a];{_OVER}:x=60:y=10[out]"),
    "turned": Scene(_turned, f"[1:v]format=rgba,rotate=30*PI/180:c=none:ow=220:oh=220[a];{_OVER}:x=50:y=10[out]"),
    "masked": Scene(_masked, f"{_TOP},crop=80:60:20:10[a];{_OVER}:x=60:y=40[out]"),
    "oval mask": Scene(
        _oval_mask,
        "[1:v]format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':"
        "a='255*clip(0.5+40*(1-hypot((X+0.5-80)/60,(Y+0.5-60)/40)),0,1)'[a];" + f"{_OVER}:x=80:y=60[out]",
    ),
    "nested and cut": Scene(_nested, f"[1:v]format=rgba,crop=100:100:20:0[a];{_OVER}:x=150:y=70[out]"),
    "luma matte": Scene(
        _matted("LUMA"),
        f"[0:v]format=gbrp[x];[1:v]format=gbrp,geq=r='0.299*r(X,Y)+0.587*g(X,Y)+0.114*b(X,Y)':g='r(X,Y)':b='r(X,Y)',"
        f"lutrgb=g=0:b=0,colorchannelmixer=gr=1:br=1,pad={WIDTH}:{HEIGHT}:80:60:black[m];"
        "[x][m]blend=all_mode=multiply[out]",
    ),
    "inverted alpha matte": Scene(
        _matted("ALPHA_INVERTED"),
        f"[2:v]format=rgba,alphaextract,format=gray,pad={WIDTH}:{HEIGHT}:80:60:black,negate,format=gbrp[m];"
        "[0:v]format=gbrp[x];[x][m]blend=all_mode=multiply[out]",
    ),
    "rectangle with a stroke": Scene(
        _shapes,
        "[0:v]drawbox=x=60:y=80:w=120:h=80:color=red:t=fill:replace=0,format=rgba[x];"
        "color=yellow@0.5:s=130x90,format=rgba,drawbox=x=10:y=10:w=110:h=70:color=black@0:t=fill:replace=1[s];"
        "[x][s]overlay=format=gbrp:x=55:y=75[out]",
    ),
    "disc": Scene(
        _disc,
        f"color=blue:s={WIDTH}x{HEIGHT},format=rgba,geq=r=0:g=0:b=255:a='204*clip(50.5-hypot(X+0.5-100,Y+0.5-120),0,1)'[a];"
        f"{_OVER}[out]",
    ),
} | {
    f"blend mode {mode.lower()}": Scene(
        _blended(mode), f"{_CENTRED};{inputs}blend=all_mode={name}[b];[x][b]overlay=format=gbrp:x=80:y=60[out]"
    )
    # Which of its inputs is the upper one differs from mode to mode in ffmpeg.
    for inputs, modes in {"[a][y]": _FIRST_ABOVE, "[y][a]": _FIRST_BELOW}.items()
    for mode, name in modes.items()
}


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    below, above = photo(tmp_path / "below.png", (WIDTH, HEIGHT)), photo(tmp_path / "above.png", (160, 120), 2)
    soft = Image.radial_gradient("L").resize((160, 120))
    Image.merge("RGBA", [Image.new("L", (160, 120), 90)] * 3 + [soft]).save(tmp_path / "soft.png")
    return [below, above, tmp_path / "soft.png"]


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_looks_like_ffmpegs_and_a_wrong_place_is_noticed(name: str, pictures: list[Path]) -> None:
    scene = SCENES[name]
    wanted = filtered(scene.graph, *pictures)
    studio = Studio((WIDTH, HEIGHT))
    layer = scene.build(studio, *pictures[:2])
    footage = {path.name: path for path in pictures}
    found = studio.frame(footage)
    x, y, _ = layer.transform["ADBE Position"].value
    set_value(layer, "ADBE Position", [x + 6, y + 4, 0])
    right, wrong = ssim(found, wanted), ssim(studio.frame(footage), wanted)
    print(f"{name}: SSIM {right:.4f}, moved by 6 and 4 px {wrong:.4f}")  # noqa: T201 - seen with -s
    assert right >= ALIKE
    assert wrong < ALIKE - 0.01
