"""The scenes: as they were ordered, or out of the text of a story, or the cuts of a finished film.

Reads `job.yaml` and the text; writes `scenes.json`, and the parts of a film that is taken apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.film.scene import Scene
from hotfolderd.film.script import scenes_of, text_of
from hotfolderd.film.splitting import split_film
from hotfolderd.foreign import open_file
from hotfolderd.media.video import probe
from hotfolderd.stages.episode.ordered import SCENES, EpisodeOrder, read_order
from hotfolderd.work import Result, Workbench

PARTS = "parts"
_STORY_BYTES = 1 << 20


def run(bench: Workbench) -> Result:
    """The scenes in order. Raises JobError where there are none."""
    order = read_order(bench.job)
    rows = order.scenes
    if order.film and not rows:
        rows = _parts(bench, order)
    elif order.story and not rows:
        with open_file(bench.job / order.story) as file:
            data = file.read(_STORY_BYTES)
        rows = [_row(scene) for scene in scenes_of(text_of(data, Path(order.story).name))]
    rows = [_timed(bench, row) for row in rows]
    if not rows:
        raise JobError(f"{order.job}: No scenes found in storyboard. Drop it anew with `scenes:` or a story.")
    bench.save(rows, SCENES)
    first = f"Starting segment-by-segment generation… Total segments: {len(rows)}"
    return Result(message=f"{len(rows)} scenes", events=(("script_generated", first),))


def _timed(bench: Workbench, row: dict[str, Any]) -> dict[str, Any]:
    """The row with a length: a clip that is given lasts as long as it does where nothing else is ordered."""
    if row["duration"] is not None:
        return row
    return row | {"duration": probe(bench.job / row["footage"]).duration_s}


def _row(scene: Scene) -> dict[str, Any]:
    return {
        "number": scene.number,
        "location": scene.location,
        "description": scene.description,
        "characters": list(scene.characters),
        "dialogue": scene.dialogue,
        "duration": scene.duration_s,
        "style": scene.style,
        "seed": scene.seed,
        "image": None,
        "images": [],
        "audio": None,
        "footage": None,
    }


def _parts(bench: Workbench, order: EpisodeOrder) -> list[dict[str, Any]]:
    """A scene for each part of a finished film; the parts lie beside as clips."""
    assert order.film is not None
    film = bench.job / order.film
    manifest = next((path for path in sorted(film.parent.glob("*.manifest.yaml"))), None)
    folder = bench.out / PARTS
    folder.mkdir()
    rows = []
    for part in split_film(film, folder, manifest=manifest):
        scene = Scene(part.number, description=part.title or f"Part {part.number}", duration_s=part.out_s - part.in_s)
        inside = bench.result_of("scenes") / PARTS / part.clip.name
        rows.append(_row(scene) | {"footage": inside.relative_to(bench.job).as_posix()})
    return rows
