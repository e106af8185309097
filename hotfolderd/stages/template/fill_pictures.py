"""The pictures that go into the project: each layer at the size of the footage it replaces.

A picture of the size of the old one leaves every transform of the template right. Reads the exported layers; writes
PNGs where it is told.
"""

from __future__ import annotations

from PIL import Image

from hotfolderd.media.pictures import open_picture, pasted
from hotfolderd.model import Design, DesignLayer, Fit, Placeholder
from hotfolderd.work import Workbench

_OWN_PIXELS = 2_000_000_000


def picture_for(
    bench: Workbench, design: Design, layer: DesignLayer, placeholder: Placeholder, fit: Fit | None
) -> Image.Image:
    """A layer's picture for a placeholder: on the whole canvas, fitted, filled or stretched, or as it is."""
    assert layer.picture is not None, "a layer without a picture is refused before"
    image = open_picture(bench.picture(layer.picture), max_pixels=_OWN_PIXELS)
    source = placeholder.source
    if source is None or not source.width or not source.height:
        return image
    size = source.width, source.height
    if size == (design.width, design.height) and not layer.full_canvas:
        image = pasted(image, round(layer.box.left), round(layer.box.top), size)
    # The design is drawn in pixels of the comp: where those of the footage are wider, fewer of them show the same.
    seen = max(1, round(source.width * placeholder.pixel_ratio)), source.height
    image = image if image.size == seen else fitted(image, seen, fit or "fit")
    return image if seen == size else image.resize(size, Image.Resampling.LANCZOS)


def fitted(image: Image.Image, size: tuple[int, int], fit: Fit) -> Image.Image:
    """`image` in a frame of `size`: all of it with transparent bars (fit), cropped (fill) or distorted (stretch)."""
    if fit == "stretch":
        return image.resize(size, Image.Resampling.LANCZOS)
    ratios = size[0] / image.width, size[1] / image.height
    scale = min(ratios) if fit == "fit" else max(ratios)
    scaled = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
    )
    return pasted(scaled, (size[0] - scaled.width) // 2, (size[1] - scaled.height) // 2, size)
