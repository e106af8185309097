"""Pictures that are not PSDs: opened with care, made small, put on a canvas, put side by side.

Reads picture files of people and of our own; writes PNGs where a function says so. It never trusts a file's name or
size, and never opens a format that is not listed.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from hotfolderd.errors import JobError, ToolError
from hotfolderd.foreign import open_file
from hotfolderd.media.labels import Font, label_font, shortened, write
from hotfolderd.media.png import write_png
from hotfolderd.model import Box

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 50_000_000
THUMBNAIL_PX = 200
PAIR_PX = 360
CARD_BACK, CARD_INK = "#333333", "#999999"
_PAGE, _INK, _FAINT = "#1e1e1e", "#e6e6e6", "#999999"
_MARK, _RULE = "#6fd6a0", "#3a3a3a"
_CHECKER = ("#4a4a4a", "#5a5a5a")
_CHECKER_PX = 12
_BOARD_PX = 512


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a contact sheet: its name, a line of words, and whether it is marked as used."""

    picture: Image.Image | None
    name: str
    words: str
    used: bool


def open_picture(path: Path, *, max_pixels: int = MAX_PIXELS, formats: Sequence[str] = FORMATS) -> Image.Image:
    """A foreign picture, decoded and upright, as RGB or RGBA; of an animation the first frame.

    Raises JobError if it is no picture of a listed format, is broken or cut short, or has more than `max_pixels`.
    """
    try:
        with _pixel_cap(max_pixels):
            with open_file(path) as stream, Image.open(stream, formats=list(formats)) as first:
                first.verify()
            with open_file(path) as stream, Image.open(stream, formats=list(formats)) as image:
                ImageOps.exif_transpose(image, in_place=True)
                return rgb_or_rgba(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise JobError(
            f"{path.name}: the picture has more than the {max_pixels / 1e6:,.0f} megapixels allowed: {error} "
            "Make it smaller."
        ) from error
    except FileNotFoundError as error:
        raise JobError(f"{path.name}: there is no such picture. Put it into the job's assets.") from error
    except JobError:
        raise
    except PermissionError as error:
        raise ToolError(f"{path}: cannot be read. Look at its permissions.") from error
    except Exception as error:  # Pillow's plug-ins raise many unrelated classes on a broken file
        raise JobError(
            f"{path.name}: cannot be opened as a picture ({', '.join(formats)}): {said(error)}. "
            "Save it again as PNG or JPEG."
        ) from error


def said(error: Exception) -> str:
    """What Pillow says of a picture that it cannot read, in one line, without names of its own objects."""
    text = " ".join(str(error).split())[:200].rstrip(".")
    return "it is none of these" if isinstance(error, UnidentifiedImageError) or not text else text


@contextlib.contextmanager
def _pixel_cap(max_pixels: int) -> Iterator[None]:
    """Pillow looks at the size in the header before it decodes; it keeps the limit in a variable of its module."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def rgb_or_rgba(image: Image.Image) -> Image.Image:
    """The picture in 8 bits as RGB, or as RGBA if it can be transparent; the same picture if it is that already."""
    image.load()
    if image.mode.startswith("I;16") or (image.mode == "I" and _top(image) > 255):
        image = Image.fromarray(np.clip(np.asarray(image) // 256, 0, 255).astype(np.uint8))
    clear = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    mode = "RGBA" if clear else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _top(image: Image.Image) -> float:
    return float(np.asarray(image).max(initial=0))


def thumbnail(image: Image.Image, side: int = THUMBNAIL_PX) -> Image.Image:
    """The picture within a square of `side` pixels, in its own proportions, never larger than it was.

    One that is small enough comes back as it is, not as a copy.
    """
    scale = min(1.0, side / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if image.size == size:
        return image
    step = min(image.width // size[0], image.height // size[1])
    small = image.reduce(step) if step > 1 else image
    return small.resize(size, Image.Resampling.BILINEAR) if small.size != size else small


def thumbnails(image: Image.Image, *sides: int) -> list[Image.Image]:
    """A thumbnail for each of several sides, the largest made of the picture and each other one of the next larger."""
    found: dict[int, Image.Image] = {}
    for side in sorted(sides, reverse=True):
        image = found[side] = thumbnail(image, side)
    return [found[side] for side in sides]


def at_least(image: Image.Image, side: int) -> Image.Image:
    """The picture with `side` to `2 * side` pixels on its longer side, or as it is if that has less.

    It is made smaller by a whole number only: that takes a tenth of the time and leaves it as sharp as it was.
    """
    step = max(image.size) // side
    return image.reduce(step) if step > 1 else image


def centred(image: Image.Image, side: int = THUMBNAIL_PX) -> Image.Image:
    """A thumbnail in the middle of a transparent square, so that all of them are of one size."""
    small = thumbnail(image, side)
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return square


def pasted(image: Image.Image, left: int, top: int, size: tuple[int, int]) -> Image.Image:
    """A transparent canvas of `size` with the picture at its place; what lies outside is cut off, nothing is scaled."""
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas.paste(image, (left, top))
    return canvas


def on_canvas(picture: Path, box: Box, size: tuple[int, int], out: Path) -> None:
    """Write to `out` (PNG) the canvas of `size` with a layer's exported picture where its box stands.

    For a placeholder whose source has the size of the canvas: the layer keeps its place in the design. `picture` is one
    of our own exports. Raises JobError if it cannot be read.
    """
    image = open_picture(picture, max_pixels=2_000_000_000)
    write_png(pasted(image, round(box.left), round(box.top), size), out)


def flattened(image: Image.Image, colour: str = "#ffffff") -> Image.Image:
    """RGB on a plain ground."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, colour)
    ground.paste(image, (0, 0), image.getchannel("A") if "A" in image.getbands() else None)
    return ground


def missing_card(name: str, size: tuple[int, int]) -> Image.Image:
    """What stands in for footage that was not found: a grey card that says so."""
    card = Image.new("RGB", size, CARD_BACK)
    pen = ImageDraw.Draw(card)
    height = max(8, min(size[0] // 14, size[1] // 6))
    font = label_font(height)
    lines = ["MISSING FOOTAGE", shortened(name, font, round(size[0] * 0.9))]
    text = "\n".join(lines)
    box = pen.multiline_textbbox((0, 0), text, font=font, align="center")
    at = (size[0] - box[2] - box[0]) / 2, (size[1] - box[3] - box[1]) / 2
    pen.multiline_text(at, text, font=font, fill=CARD_INK, align="center")
    return card


def plain_card(words: str, size: tuple[int, int]) -> Image.Image:
    """A dark card with faint words in its middle: what stands where there is no picture."""
    card = Image.new("RGB", size, "#2b2b2b")
    font = label_font(max(8, size[1] // 5))
    ImageDraw.Draw(card).text((size[0] // 2, size[1] // 2), words, font=font, fill="#8a8a8a", anchor="mm")
    return card


def comparison(
    left: Image.Image, right: Image.Image, labels: tuple[str, str], score: str, *, side: int = 360
) -> Image.Image:
    """Two pictures beside each other, each under its label, and a line below both (a score, a reason).

    Each picture is shown within a square of `side`, the page is no higher than the higher one needs; see-through parts
    show a checkerboard.
    """
    gap, line = side // 20, max(14, side // 16)
    shown = [thumbnail(image, side) for image in (left, right)]
    room = max(side // 6, *(small.height for small in shown))
    width, height = 2 * side + 3 * gap, room + 2 * line + 4 * gap
    page = Image.new("RGB", (width, height), _PAGE)
    pen = ImageDraw.Draw(page)
    for column, (small, label) in enumerate(zip(shown, labels, strict=True)):
        x = gap + column * (side + gap)
        write(pen, (x, gap), label, line, room=side, colour=_INK)
        page.paste(on_checkerboard(small), (x + (side - small.width) // 2, line + 2 * gap + (room - small.height) // 2))
    write(pen, (gap, height - line - gap), score, line, room=width - 2 * gap, colour=_FAINT)
    return page


def contact_sheet(cells: Sequence[Cell], *, columns: int = 6, side: int = THUMBNAIL_PX) -> Image.Image:
    """All cells in rows, each a picture (or an empty square) above two lines of words; a mark tells the used ones."""
    gap, line = side // 10, max(12, side // 13)
    columns = max(1, min(columns, len(cells)))
    wide, high = side + gap, side + 2 * line + 2 * gap
    page = Image.new("RGB", (columns * wide + gap, -(-len(cells) // columns) * high + gap), _PAGE)
    pen = ImageDraw.Draw(page)
    for number, cell in enumerate(cells):
        x, y = gap + number % columns * wide, gap + number // columns * high
        pen.rectangle((x - 2, y - 2, x + side + 1, y + side + 1), outline=_MARK if cell.used else _RULE, width=2)
        if cell.picture is not None:
            small = thumbnail(cell.picture, side - 4)
            page.paste(on_checkerboard(small), (x + (side - small.width) // 2, y + (side - small.height) // 2))
        write(pen, (x, y + side + gap // 3), cell.name, line, room=side, colour=_INK)
        below = x, y + side + gap // 3 + line + 3
        write(pen, below, cell.words, line, room=side, colour=_MARK if cell.used else _FAINT)
    return page


def on_checkerboard(image: Image.Image) -> Image.Image:
    """The picture as RGB, with a checkerboard where it is see-through; an RGB picture as it is."""
    if image.mode != "RGBA":
        return image if image.mode == "RGB" else image.convert("RGB")
    ground = checkerboard(image.size)
    ground.paste(image, (0, 0), image.getchannel("A"))
    return ground


def checkerboard(size: tuple[int, int]) -> Image.Image:
    """The pattern that stands for "nothing here"."""
    return _board(-(-max(size) // _BOARD_PX) * _BOARD_PX).crop((0, 0, *size))


@functools.lru_cache(maxsize=2)
def _board(side: int) -> Image.Image:
    """The pattern once for many pictures."""
    board = Image.new("RGB", (side, side), _CHECKER[0])
    pen = ImageDraw.Draw(board)
    for y in range(0, side, _CHECKER_PX):
        for x in range((y // _CHECKER_PX % 2) * _CHECKER_PX, side, 2 * _CHECKER_PX):
            pen.rectangle((x, y, x + _CHECKER_PX - 1, y + _CHECKER_PX - 1), fill=_CHECKER[1])
    return board


def draw_text(text: str, font: Font, colour: tuple[int, ...]) -> tuple[Image.Image, tuple[int, int]]:
    """Text (lines split by `\\n`) on a transparent picture just large enough.

    With it comes where the picture's corner lies, seen from the beginning of the first baseline.
    """
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = probe.multiline_textbbox((0, 0), text, font=font, anchor="ls")
    left, top, right, bottom = int(box[0]) - 1, int(box[1]) - 1, int(box[2]) + 2, int(box[3]) + 2
    image = Image.new("RGBA", (max(1, min(right - left, 16_000)), max(1, min(bottom - top, 16_000))), (*colour[:3], 0))
    ImageDraw.Draw(image).multiline_text((-left, -top), text, font=font, fill=colour, anchor="ls")
    return image, (left, top)
