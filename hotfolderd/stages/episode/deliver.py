"""Delivering a film: `deployed/<client>/<batch>/<job>/` with its manifest, once, never over an earlier delivery.

Reads `output/`, the board and the decisions; writes the delivery beside its place and renames it there.
"""

from __future__ import annotations

import dataclasses
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.records import Record
from hotfolderd.stages.episode.ask_approval import digests
from hotfolderd.stages.episode.board import Board
from hotfolderd.stages.episode.compile_film import FILM
from hotfolderd.stages.episode.ordered import read_order
from hotfolderd.stages.episode.validate import demand_board
from hotfolderd.stages.template.ask_approval import SHOWN
from hotfolderd.stages.template.deliver import demand_same, put
from hotfolderd.work import Result, Workbench


def run(bench: Workbench) -> Result:
    """The delivery. Raises JobError if what was approved is not what lies there now."""
    shown = json.loads((bench.result_of("ask-approval") / SHOWN).read_bytes())
    now = digests(bench)
    if now != shown:
        changed = sorted(name for name in shown.keys() | now.keys() if shown.get(name) != now.get(name))
        raise JobError(
            f"{changed[0]}: has changed after it was shown for approval. A retry makes it anew and asks again."
        )
    film = json.loads((bench.result_of("compile") / FILM).read_bytes())
    target = Path(film["delivery"])
    manifest = _manifest(bench, target, now, film)
    place = bench.here(str(target))
    if place.exists():
        demand_same(place, manifest)
    else:
        put(bench, place, manifest)
    return Result(message=str(target), facts={"deployed": str(target), "complete_on": bench.facts["complete_on"]})


def _manifest(bench: Workbench, target: Path, now: dict[str, str], film: dict[str, Any]) -> dict[str, Any]:
    order, board = read_order(bench.job), demand_board(bench)
    with Record(bench.job) as record:
        job, decisions = record.job, record.decisions()
    files = [
        {
            "path": source.removeprefix("output/"),
            "source": source,
            "size": (bench.job / source).stat().st_size,
            "sha256": digest,
        }
        for source, digest in now.items()
    ]
    keys = ("gate", "decision", "revision", "by", "at", "reason", "notes")
    return {
        "job": order.job,
        "uid": job.uid,
        "title": order.called,
        "client": order.client,
        "project": order.project,
        "batch": order.batch,
        "delivered_to": str(target),
        "made_with": {"hotfolderd": version("hotfolderd")},
        "files": files,
        "film": {key: film[key] for key in ("duration_s", "frames", "loudness_lufs", "true_peak_db", "sha256")},
        "chapters": [
            {"segment": one["segment"], "title": one["title"], "in_s": one["in_s"], "out_s": one["out_s"]}
            for one in film["parts"]
        ],
        "segments": _segments(board),
        "decisions": [{key: one.get(key) for key in keys} for one in decisions],
    }


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
