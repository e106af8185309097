"""Values out of our own JSON: what was written comes back, and what is no such value is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from hotfolderd.model import from_json, to_json
from hotfolderd.values import from_plain


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut of a reel."""

    at_s: float
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Reel:
    """A value with every kind of field that files of ours have."""

    name: str
    kind: Literal["film", "sound"]
    frames: int
    good: bool
    cuts: tuple[Cut, ...] = ()
    size_px: tuple[int, int] = (0, 0)
    takes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    best: Cut | None = None


WHOLE = Reel(
    "é", "film", 3, True, (Cut(1.5), Cut(2.0, "b")), (4, 5), ["x"], {"a": 1}, {"any": [None, {"thing": 1}]}, Cut(0.0)
)


def test_what_was_written_comes_back() -> None:
    assert from_json(Reel, to_json(WHOLE)) == WHOLE


def test_missing_fields_have_their_defaults_and_unknown_ones_are_left_out() -> None:
    """A file of an earlier version is read by a later one, and the other way round."""
    assert from_plain(Reel, {"name": "a", "kind": "sound", "frames": 1, "good": False, "later": 1}) == Reel(
        "a", "sound", 1, False
    )


def test_a_whole_number_is_a_number() -> None:
    cut = from_plain(Cut, {"at_s": 2})
    assert isinstance(cut.at_s, float)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": 3}, "name: 3 is not a text"),
        ({"name": "\ud800"}, "surrogates"),
        ({"kind": "picture"}, "kind: 'picture' is not one of film, sound"),
        ({"kind": ["film"]}, "kind: "),
        ({"frames": True}, "frames: True is not a whole number"),
        ({"frames": 1.5}, "frames: 1.5"),
        ({"good": 1}, "good: 1 is not true or false"),
        ({"cuts": {}}, "cuts: {} is not a list"),
        ({"cuts": [{"at_s": "1"}]}, "cuts: at_s: '1' is not a number"),
        ({"cuts": [{}]}, "cuts: at_s is missing"),
        ({"size_px": [1]}, "size_px: [1] is not a list of 2"),
        ({"counts": {"a": "1"}}, "counts: '1'"),
        ({"more": []}, "more: [] is not an object"),
        ({"best": 0}, "best: 0 is not Cut"),
        ({"name": None}, "name: None"),
        ({"name": list(range(99))}, "…"),
    ],
)
def test_what_is_no_such_value_is_refused_with_its_place(change: dict[str, Any], said: str) -> None:
    plain = json.loads(to_json(WHOLE)) | change
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are looked at below
        from_plain(Reel, plain)
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "3", "null", "{", '{"name": 1}', "[" * 100_000, b"\xff", "{}"])
def test_a_text_that_is_something_else_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  json has words of its own
        from_json(Reel, text)


def test_a_type_that_no_file_holds_is_a_fault_of_the_program() -> None:
    @dataclass
    class Odd:
        where: complex

    with pytest.raises(TypeError, match="complex"):
        from_plain(Odd, {"where": 1})
