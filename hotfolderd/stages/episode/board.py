"""The board of an episode: its segments, their versions, and what was said of them. Values only.

The board after a decision stands in `.job/approved.json` and says what shall be made; the board that was shown lies
with the question. `rounds` says what is made next, `verdicts` what a decision makes of a board.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hotfolderd.errors import JobError
from hotfolderd.model import from_json
from hotfolderd.work import WORK

BOARD = "board.json"
APPROVED = ".job/approved.json"
SYSTEM = "hotfolderd"

Approval = Literal["approved", "rejected", "needs_revision"]
Action = Literal["approve", "reject", "regenerate", "rollback", "note"]


@dataclass(frozen=True, slots=True)
class Params:
    """What a version is made of, where that is not what the scene says. `duration_s` None: as the scene has it.

    `feedback` is what was said of the version before; only generators outside can make use of it.
    """

    seed: int
    prompt: str = ""
    dialogue: str = ""
    style: str = ""
    duration_s: float | None = None
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that failed; `transient`: it was worth another one. `after_s`: the generator said when."""

    number: int
    started_at: str
    ended: float
    seconds: float
    error_class: str
    message: str
    transient: bool
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Made:
    """A clip that was made: what `segments/NNN/vK/made.json` says. `quality` as `film.quality.Quality.as_dict`."""

    sha256: str
    size_bytes: int
    duration_s: float
    fps: float
    width_px: int
    height_px: int
    seconds: float
    at: str
    generator: str
    quality: Mapping[str, Any]
    captions: tuple[tuple[float, float, tuple[str, ...]], ...] = ()
    warnings: tuple[str, ...] = ()
    params: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What is wrong with it as far as can be measured."""
        return tuple(self.quality.get("flags") or ())

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look, whatever the rules say."""
        return bool(self.quality.get("needs_attention"))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a segment. `pinned`: its media are kept. `media_deleted_at`: only what is known of it is left."""

    version: int
    params: Params
    parent: int | None = None
    state: Literal["wanted", "made", "failed"] = "wanted"
    approval: Approval | None = None
    made: Made | None = None
    attempts: tuple[Attempt, ...] = ()
    pinned: bool = False
    rejected_at: str = ""
    media_deleted_at: str = ""

    @property
    def shown(self) -> str:
        """Its state in one word: what was decided, or else how far it is."""
        return self.approval or {"wanted": "pending", "made": "completed", "failed": "failed"}[self.state]

    @property
    def playable(self) -> bool:
        """Whether there is a clip to look at."""
        return self.state == "made" and not self.media_deleted_at


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: `current` is the version that is shown, `approved` the one that goes into the film."""

    number: int
    versions: tuple[Version, ...] = ()
    current: int | None = None
    approved: int | None = None

    def version(self, number: int | None) -> Version | None:
        """The version of that number, or None."""
        return next((one for one in self.versions if one.version == number), None)

    @property
    def newest(self) -> Version | None:
        """The last version that was wanted."""
        return self.versions[-1] if self.versions else None

    @property
    def wanted(self) -> Version | None:
        """The version that has yet to be made."""
        return next((one for one in self.versions if one.state == "wanted"), None)

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to decide about it before the next segments are made: approved, or it cannot be made."""
        newest = self.newest
        return self.approved is not None or (newest is not None and newest.state == "failed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history of reviews; nothing is ever taken out of it."""

    segment: int
    version: int
    action: str
    by: str
    at: str
    rating: int | None = None
    feedback: str = ""
    reason: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """How the film is put together: the segments with their versions in order, and what joins them.

    `left_out`: the segments that could have been in it, for they were approved, and are not.
    """

    order: tuple[tuple[int, int], ...]
    transition: Literal["cut", "fade", "dissolve"] = "cut"
    transition_s: float = 0.5
    joints: Mapping[str, Literal["cut", "fade", "dissolve"]] = field(default_factory=dict)
    music: str = ""
    music_volume: float = 0.3
    normalize: bool = True
    target_lufs: float = -16.0
    allow_repeat: bool = False
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """All segments in the order of their scenes, the history of reviews, and the film that was ordered.

    `compiling`: the film is being made, so that no further segments are begun.
    """

    segments: tuple[Segment, ...]
    history: tuple[Entry, ...] = ()
    film: FilmPlan | None = None
    compiling: bool = False

    def segment(self, number: int) -> Segment | None:
        """The segment of that number, or None."""
        return next((one for one in self.segments if one.number == number), None)

    def put(self, segment: Segment) -> Board:
        """The board with this segment in place of the one of its number."""
        segments = tuple(segment if one.number == segment.number else one for one in self.segments)
        return dataclasses.replace(self, segments=segments)

    def put_version(self, number: int, version: Version) -> Board:
        """The board with this version of a segment in place of the one of its number, or added."""
        segment = self.segment(number)
        assert segment is not None, f"the board has no segment {number}"
        kept = tuple(one for one in segment.versions if one.version != version.version)
        versions = tuple(sorted((*kept, version), key=lambda one: one.version))
        return self.put(dataclasses.replace(segment, versions=versions))

    def note(self, *entries: Entry) -> Board:
        """The board with more lines in its history."""
        return dataclasses.replace(self, history=(*self.history, *entries))

    @property
    def begun(self) -> tuple[Segment, ...]:
        """The segments of which a version was ever wanted."""
        return tuple(one for one in self.segments if one.versions)

    @property
    def approved(self) -> tuple[Segment, ...]:
        """The segments that may go into the film."""
        return tuple(one for one in self.segments if one.approved is not None)

    @property
    def all_approved(self) -> bool:
        """Whether everything that was begun is approved as it is now, so that the film can be made."""
        return bool(self.begun) and all(
            one.approved is not None and one.wanted is None and one.current == one.approved for one in self.begun
        )


def place_of(segment: int, version: int) -> str:
    """The folder of a version, relative to the job folder."""
    return f"segments/{segment:03d}/v{version}"


def clip_of(segment: int, version: int) -> str:
    """The clip of a version, relative to the job folder."""
    return f"{place_of(segment, version)}/segment.mp4"


def read_board(path: Path) -> Board | None:
    """The board in a file, None where there is none. Raises JobError for one that is not as the daemon wrote it."""
    try:
        return from_json(Board, path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        text = f"{path.name}: is not as the daemon wrote it. Put it back from a copy, or drop the episode anew."
        raise JobError(text) from error


def shown_board(folder: Path) -> Board:
    """The board as it was shown with the last question."""
    board = read_board(folder / WORK / "ask-review" / BOARD)
    if board is None:
        raise JobError("review.yaml: nothing was asked yet. Wait until review.html is there.")
    return board
