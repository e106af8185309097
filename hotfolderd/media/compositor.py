"""Draws a comp of an After Effects project as well as can be without After Effects, and says what it leaves out.

Reads the project, the footage it is given, and fonts; yields pictures and writes nothing. It draws in and out points,
transforms with keyframes and parents, opacity, stills, solids, text, shape layers, nested and collapsed comps, masks,
track mattes, blend modes and the background. It never evaluates an expression, never opens a file that the caller did
not hand over, and never shows a layer that is disabled or a guide.

Rather less than wrong: a layer whose matte cannot be drawn, and a solid that only carries the picture of an effect, are
left out; missing footage is a card; effects and adjustment layers are not applied. `ignored` says each of these. A comp
of which nothing is left is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from py_aep.models.project import Project

from hotfolderd.errors import JobError
from hotfolderd.media.graph import even, frame_count
from hotfolderd.media.layer_contents import Nested, Shown, footage_by_name
from hotfolderd.media.layer_pictures import Pictures
from hotfolderd.media.placing import chain, zoom_of
from hotfolderd.media.project.opening import ask, open_project
from hotfolderd.media.scene import Casting, Scene
from hotfolderd.media.typeset import TextBlock

State = tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A comp drawn: `frames` are `count` RGB pictures of `width` × `height`, `fps` a second, to be taken once.

    `still`: all of them are the same, and `frames` has only one. `ignored` says in words what is not drawn as After
    Effects would. The `comp_` values are those of the project.
    """

    frames: Iterator[Image.Image]
    count: int
    width: int
    height: int
    fps: float
    duration_s: float
    still: bool
    ignored: tuple[str, ...]
    comp_name: str
    comp_width: int
    comp_height: int
    comp_fps: float
    comp_duration_s: float


def draw(
    project: Path | Project,
    comp_id: int,
    footage: Mapping[str, Path],
    fonts: Sequence[Path] = (),
    *,
    max_side_px: int = 1920,
    moving_side_px: int = 960,
    fps: float = 10.0,
    max_s: float = 60.0,
) -> Drawing:
    """The comp with item id `comp_id`, at most `max_side_px` long (`moving_side_px` if it moves) and `fps` fast.

    `footage` leads from the names or paths that the project uses to pictures; `fonts` are folders. A comp longer than
    `max_s` is cut there, and `ignored` says so. Raises JobError if the project cannot be read or nothing of the comp
    can be drawn.
    """
    plan = _plan(project, comp_id, footage, fps, max_s)
    view = min(1.0, (max_side_px if plan.still else moving_side_px) / max(plan.width, plan.height))
    size = even((round(plan.width * view), round(plan.height * view)))
    pictures = Pictures(fonts)
    about_texts = dict.fromkeys(_about_texts(plan, pictures, view))
    painter = _Painter(pictures, size, (plan.width, plan.height), plan.background)
    return Drawing(
        frames=painter.frames(plan.states[:1] if plan.still else plan.states),
        count=len(plan.states),
        width=size[0],
        height=size[1],
        fps=plan.rate,
        duration_s=len(plan.states) / plan.rate,
        still=plan.still,
        ignored=(*plan.ignored, *about_texts),
        comp_name=plan.name,
        comp_width=plan.width,
        comp_height=plan.height,
        comp_fps=plan.frame_rate,
        comp_duration_s=plan.comp_duration_s,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is needed of a project: nothing after this asks py-aep."""

    name: str
    width: int
    height: int
    frame_rate: float
    comp_duration_s: float
    background: tuple[int, int, int]
    rate: float
    states: list[State]
    still: bool
    ignored: tuple[str, ...]


def _plan(project: Path | Project, comp_id: int, footage: Mapping[str, Path], fps: float, max_s: float) -> _Plan:
    opened = open_project(project).project if isinstance(project, Path) else project
    return ask("preview", lambda: _read(opened, comp_id, footage, fps, max_s))


def _read(project: Project, comp_id: int, footage: Mapping[str, Path], fps: float, max_s: float) -> _Plan:
    comp = next((comp for comp in project.compositions if comp.id == comp_id), None)
    if comp is None:
        raise JobError(f"comp {comp_id}: there is none of that id in the project. Choose another comp.")
    if not (0 < comp.width <= 30_000 and 0 < comp.height <= 30_000 and comp.frame_rate > 0 and comp.duration > 0):
        raise JobError(f"{comp.name}: is {comp.width}×{comp.height}, {comp.duration:g} s. Choose another comp.")
    casting = Casting(footage_by_name(footage))
    scene = Scene(comp, casting)
    duration_s = min(comp.duration, max_s)
    if duration_s < comp.duration:
        casting.ignored[f"{comp.name}: only the first {max_s:g} s of {comp.duration:g} s are shown"] = None
    rate = min(fps, comp.frame_rate)
    # The times at which After Effects would draw: the frame of the comp that is shown when ours begins.
    times = [
        math.floor(i / rate * comp.frame_rate + 1e-6) / comp.frame_rate for i in range(frame_count(rate, duration_s))
    ]
    states = [scene.at(time_s) for time_s in times]
    if not any(states):
        why = "; ".join(casting.ignored) or "no layer is switched on and in time"
        raise JobError(f"{comp.name}: nothing of this comp can be drawn ({why}). Choose another comp, or add a layer.")
    red, green, blue = (min(255, max(0, round(part * 255))) for part in comp.bg_color[:3])
    return _Plan(
        name=comp.name,
        width=comp.width,
        height=comp.height,
        frame_rate=comp.frame_rate,
        comp_duration_s=comp.duration,
        background=(red, green, blue),
        rate=rate,
        states=states,
        still=all(state == states[0] for state in states),
        ignored=tuple(casting.ignored),
    )


def _about_texts(plan: _Plan, pictures: Pictures, view: float) -> Iterator[str]:
    """What cannot be known before a text is set: fonts that are not here, words that do not fit."""
    told: set[TextBlock] = set()
    for state in dict.fromkeys(plan.states):
        for block, zoom in _texts(state, view):
            if block in told or len(told) >= 200:
                continue
            told.add(block)
            done = pictures.text(block, zoom)
            if done.substituted:
                yield f"{plan.name}: the font {block.font or '(none)'} is not here, another one is shown"
            if done.cut:
                yield f"{plan.name}: text does not fit its box in this preview, cut off: {done.cut[:80]}"


def _texts(state: State, zoom: float) -> Iterator[tuple[TextBlock, float]]:
    for shown in state:
        if isinstance(shown.content, TextBlock):
            yield shown.content, zoom_of(chain((zoom, 0, 0, 0, zoom, 0), shown.matrix))
        elif isinstance(shown.content, Nested):
            yield from _texts(shown.content.layers, zoom)
        if shown.matte is not None and shown.matte.layer is not None:
            yield from _texts((shown.matte.layer,), zoom)


class _Painter:
    """Draws one state after another; the lowest layers that did not change are not drawn again."""

    def __init__(
        self, pictures: Pictures, size: tuple[int, int], comp: tuple[int, int], ground: tuple[int, int, int]
    ) -> None:
        self.pictures, self.size, self.ground = pictures, size, ground
        self.view = (size[0] / comp[0], 0.0, 0.0, 0.0, size[1] / comp[1], 0.0)
        self._base: State = ()
        self._base_canvas = Image.new("RGBA", size)

    def frames(self, states: Sequence[State]) -> Iterator[Image.Image]:
        last: Image.Image | None = None
        for i, state in enumerate(states):
            if last is None or state != states[i - 1]:
                last = self._frame(state, states[i + 1] if i + 1 < len(states) else state)
            yield last

    def _frame(self, state: State, following: State) -> Image.Image:
        if state[: len(self._base)] != self._base:
            self._base, self._base_canvas = (), Image.new("RGBA", self.size)
        same = next((n for n, pair in enumerate(zip(state, following, strict=False)) if pair[0] != pair[1]), None)
        steady = min(len(state), len(following)) if same is None else same
        if steady > len(self._base):
            self.pictures.paint(state[len(self._base) : steady], self._base_canvas, self.view)
            self._base = state[:steady]
        canvas = self._base_canvas.copy()
        self.pictures.paint(state[len(self._base) :], canvas, self.view)
        picture = Image.new("RGB", self.size, self.ground)
        picture.paste(canvas, (0, 0), canvas)
        return picture
