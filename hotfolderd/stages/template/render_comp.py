"""The comp of the final project, really rendered: by aerender on this machine, or by the workers of a nexrender server.

Reads the final project and its footage; writes the movie (`output/<name>.mov` or `.mp4` where it is delivered, else one
for the preview alone), `rendering.json` and `render.log`. A renderer gets a copy of the project that names its footage
where it lies now, because the delivery is not there yet.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hotfolderd.disk import copy_file, make_folder, remove_tree
from hotfolderd.errors import JobError
from hotfolderd.media.foreign_paths import own_slashes
from hotfolderd.media.project import read_template
from hotfolderd.media.project.elsewhere import first_frame, relinked, write_as
from hotfolderd.media.same_names import fold
from hotfolderd.model import Comp, Template
from hotfolderd.programs import aerender, movie, nexrender
from hotfolderd.programs.aerender import Rendered
from hotfolderd.stages.template.assets import footage_files
from hotfolderd.stages.template.built import RENDERING, read_build
from hotfolderd.stages.template.delivery import FOOTAGE, project_stem
from hotfolderd.stages.template.ordered import read_ordered
from hotfolderd.stages.template.read import TEMPLATE
from hotfolderd.work import Result, Workbench

_STEP = "render-comp"
_PROJECT = "project.aep"


def run(bench: Workbench) -> Result:
    """The movie: the whole comp where it is delivered, else what the preview shows of it."""
    settings = bench.facts["rendering"]
    ordered = read_ordered(bench.job)
    final = bench.job / "output" / read_build(bench)["files"][0]
    comp = _comp(bench, final)
    whole = settings["deliver_video"] != "none"
    frames = movie.frames_of(comp, None if whole else bench.facts["preview"]["max_s"])
    start = first_frame(final, comp.item_id)
    with _place(bench, settings, ordered.job) as place:
        (place / "out").mkdir(parents=True)
        _copy_project(bench, settings, final, place / _PROJECT)
        rendered = _render(bench, settings, place, comp, frames=frames, start=start)
        name = f"output/{project_stem(ordered)}" if whole else "movie"
        target = bench.out / f"{name}{rendered.movie.suffix.lower()}"
        make_folder(target.parent)
        copy_file(rendered.movie, target)
    note = {
        "by": rendered.by,
        "movie": target.relative_to(bench.out).as_posix(),
        "frames": rendered.frames,
        "seconds": round(rendered.seconds, 3),
    }
    bench.save(note, RENDERING)
    (bench.out / "render.log").write_text(rendered.log, encoding="utf-8", errors="replace")
    return Result(
        issues=rendered.issues, message=f"{rendered.by}: {rendered.frames} frames in {rendered.seconds:.0f} s"
    )


def _render(
    bench: Workbench, settings: Mapping[str, Any], place: Path, comp: Comp, *, frames: int, start: int
) -> Rendered:
    project, out = place / _PROJECT, place / "out"
    if settings["engine"] == "aerender":
        return aerender.render(settings, project, comp, out, frames=frames, start=start)
    secret = bench.keys["nexrender_secret"]
    return nexrender.render(settings, secret, project, comp, out, place.name, frames=frames, start=start)


@contextmanager
def _place(bench: Workbench, settings: Mapping[str, Any], job: str) -> Iterator[Path]:
    """An empty place for project and movie that is gone afterwards; for nexrender one that its workers can see.

    What an attempt has left that was killed is taken away first, from the server too: its worker may still be at it.
    """
    if settings["engine"] == "aerender":
        place = bench.out / "rendering"
    else:
        exchange = Path(settings["exchange"])
        make_folder(exchange)
        mine = re.compile(rf"{re.escape(job)}\.{_STEP}\.[0-9a-f]{{12}}")
        for left in [path for path in exchange.iterdir() if mine.fullmatch(path.name)]:
            nexrender.Server(settings["url"], bench.keys["nexrender_secret"]).remove(left.name)
            remove_tree(left)
        place = exchange / f"{job}.{_STEP}.{secrets.token_hex(6)}"
    try:
        yield place
    finally:
        remove_tree(place)


def _comp(bench: Workbench, final: Path) -> Comp:
    """The comp to render. Raises JobError where its name, by which renderers find it, is not its own."""
    read = read_template(final)
    comp = read.comp(bench.load(Template, "read-template", TEMPLATE).main_comp)
    if sum(other.name == comp.name for other in read.comps) > 1:
        raise JobError(f"{final.name}: several comps are called {comp.name!r}. Give each a name of its own.")
    return comp


def _copy_project(bench: Workbench, settings: Mapping[str, Any], final: Path, copy: Path) -> None:
    """The final project with the paths that its footage has now, as the renderer sees them."""
    files = dict(footage_files(bench.job))
    files |= {fold(path.name): path for path in (bench.job / "output" / FOOTAGE).iterdir()}
    seen = nexrender.there if settings["engine"] == "nexrender" else lambda _, path: str(path)

    def now(old: str) -> str | None:
        here = files.get(fold(old.replace("\\", "/").rsplit("/", 1)[-1]))
        return None if here is None else own_slashes(seen(settings, here))

    tree, _ = relinked(final, now)
    write_as(tree, copy)
