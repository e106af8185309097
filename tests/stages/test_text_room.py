"""How far a text runs over its box: measured with a real font, in a box read from a real project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import py_aep
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from hotfolderd.media.project import read_template
from hotfolderd.media.typeset import TextBlock, overflow
from hotfolderd.stages.template.assets import missing_letters, text_overflow

FONT = "Halfem-Regular"


def make_font(path: Path, name: str = FONT) -> None:
    """Small letters and the space are half as wide as the type is high, capitals 0.6; `d` is 0.7 high."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (0, 700), (500, 700), (500, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    block = pen.glyph()
    names = [".notdef", "space", *(f"g{code}" for code in range(65, 123))]
    capitals = {f"g{code}" for code in range(65, 91)}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({32: "space", **{code: f"g{code}" for code in range(65, 123)}})
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf({name: empty if name in (".notdef", "space") else block for name in names})
    builder.setupHorizontalMetrics({glyph: (600 if glyph in capitals else 500, 0) for glyph in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name.partition("-")[0], "styleName": "Regular", "psName": name})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    make_font(tmp_path / "assets/fonts/halfem.ttf")
    return tmp_path / "assets/fonts"


def over(fonts: Path, text: str, width: float, height: float, **look: float) -> float | None:
    block = TextBlock(text, FONT, 100, 100, (0, 0, 0), box=(0, 0, width, height), **look)  # type: ignore[arg-type]
    return overflow(block, [fonts])


@pytest.mark.parametrize(
    ("text", "width", "height", "expected"),
    [
        ("abcdefgh", 400, 100, 0.0),  # eight letters of 50 px
        ("abcdefghij", 400, 100, 0.25),
        ("abcd efghij", 400, 100, 0.375),  # one line only: the box would have to hold all of it
        ("abcd efghij", 400, 170, 0.0),  # two lines
        ("abcd efgh ijkl mnop", 400, 170, 0.125),  # nine letters a line would do
        ("abcdefghij klm", 400, 500, 0.25),  # a word that is wider than the box
        ("a\nb\nc", 400, 170, 0.5),  # three paragraphs where two lines have room
        ("", 400, 100, 0.0),
        ("abcdefgh", 400, 10, 0.0),  # at least one line is always counted
    ],
)
def test_a_text_is_as_much_too_wide_as_its_box_is_too_narrow(
    fonts: Path, text: str, width: float, height: float, expected: float
) -> None:
    assert over(fonts, text, width, height) == pytest.approx(expected, abs=0.005)


def test_tracking_widens_a_text(fonts: Path) -> None:
    assert over(fonts, "abcdefgh", 400, 100, tracking=100) == pytest.approx(70 / 400, abs=0.005)


def test_without_the_font_itself_nothing_is_measured(fonts: Path, tmp_path: Path) -> None:
    """Another font would give another width: that is no reason to stop a job."""
    block = TextBlock("abc", FONT, 100, 100, (0, 0, 0), box=(0, 0, 10, 10))
    assert overflow(block, [fonts]) is not None
    assert overflow(block, [tmp_path / "nowhere"]) is None
    assert overflow(replace(block, font="Halfem-Bold"), [fonts]) is None
    assert overflow(replace(block, box=None), [fonts]) is None
    (fonts / "halfem.ttf").write_bytes(b"broken")
    assert overflow(replace(block, font="Other-Regular"), [fonts]) is None


def test_a_very_long_text_is_measured_in_time(fonts: Path) -> None:
    assert (over(fonts, "abcd " * 100_000, 400, 170) or 0) > 1


def test_the_box_of_a_real_project_is_measured_with_the_fonts_of_the_job(tmp_path: Path, fonts: Path) -> None:
    """Point text has no box; small capitals and horizontal scale are taken into account."""
    project = py_aep.new("25.0x1", platform="macos").project
    comp = project.root_folder.add_comp("Main", 800, 600, 1.0, 4.0, 25.0)
    for name, box, caps, scale in (
        ("boxed", [400.0, 100.0], py_aep.FontCapsOption.FONT_NORMAL_CAPS, 1.0),
        ("narrow", [400.0, 100.0], py_aep.FontCapsOption.FONT_ALL_CAPS, 0.5),
        ("point", None, None, 1.0),
    ):
        layer = comp.add_box_text(box, "sample") if box else comp.add_text("sample")
        layer.name = name
        assert layer.text is not None
        document = layer.text["ADBE Text Document"].value  # type: ignore[union-attr]
        document.font, document.font_size, document.leading = FONT, 100.0, 100.0
        document.horizontal_scale = scale
        if caps is not None:
            document.font_caps_option = caps
    project.save(tmp_path / "template.aep")
    found = {one.name: one for one in read_template(tmp_path / "template.aep").placeholders}
    assert found["point"].paragraph is None
    boxed, narrow = found["boxed"].paragraph, found["narrow"].paragraph
    assert boxed is not None
    assert (boxed.width, boxed.height, boxed.size_px, boxed.leading_px, boxed.all_caps) == (400, 100, 100, 100, False)
    assert narrow is not None
    assert (narrow.width, narrow.all_caps) == (800, True)
    measure = text_overflow(tmp_path)
    assert measure(found["boxed"], "abcdefghij") == pytest.approx(0.25, abs=0.005)
    assert measure(found["narrow"], "abcdefghijklm") == 0
    assert measure(found["narrow"], "abcdefghijklmno") == pytest.approx(0.125, abs=0.005)
    assert measure(found["point"], "abcdefghij") is None
    assert text_overflow(tmp_path / "other")(found["boxed"], "abcdefghij") is None
    lacks = missing_letters(tmp_path)
    assert lacks(found["boxed"], "Stra\u00dfe 7") == "\u00df7"
    assert lacks(found["narrow"], "Stra\u00dfe 7") == "7", "in capitals it is STRASSE"
    assert lacks(found["point"], "\u010d") == "\u010d"
    assert missing_letters(tmp_path / "other")(found["boxed"], "\u010d") == ""
