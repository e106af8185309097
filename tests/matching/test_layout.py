"""What places say: much where both sides are laid out alike, nothing where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from hotfolderd.matching.layout import place_worth
from hotfolderd.matching.sides import pieces_of, slots_of
from hotfolderd.model import Box, Comp, Design, DesignLayer, Placeholder, Template, TextLook

ROWS = [(0.1, 0.1), (0.1, 0.18), (0.1, 0.26), (0.5, 0.5), (0.6, 0.7), (0.2, 0.85)]


def worth(places: list[tuple[float, float]], known: np.ndarray | None = None, across: int = 0) -> np.ndarray:
    """Layers stand at ROWS, placeholders of the same number at `places`; nothing is known of names unless given."""
    layers = tuple(
        DesignLayer(f"l{i}", f"l{i}", "text", Box(x * 1000, y * 1000, 200, 30), True, 1.0, i, TextLook(f"says {i}"))
        for i, (x, y) in enumerate(ROWS)
    )
    placeholders = tuple(
        Placeholder(
            f"1:{i}", f"p{i}", "text", "main", 1, i, i, Box(x * 1000 + across, y * 1000, 200, 30), None, TextLook("")
        )
        for i, (x, y) in enumerate(places)
    )
    template = Template("t", "aepx", "25", (Comp(1, "main", 1000, 1000, 25, 5, 9),), placeholders, (), 1)
    pieces = pieces_of(Design("d", 1000, 1000, "RGB", 8, layers))
    table = np.full((len(placeholders), len(layers)), -1.0) if known is None else known
    return place_worth(slots_of(template), pieces, table)


@pytest.mark.parametrize(
    "places",
    [
        ROWS,
        [(x + 0.02, y - 0.01) for x, y in ROWS],
        [(0.2 + x * 0.7, 0.1 + y * 0.7) for x, y in ROWS],
        [(x + 1.1, y) for x, y in ROWS],
    ],
    ids=["same", "moved", "within a margin", "slid in from the side"],
)
def test_a_layout_that_is_kept_tells_every_pair(places: list[tuple[float, float]]) -> None:
    table = worth(places)
    assert (table.argmax(axis=1) == np.arange(len(ROWS))).all()
    assert table.diagonal().min() > 2.0
    assert np.median(table[~np.eye(len(ROWS), dtype=bool)]) < -1.0


def test_places_say_nothing_where_names_say_that_everything_stands_elsewhere() -> None:
    """The same six places, but names tell for sure that they hold other things."""
    known = np.full((6, 6), -4.0)
    known[np.arange(6), [3, 4, 5, 0, 1, 2]] = 6.0
    assert np.abs(worth(ROWS, known)).max() < 0.5


def test_a_few_that_were_moved_do_not_spoil_the_others() -> None:
    places = list(ROWS)
    places[5] = (0.7, 0.05)
    table = worth(places)
    assert (table.argmax(axis=1)[:5] == np.arange(5)).all()
    assert table[5].max() < 1.0


def test_what_is_not_to_be_seen_has_no_place() -> None:
    table = worth([*ROWS[:5], (0.3, 0.3)])
    assert np.isfinite(table).all()
