"""A dropped episode examined: its file, or its story, or its media by number, and everything that they name.

Reads the files; writes nothing. Runs in a worker, or in `check`.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hotfolderd.errors import JobError, RefusedError, ToolError
from hotfolderd.film.script import scenes_of, text_of
from hotfolderd.inbox.batch import BatchReport, Limits, Row
from hotfolderd.inbox.bounds import check_bytes, check_shape
from hotfolderd.inbox.contents import Contents
from hotfolderd.inbox.drops import EPISODE_SUFFIXES, READY_MARKS, episode_stem
from hotfolderd.inbox.episode import (
    MEDIA,
    Episode,
    Scene,
    Video,
    episode_in,
    read_episode,
    scenes_by_number,
    series_by_number,
    story_in,
)
from hotfolderd.inbox.examine import judge_name
from hotfolderd.inbox.manifest import lacking
from hotfolderd.inbox.manifest_file import MANIFEST
from hotfolderd.inbox.names import job_id_from
from hotfolderd.inbox.paths import Shelf, check_path, read_small_file
from hotfolderd.inbox.problem import Problem
from hotfolderd.inbox.scene_files import CLIPS
from hotfolderd.media.same_names import fold
from hotfolderd.review.reading import SidecarRefusedError

_STORY_BYTES = 1 << 20
_WRITTEN = (".yaml", ".yml", ".txt", ".srt", ".vtt", ".md")
_PORTRAIT = {"width": 1080, "height": 1920, "fps": 25.0}


def examine_episode(path: Path, existing_jobs: frozenset[str], limits: Limits) -> BatchReport:
    """The report on an episode: `path` is its folder, its YAML or the text of its story."""
    whole = path.is_dir()
    home, called = (path, path.name) if whole else (path.parent, episode_stem(path.name))
    shelf = Shelf(home, depth=limits.depth)
    if whole and (too_many := check_shape(shelf, limits)):
        return BatchReport(called, path, home, errors=tuple(too_many))
    try:
        episode, told = _read(path, shelf, whole=whole)
        episode = _as_its_film(episode, shelf)
        story = None if episode.scenes or episode.film else _story(path, shelf, whole=whole)
    except SidecarRefusedError as error:
        return BatchReport(called, path, home, errors=tuple(Problem(text, "") for text in error.problems))
    except (RefusedError, JobError) as error:
        return BatchReport(called, path, home, errors=(Problem(str(error), ""),))
    marks = (*READY_MARKS, MANIFEST)
    files = {name for name in shelf.files() if fold(name) not in marks} if whole else {path.name}
    row = _row(episode, called, shelf, files, story)
    row = judge_name(row, called if episode.episode is None else episode.episode, _taken(existing_jobs), set())
    errors, missing, warnings = list(row.errors), [], [*row.warnings, *(Problem(one, "", 1) for one in told)]
    contents = Contents(home, limits)
    for name in (source for source, _ in row.media if not source.lower().endswith(_WRITTEN)):
        found = contents.footage(name)
        errors += [Problem(what, advice, 1) for what, advice in found.errors]
        missing += [Problem(what, advice, 1) for what, advice in found.unfinished]
        warnings += [Problem(what, advice, 1) for what, advice in found.warnings]
    row = dataclasses.replace(row, errors=tuple(errors), missing=tuple(missing), warnings=tuple(warnings))
    awaited, wrong = lacking(shelf) if whole else ((), ())
    wrong = (*wrong, *check_bytes(home, row.files, limits))
    return BatchReport(called, path, home, (row,), tuple(wrong), awaited=awaited)


def _taken(existing: frozenset[str]) -> dict[str, str]:
    return {fold(job): job for job in existing}


def _read(path: Path, shelf: Shelf, *, whole: bool) -> tuple[Episode, list[str]]:
    """The episode as it is written, with what lies there by number; and what is to be said of it."""
    file = episode_in(path) if whole else path
    written = file is not None and file.suffix.lower() != ".txt"
    episode = read_episode(file) if written and file is not None else Episode()
    if not whole and not written:
        return episode, []
    numbered = scenes_by_number(shelf) if whole else {}
    series = series_by_number(shelf) if whole else {}
    if not episode.scenes and not episode.film and story_in(shelf) is None:
        scenes = [
            _numbered_scene(number, numbered.get(number, {}), series.get(number, []), shelf)
            for number in sorted({*numbered, *series})
        ]
        if scenes:
            start = episode.generation.start_from
            generation = episode.generation.model_copy(update={"start_from": max(start, scenes[0].number)})
            return episode.model_copy(update={"scenes": scenes, "generation": generation}), []
        films = [name for name in shelf.entries("") if name.lower().endswith(CLIPS)]
        return episode.model_copy(update={"film": films[0]}) if len(films) == 1 else episode, []
    told = []
    scenes = []
    for scene in episode.scenes:
        more = {key: one for key, one in numbered.get(scene.number, {}).items() if key != "text"}
        added: dict[str, Any] = {key: one for key, one in more.items() if getattr(scene, key) is None}
        if scene.images:  # they are all of its pictures
            added.pop("image", None)
        told += [f"scene {scene.number}: {one} is taken for its {key}, by its name." for key, one in added.items()]
        if not scene.pictures and (pictures := series.get(scene.number, [])):
            added["images"] = pictures
            told.append(f"scene {scene.number}: {', '.join(pictures)} are taken for its images, by their names.")
        scenes.append(scene.model_copy(update=added))
    return _from_the_first(episode.model_copy(update={"scenes": scenes})), told


def _from_the_first(episode: Episode) -> Episode:
    """The episode begun with its first scene, whatever its number is, where nobody has said with which."""
    if not episode.scenes or "start_from" in episode.generation.model_fields_set:
        return episode
    generation = episode.generation.model_copy(update={"start_from": episode.scenes[0].number})
    return episode.model_copy(update={"generation": generation})


def _as_its_film(episode: Episode, shelf: Shelf) -> Episode:
    """The episode in the size and rate of the film that is to be taken apart, where nobody has said another."""
    if episode.film is None or episode.scenes or "video" in episode.model_fields_set:
        return episode
    from hotfolderd.film.splitting import format_of  # noqa: PLC0415 - ffmpeg and Pillow, where there is a film
    from hotfolderd.media.video import probe  # noqa: PLC0415

    try:
        seen = format_of(probe(shelf.home / shelf.find(check_path(episode.film)).path))
        video = Video.model_validate(seen)
    except (JobError, ToolError, ValidationError):  # what is wrong with it is told by who takes it apart
        return episode
    return episode.model_copy(update={"video": video})


def _numbered_scene(number: int, media: dict[str, str], pictures: list[str], shelf: Shelf) -> Scene:
    said = ""
    if "text" in media:
        said = read_story(shelf.home / media["text"]).strip()
    files = {key: one for key, one in media.items() if key != "text"}
    seen = "" if said else f"Scene {number}"
    content = {"number": number, "description": seen, "dialogue": said, "images": pictures, **files}
    return Scene.model_validate(content)


def _story(path: Path, shelf: Shelf, *, whole: bool) -> str | None:
    """The text that the scenes are made of; None where there is none. Raises JobError for one without a word."""
    name = story_in(shelf) if whole else path.name if path.suffix.lower() == ".txt" else None
    if name is not None:
        scenes_of(read_story(shelf.home / name))
    return name


def read_story(path: Path) -> str:
    """The text of a story. Raises RefusedError where it cannot be read, JobError where it is no text in UTF-8."""
    return text_of(read_small_file(path, _STORY_BYTES), path.name)


def _media_of(episode: Episode) -> list[str]:
    named = [getattr(scene, key) for scene in episode.scenes for key, _, _ in MEDIA]
    named += [name for scene in episode.scenes for name in scene.images]
    return [name for name in (*named, episode.film) if name is not None]


def _row(episode: Episode, called: str, shelf: Shelf, files: set[str], story: str | None) -> Row:
    """The one job that an episode is. Of a folder all files go into it, of a file in the inbox those that it names."""
    place = {name: shelf.find(check_path(name)).path for name in _media_of(episode)}
    everything = sorted({*files, *place.values()})
    content = episode.model_dump(exclude={"episode", "client", "project", "priority", "notes"})
    for written, scene in zip(episode.scenes, content["scenes"], strict=True):
        if written.footage and "duration" not in written.model_fields_set:
            scene["duration"] = None  # as long as the clip is
        for key, _, _ in MEDIA:
            scene[key] = f"assets/{place[scene[key]]}" if scene[key] else None
        pictures = [f"assets/{place[name]}" for name in written.pictures]
        scene["image"], scene["images"] = pictures[0] if pictures else None, pictures[1:]
    content["film"] = f"assets/{place[episode.film]}" if episode.film else None
    content["story"] = f"assets/{story}" if story else None
    has_yaml = any(name.lower().endswith((*EPISODE_SUFFIXES, "episode.yaml", "episode.yml")) for name in files)
    if story and not has_yaml:  # a story alone becomes a film of its own, upright, as stories are watched
        content |= {"workflow": "monolithic", "video": _PORTRAIT}
    return Row(
        1,
        episode.episode or job_id_from(called),
        client_name=episode.client,
        project_name=episode.project,
        priority=episode.priority,
        notes=episode.notes,
        episode=content,
        media=tuple((name, name) for name in everything),
    )
