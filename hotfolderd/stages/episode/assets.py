"""The assets of the scenes: pictures, narration, captions, and the check that they are all there.

Each step makes what is missing or changed and takes the rest as it is. They write to `previews/`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.film.assets import Narration, clip_length_s, make_captions, make_narration, make_picture
from hotfolderd.film.captions import Caption, write_srt
from hotfolderd.film.scene import Scene
from hotfolderd.model import Issue
from hotfolderd.stages.episode.each_scene import each, known_of
from hotfolderd.stages.episode.ordered import read_order, read_scenes
from hotfolderd.work import Result, Workbench


def picture_of(number: int, at: int = 1) -> str:
    """A picture of a scene: the first, or one of several."""
    return f"previews/images/scene_{number:03d}{f'_{at}' if at > 1 else ''}.png"


def pictures_of(scene: Scene) -> tuple[str, ...]:
    """All pictures of a scene, in the order in which they are shown."""
    return tuple(picture_of(scene.number, at) for at in range(1, 2 + len(scene.images)))


def sound_of(number: int) -> str:
    """The narration of a scene."""
    return f"previews/narration/scene_{number:03d}.wav"


def captions_of(number: int) -> str:
    """The captions of a scene."""
    return f"previews/captions/scene_{number:03d}.srt"


def look_seed(title: str) -> int:
    """The seed that all scenes of a film share: it chooses the palette."""
    return sum(title.encode()) % 2**16


def run_images(bench: Workbench) -> Result:
    """The pictures of each scene."""
    order, scenes = read_order(bench.job), read_scenes(bench.job)

    def make(scene: Scene) -> dict[str, Any]:
        warnings: list[str] = []
        drawn = False
        for image, path in zip((scene.image, *scene.images), pictures_of(scene), strict=True):
            one, seed = dataclasses.replace(scene, image=image), look_seed(order.called)
            made = make_picture(one, bench.out / path, order.format, title=scene.location, look_seed=seed)
            warnings += made.warnings
            drawn = made.drawn
        return {"drawn": drawn, "warnings": warnings}

    known = each(
        bench,
        scenes,
        pictures_of,
        make,
        inputs=lambda _: [dataclasses.astuple(order.format), order.called],
        tell=_teller(bench, "images", 20, len(scenes)),
    )
    return Result(issues=_issues(known, "images"), message=f"{len(known)} pictures")


def run_narration(bench: Workbench) -> Result:
    """The sound of each scene: given, spoken or silent."""
    scenes, voice = read_scenes(bench.job), bench.facts["voice"]

    def make(scene: Scene) -> dict[str, Any]:
        made = make_narration(scene, bench.out / sound_of(scene.number), voice=voice)
        return narration_facts(made)

    known = each(
        bench,
        scenes,
        lambda scene: (sound_of(scene.number),),
        make,
        inputs=lambda _: voice or None,
        tell=_teller(bench, "narration", 35, len(scenes)),
    )
    return Result(issues=_issues(known, "narration"), message=f"{len(known)} sounds")


def run_captions(bench: Workbench) -> Result:
    """The captions of each scene, timed to its narration."""
    scenes, narrations = read_scenes(bench.job), known_of(bench, "narration")

    def make(scene: Scene) -> dict[str, Any]:
        narration = narration_of(narrations[scene.number], bench.picture(sound_of(scene.number)))
        captions = make_captions(scene, narration)
        write_srt(captions, bench.out / captions_of(scene.number))
        return {"captions": [dataclasses.astuple(one) for one in captions], "warnings": []}

    known = each(
        bench,
        scenes,
        lambda scene: (captions_of(scene.number),),
        make,
        inputs=lambda scene: narrations[scene.number],
        tell=_teller(bench, "captions", 50, len(scenes)),
    )
    return Result(message=f"captions of {len(known)} scenes")


def run_check(bench: Workbench) -> Result:
    """Whether everything is there. Raises JobError with the first thing that is not."""
    scenes = read_scenes(bench.job)
    narrations = known_of(bench, "narration")
    lengths = {}
    for scene in scenes:
        what = [("image", path) for path in pictures_of(scene)]
        what += [("narration", sound_of(scene.number)), ("captions", captions_of(scene.number))]
        for name, path in what:
            if not (bench.job / path).is_file():
                raise JobError(f"Missing {name} in scene {scene.number}: {path} is not there. A retry makes it again.")
        length_s = clip_length_s(scene, narration_of(narrations[scene.number], bench.job / sound_of(scene.number)))
        if length_s <= 0:
            raise JobError(f"Scene {scene.number} has no duration. Correct `duration:` and drop the episode anew.")
        lengths[scene.number] = length_s
    (bench.out / "lengths.json").write_text(json.dumps(lengths), encoding="utf-8")
    return Result(message="images, narration and captions are there")


def narration_facts(made: Narration) -> dict[str, Any]:
    """What is known of a narration, as JSON."""
    keys = ("duration_s", "voice_start_s", "voice_end_s", "origin")
    lists = {"warnings": list(made.warnings), "pauses": [list(pause) for pause in made.pauses]}
    return {key: getattr(made, key) for key in keys} | lists


def narration_of(facts: dict[str, Any], path: Path) -> Narration:
    """The narration that `narration_facts` told of."""
    pauses = tuple((start, end) for start, end in facts.get("pauses", ()))  # older records have none
    return Narration(path, **{**facts, "warnings": tuple(facts["warnings"]), "pauses": pauses})


def caption_list(rows: list[Any]) -> tuple[Caption, ...]:
    """Captions out of their rows."""
    return tuple(Caption(start, end, tuple(lines)) for start, end, lines in rows)


def _teller(bench: Workbench, what: str, begin: int, total: int) -> Callable[[int], None]:
    return lambda at: bench.tell(begin + 15 * at // max(1, total), f"Generating {what}… {at + 1}/{total}")


def _issues(known: dict[int, dict[str, Any]], what: str) -> tuple[Issue, ...]:
    rows = [(number, text) for number, facts in known.items() for text in facts["warnings"]]
    return tuple(Issue(f"{what}_warning", "warning", f"Scene {number}: {text}", "") for number, text in rows)
