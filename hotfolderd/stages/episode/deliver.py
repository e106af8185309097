"""Delivering a film, with a manifest that says of each segment how it was made and what was said of it.

Reads `output/` and the board; writes through `stages.delivery`.
"""

from __future__ import annotations

import dataclasses
import json
from importlib.metadata import version
from typing import Any

from hotfolderd.stages.asking import SHOWN
from hotfolderd.stages.delivery import delivered
from hotfolderd.stages.episode.ask_approval import digests
from hotfolderd.stages.episode.board import Board
from hotfolderd.stages.episode.compile_film import FILM
from hotfolderd.stages.episode.ordered import read_order
from hotfolderd.stages.episode.validate import demand_board
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """The delivery. Raises JobError if what was approved is not what lies there now."""
    film = json.loads((bench.result_of("compile") / FILM).read_bytes())
    about = {
        "title": read_order(bench.job).called,
        "made_with": {"hotfolderd": version("hotfolderd")},
        "film": {key: film[key] for key in ("duration_s", "frames", "loudness_lufs", "true_peak_db", "sha256")},
        "chapters": [
            {"segment": one["segment"], "title": one["title"], "in_s": one["in_s"], "out_s": one["out_s"]}
            for one in film["parts"]
        ],
        "segments": _segments(demand_board(bench)),
    }
    shown = json.loads((bench.result_of("ask-approval") / SHOWN).read_bytes())
    return delivered(bench, film["delivery"], digests(bench), shown, about)


def _segments(board: Board) -> list[dict[str, Any]]:
    """What is in the film: each segment with its version, how it was made, and everything that was said of it."""
    assert board.film is not None
    found = []
    for number, wanted in board.film.order:
        segment = board.segment(number)
        one = segment.version(wanted) if segment else None
        assert one is not None
        assert one.made is not None
        found.append(
            {
                "segment": number,
                "version": wanted,
                "sha256": one.made.sha256,
                "generator": one.made.generator,
                "params": dataclasses.asdict(one.params),
                "quality": dict(one.made.quality),
                "reviews": [dataclasses.asdict(entry) for entry in board.history if entry.segment == number],
            }
        )
    return found
