"""The pixels of what is on a layer: reads footage and fonts, draws solids, texts, cards and nested comps, keeps them.

Writes nothing. A picture is made once for each size that is needed and forgotten when too many are kept.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from pathlib import Path

from PIL import Image

from hotfolderd.media import video
from hotfolderd.media.layer_contents import CLIPS, Content, Missing, Nested, Shown, Solid, Still
from hotfolderd.media.pictures import missing_card
from hotfolderd.media.placing import Affine, Picture, chain, place, zoom_of
from hotfolderd.media.typeset import TextBlock, TypeSet, typeset

KEPT_PIXELS = 60_000_000
_MAX_SIDE_PX = 4096


class Pictures:
    """Draws what layers show. `folders` are searched for fonts before those of the system."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(folders)
        self._kept: OrderedDict[Hashable, Picture | None] = OrderedDict()
        self._texts: dict[tuple[TextBlock, float], TypeSet] = {}
        self._pixels = 0

    def paint(self, layers: Sequence[Shown], canvas: Image.Image, view: Affine) -> None:
        """Draws the layers, the lowest first, on a canvas to which `view` leads from the pixels of their comp."""
        for shown in layers:
            matrix = chain(view, shown.matrix)
            picture = self.of(shown.content, zoom_of(matrix), zoom_of(view))
            if picture is not None:
                place(canvas, picture, matrix, shown.opacity, shown.blend)

    def of(self, content: Content, zoom: float, view_zoom: float = 1.0) -> Picture | None:
        """The picture of a content that will be shown `zoom` times its size; None where there is nothing to see."""
        if isinstance(content, TextBlock):
            return self.text(content, zoom).picture
        density = _density(content, zoom, view_zoom)
        key = (content, density)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        picture = self._draw(content, density)
        self._kept[key] = picture
        self._pixels += picture.image.width * picture.image.height if picture else 0
        while self._pixels > KEPT_PIXELS and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._pixels -= old.image.width * old.image.height if old else 0
        return picture

    def text(self, block: TextBlock, zoom: float) -> TypeSet:
        """A text as large as it will be seen: letters are drawn anew rather than scaled."""
        key = (block, round(min(max(zoom, 0.01), 16.0), 3))
        if key not in self._texts:
            if len(self._texts) >= 64:
                self._texts.pop(next(iter(self._texts)))
            self._texts[key] = typeset(block, key[1], self.folders)
        return self._texts[key]

    def _draw(self, content: Content, density: float) -> Picture | None:
        size = max(1, round(content.width * density)), max(1, round(content.height * density))  # type: ignore[union-attr]  # texts go elsewhere
        match content:
            case Solid():
                return Picture(Image.new("RGBA", size, (*content.colour, 255)), density)
            case Missing():
                return Picture(missing_card(content.name, size).convert("RGBA"), density)
            case Nested():
                canvas = Image.new("RGBA", size)
                self.paint(content.layers, canvas, (density, 0.0, 0.0, 0.0, density, 0.0))
                return Picture(canvas, density)
            case Still():
                image = _still(content)
                shrink = round(1 / density)
                image = image.reduce(shrink) if shrink > 1 else image
                return Picture(image, density)
        return None


def _density(content: Content, zoom: float, view_zoom: float) -> float:
    """How many pixels to draw for one of the layer: few different numbers, so that pictures are found again."""
    if isinstance(content, Still):
        return 1.0 / (1 << max(0, math.floor(math.log2(1 / min(1.0, max(zoom, 1 / 64))))))
    if isinstance(content, Nested):
        zoom = view_zoom  # like After Effects, which draws a nested comp at its own size and scales the result
    longest = max(content.width, content.height, 1)  # type: ignore[union-attr]  # texts go elsewhere
    most = 1.0 if isinstance(content, Nested) else 16.0  # solids and cards stay sharp
    return min(round(zoom, 3) or 0.001, most, _MAX_SIDE_PX / longest)


def _still(content: Still) -> Image.Image:
    if content.path.suffix.lower() in CLIPS:
        image = video.frame_at(content.path, 0.0)
        if image.size != (content.width, content.height):
            image = image.resize((content.width, content.height), Image.Resampling.LANCZOS)
    else:
        image = video.open_picture(content.path)
    return image if image.mode == "RGBA" else image.convert("RGBA")
