"""Which font file stands behind a name. The fonts are made here: the machine's own are not counted on."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from hotfolderd.media.font_names import family, font_class, is_stand_in, normalised, substitutes
from hotfolderd.media.fonts import find_font, lacking, load


def make_font(path: Path, names: str, *, style: str = "Regular") -> Path:
    """A font with a square for `A`; family is `names`, the PostScript name follows from it."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(50, 0), (50, 700), (650, 700), (650, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "A": square})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (700, 50)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(
        {
            "familyName": names,
            "styleName": style,
            "fullName": f"{names} {style}",
            "psName": f"{names.replace(' ', '')}-{style}",
        }
    )
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    (folder / "deep" / "er").mkdir(parents=True)
    make_font(folder / "one.ttf", "Rush Flow")
    make_font(folder / "deep" / "er" / "two.ttf", "Rush Flow", style="Bold")
    make_font(folder / "three.ttf", "Quiet Serif", style="Light")
    return folder


@pytest.mark.parametrize(
    "asked", ["RushFlow-Bold", "Rush Flow Bold", "rushflow_bold", "rushflow-bold", "Rush Flow-Bold", "RushFlowBold"]
)
def test_a_font_is_found_by_every_way_to_write_its_name(shelf: Path, asked: str) -> None:
    found = find_font(asked, [shelf], installed=False)
    assert found is not None
    assert (found.path.name, found.index, found.exact) == ("two.ttf", 0, True)


def test_the_plain_style_need_not_be_named(shelf: Path) -> None:
    found = find_font("RUSHFLOW", [shelf], installed=False)
    assert found is not None
    assert (found.path.name, found.exact) == ("one.ttf", True)


def test_another_style_of_the_family_is_found_but_not_as_the_same(shelf: Path) -> None:
    found = find_font("RushFlow-BoldItalic", [shelf], installed=False)
    assert found is not None
    assert (found.path.name, found.exact) == ("two.ttf", False)


def test_a_longer_name_of_the_family_is_near_but_three_letters_are_not_enough(shelf: Path) -> None:
    found = find_font("RushFlowPro-Regular", [shelf], installed=False)
    assert found is not None
    assert not found.exact
    make_font(shelf / "short.ttf", "Abc")
    assert find_font("Abcdef", [shelf], installed=False) is None
    assert find_font("Flow", [shelf], installed=False) is None, "a piece from the middle of a name is another font"


def test_the_jobs_own_folder_goes_before_the_others(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    make_font(tmp_path / "job" / "mine.ttf", "Rush Flow")
    found = find_font("RushFlow-Regular", [tmp_path / "job", shelf], installed=False)
    assert found is not None
    assert found.path.parent.name == "job"


def test_an_exact_name_in_a_later_folder_beats_a_near_one_in_the_first(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    make_font(tmp_path / "job" / "mine.ttf", "Rush Flow", style="Black")
    found = find_font("RushFlow-Bold", [tmp_path / "job", shelf], installed=False)
    assert found is not None
    assert found.path.name == "two.ttf"


def test_a_font_put_there_later_is_seen_and_one_taken_away_is_gone(shelf: Path) -> None:
    assert find_font("NewOne-Regular", [shelf], installed=False) is None
    made = make_font(shelf / "deep" / "new.ttf", "New One")
    assert find_font("NewOne-Regular", [shelf], installed=False) is not None
    made.unlink()
    assert find_font("NewOne-Regular", [shelf], installed=False) is None


def test_another_font_saved_under_the_same_name_is_seen(shelf: Path, tmp_path: Path) -> None:
    """A folder's own date tells nothing of it."""
    assert find_font("QuietSerif-Light", [shelf], installed=False) is not None
    before = shelf.stat().st_mtime_ns
    (shelf / "three.ttf").write_bytes(make_font(tmp_path / "new.ttf", "New One").read_bytes())
    assert shelf.stat().st_mtime_ns == before
    assert find_font("NewOne-Regular", [shelf], installed=False) is not None
    assert find_font("QuietSerif-Light", [shelf], installed=False) is None


def test_the_stand_in_of_photoshop_is_never_a_font(shelf: Path) -> None:
    make_font(shelf / "invisible.ttf", "Adobe Invis Font")
    for name in ("AdobeInvisFont", "Adobe Invis Font", "adobeinvisfont", ""):
        assert find_font(name, [shelf], installed=False) is None
    assert is_stand_in("AdobeInvisFont")


def test_the_second_face_of_a_collection_is_found_with_its_number(tmp_path: Path) -> None:
    fonts = [TTFont(make_font(tmp_path / f"{n}.ttf", f"Face {n}")) for n in ("One", "Two")]
    collection = TTCollection()
    collection.fonts = fonts
    (tmp_path / "shelf").mkdir()
    collection.save(tmp_path / "shelf" / "both.ttc")
    for font in fonts:
        font.close()
    found = find_font("FaceTwo-Regular", [tmp_path / "shelf"], installed=False)
    assert found is not None
    assert (found.path.name, found.index) == ("both.ttc", 1)
    assert load("FaceTwo-Regular", 20, [tmp_path / "shelf"])[0].getname()[0] == "Face Two"  # type: ignore[union-attr]


def test_web_fonts_count_as_fonts(tmp_path: Path) -> None:
    with TTFont(make_font(tmp_path / "plain.ttf", "Web Face")) as font:
        font.flavor = "woff"
        (tmp_path / "shelf").mkdir()
        font.save(tmp_path / "shelf" / "web.woff")
    assert find_font("WebFace-Regular", [tmp_path / "shelf"], installed=False) is not None


def test_broken_empty_and_swollen_files_are_no_fonts_and_do_no_harm(shelf: Path) -> None:
    whole = (shelf / "one.ttf").read_bytes()
    (shelf / "empty.ttf").touch()
    (shelf / "noise.otf").write_bytes(b"OTTO" + bytes(range(256)) * 4)
    (shelf / "cut.ttf").write_bytes(whole[:100])
    (shelf / "half.ttc").write_bytes(b"ttcf" + b"\xff" * 40)
    (shelf / "bad.woff2").write_bytes(b"wOF2" + bytes(60))
    with TTFont(make_font(shelf / "swollen.ttf", "Swollen Face")) as font:
        names = DefaultTable("name")
        names.data = font.getTableData("name") + bytes(50_000_000)
        font["name"], font.flavor = names, "woff"
        font.save(shelf / "swollen.woff")
    (shelf / "swollen.ttf").unlink()
    assert find_font("SwollenFace-Regular", [shelf], installed=False) is None
    assert find_font("RushFlow-Regular", [shelf], installed=False) is not None


def test_a_folder_that_is_not_there_holds_no_fonts(tmp_path: Path) -> None:
    assert find_font("RushFlow", [tmp_path / "absent"], installed=False) is None


def test_drawing_falls_back_on_a_font_that_is_always_there_and_says_so(shelf: Path) -> None:
    font, substituted = load("RushFlow-Bold", 30, [shelf])
    assert (font.getname(), substituted) == (("Rush Flow", "Bold"), False)  # type: ignore[union-attr]
    font, substituted = load("RushFlow-Heavy", 30, [shelf])
    assert substituted
    for name in (None, "No Such Font Anywhere-Xyz", "AdobeInvisFont"):
        font, substituted = load(name, 30, [shelf])
        assert substituted
        assert font.getlength("AAAA") > 40
    assert load("RushFlow-Bold", 0, [shelf])[0].getlength("A") > 0
    assert load("RushFlow-Bold", 60, [shelf])[0].getlength("A") == 42, "700 of 1000 units at 60 px"


def test_letters_that_a_font_has_no_drawing_of_are_told_once(shelf: Path) -> None:
    font = find_font("RushFlow-Bold", [shelf], installed=False)
    assert lacking("AAA", font) == ""
    assert lacking("A b\u00e4A\u0301b!", font) == "b\u00e4\u00c1!", "as one letter, and without blanks"
    assert lacking("Abc", None) == ""
    assert lacking("\u0e01", None) == "\u0e01"


def test_another_font_saved_in_its_place_has_letters_of_its_own(shelf: Path) -> None:
    path = shelf / "one.ttf"
    font = find_font("RushFlow-Regular", [shelf], installed=False)
    assert font is not None
    assert lacking("B", font) == "B"
    builder = TTFont(path)
    for table in builder["cmap"].tables:
        table.cmap[66] = "A"
    builder.save(path)
    assert lacking("B", font) == ""
    path.write_bytes(b"no font")
    assert lacking("B", font) == "", "nobody can draw with it"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ArialMT", "common"),
        ("Arial-BoldItalicMT", "common"),
        ("TimesNewRomanPSMT", "common"),
        ("TimesNewRomanPS-BoldMT", "common"),
        ("HelveticaNeue-Light", "common"),
        ("MyriadPro-Semibold", "adobe"),
        ("Proxima Nova Bold", "adobe"),
        ("MinionPro-It", "adobe"),
        ("RUSHFLOW", "other"),
        ("Arialesque-Bold", "other"),
    ],
)
def test_a_missing_font_is_worse_the_harder_it_is_to_get(name: str, kind: str) -> None:
    assert font_class(name) == kind


def test_names_are_compared_without_what_does_not_matter() -> None:
    assert normalised("Rush Flow-Regular") == normalised("rush_flow") == "rushflow"
    assert normalised("Roman") == "roman", "a name that is only a style word stays"
    assert normalised("ArialMT") == "arial"
    assert normalised("RushFlow-Bold") != normalised("RushFlow")
    assert family("TimesNewRomanPS-BoldMT") == "timesnewroman"


def test_a_substitute_is_of_the_same_kind() -> None:
    assert substitutes("OpenSans-Bold")[0] == "Arial"
    assert substitutes("PlayfairSerif")[0] == "Times New Roman"
    assert substitutes("SpaceMono-Bold")[0] == "Courier New"
