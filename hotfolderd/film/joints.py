"""Where the parts of a film lie: which joint is what, how long, and at which frame each part begins. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from hotfolderd.errors import JobError

Transition = Literal["cut", "fade", "dissolve"]
_JOINT = re.compile(r"^\s*(\d+)\s*-\s*(\d+)\s*$")


@dataclass(frozen=True, slots=True)
class Joint:
    """How one part goes over into the next. A fade takes `frames` from each of both, a dissolve has both at once."""

    kind: Transition
    frames: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The film in frames: where each part begins and how long it is, and the joints between them.

    `opening` is how many frames it takes to appear out of black at the beginning, and to vanish at the end.
    """

    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    joints: tuple[Joint, ...]
    opening: tuple[int, int]
    warnings: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many frames the film has."""
        return self.starts[-1] + self.lengths[-1]

    @property
    def is_cut(self) -> bool:
        """Whether no frame has to be made anew."""
        return all(joint.kind == "cut" for joint in self.joints) and self.opening == (0, 0)


def groups(count: int, at_once: int) -> list[tuple[int, int]]:
    """The first and the last part of each group, of at most `at_once` parts each, as even as can be."""
    number = -(-count // max(1, at_once))
    bounds = [count * at // number for at in range(number + 1)]
    return [(first, end - 1) for first, end in pairwise(bounds)]


def planned(
    segments: Sequence[int],
    lengths: Sequence[int],
    transition: Transition,
    frames: int,
    overrides: Mapping[str, Transition],
) -> Plan:
    """The plan of a film of these segments, so many frames long each; `frames` is how long a transition takes.

    No transition takes more than half of the shorter of its two parts: where it would, it is shortened with a warning.
    Raises JobError for an override of a joint that does not exist.
    """
    if transition not in get_args(Transition):
        known = ", ".join(get_args(Transition))
        raise JobError(f"transition: there is none named {transition!r}. Write one of: {known}.")
    wanted = _overridden(segments, overrides)
    joints: list[Joint] = []
    warnings: list[str] = []
    starts = [0]
    for at, (one, other) in enumerate(pairwise(segments)):
        kind = wanted.get((one, other), transition)
        room = min(lengths[at], lengths[at + 1]) // 2
        takes = 0 if kind == "cut" else min(frames, room)
        if kind != "cut" and takes < frames:
            warnings.append(f"{kind} {one}-{other}: {takes} frames instead of {frames}, for one of both is short.")
        joint = Joint(kind if takes else "cut", takes)
        joints.append(joint)
        starts.append(starts[-1] + lengths[at] - (takes if joint.kind == "dissolve" else 0))
    ends = (min(frames, lengths[0] // 2), min(frames, lengths[-1] // 2)) if transition == "fade" else (0, 0)
    return Plan(tuple(starts), tuple(lengths), tuple(joints), ends, tuple(warnings))


def _overridden(segments: Sequence[int], overrides: Mapping[str, Transition]) -> dict[tuple[int, int], Transition]:
    pairs = set(pairwise(segments))
    wanted: dict[tuple[int, int], Transition] = {}
    for name, kind in overrides.items():
        found = _JOINT.match(name)
        if not found:
            raise JobError(f'joints: {name!r} names no joint. Write it as "2-3", for segment 3 after segment 2.')
        pair = int(found[1]), int(found[2])
        if pair not in pairs:
            shown = ", ".join(f"{one}-{other}" for one, other in list(pairwise(segments))[:12]) or "none"
            raise JobError(f"joints: segment {pair[1]} does not follow segment {pair[0]} here. There are: {shown}.")
        if kind not in get_args(Transition):
            raise JobError(f"joints: {name}: there is no {kind!r}. Write one of: {', '.join(get_args(Transition))}.")
        wanted[pair] = kind
    return wanted


def check_once(segments: Sequence[int], *, allow_repeat: bool) -> None:
    """Raises JobError where there is no segment, or one stands twice without being allowed to."""
    if not segments:
        raise JobError("order: is empty. Name the segments of the film.")
    twice = [segment for segment, count in Counter(segments).items() if count > 1]
    if twice and not allow_repeat:
        raise JobError(f"order: segment {twice[0]} stands in it twice. Leave one out.")
