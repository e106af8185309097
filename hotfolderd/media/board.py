"""The board of a comparison: two pictures at the same height under a bar that says what each of them is.

Reads and writes no files; everything is drawn with Pillow, so that no text ever reaches a filter of ffmpeg.
"""

from __future__ import annotations

import contextlib
import unicodedata
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

DESIGN = "DESIGN (PSD)"
APPROXIMATE = "APPROXIMATE PREVIEW, not rendered by After Effects"

_BAR = "#16181d"
_TITLE = "#ffffff"
_LABELS = ("#9fd0ff", "#ffc46b")
_GAP_PX = 4
_MAX_WIDTH_PX = 3840
_WIDE_FACES = ("DejaVuSans.ttf", "Arial Unicode.ttf", "Arial.ttf")
_SMALLEST_PX = 9
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Board:
    """Where things stand on the board, in pixels; every number is even, as 4:2:0 video wants it."""

    width: int
    height: int
    bar_px: int
    left_width: int
    right_x: int
    right_width: int

    @property
    def half_px(self) -> int:
        """The height of both halves."""
        return self.height - self.bar_px


def lay_out(left: tuple[int, int], right: tuple[int, int], max_height_px: int = 1080) -> Board:
    """A board for two pictures of these sizes (width, height); both halves get the height of the higher one.

    It is no wider than players can show, whatever the sizes are.
    """
    half = min(max_height_px, max(left[1], right[1], 120))
    half = _even(min(half, _MAX_WIDTH_PX / sum(width / height for width, height in (left, right))))
    widths = [_even(half * width / height) for width, height in (left, right)]
    if sum(widths) > _MAX_WIDTH_PX + 4:  # only where a half is thousands of times as wide as it is high
        widths = [min(width, _MAX_WIDTH_PX // 2) for width in widths]
    bar = _even(min(max(half * 0.09, 44), 110))
    return Board(
        width=widths[0] + _GAP_PX + widths[1],
        height=half + bar,
        bar_px=bar,
        left_width=widths[0],
        right_x=widths[0] + _GAP_PX,
        right_width=widths[1],
    )


def draw(
    board: Board,
    left: Image.Image,
    right: Image.Image | None,
    *,
    title: str,
    labels: tuple[str, str] = (DESIGN, APPROXIMATE),
) -> Image.Image:
    """The board in RGB; without `right` its half stays black, for a clip to be laid there."""
    picture = Image.new("RGB", (board.width, board.height), "black")
    picture.paste(_BAR, (0, 0, board.width, board.bar_px))
    picture.paste(_BAR, (board.left_width, 0, board.right_x, board.height))
    half = (board.left_width, 0), (board.right_x, board.right_width)
    pen = ImageDraw.Draw(picture)
    row = board.bar_px // 2
    _write(pen, title, (8, 0, board.width - 8, row), _TITLE)
    _write(pen, labels[0], (8, row, half[0][0] - 8, board.bar_px), _LABELS[0])
    _write(pen, labels[1], (half[1][0] + 8, row, board.width - 8, board.bar_px), _LABELS[1])
    _lay(picture, left, (0, board.bar_px, board.left_width, board.height))
    if right is not None:
        _lay(picture, right, (board.right_x, board.bar_px, board.width, board.height))
    return picture


def _lay(ground: Image.Image, picture: Image.Image, box: tuple[int, int, int, int]) -> None:
    size = (box[2] - box[0], box[3] - box[1])
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if picture.mode == "RGBA":
        ground.paste(picture, box, picture)
    else:
        ground.paste(picture.convert("RGB"), box)


def _write(pen: ImageDraw.ImageDraw, words: str, box: tuple[int, int, int, int], colour: str) -> None:
    """One line in a box, as large as it fits; what does not fit at the smallest size ends in dots."""
    room = box[2] - box[0]
    size = max(_SMALLEST_PX, int((box[3] - box[1]) * 0.62))
    words, face = _face_for(" ".join(words.split()))
    font = _font(face, size)
    while size > _SMALLEST_PX and font.getlength(words) > room:
        size = max(_SMALLEST_PX, min(size - 1, int(size * room / font.getlength(words))))
        font = _font(face, size)
    if font.getlength(words) > room:
        while words and font.getlength(words + "…") > room:
            words = words[:-1]
        words += "…"
    pen.text((box[0], (box[1] + box[3]) / 2), words, fill=colour, font=font, anchor="lm")


def _face_for(words: str) -> tuple[str, str | None]:
    """The words and a font that can write them; the font that comes with Pillow knows ASCII only."""
    if words.isascii():
        return words, None
    for face in _WIDE_FACES:
        with contextlib.suppress(OSError):
            ImageFont.truetype(face, 12)
            return words, face
    plain = unicodedata.normalize("NFKD", words)
    return "".join(c if c.isascii() else "?" for c in plain if not unicodedata.combining(c)), None


def _font(face: str | None, size: int) -> Font:
    return ImageFont.truetype(face, size) if face else ImageFont.load_default(size)


def _even(number: float) -> int:
    return max(2, round(number / 2) * 2)
