"""What After Effects saved, held against template and order: each difference is named, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hotfolderd.model import Comp, Footage, Placeholder, Template, TextLook
from hotfolderd.stages.template.saved_checks import Wanted, differences, filled_as_wanted

COMP = Comp(1, "render_x", 100, 50, 25.0, 4.0, 3)
TITLE = Placeholder("1:2", "txt_title", "text", "render_x", 1, 2, 1, text=TextLook("Title", "Arial", 20.0, "#ffffff"))
NOTE = Placeholder("1:3", "txt_note", "text", "render_x", 1, 3, 2, text=TextLook("Note", "Arial", 20.0, "#ffffff"))
LOGO = Placeholder("1:4", "logo", "image", "render_x", 1, 4, 3, source=Footage(9, "logo", "/old/logo.png", 10, 10))
PHOTO = Placeholder("1:5", "photo", "image", "render_x", 1, 5, 4, source=Footage(8, "photo", "/old/p.png", 10, 10))
TEMPLATE = Template("t.aep", "aep", "24.0", (COMP,), (TITLE, NOTE, LOGO, PHOTO), (), 1)
WANTED = {"1:2": Wanted(text="Hello\r\nyou"), "1:4": Wanted(picture="/d/footage/logo.png")}


def changed(placeholder: Placeholder, **changes: Any) -> Placeholder:
    """With another text or source where a word or a path is given."""
    if "says" in changes:
        assert placeholder.text is not None
        changes["text"] = dataclasses.replace(placeholder.text, text=changes.pop("says"))
    if "shows" in changes:
        assert placeholder.source is not None
        changes["source"] = dataclasses.replace(placeholder.source, path=changes.pop("shows"))
    return dataclasses.replace(placeholder, **changes)


GOOD = (
    changed(TITLE, says="Hello\nyou"),
    NOTE,
    changed(LOGO, shows="/d/footage/logo.png"),
    changed(PHOTO, shows="/elsewhere/p.png"),
)


def final(*placeholders: Placeholder, comps: tuple[Comp, ...] = (COMP,)) -> Template:
    return dataclasses.replace(TEMPLATE, version="25.2", comps=comps, placeholders=placeholders)


def test_a_project_as_it_was_ordered_has_no_differences() -> None:
    """Another version, and another place of the same footage, are none."""
    assert filled_as_wanted(final(*GOOD), WANTED) == 2
    assert differences(TEMPLATE, final(*GOOD), WANTED) == []


@pytest.mark.parametrize(
    ("index", "changes", "right"),
    [(0, {"says": "Hello"}, 1), (0, {"text": None}, 1), (2, {"shows": "/old/logo.png"}, 1), (2, {"source": None}, 1)],
)
def test_what_is_not_as_ordered_does_not_count(index: int, changes: dict[str, Any], right: int) -> None:
    placeholders = list(GOOD)
    placeholders[index] = changed(placeholders[index], **changes)
    assert filled_as_wanted(final(*placeholders), WANTED) == right


@pytest.mark.parametrize(
    ("index", "changes", "words"),
    [
        (1, {"says": "another"}, "layer txt_note of render_x says 'another', the template 'Note'"),
        (1, {"name": "note"}, "layer txt_note of render_x is called note now"),
        (1, {"kind": "image"}, "layer txt_note of render_x is no text any more"),
        (3, {"shows": "/old/q.png"}, "layer photo of render_x shows q.png, the template p.png"),
        (2, {"pixel_ratio": 1.094}, "layer logo of render_x has pixels of another shape: 1.094, in the template 1"),
        (0, {"text": TextLook("Hello\nyou", "Times", 20.0, "#ffffff")}, "has another font or colour: Times #ffffff"),
    ],
)
def test_what_nobody_ordered_is_named(index: int, changes: dict[str, Any], words: str) -> None:
    placeholders = list(GOOD)
    placeholders[index] = changed(placeholders[index], **changes)
    (found,) = differences(TEMPLATE, final(*placeholders), WANTED)
    assert words in found


def test_layers_and_comps_that_are_gone_or_otherwise_are_named() -> None:
    assert differences(TEMPLATE, final(GOOD[0], *GOOD[2:]), WANTED) == ["layer txt_note of render_x is gone"]
    assert differences(TEMPLATE, final(*GOOD, comps=()), WANTED) == ["comp render_x is gone"]
    (found,) = differences(TEMPLATE, final(*GOOD, comps=(dataclasses.replace(COMP, duration_s=5.0),)), WANTED)
    assert found.startswith("comp render_x is render_x, 100×50, #000000, 25 fps, 5 s, 3 layers; in the template")
