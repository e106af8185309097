"""The pixels of what is on a layer: reads footage and fonts, draws solids, texts, cards and nested comps, keeps them.

Writes nothing. A picture is made once for each size that is needed and forgotten when too many are kept.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from hotfolderd.media import video
from hotfolderd.media.blending import faded, lay, luma, unmatted
from hotfolderd.media.layer_contents import CLIPS, Content, Matte, Missing, Nested, Shown, Solid, Still
from hotfolderd.media.masks import Mask, masked, share, times
from hotfolderd.media.pictures import missing_card
from hotfolderd.media.placing import Affine, Picture, chain, placed, zoom_of
from hotfolderd.media.shapes import Art, drawn, fitted
from hotfolderd.media.typeset import TextBlock, TypeSet, typeset

KEPT_PIXELS = 60_000_000
_KEPT_MATTES = 8
_MAX_SIDE_PX = 4096


class Pictures:
    """Draws what layers show. `folders` are searched for fonts before those of the system."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(folders)
        self._kept: OrderedDict[Hashable, Picture | None] = OrderedDict()
        self._texts: dict[tuple[TextBlock, float], TypeSet] = {}
        self._holes: OrderedDict[Hashable, Image.Image] = OrderedDict()
        self._pixels = 0

    def paint(self, layers: Sequence[Shown], canvas: Image.Image, view: Affine) -> None:
        """Draws the layers, the lowest first, on a canvas to which `view` leads from the pixels of their comp."""
        for shown in layers:
            content = shown.content
            if isinstance(content, Nested) and content.collapsed and _is_plain(shown):
                self.paint(content.layers, canvas, chain(view, shown.matrix))
            elif (found := self._drawn(shown, canvas.size, view)) is not None:
                lay(canvas, *found, shown.blend, atop=shown.atop)

    def _drawn(self, shown: Shown, size: tuple[int, int], view: Affine) -> tuple[Image.Image, tuple[int, int]] | None:
        """A layer as it goes onto a canvas of `size`, and where its corner lies; None where nothing is seen of it."""
        matrix = chain(view, shown.matrix)
        if isinstance(shown.content, Nested) and shown.content.collapsed:
            image, at = Image.new("RGBA", size), (0, 0)
            self.paint(shown.content.layers, image, matrix)
            image = times(image, share(shown.masks, size, matrix)) if shown.masks else image
        else:
            content = shown.content
            content = fitted(content, matrix, size, _MAX_SIDE_PX) if isinstance(content, Art) else content
            picture = self.of(content, zoom_of(matrix), zoom_of(view), shown.masks)
            found = placed(picture, matrix, size) if picture is not None else None
            if found is None:
                return None
            image, at = found
        image = faded(image, shown.opacity)
        if shown.matte is not None:
            box = at[0], at[1], at[0] + image.width, at[1] + image.height
            hole = self._hole(shown.matte, size, view).crop(box)
            image = times(image, np.asarray(hole, np.float32) / 255)
        return image, at

    def _hole(self, matte: Matte, size: tuple[int, int], view: Affine) -> Image.Image:
        """What a matte lets through of a canvas of `size`, 0 to 255."""
        key = (matte, size, view)
        if key not in self._holes:
            hole = Image.new("L", size)
            found = self._drawn(matte.layer, size, view) if matte.layer is not None else None
            if found is not None:
                image, at = found
                hole.paste(luma(image) if matte.luma else image.getchannel("A"), at)
            if len(self._holes) >= _KEPT_MATTES:
                self._holes.popitem(last=False)
            self._holes[key] = ImageChops.invert(hole) if matte.inverted else hole
        self._holes.move_to_end(key)
        return self._holes[key]

    def of(self, content: Content, zoom: float, view_zoom: float = 1.0, masks: tuple[Mask, ...] = ()) -> Picture | None:
        """The picture of a content that will be shown `zoom` times its size, and what masks leave of it.

        None where there is nothing to see.
        """
        if isinstance(content, TextBlock) and not masks:
            return self.text(content, zoom).picture
        density = _zoom_of_text(zoom) if isinstance(content, TextBlock) else _density(content, zoom, view_zoom)
        key = (content, density, masks)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if masks:
            whole = self.of(content, zoom, view_zoom)
            picture = masked(whole, masks) if whole is not None else None
        else:
            picture = self._draw(content, density)
        self._kept[key] = picture
        self._pixels += picture.image.width * picture.image.height if picture else 0
        while self._pixels > KEPT_PIXELS and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._pixels -= old.image.width * old.image.height if old else 0
        return picture

    def text(self, block: TextBlock, zoom: float) -> TypeSet:
        """A text as large as it will be seen: letters are drawn anew rather than scaled."""
        key = (block, _zoom_of_text(zoom))
        if key not in self._texts:
            if len(self._texts) >= 64:
                self._texts.pop(next(iter(self._texts)))
            self._texts[key] = typeset(block, key[1], self.folders)
        return self._texts[key]

    def _draw(self, content: Content, density: float) -> Picture | None:
        if isinstance(content, Art):
            return drawn(content, density)
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


def _is_plain(shown: Shown) -> bool:
    flat = shown.opacity >= 1.0 and shown.blend == "normal" and not shown.atop
    return flat and not shown.masks and shown.matte is None


def _zoom_of_text(zoom: float) -> float:
    return round(min(max(zoom, 0.01), 16.0), 3)


def _density(content: Content, zoom: float, view_zoom: float) -> float:
    """How many pixels to draw for one of the layer: few different numbers, so that pictures are found again."""
    if isinstance(content, Still):
        return 1.0 / (1 << max(0, math.floor(math.log2(1 / min(1.0, max(zoom, 1 / 64))))))
    if isinstance(content, Art):
        return min(round(zoom, 6), _MAX_SIDE_PX / max(content.width, content.height, 1))
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
    return _with_alpha(image, content) if image.mode == "RGBA" else image.convert("RGBA")


def _with_alpha(image: Image.Image, content: Still) -> Image.Image:
    """The picture with straight alpha, whatever its own is like."""
    if content.opaque:
        return image.convert("RGB").convert("RGBA")
    if content.inverted:
        image = image.copy()
        image.putalpha(ImageChops.invert(image.getchannel("A")))
    return image if content.matted is None else unmatted(image, content.matted)
