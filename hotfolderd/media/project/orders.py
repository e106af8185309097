"""What is ordered of a project, and what was done: values only, nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hotfolderd.model import Category, PlaceholderKind

How = Literal["text", "relinked", "replaced", "imported"]


@dataclass(frozen=True, slots=True)
class PictureFill:
    """A picture for a placeholder.

    `path` is where the file lies now. `delivered` is the absolute path that it will have on the machine with After
    Effects, with that machine's slashes: `<delivery>/footage/<file>`, where the project lies as `<delivery>/<project>`.
    `width` and `height` are in pixels.
    """

    path: Path
    delivered: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fill:
    """What goes into one placeholder: `text` (lines end in `\\n`) or `picture`, as `kind` says."""

    placeholder_id: str
    kind: PlaceholderKind
    text: str | None = None
    picture: PictureFill | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One placeholder that was filled: `was` and `now` are texts, or paths of pictures.

    `how`: a `text` was set; the footage was `relinked` (its path alone changed), `replaced` (another kind or size of
    picture), or `imported` anew for this layer, because other layers use the old one. `note` says what to look at.
    """

    placeholder_id: str
    placeholder: str
    how: How
    was: str
    now: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """One fill that was ordered and not done, and why."""

    placeholder_id: str
    placeholder: str
    why: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for a comp (`layer_id` None) or a layer; `comp` is the comp's name in the template.

    `why` is the category of the rule that the old name breaks.
    """

    comp_id: int
    layer_id: int | None
    comp: str
    was: str
    now: str
    why: Category


@dataclass(frozen=True, slots=True)
class Relink:
    """Another place for a footage item that no picture replaces: the file stays the same, `delivered` is as there."""

    item_id: int
    delivered: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of written files, a sentence each, and every chunk that differs from the template, and why."""

    proved: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Populated:
    """The report of `populate`. `written` are the paths of the files; `verified` says what was proved of them.

    `changes` are all chunks that differ from the template, a line each. `item_names` are the names that footage items
    have now whose own source was exchanged, by placeholder id; other pictures were imported.
    """

    written: tuple[str, ...]
    done: tuple[Done, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()
    relinked: tuple[Relink, ...] = ()
    changes: tuple[str, ...] = ()
    item_names: Mapping[str, str] = field(default_factory=dict)
