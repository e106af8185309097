"""Pictures of people: opened with care, and put where a person looks at them."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from psd_files import colour, noise

from hotfolderd.errors import JobError
from hotfolderd.media.labels import label_font, shortened, write
from hotfolderd.media.pictures import (
    CARD_BACK,
    CARD_INK,
    at_least,
    centred,
    comparison,
    draw_text,
    flattened,
    missing_card,
    on_canvas,
    open_picture,
    thumbnail,
)
from hotfolderd.media.png import write_png
from hotfolderd.model import Box


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "GIF", "JPEG"])
def test_the_listed_formats_open_as_rgb_or_rgba(tmp_path: Path, kind: str) -> None:
    picture = colour(40, 30, (200, 30, 60))
    picture.save(tmp_path / "a.bin", kind)
    read = open_picture(tmp_path / "a.bin")
    assert (read.mode, read.size) == ("RGB", (40, 30))
    assert all(abs(a - b) < 6 for a, b in zip(read.getpixel((5, 5)), (200, 30, 60), strict=True))  # type: ignore[arg-type]


def test_transparency_survives_in_every_way_it_is_written(tmp_path: Path) -> None:
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((0, 0), 1)
    palette.save(tmp_path / "p.png", transparency=1)
    Image.new("LA", (4, 4), (80, 100)).save(tmp_path / "la.png")
    assert open_picture(tmp_path / "p.png").getpixel((0, 0)) == (0, 255, 0, 0)
    assert open_picture(tmp_path / "p.png").getpixel((1, 1)) == (255, 0, 0, 255)
    assert open_picture(tmp_path / "la.png").getpixel((1, 1)) == (80, 80, 80, 100)


def test_sixteen_bits_are_halved_and_not_cut(tmp_path: Path) -> None:
    Image.new("I;16", (4, 4), 0x8040).save(tmp_path / "deep.png")
    assert open_picture(tmp_path / "deep.png").getpixel((0, 0)) == (128, 128, 128)


def test_a_photo_taken_sideways_is_set_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    colour(40, 20, (1, 2, 3)).save(tmp_path / "a.jpg", exif=exif)
    assert open_picture(tmp_path / "a.jpg").size == (20, 40)


def test_a_picture_that_unpacks_to_400_megapixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    rows = zlib.compress(bytes(20_001 * 2_000), 9)
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    )
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    began = time.monotonic()
    with pytest.raises(JobError, match=r"bomb\.png: the picture has more than the 50 megapixels"):
        open_picture(tmp_path / "bomb.png")
    assert time.monotonic() - began < 10


def test_the_cap_holds_to_the_pixel_and_leaves_pillow_as_it_was(tmp_path: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    write_png(noise(100, 100), tmp_path / "a.png")
    assert open_picture(tmp_path / "a.png", max_pixels=10_000).size == (100, 100)
    with pytest.raises(JobError, match="megapixels"):
        open_picture(tmp_path / "a.png", max_pixels=9_999)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_cut_short_is_refused_at_every_length(tmp_path: Path, kind: str) -> None:
    noise(60, 60, mode="RGB").save(tmp_path / "a", kind)
    whole = (tmp_path / "a").read_bytes()
    for length in [*range(0, 200, 7), len(whole) // 2, len(whole) - 30]:
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(JobError, match="cut: cannot be opened as a picture"):
            open_picture(tmp_path / "cut")


def test_a_picture_whose_checksum_is_wrong_is_refused(tmp_path: Path) -> None:
    """Decoding alone would not notice: the pixels unpack."""
    write_png(noise(60, 60), tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[-13] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(JobError, match="cannot be opened"):
        open_picture(tmp_path / "a.png")


def test_a_format_that_is_not_listed_is_refused_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")
    (tmp_path / "b.png").write_bytes(b"P6 2 2 255\n" + bytes(12))
    for name in ("a.png", "b.png"):
        with pytest.raises(JobError, match="PNG, JPEG"):
            open_picture(tmp_path / name)
    with pytest.raises(JobError, match="no such picture"):
        open_picture(tmp_path / "absent.png")


@pytest.mark.parametrize(("size", "small"), [((4000, 1000), (200, 50)), ((30, 20), (30, 20)), ((9000, 3), (200, 1))])
def test_a_thumbnail_keeps_its_proportions_and_never_grows(size: tuple[int, int], small: tuple[int, int]) -> None:
    assert thumbnail(Image.new("RGBA", size)).size == small
    square = centred(colour(*size, (9, 9, 9)))
    assert (square.mode, square.size) == ("RGBA", (200, 200))
    assert square.getchannel("A").getbbox() == (
        (200 - small[0]) // 2,
        (200 - small[1]) // 2,
        (200 - small[0]) // 2 + small[0],
        (200 - small[1]) // 2 + small[1],
    )


@pytest.mark.parametrize(
    ("size", "smaller"),
    [((1200, 1500), (1200, 1500)), ((999, 30), (999, 30)), ((2000, 4003), (500, 1001)), ((3999, 2), (1333, 1))],
)
def test_a_picture_for_a_page_is_made_smaller_by_a_whole_number_and_never_too_small(
    size: tuple[int, int], smaller: tuple[int, int]
) -> None:
    image = Image.new("RGB", size, "#123456")
    found = at_least(image, 1000)
    assert (found.size, found.getpixel((0, 0))) == (smaller, (0x12, 0x34, 0x56))
    assert (found is image) == (size == smaller)


def test_a_small_copy_has_the_colours_of_the_whole() -> None:
    halves = Image.new("RGB", (1000, 600), "#ff0000")
    halves.paste("#0000ff", (500, 0, 1000, 600))
    small = thumbnail(halves, 100)
    assert small.getpixel((20, 30)) == (255, 0, 0)
    assert small.getpixel((80, 30)) == (0, 0, 255)


def test_a_layer_goes_to_its_place_on_the_canvas_and_is_cut_at_the_edge(tmp_path: Path) -> None:
    """The box of the sample's background: five pixels over the left edge, seven over the top."""
    picture = noise(1210 // 10, 1514 // 10)
    write_png(picture, tmp_path / "in.png")
    on_canvas(tmp_path / "in.png", Box(-5, -7, 121, 151), (110, 200), tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as canvas:
        assert canvas.size == (110, 200)
        assert canvas.crop((0, 0, 110, 144)).tobytes() == picture.crop((5, 7, 115, 151)).tobytes()
        assert canvas.crop((0, 144, 110, 200)).getchannel("A").getextrema() == (0, 0)


def test_a_picture_outside_the_canvas_leaves_it_empty(tmp_path: Path) -> None:
    write_png(colour(10, 10, (1, 2, 3)), tmp_path / "in.png")
    on_canvas(tmp_path / "in.png", Box(500, 500, 10, 10), (50, 50), tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as canvas:
        assert canvas.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("size", [(1920, 1080), (400, 300), (60, 200), (8, 8)])
def test_the_card_for_missing_footage_has_its_colours_and_its_size(size: tuple[int, int]) -> None:
    card = missing_card("a very long file name that cannot fit anywhere.mov", size)
    assert card.size == size
    assert card.getpixel((0, 0)) == (0x33, 0x33, 0x33)
    if min(size) > 100:
        assert (0x99, 0x99, 0x99) in {value for _, value in card.getcolors(100_000) or []}
    assert (CARD_BACK, CARD_INK) == ("#333333", "#999999")


def test_two_pictures_are_compared_with_labels_and_a_score() -> None:
    page = comparison(colour(900, 300, (255, 0, 0)), colour(30, 60, (0, 255, 0, 255)), ("left", "right"), "0.94")
    assert page.mode == "RGB"
    left, right = page.crop((0, 0, page.width // 2, page.height)), page.crop((page.width // 2, 0, *page.size))
    assert (255, 0, 0) in {c for _, c in left.getcolors(100_000) or []}
    assert (0, 255, 0) in {c for _, c in right.getcolors(100_000) or []}
    assert (0, 255, 0) not in {c for _, c in left.getcolors(100_000) or []}
    plain = comparison(colour(900, 300, (255, 0, 0)), colour(30, 60, (0, 255, 0, 255)), ("left", "right"), "")
    assert page.tobytes() != plain.tobytes(), "the score is written"


def test_nothing_shows_as_a_checkerboard_in_a_comparison() -> None:
    page = comparison(Image.new("RGBA", (50, 50)), colour(50, 50, (1, 1, 1)), ("a", "b"), "")
    assert {(0x4A, 0x4A, 0x4A), (0x5A, 0x5A, 0x5A)} <= {c for _, c in page.getcolors(100_000) or []}


def test_long_words_are_shortened_to_fit() -> None:
    font = ImageFont.load_default(20)
    line = shortened("word " * 100, font, 200)
    assert line.endswith("…")
    assert font.getlength(line) <= 200
    assert shortened("two\nlines", font, 500) == "two lines"


@pytest.mark.parametrize(
    "words", ["", " ", "Ågy (fit)", "two\nlines", "too long for its room " * 9, "Ünï 300×200 % …", "jjj"]
)
@pytest.mark.parametrize("size_px", [14, 15, 22])
def test_a_line_that_is_laid_down_has_the_pixels_of_one_that_is_written(words: str, size_px: int) -> None:
    for at, ink in (((10, 7), "#e6e6e6"), ((0, 0), "#6fd6a0")):
        pages = [noise(220, 40, 4, "RGB") for _ in range(3)]
        font = label_font(size_px)
        ImageDraw.Draw(pages[0]).text(at, shortened(words, font, 180), font=font, fill=ink)
        for page in pages[1:]:  # for the first time, and as it is remembered
            write(ImageDraw.Draw(page), at, words, size_px, room=180, colour=ink)
            assert page.tobytes() == pages[0].tobytes()


def test_labels_can_always_be_drawn() -> None:
    assert label_font(20).getlength("Ünï 300×200") > 60
    assert label_font(20) is label_font(20)


def test_drawn_text_is_not_cut_and_says_where_its_baseline_is() -> None:
    image, (left, top) = draw_text("Ågy\nsecond", ImageFont.load_default(40), (255, 128, 0))
    inked = image.getchannel("A").getbbox()
    assert inked is not None
    assert inked[0] > 0
    assert inked[1] > 0
    assert inked[2] < image.width
    assert inked[3] < image.height
    assert top < -25, "the first line stands above its baseline"
    assert abs(left) < 5


def test_a_see_through_picture_is_laid_on_white() -> None:
    assert flattened(colour(2, 2, (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)
    assert flattened(colour(2, 2, (10, 20, 30, 255))).getpixel((0, 0)) == (10, 20, 30)
