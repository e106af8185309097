"""Making the film: the approved segments in the order that was wanted, with what joins them.

Reads `segments/` and music; writes the film with its captions, picture and manifest to `output/`.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.film.compilation import FilmOrder, FilmPart, compile_film
from hotfolderd.model import Issue
from hotfolderd.stages.delivery import Named, delivery_folder
from hotfolderd.stages.episode.assets import caption_list
from hotfolderd.stages.episode.board import Board, clip_of
from hotfolderd.stages.episode.ordered import EpisodeOrder, read_order, read_scenes
from hotfolderd.stages.episode.validate import demand_board
from hotfolderd.work import Result, Workbench

FILM = "film.json"
_FROM, _TO = 80, 99


def run(bench: Workbench) -> Result:
    """The film as it was ordered; what came out of it in `film.json`."""
    order, board = read_order(bench.job), demand_board(bench)
    folder = bench.out / "output"
    folder.mkdir()

    def progress(share: float) -> None:
        bench.tell(_FROM + int((_TO - _FROM) * min(1.0, share)), "Rendering video...")

    film = compile_film(
        film_order(bench.job, order, board), folder, film_name(order.job), timeout_s=_limit_s(board), progress=progress
    )
    shown = bench.out / "previews" / "thumbnail.jpg"  # where messages and the dashboard look for a job's picture
    shown.parent.mkdir()
    shutil.copyfile(film.thumbnail, shown)
    named = Named(order.job, order.batch, order.client, order.project, film_name(order.job))
    target = delivery_folder(
        Path(bench.facts["deployed"]),
        named,
        bench.facts["delivery"]["folder"],
        lambda place: bench.here(str(place)).exists(),
    )
    facts = {
        "film": f"output/{film.path.name}",
        "captions": f"output/{film.captions.name}" if film.captions else None,
        "thumbnail": f"output/{film.thumbnail.name}",
        "manifest": f"output/{film.manifest.name}",
        "delivery": str(target),
        "duration_s": film.duration_s,
        "frames": film.frames,
        "size_bytes": film.size_bytes,
        "sha256": film.sha256,
        "loudness_lufs": film.loudness_lufs,
        "true_peak_db": film.true_peak_db,
        "stream_copied": film.stream_copied,
        "parts": [dataclasses.asdict(part) for part in film.parts],
        "warnings": list(film.warnings),
    }
    bench.save(facts, FILM)
    issues = tuple(Issue("film_warning", "warning", text, "") for text in film.warnings)
    return Result(message=f"{film.duration_s:.2f} s", issues=issues, events=(("compile_completed", film.path.name),))


def film_name(job: str) -> str:
    """The name of the film's files, without their endings."""
    return f"{job}_final"


def film_order(job_folder: Path, order: EpisodeOrder, board: Board) -> FilmOrder:
    """The film as the room `film` knows it. Raises JobError for a segment that is not there."""
    plan = board.film
    assert plan is not None
    titles = {scene.number: scene.location or scene.description[:60] for scene in read_scenes(job_folder)}
    parts = []
    for number, wanted in plan.order:
        segment = board.segment(number)
        version = segment.version(wanted) if segment else None
        clip = job_folder / clip_of(number, wanted)
        if version is None or version.made is None or not clip.is_file():
            raise JobError(f"Missing clip in segment {number}: go back to the review and make it anew.")
        captions = caption_list(list(version.made.captions))
        parts.append(FilmPart(number, clip, wanted, titles.get(number, ""), captions))
    return FilmOrder(
        tuple(parts),
        order.format,
        order.called,
        plan.transition,
        plan.transition_s,
        dict(plan.joints),
        job_folder / plan.music if plan.music else None,
        plan.music_volume,
        normalize=plan.normalize,
        target_lufs=plan.target_lufs,
        allow_repeat=plan.allow_repeat,
    )


def _limit_s(board: Board) -> float:
    assert board.film is not None
    lengths = [
        version.made.duration_s
        for number, wanted in board.film.order
        if (segment := board.segment(number)) and (version := segment.version(wanted)) and version.made
    ]
    return 300 + 60 * sum(lengths)
