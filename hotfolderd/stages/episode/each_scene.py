"""Work that is done for each scene alone: what is there and unchanged is taken as it is, the rest is made.

Reads and writes through the `Workbench` of the step that does it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotfolderd.disk import sha256_of
from hotfolderd.film.scene import Scene
from hotfolderd.work import Workbench, read_done

KEPT = "made.json"

# Given a scene it writes files below `bench.out` and returns what is known of them.
Make = Callable[[Scene], dict[str, Any]]
# The files that it writes for a scene, by their paths in the job folder.
Paths = Callable[[Scene], tuple[str, ...]]


def each(
    bench: Workbench,
    scenes: tuple[Scene, ...],
    paths: Paths,
    make: Make,
    *,
    inputs: Callable[[Scene], Any],
    tell: Callable[[int], None],
) -> dict[int, dict[str, Any]]:
    """What is known of each scene's files, by its number; made only where something has changed or is lost."""
    before = _before(bench)
    known: dict[int, dict[str, Any]] = {}
    notes: dict[str, Any] = {}
    for at, scene in enumerate(scenes):
        digest = _digest(scene, inputs(scene))
        note = before.get(str(scene.number))
        names = paths(scene)
        for name in names:
            (bench.out / name).parent.mkdir(parents=True, exist_ok=True)
        if note and note["digest"] == digest and _take(bench, names, note["files"]):
            facts = note["facts"]
        else:
            tell(at)
            facts = make(scene)
        files = {name: sha256_of(bench.out / name) for name in names if (bench.out / name).is_file()}
        notes[str(scene.number)] = {"digest": digest, "files": files, "facts": facts}
        known[scene.number] = facts
    bench.save(notes, KEPT)
    return known


def known_of(bench: Workbench, step: str) -> dict[int, dict[str, Any]]:
    """What a step has found for each scene."""
    notes = json.loads((bench.result_of(step) / KEPT).read_bytes())
    return {int(number): note["facts"] for number, note in notes.items()}


def _before(bench: Workbench) -> dict[str, Any]:
    if read_done(bench.job, bench.step) is None:
        return {}
    try:
        notes = json.loads((bench.result_of(bench.step) / KEPT).read_bytes())
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def _take(bench: Workbench, names: tuple[str, ...], files: dict[str, str]) -> bool:
    """Copy what was made before, with its times; False where some of it is gone or changed."""
    places = [(bench.job / name, bench.out / name) for name in names if name in files]
    if any(
        not place.is_file() or sha256_of(place) != files[name] for (place, _), name in zip(places, files, strict=True)
    ):
        return False
    for place, target in places:
        shutil.copy2(place, target)
    return True


def _digest(scene: Scene, inputs: Any) -> str:
    files = {str(path): _state(path) for path in (scene.image, scene.audio, scene.footage) if path is not None}
    facts = [scene.number, scene.location, scene.description, scene.characters, scene.dialogue, scene.duration_s]
    more = [[_state(path) for path in scene.images]] if scene.images else []
    whole = json.dumps([*facts, scene.style, scene.seed, sorted(files.values()), inputs, *more], default=str)
    return hashlib.sha256(whole.encode()).hexdigest()


def _state(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""
