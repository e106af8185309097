"""Job folders made for tests of the steps, and the real steps at work on them without a daemon."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from hotfolderd.config import Config
from hotfolderd.demo.design import GroupSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import player, stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.engine.steps import next_order, order_for
from hotfolderd.lines import LINES
from hotfolderd.pipeline import PROCESSING, Step
from hotfolderd.publishing import publish
from hotfolderd.root import make_root
from hotfolderd.stages.template.line import LINE
from hotfolderd.store import Store
from hotfolderd.work import Done, perform

PLACES = 12


def facts_of(job: Path, **more: Any) -> dict[str, Any]:
    """What steps are given: the default settings, nothing shared with other jobs."""
    given = {"build": 1, "deployed": str(job.parent / "deployed"), "round": {"revision": 1}}
    return {**Config(root=job.parent).facts(), "cache": None, **given, **more}


def do(job: Path, steps: Iterable[Step], **more: Any) -> list[Done]:
    """Do steps one after another, each published as the daemon does."""
    return [_done(job, order_for(job, step, facts_of(job, **more))) for step in steps]


def do_first_stage(job: Path) -> None:
    """All steps of the first stage that are due."""
    finished: dict[str, str] = {}
    while (found := next_order(job, LINE.stages[PROCESSING].steps, facts_of(job), finished)) is not None:
        finished[found[0].name] = _done(job, found[1]).fingerprint


def _done(job: Path, order: Any) -> Done:
    done = perform(order)
    assert isinstance(done, Done), done
    publish(job, done)
    return done


def rivals_job(folder: Path) -> Path:
    """Twelve texts whose rivals are many, a photo in another place and size, and footage that is missing."""
    footage = folder / "assets" / "footage"
    footage.mkdir(parents=True)
    stadium(400, 225).save(footage / "photo.png")
    player(60, 60).save(footage / "gone.png")
    places = [CompText(f"line {number}", f"Sample {number}", 10, 14 * number, size_px=10.0) for number in range(PLACES)]
    pictures = (CompPicture(footage / "photo.png", "hero"), CompPicture(footage / "gone.png", "logo", 10, 10))
    comp = CompSpec("main", (400, 225), (*pictures, *places), duration_s=1.0)
    make_template(folder / "assets" / "t.aep", comps=[comp])
    (footage / "gone.png").unlink()
    texts = [
        TextSpec(f"line item {number}", f"Text {number}", 10, 14 * number, size_px=10.0) for number in range(PLACES)
    ]
    layers = [
        PictureSpec("hero backdrop", 0, 0, 400, 225, stadium),
        PictureSpec("figure", 200, 20, 100, 200, player),
        GroupSpec("lines", tuple(texts)),
        PictureSpec("spare", 20, 20, 60, 60, "#aa2200", hidden=True),
    ]
    make_design(folder / "assets" / "d.psd", size=(400, 225), layers=layers)
    order = {"job": "J1", "batch": "b", "design": "assets/d.psd", "template": "assets/t.aep", "output_name": "x.aep"}
    (folder / "job.yaml").write_text(yaml.safe_dump(order))
    return folder


def pair_job(folder: Path, pair: Path) -> Path:
    """A job of a design, an `.aepx` and its footage that lie in a folder, with its record."""
    design, template = next(pair.glob("*.psd")), next(pair.glob("*.aepx"))
    job = make_root(folder / "folders").path / PROCESSING / "J1"
    (job / "assets" / "footage").mkdir(parents=True)
    (job / ".job").mkdir()
    for path in (design, template):
        shutil.copyfile(path, job / "assets" / path.name)
    for path in pair.glob("*.png"):
        shutil.copyfile(path, job / "assets" / "footage" / path.name)
    files = {"design": f"assets/{design.name}", "template": f"assets/{template.name}", "output_name": "out.aepx"}
    (job / "job.yaml").write_text(yaml.safe_dump({"job": "J1", "batch": "b", **files}))
    Store(make_root(folder / "folders"), LINES, lambda: datetime.now(UTC)).create(
        job, {"job": "J1", "kind": "template", "batch": "b"}
    )
    return job
