"""What is drawn for the review: by the real steps on a design and a template made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jobs_made import PLACES, do_first_stage, rivals_job
from PIL import Image

from hotfolderd.demo.drawing import stadium
from hotfolderd.media.likeness import fingerprint
from hotfolderd.media.pictures import Cell, contact_sheet
from hotfolderd.model import Box, Design, DesignLayer, Match, Matching, TextLook, from_json
from hotfolderd.stages.template.draw_review import PAIRS, statistics
from hotfolderd.stages.template.similarity import similarity
from hotfolderd.work import WORK

KEYS = {"psd_previews", "aepx_previews", "comparisons", "similarity_scores", "auto_matches", "statistics"}


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job after stage 1: twelve texts whose rivals are many, a photo in another place and size, a missing one."""
    folder = rivals_job(tmp_path_factory.mktemp("stage") / "J1")
    do_first_stage(folder)
    return folder


def read(job: Path, path: str) -> Any:
    return json.loads((job / path).read_bytes())


def test_the_data_of_the_matching_has_just_the_ordered_keys_and_every_file_is_there(job: Path) -> None:
    data = read(job, "previews/matching_data.json")
    assert set(data) == KEYS
    named = [path for key in ("psd_previews", "aepx_previews", "comparisons") for path in data[key].values()]
    assert [path for path in [*named, data["similarity_scores"]] if not (job / path).is_file()] == []
    assert set(data["psd_previews"]) == {
        "hero backdrop",
        "figure",
        "spare",
        *(f"lines/line item {n}" for n in range(PLACES)),
    }
    assert len(data["aepx_previews"]) == PLACES + 2


def test_each_pair_and_at_most_three_rivals_of_it_are_drawn_and_no_more(job: Path) -> None:
    data = read(job, "previews/matching_data.json")
    wanted = set()
    for one in data["auto_matches"]:
        key = one["placeholder_id"]
        wanted |= {key, *(f"{key} {o['layer']}" for o in one["candidates"] if o["layer"] != one["layer"])}
        assert len(one["candidates"]) <= 3
        assert all(other["confidence"] >= 0.3 for other in one["candidates"])
    assert set(data["comparisons"]) == wanted
    assert any(" " in key for key in wanted), "there are rivals in this job"
    assert len(list((job / "previews/comparisons").iterdir())) == len(wanted) <= 4 * (PLACES + 2)
    assert len(set(data["comparisons"].values())) == len(wanted)


def test_every_layer_has_its_full_picture_and_a_thumbnail_of_200_px(job: Path) -> None:
    design = from_json(Design, (job / WORK / "read-design" / "design.json").read_bytes())
    for layer in design.layers:
        if layer.kind == "group":
            continue
        assert layer.picture is not None
        assert layer.thumbnail is not None
        with Image.open(job / layer.picture) as full, Image.open(job / layer.thumbnail) as small:
            assert full.size == (round(layer.box.width), round(layer.box.height))
            assert max(small.size) == 200


def test_how_each_placeholder_was_drawn_is_noted(job: Path) -> None:
    noted = read(job, "previews/ae/renderers.json")
    assert set(noted) == set(read(job, "previews/matching_data.json")["aepx_previews"].values())
    kinds = {path.split("_", 1)[1]: one["renderer"] for path, one in noted.items()}
    assert kinds["hero.jpg"] == "headless_footage"
    assert kinds["logo.jpg"] == "missing_footage_card"
    assert kinds["line_3.jpg"] == "headless_text"


def test_the_matrix_has_a_row_for_each_layer_and_a_column_for_each_placeholder(job: Path) -> None:
    """The backdrop looks as the footage does, whatever its name; nothing is said of a picture that is not there."""
    found = read(job, "previews/similarity.json")
    rows = [one["path"] for one in found["layers"]]
    columns = [one["name"] for one in found["placeholders"]]
    assert len(rows) == PLACES + 3
    assert set(columns) == {"hero", "logo", *(f"line {number}" for number in range(PLACES))}
    for part in ("name", "image", "combined"):
        assert [len(row) for row in found[part]] == [len(columns)] * len(rows)
        assert all(one is None or 0 <= one <= 1 for row in found[part] for one in row)
    image = found["image"]
    hero, logo, text = columns.index("hero"), columns.index("logo"), columns.index("line 1")
    assert image[rows.index("hero backdrop")][hero] > 0.9
    assert image[rows.index("figure")][hero] < 0.7
    assert {row[logo] for row in image} | {row[text] for row in image} == {None}
    assert found["combined"][rows.index("lines/line item 1")][hero] <= 0.5, "a text is no picture"


def test_the_contact_sheet_shows_every_layer(job: Path) -> None:
    with Image.open(job / "previews/contact_sheet.png") as sheet:
        columns, rows = 6, -(-(PLACES + 3) // 6)
        assert sheet.width > columns * 200
        assert sheet.height > rows * 200


def test_the_page_is_told_what_was_drawn(job: Path) -> None:
    drawn = read(job, f".job/work/draw-review/{PAIRS}")
    shown = [drawn["design"], *drawn["layers"].values(), *drawn["placeholders"].values()]
    assert [path for path in shown if not (job / path).is_file()] == []
    with Image.open(job / drawn["layers"]["figure"]) as picture:
        assert picture.size == (100, 200), "never larger than the layer is"
    with Image.open(job / drawn["design"]) as picture:
        assert picture.size == (400, 225)


def test_a_contact_sheet_marks_the_used_layers() -> None:
    def sheet(*, used: bool) -> Image.Image:
        return contact_sheet([Cell(Image.new("RGBA", (9, 9)), "name", "words", used)])

    assert sheet(used=True).size == sheet(used=False).size
    assert (0x6F, 0xD6, 0xA0) in {colour for _, colour in sheet(used=True).getcolors(100_000) or []}
    assert (0x6F, 0xD6, 0xA0) not in {colour for _, colour in sheet(used=False).getcolors(100_000) or []}


def test_a_layer_of_the_other_kind_is_never_more_than_half_alike() -> None:
    """Both layers bear the placeholder's name; one is a text, one looks as the placeholder does."""
    box = Box(0, 0, 9, 9)
    layers = (
        DesignLayer("harbour", "harbour", "text", box, True, 1.0, 0, TextLook("Hello")),
        DesignLayer("pier/harbour", "harbour", "image", box, True, 1.0, 1),
        DesignLayer("pier", "pier", "group", box, True, 1.0, 2),
    )
    seen = fingerprint(stadium(90, 60))
    matching = Matching((Match("harbour", "1:1", "main", "image", None),))
    found = similarity(Design("d.psd", 9, 9, "RGB", 8, layers), matching, {"pier/harbour": seen}, {"1:1": seen})
    assert [one["path"] for one in found["layers"]] == ["harbour", "pier/harbour"]
    assert found["name"] == [[1.0], [1.0]]
    assert found["combined"] == [[0.5], [1.0]]
    assert found["image"] == [[None], [1.0]]


def test_statistics_count_what_is_filled_and_what_is_not() -> None:
    matches = (
        Match("a", "1", "c", "text", "A", "x", confidence=0.9),
        Match("b", "2", "c", "text", None, "given", confidence=1.0),
        Match("c", "3", "c", "image", "C", confidence=0.6),
        Match("d", "4", "c", "image", None),
    )
    found = statistics(Matching(matches, ("U", "V")))
    assert found == {
        "placeholders": 4,
        "matched": 3,
        "text_matches": 2,
        "image_matches": 1,
        "unfilled_placeholders": 1,
        "unused_layers": 2,
        "low": 1,
        "average_confidence": 0.833,
        "completion_rate": 0.75,
    }
