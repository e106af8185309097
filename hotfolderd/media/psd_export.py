"""Draws single layers and the flattened picture of an opened Photoshop file, in sRGB, 8 bits a channel.

Reads a `PSDImage` in memory; writes nothing. It never shows a layer's groups, and never looks at whether the layer is
switched on: a layer's picture is the layer alone, with its own mask, effects, opacity and what is clipped to it.
What psd-tools cannot draw is left out and named by `shortcomings`.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageCms
from psd_tools import PSDImage
from psd_tools.api.layers import AdjustmentLayer, FillLayer, Group, Layer, ShapeLayer
from psd_tools.api.utils import PSDLargeImageWarning
from psd_tools.compression import PSDDecompressionWarning
from psd_tools.constants import BlendMode, ChannelID, ColorMode, Resource, StrokeAlignment

PLAIN_BYTES = 2 << 30  # one plain read at its peak: a flattened picture of some 45 megapixels with transparency
COMPOSITE_BYTES = 640 << 20  # one canvas of the compositor: some 26 megapixels, for which it takes 3 GB in all
_NOT_DRAWN = {
    "dropshadow": "drop shadow",
    "innershadow": "inner shadow",
    "outerglow": "outer glow",
    "innerglow": "inner glow",
    "bevelemboss": "bevel",
    "satin": "satin",
}
_DRAWN = ("stroke", "coloroverlay", "gradientoverlay", "patternoverlay")
_RGB = (ChannelID.CHANNEL_0, ChannelID.CHANNEL_1, ChannelID.CHANNEL_2)
_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}

Corners = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture (RGB or RGBA) and where its top left corner stands on the canvas, in pixels; it may lie outside."""

    image: Image.Image
    left: int
    top: int


class Exporter:
    """Draws what is in one document. Raises whatever psd-tools does: the caller is the border."""

    def __init__(self, psd: PSDImage) -> None:
        self._psd = psd
        self._profile = _profile_bytes(psd)
        self.notes: list[str] = []
        if psd.depth == 32:
            self.notes.append("The document has 32 bits a channel: bright parts are cut off, not tone-mapped.")

    def draw(self, layer: Layer, *, carries_clipped: bool) -> Drawing | None:
        """One layer at its full size, also beyond the canvas; None if it has nothing to draw.

        `carries_clipped` says that other layers are clipped to this one: they are drawn on it.
        """
        if isinstance(layer, Group | AdjustmentLayer):
            return None
        if carries_clipped or _needs_compositor(layer):
            with self._budget(COMPOSITE_BYTES):
                return self._composited(layer)
        with self._budget(PLAIN_BYTES):
            return self._plain(layer)

    def flat(self) -> Image.Image:
        """The whole document: the picture that Photoshop embedded, else a composite (and a note that says so)."""
        with self._budget(PLAIN_BYTES):
            image = self._psd.topil(apply_icc=False)
        if image is None:
            self.notes.append(
                "The file has no flattened picture (saved without 'Maximize Compatibility'): it was put together "
                "here, without shadows, glows and bevels."
            )
            with self._budget(COMPOSITE_BYTES):
                colour, _, alpha = _compositor().composite(self._psd)
            return self._from_arrays(colour, alpha)
        return self._to_rgb(image, None)

    def _plain(self, layer: Layer) -> Drawing | None:
        if self._psd.color_mode == ColorMode.RGB and _stored(layer) == _RGB:
            image, alpha = self._rgb_planes(layer)
        else:
            image = layer.topil(apply_icc=False)
            alpha = None if image is None or image.mode in ("RGBA", "LA") else layer.topil(ChannelID.TRANSPARENCY_MASK)
        if image is None:
            return None
        image = self._to_rgb(image, alpha)
        _fade(image, layer)
        return Drawing(image, layer.left, layer.top)

    def _rgb_planes(self, layer: Layer) -> tuple[Image.Image | None, Image.Image | None]:
        """Colour and transparency apart: what is opaque need not be made transparent first, only to be looked at."""
        with self._budget(self._one_plane_bytes(layer)):
            planes = [plane for channel in _RGB if (plane := layer.topil(channel, apply_icc=False)) is not None]
            alpha = layer.topil(ChannelID.TRANSPARENCY_MASK)
        return Image.merge("RGB", planes) if len(planes) == len(_RGB) else None, alpha

    def _one_plane_bytes(self, layer: Layer) -> int:
        """What reading one of the four planes may take at its peak.

        With more than 8 bits that is while it is made smaller: what the three others leave, with a byte a pixel each.
        """
        if self._psd.depth == 8:
            return PLAIN_BYTES // 4
        return max(1, PLAIN_BYTES - 3 * layer.width * layer.height)

    def _composited(self, layer: Layer) -> Drawing | None:
        box = layer.bbox
        if box[0] >= box[2] or box[1] >= box[3]:
            return None
        left, top, right, bottom = viewport = self._painted_box(layer)
        with _released(layer) as shown:
            colour, _, alpha = _compositor().composite(layer, viewport=viewport, layer_filter=shown)
        image = self._from_arrays(colour, alpha)
        if viewport != box:  # keep of the margin what the stroke really covers
            inked = image.getchannel("A").getbbox() or (0, 0, 0, 0)
            left, right = min(box[0], left + inked[0]), max(box[2], left + inked[2])
            top, bottom = min(box[1], top + inked[1]), max(box[3], top + inked[3])
            image = image.crop((left - viewport[0], top - viewport[1], right - viewport[0], bottom - viewport[1]))
        return Drawing(image, left, top)

    def _painted_box(self, layer: Layer) -> Corners:
        """The layer's box, grown by as much as a stroke may reach outside it."""
        left, top, right, bottom = layer.bbox
        boxes: list[Corners] = [layer.bbox]
        line = layer.stroke if isinstance(layer, ShapeLayer) else None
        if line is not None and line.enabled and line.line_alignment is not StrokeAlignment.INNER:
            reach = math.ceil(line.line_width)
            boxes.append((left - reach, top - reach, right + reach, bottom + reach))
        for stroke in layer.effects.find("stroke"):
            try:
                boxes.append(_compositor().effects.stroke_bbox(layer.bbox, stroke.descriptor, COMPOSITE_BYTES))
            except ValueError:  # psd-tools 1.26 leaves such a stroke out without a word
                self.notes.append(
                    f"Layer '{layer.name}' is drawn without its stroke, which is too large to be drawn here."
                )
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def _from_arrays(self, colour: NDArray[np.float32], alpha: NDArray[np.float32]) -> Image.Image:
        planes = [_plane(colour[:, :, channel]) for channel in range(colour.shape[2])]
        if len(planes) == 4 and self._psd.color_mode == ColorMode.CMYK:
            image = ImageChops.invert(Image.merge("CMYK", planes))
        elif len(planes) == 3:
            image = Image.merge("LAB" if self._psd.color_mode == ColorMode.LAB else "RGB", planes)
        else:
            image = planes[0]
        return self._to_rgb(image, _plane(alpha[:, :, 0]))

    def _to_rgb(self, image: Image.Image, alpha: Image.Image | None) -> Image.Image:
        """RGB, or RGBA where something is transparent, in sRGB."""
        if image.mode == "RGBA" and self._transform("RGB") is None:  # nothing but to look
            return image.convert("RGB") if _is_opaque(image.getchannel("A")) else image
        if image.mode in ("RGBA", "LA"):
            alpha = image.getchannel("A")
            image = image.convert(image.mode[:-1])
        if image.mode == "1":
            image = image.convert("L")
        image = self._in_srgb(image)
        image = image if image.mode == "RGB" else image.convert("RGB")
        if alpha is not None and not _is_opaque(alpha):
            image.putalpha(alpha.convert("L"))
        return image

    def _in_srgb(self, image: Image.Image) -> Image.Image:
        transform = self._transform(image.mode)
        if transform is None:
            return image
        converted = ImageCms.applyTransform(image, transform)
        assert converted is not None
        return converted

    def _transform(self, mode: str) -> ImageCms.ImageCmsTransform | None:
        """The way of a picture of that mode to sRGB; None where its colours stay as they are."""
        if self._profile is None:
            return None
        try:
            return _to_srgb(self._profile, mode)
        except (ImageCms.PyCMSError, OSError):
            self._profile = None
            self.notes.append("The document's colour profile cannot be read: colours are shown without it.")
            return None

    @contextlib.contextmanager
    def _budget(self, max_bytes: int) -> Iterator[None]:
        before, self._psd.max_alloc_bytes = self._psd.max_alloc_bytes, max_bytes
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PSDLargeImageWarning)  # the budget decides
                warnings.simplefilter("error", PSDDecompressionWarning)  # it would show broken pixels as black
                yield
        finally:
            self._psd.max_alloc_bytes = before


def shortcomings(layer: Layer) -> list[str]:
    """What the picture of this layer does not show, in words that can stand after its name."""
    found = []
    hidden = [word for name, word in _NOT_DRAWN.items() if any(True for _ in layer.effects.find(name))]
    if hidden:
        found.append(f"is drawn without its {', '.join(hidden)}")
    if isinstance(layer, AdjustmentLayer):
        found.append("is an adjustment: the pictures of single layers do not show it")
    elif layer.blend_mode not in (BlendMode.NORMAL, BlendMode.PASS_THROUGH):
        found.append(
            f"is blended with {layer.blend_mode.name.lower().replace('_', ' ')}, its picture shows it as normal"
        )
    if isinstance(layer, Group) and (layer.opacity < 255 or _has_live_mask(layer) or layer.has_vector_mask()):
        found.append("has a mask or an opacity of its own: the pictures of the layers in it do not show it")
    if isinstance(layer, Group) and any(layer.has_effects(name=name) for name in _DRAWN):
        found.append("has a stroke or an overlay of its own: the pictures of the layers in it do not show it")
    return found


def _compositor() -> Any:
    """psd-tools' package `composite`, when a design needs it: it loads scipy, half a second and 60 MiB."""
    from psd_tools import composite  # noqa: PLC0415  as said

    return composite


def _fade(image: Image.Image, layer: Layer) -> None:
    """Put the layer's mask and opacity into the picture's transparency."""
    mask = layer.mask.topil(layer_sized=True) if layer.mask is not None and _has_live_mask(layer) else None
    opacity = layer.opacity / 255 * layer.fill_opacity / 255
    if mask is None and opacity == 1:
        return
    alpha = image.getchannel("A") if image.mode == "RGBA" else Image.new("L", image.size, 255)
    if mask is not None:
        alpha = ImageChops.multiply(alpha, mask.convert("L"))
    if opacity < 1:
        alpha = alpha.point([round(value * opacity) for value in range(256)])
    if image.mode == "RGBA" or not _is_opaque(alpha):
        image.putalpha(alpha)


def _is_opaque(alpha: Image.Image) -> bool:
    """Whether nothing is transparent. Pillow's own `getextrema` takes five times as long on what is opaque."""
    return int(np.asarray(alpha if alpha.mode == "L" else alpha.convert("L")).min(initial=255)) == 255


def _stored(layer: Layer) -> tuple[int, ...]:
    """The colour channels of a layer in the order in which they are stored."""
    return tuple(one.id for one in layer._record.channel_info if one.id >= 0)  # noqa: SLF001  nothing else tells it


def _needs_compositor(layer: Layer) -> bool:
    mask = layer.mask if _has_live_mask(layer) else None
    return (
        isinstance(layer, ShapeLayer | FillLayer)
        or (mask is not None and (mask.has_real() or mask.parameters is not None))
        or layer.has_vector_mask()
        or any(layer.has_effects(name=name) for name in _DRAWN)
    )


def _has_live_mask(layer: Layer) -> bool:
    return layer.mask is not None and not layer.mask.disabled


@contextlib.contextmanager
def _released(layer: Layer) -> Iterator[Callable[[Layer], bool]]:
    """A filter that lets this layer through even if it is hidden or clipped, and with it what is clipped to it.

    psd-tools 1.26 draws a clipped layer only with the layer that carries it, so the flag is taken off meanwhile.
    """
    if not layer.clipping:
        yield lambda other: other is layer or other.visible
        return
    layer.clipping = False
    try:
        yield lambda other: other is layer
    finally:
        layer.clipping = True


def _plane(values: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def _profile_bytes(psd: PSDImage) -> bytes | None:
    if psd.color_mode == ColorMode.LAB:
        return None  # Lab values say their colour themselves
    data = psd.image_resources.get_data(Resource.ICC_PROFILE)
    return data if isinstance(data, bytes) else None


@functools.lru_cache(maxsize=16)
def _to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB; None where nothing is to be done: it is sRGB, or is made for another mode."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    if space != _PROFILE_SPACES.get(mode) or (space == "RGB" and "sRGB" in ImageCms.getProfileDescription(source)):
        return None
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
