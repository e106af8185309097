"""What was ordered: `job.yaml` of an episode as a value, and its scenes as the room `film` knows them.

Reads `job.yaml` and the result of the step `scenes`; writes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.review.strict_yaml import SidecarError
from hotfolderd.stages.episode.rounds import Mode
from hotfolderd.stages.order_file import JOB_FILE, read_order_file
from hotfolderd.work import WORK

SCENES = "scenes.json"


@dataclass(frozen=True, slots=True)
class EpisodeOrder:
    """One episode. The paths of scenes, story and film are relative to the job folder."""

    job: str
    batch: str
    kind: str = "episode"
    client: str = ""
    project: str = ""
    priority: str = "medium"
    notes: str = ""
    title: str = ""
    workflow: str | None = None
    generation: dict[str, Any] = field(default_factory=dict)
    video: dict[str, Any] = field(default_factory=dict)
    scenes: list[dict[str, Any]] = field(default_factory=list)
    story: str | None = None
    film: str | None = None
    submitted_by: str = ""
    submitted_at: str = ""
    originals: dict[str, str] = field(default_factory=dict)

    @property
    def format(self) -> VideoFormat:
        """The size and rate of all segments."""
        return VideoFormat(self.video["width"], self.video["height"], self.video["fps"])

    @property
    def called(self) -> str:
        """The title, or the job's name where it has none."""
        return self.title or self.job

    def is_monolithic(self, settings: dict[str, Any]) -> bool:
        """Whether nobody is asked, as far as nothing speaks against it."""
        return (self.workflow or ("step_by_step" if settings["step_by_step"] else "monolithic")) == "monolithic"

    def mode(self, settings: dict[str, Any]) -> Mode:
        """How its segments are made."""
        given, whole = self.generation, self.is_monolithic(settings)
        return Mode(
            mode=given["mode"],
            batch_size=given["batch_size"],
            start_from=given["start_from"],
            ahead=whole or given["gating"] == "none",
            auto_approve=whole or given["auto_approve"],
            stop_on_error=given["stop_on_error"],
        )


def read_order(job_folder: Path) -> EpisodeOrder:
    """The order of a job folder. Raises JobError where `job.yaml` is not what the daemon wrote."""
    try:
        order = EpisodeOrder(**read_order_file(job_folder))
        media = [scene.get(key) for scene in order.scenes for key in _FILES]
        media += [name for scene in order.scenes for name in scene.get("images") or ()]
        for name in (order.story, order.film, *media):
            if name is not None and (not name.startswith("assets/") or ".." in name.split("/")):
                raise ValueError(f"{name!r} does not lie in assets")
    except (FileNotFoundError, TypeError, ValueError, AttributeError, SidecarError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise JobError(
            f"{JOB_FILE}: is not as the daemon wrote it ({text}). Put it back, or drop the episode anew."
        ) from error
    return order


_FILES = ("image", "audio", "footage")


def read_scenes(job_folder: Path) -> tuple[Scene, ...]:
    """The scenes as the step `scenes` found them, with whole paths."""
    rows = json.loads((job_folder / WORK / "scenes" / SCENES).read_bytes())
    return tuple(scene_of(row, job_folder) for row in rows)


def scene_of(row: dict[str, Any], job_folder: Path) -> Scene:
    """A scene out of its row: keys as in `episode.yaml`."""
    files = {key: job_folder / row[key] if row.get(key) else None for key in _FILES}
    return Scene(
        number=row["number"],
        location=row["location"],
        description=row["description"],
        characters=tuple(row["characters"]),
        dialogue=row["dialogue"],
        duration_s=row["duration"],
        style=row["style"],
        seed=row["seed"],
        images=tuple(job_folder / name for name in row.get("images") or ()),
        **files,
    )


def seeds_of(scenes: tuple[Scene, ...]) -> dict[int, int]:
    """The seed of each scene by its number."""
    return {scene.number: scene.chosen_seed for scene in scenes}


def read_seeds(job_folder: Path) -> dict[int, int]:
    """The seed of each scene by its number, as the step `scenes` found them."""
    return seeds_of(read_scenes(job_folder))
