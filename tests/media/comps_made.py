"""Comps of After Effects made for the tests of our own drawing, and looks at what was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import py_aep
from PIL import Image

from hotfolderd.media import compositor
from hotfolderd.media.compositor import Drawing

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


class Studio:
    """A project that a test builds, with one comp (200×100 unless it says otherwise) at 10 fps for 2 s."""

    def __init__(self, size: tuple[int, int] = (200, 100)) -> None:
        self.project: Any = py_aep.new().project
        self.comp = self.add_comp("Main", *size)

    def add_comp(self, name: str, width: int = 200, height: int = 100, seconds: float = 2.0, fps: float = 10.0) -> Any:
        return self.project.root_folder.add_comp(name, width, height, 1.0, seconds, fps)

    def solid(self, colour: Sequence[int], size: tuple[int, int], at: tuple[float, float], comp: Any = None) -> Any:
        """A solid whose middle is `at`."""
        layer = (comp or self.comp).add_solid([part / 255 for part in colour], "Solid", *size, 1.0)
        set_value(layer, "ADBE Position", [*at, 0.0])
        return layer

    def footage(self, path: Path, comp: Any = None) -> Any:
        return (comp or self.comp).add(self.project.import_file(py_aep.ImportOptions(str(path))))

    def draw(self, footage: dict[str, Path] | None = None, comp: Any = None, **limits: Any) -> Drawing:
        return compositor.draw(self.project, (comp or self.comp).id, footage or {}, **limits)

    def frames(self, footage: dict[str, Path] | None = None, **limits: Any) -> list[Image.Image]:
        return list(self.draw(footage, **limits).frames)

    def frame(self, footage: dict[str, Path] | None = None, **limits: Any) -> Image.Image:
        return next(self.draw(footage, **limits).frames)

    def ignored(self, **given: Any) -> str:
        return "\n".join(self.draw(**given).ignored)


def set_value(layer: Any, match_name: str, value: Any) -> None:
    layer.transform[match_name].value = value


def animate(layer: Any, match_name: str, keys: dict[float, Any]) -> None:
    for time_s, value in keys.items():
        layer.transform[match_name].set_value_at_time(time_s, value)


def box_of(picture: Image.Image, colour: tuple[int, int, int], tolerance: int = 60) -> tuple[int, int, int, int] | None:
    """The smallest box around all pixels of about that colour."""
    channels = [
        channel.point([255 if abs(level - part) <= tolerance else 0 for level in range(256)])
        for channel, part in zip(picture.split(), colour, strict=True)
    ]
    black = Image.new("L", picture.size)
    mask = Image.composite(Image.composite(channels[0], black, channels[1]), black, channels[2])
    return mask.getbbox()


def close(found: Any, wanted: Any, by: int = 2) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def write(studio: Studio, text: str, *, size: float = 30, box: list[float] | None = None, **look: Any) -> Any:
    layer = studio.comp.add_box_text(box, text) if box else studio.comp.add_text(text)
    document = layer.text["ADBE Text Document"].value
    document.font_size = size
    document.fill_color = [1.0, 0.0, 0.0]
    for name, value in look.items():
        setattr(document, name, value)
    return layer


def bezier(
    vertices: Sequence[Sequence[float]],
    ins: Sequence[Sequence[float]] = (),
    outs: Sequence[Sequence[float]] = (),
    *,
    closed: bool = True,
) -> Any:
    """A path; without handles its sides are straight."""
    shape = py_aep.Shape()
    shape.vertices = [list(point) for point in vertices]
    shape.in_tangents = [list(point) for point in ins or [(0, 0)] * len(vertices)]
    shape.out_tangents = [list(point) for point in outs or [(0, 0)] * len(vertices)]
    shape.closed = closed
    return shape


def oval(x: float, y: float, rx: float, ry: float) -> tuple[list[list[float]], list[list[float]], list[list[float]]]:
    """Vertices and handles of an ellipse, for `bezier` and `add_mask`."""
    a, b = 0.5522847 * rx, 0.5522847 * ry
    vertices = [[x, y - ry], [x + rx, y], [x, y + ry], [x - rx, y]]
    return vertices, [[-a, 0], [0, -b], [a, 0], [0, b]], [[a, 0], [0, b], [-a, 0], [0, -b]]


def add_mask(layer: Any, *path: Any, mode: str = "ADD", closed: bool = True, **values: Any) -> Any:
    """A mask; `values` are feather (two numbers), opacity (percent), offset (pixels)."""
    mask = layer.masks.add_property("ADBE Mask Atom")
    mask["ADBE Mask Shape"].value = bezier(*path, closed=closed)
    mask.mask_mode = py_aep.MaskMode[mode]
    for name, value in values.items():
        mask[f"ADBE Mask {name.title()}"].value = value
    return mask


def fill_group(group: Any, *items: tuple[str, dict[str, Any]]) -> None:
    """Puts items into a group of a shape layer: what comes after "ADBE Vector " in their names, and their values."""
    for name, values in items:
        item = group.add_property(f"ADBE Vector {name}")
        for key, value in values.items():
            owner = item
            *outer, last = key.split("/")
            for part in outer:
                owner = owner[f"ADBE Vector {part}"]
            owner[f"ADBE Vector {last}"].value = value


def add_shape(comp: Any, *items: tuple[str, dict[str, Any]], **transform: Any) -> Any:
    """A shape layer with one group of items; `transform` are values of the group's transform (Position, Scale, …)."""
    layer = comp.add_shape()
    group = layer["ADBE Root Vectors Group"].add_property("ADBE Vector Group")
    fill_group(group["ADBE Vectors Group"], *items)
    for name, value in transform.items():
        group["ADBE Vector Transform Group"][f"ADBE Vector {name.replace('_', ' ')}"].value = value
    return layer
