"""What may stand in `episode.yaml`, or in `<name>.episode.yaml`: the scenes of an episode and how they are made.

Reads that one file, and looks whether the files that it names lie beside it; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.drops import EPISODE_FILES, EPISODE_SUFFIXES, STORY_FILES, STORY_SUFFIXES
from hotfolderd.inbox.names import check_job_id
from hotfolderd.inbox.paths import Shelf, check_path
from hotfolderd.inbox.scene_files import CLIPS, PICTURES, SOUNDS, scene_files, scene_series
from hotfolderd.review.fault import FaultError
from hotfolderd.review.models import Text, Words, or_empty
from hotfolderd.review.reading import SidecarRefusedError, Written, parse, read_written

MAX_SCENES = 500
MAX_SCENE_S = 600
MAX_PICTURES = 60
# The keys of a scene that name files, what they are called, and how they end.
MEDIA = (("image", "image", PICTURES), ("audio", "audio file", SOUNDS), ("footage", "clip", CLIPS))


def _checked(check: Callable[[str], object]) -> AfterValidator:
    def validate(value: str) -> str:
        try:
            check(value)
        except RefusedError as error:
            raise ValueError(str(error)) from error
        return value

    return AfterValidator(validate)


def _file(kind: str, suffixes: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> None:
        if not check_path(value).lower().endswith(suffixes):
            raise RefusedError(f"is no {kind}. Name a file ending in {', '.join(suffixes)}")

    return _checked(check)


Picture = Annotated[Text, _file("picture", PICTURES)]
Sound = Annotated[Text, _file("sound", SOUNDS)]
Clip = Annotated[Text, _file("clip", CLIPS)]
Side = Annotated[int, Field(ge=64, le=7680, multiple_of=2)]


class Part(BaseModel):
    """What all parts of an episode share: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Generation(Part):
    """How the segments are made, and when people are asked."""

    mode: Literal["sequential", "parallel"] = Field(
        default="sequential",
        description="sequential: one batch after the other; parallel: several segments at once.",
    )
    batch_size: int = Field(default=1, ge=1, le=50, description="How many segments are made before people are asked.")
    start_from: int = Field(
        default=1, ge=1, le=9999, description="The number of the scene to begin with; not written: the first one."
    )
    auto_approve: bool = Field(default=False, description="true approves every segment by itself; for tests.")
    generator: Literal["storyboard", "footage", "slideshow", "command", "http", "test"] = Field(
        default="storyboard", description="What makes a segment of a scene."
    )
    max_regenerations: int = Field(default=10, ge=0, le=100, description="How often one segment may be made anew.")
    gating: Literal["per_segment", "none"] = Field(
        default="per_segment", description="per_segment: the next batch waits for the approval; none: it does not."
    )
    stop_on_error: bool = Field(default=False, description="true ends at the first segment that fails.")


class Video(Part):
    """The size and rate of all segments."""

    width: Side = Field(default=1280, description="Width in pixels; even.")
    height: Side = Field(default=720, description="Height in pixels; even.")
    fps: float = Field(default=25.0, ge=1, le=60, description="Frames a second.")


class Scene(Part):
    """One scene, of which one segment is made."""

    number: int = Field(ge=1, le=9999, description="The scene's number; each only once.")
    location: Words = Field(default="", description="Where it plays.")
    description: Words = Field(default="", description="What is seen.")
    characters: Annotated[list[Text], or_empty(list[Text])] = Field(
        default_factory=list, description="Who is seen or heard."
    )
    dialogue: Words = Field(default="", description="What is said; it is spoken and captioned.")
    duration: float = Field(default=5.0, gt=0, le=MAX_SCENE_S, description="Length in seconds.")
    style: Words = Field(default="", description="How it looks, such as cinematic, noir, pastel or comic.")
    seed: int | None = Field(default=None, ge=0, le=2**32 - 1, description="The same seed gives the same picture.")
    image: Picture | None = Field(default=None, description="A picture that lies beside this file.")
    images: Annotated[list[Picture], Field(max_length=MAX_PICTURES - 1), or_empty(list[Picture])] = Field(
        default_factory=list, description="Several pictures, which dissolve into each other; `image` comes before them."
    )
    audio: Sound | None = Field(default=None, description="A sound that lies beside this file.")
    footage: Clip | None = Field(default=None, description="A clip that lies beside this file; it is the segment.")
    segment_type: Literal["scene", "shot", "transition"] = Field(default="scene", description="What the segment is.")

    @property
    def pictures(self) -> list[str]:
        """All its pictures, in the order in which they are shown."""
        return [*([self.image] if self.image else []), *self.images]

    @model_validator(mode="after")
    def _shows_something(self) -> Scene:
        if not (self.description.strip() or self.dialogue.strip() or self.pictures or self.footage):
            text = f"scene {self.number} has nothing to show. Write a `description:`, a `dialogue:` or an `image:`"
            raise FaultError(text, "number")
        return self


class Episode(Part):
    """`episode.yaml` in a folder of the inbox, or `<name>.episode.yaml` in the inbox itself."""

    episode: Annotated[Text, _checked(check_job_id)] | None = Field(
        default=None, description="The episode's name: letters, digits, dash, underscore; empty: the folder's name."
    )
    title: Words = Field(default="", description="The title for people.")
    client: Words = Field(default="", description="The folder of the delivery.")
    project: Words = Field(default="", description="What it belongs to; for the record.")
    priority: Literal["high", "medium", "low"] = Field(default="medium", description="What is worked on first.")
    notes: Words = Field(default="", description="Shown on every page of the episode.")
    workflow: Literal["step_by_step", "monolithic"] | None = Field(
        default=None,
        description="step_by_step asks people for each segment, monolithic nobody; empty: as the configuration says.",
    )
    generation: Generation = Field(default=Generation(), description="How the segments are made.")
    video: Video = Field(default=Video(), description="The size and rate of all segments.")
    scenes: Annotated[list[Scene], Field(max_length=MAX_SCENES), or_empty(list[Scene])] = Field(
        default_factory=list, description="The scenes in order; empty where story.txt or script.txt lies beside it."
    )
    film: Clip | None = Field(
        default=None, description="A finished film that lies beside this file: it is split into approved segments."
    )

    @model_validator(mode="after")
    def _numbers_agree(self) -> Episode:
        seen: set[int] = set()
        for at, scene in enumerate(self.scenes):
            if scene.number in seen:
                text = f"the number {scene.number} is written twice. Give each scene a number of its own"
                raise FaultError(text, ("scenes", at, "number"))
            seen.add(scene.number)
        said = "start_from" in self.generation.model_fields_set
        if seen and said and self.generation.start_from not in seen:
            numbers = ", ".join(map(str, sorted(seen)[:20]))
            text = f"there is no scene {self.generation.start_from} to start from. Write one of: {numbers}"
            raise FaultError(text, ("generation", "start_from"), ("scenes",))
        return self


def episode_in(folder: Path) -> Path | None:
    """The file that makes a folder an episode: `episode.yaml`, or else a script text; None for any other folder."""
    names = {name.casefold(): name for name, kind in Shelf(folder, depth=0).entries("").items() if kind == "file"}
    found = [name for name in names if name in EPISODE_FILES or name.endswith(EPISODE_SUFFIXES)]
    found = found or [name for name in names if name in STORY_FILES or name.endswith(STORY_SUFFIXES)]
    return folder / names[min(found)] if found else None


def read_episode(path: Path) -> Episode:
    """The episode in a file, all files that it names being there.

    Raises SidecarRefusedError, whose `problems` name every fault with its place.
    """
    written = read_written(path)
    episode = parse(written.data, Episode, path.name)
    shelf = Shelf(path.parent, depth=8)
    problems = [*_no_scenes(episode, written, path, shelf), *_missing(episode, written, path.name, shelf)]
    if episode.film and shelf.find(check_path(episode.film)).state != "file":
        where = written.where(path.name, ("film",))
        problems.append(f"{where}: {episode.film} is not there. Put it beside this file, or correct the name.")
    if problems:
        raise SidecarRefusedError(problems)
    return episode


def story_in(shelf: Shelf) -> str | None:
    """The text of a story or script at the top of a drop; None where there is none."""
    names = {name.casefold(): name for name, kind in shelf.entries("").items() if kind == "file"}
    found = sorted(name for name in names if name in STORY_FILES or name.endswith(STORY_SUFFIXES))
    return names[found[0]] if found else None


def scenes_by_number(shelf: Shelf) -> dict[int, dict[str, str]]:
    """The media of scenes that are named by their numbers, as `scene_002.png`; see `scene_files`."""
    return scene_files(shelf.files())


def series_by_number(shelf: Shelf) -> dict[int, list[str]]:
    """Several pictures of a scene, named by two numbers, as `scene_002_1.png`; see `scene_series`."""
    return scene_series(shelf.files())


def _no_scenes(episode: Episode, written: Written, path: Path, shelf: Shelf) -> list[str]:
    if episode.scenes or episode.film or story_in(shelf) or scenes_by_number(shelf) or series_by_number(shelf):
        return []
    where = written.where(path.name, ("scenes",))
    return [
        f"{where}: No scenes found in storyboard. Write `scenes:`, or put {' or '.join(STORY_FILES)} beside the file."
    ]


def _missing(episode: Episode, written: Written, name: str, shelf: Shelf) -> list[str]:
    problems = []
    for at, scene in enumerate(episode.scenes):
        named: list[tuple[str, str, tuple[str, ...], tuple[int | str, ...]]] = []
        for key, what, suffixes in MEDIA:
            file: Any = getattr(scene, key)
            named += [(file, what, suffixes, (key,))] if file is not None else []
        named += [(file, "image", PICTURES, ("images", number)) for number, file in enumerate(scene.images)]
        for file, what, endings, place in named:
            if shelf.find(check_path(file)).state == "file":
                continue
            meant = shelf.nearest_file(file, endings)
            advice = f"Did you mean `{meant}`?" if meant else "Put it beside this file, or correct the name."
            where = written.where(name, ("scenes", at, *place), ("scenes", at, place[0]))
            problems.append(f"{where}: Missing {what} in scene {scene.number}: {file} is not there. {advice}")
    return problems
