"""Jobs for the benchmarks: designs with templates and footage made here, and job folders that hold them."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from hotfolderd.demo.batch import make_sample_batch, make_small_batch
from hotfolderd.demo.design import LayerSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.lines import LINES
from hotfolderd.pipeline import PROCESSING
from hotfolderd.root import make_root
from hotfolderd.store import Store

# Of the image resources of a PSD, 4000 to 4999 belong to plug-ins: whoever does not know one leaves it alone.
_PLUG_IN = 4321


@dataclass(frozen=True)
class Pair:
    """What a job is made of."""

    name: str
    design: Path
    template: Path
    footage: tuple[Path, ...]


def pair_in(folder: Path) -> Pair:
    """The pair that lies in a folder: one design, one `.aepx`, and pictures."""
    design, *_ = sorted(folder.glob("*.ps[db]"))
    template, *_ = sorted(folder.glob("*.aepx"))
    return Pair(folder.name, design, template, tuple(sorted(folder.glob("*.png"))))


def demo_pair(folder: Path) -> Pair:
    """The poster of the demonstration, 1080×1350."""
    make_sample_batch(folder)
    footage = folder / "footage"
    pictures = footage / "cutout.png", footage / "night_stadium.png"
    return Pair("the demonstration's poster", folder / "match001.psd", folder / "match_poster.aepx", pictures)


def tiny_pair(folder: Path) -> Pair:
    """A design of 200×250 pixels with one picture and two texts."""
    make_small_batch(folder, 1, share_design=True, template="tiny.aepx")
    return Pair("the tiny design", folder / "tiny.psd", folder / "tiny.aepx", (folder / "footage/tiny_bg.png",))


def artwork(width: int, height: int, *, seed: int = 1, soft: bool = False) -> Image.Image:
    """A picture with shades and the grain of a photograph; `soft`: cut out, with a soft edge (RGBA)."""
    y, x = np.ogrid[0:height, 0:width]
    grain = np.random.default_rng(seed).normal(0, 3, (height, width))
    bands = [128 + 80 * np.sin(x / (90 + 7 * seed) + i) * np.cos(y / 130 + i) + grain for i in range(3)]
    if soft:
        away = np.hypot((x / width - 0.5) * 2, (y / height - 0.5) * 2)
        bands.append(np.clip((0.95 - away) * width / 8, 0, 255))
    return Image.fromarray(np.clip(np.stack(bands, axis=2), 0, 255).astype(np.uint8))


def large_pair(folder: Path, size: tuple[int, int], layers: int) -> Pair:
    """A design of `layers` layers, a third of them texts, and a template that a person might have made for it."""
    width, height = size
    texts = layers // 3
    design: list[LayerSpec] = [PictureSpec("ground", 0, 0, width, height, partial(artwork, seed=1))]
    comp: list[CompPicture | CompText] = []
    (folder / "footage").mkdir(parents=True)
    footage = [folder / "footage" / f"img_{number:02d}.png" for number in range(1, layers - texts)]
    for number, path in enumerate(footage, start=1):
        wide, high = width // (2 + number % 3), height // (2 + number % 2)
        left, top = number * width // layers // 2, number * height // layers // 3
        paint = partial(artwork, seed=number + 1, soft=number % 2 == 1)
        design.append(PictureSpec(f"picture {number}", left, top, wide, high, paint))
        artwork(wide // 2, high // 2, seed=number + 50).save(path, compress_level=1)
        comp.append(CompPicture(path, None, left, top, wide, high))
    for number in range(1, texts + 1):
        top = number * height // (texts + 2)
        design.append(TextSpec(f"line {number}", f"The words of line {number}", 40, top, size_px=height / 30))
        comp.append(CompText(f"txt_line_{number}", f"Sample {number}", 40.0, float(top), size_px=height / 30))
    make_design(folder / "design.psd", size=size, layers=design)
    make_template(folder / "template.aepx", comps=[CompSpec("render_main", size, tuple(comp[::-1]))])
    return Pair(f"{layers} layers, {width}×{height}", folder / "design.psd", folder / "template.aepx", tuple(footage))


def with_number(design: bytes, number: int) -> bytes:
    """The same design in other bytes: with one more image resource, so that its digest differs and nothing else."""
    (modes,) = struct.unpack_from(">I", design, 26)
    at = 30 + modes
    (length,) = struct.unpack_from(">I", design, at)
    block = b"8BIM" + struct.pack(">HHII", _PLUG_IN, 0, 4, number)
    return design[:at] + struct.pack(">I", length + len(block)) + block + design[at + 4 :]


def job_folders(pair: Pair, place: Path, count: int, *, apart: bool = False) -> list[Path]:
    """`count` job folders of one pair, as the daemon has them when they enter `1-processing`.

    `apart`: each has a design of its own, which differs in its bytes.
    """
    root = make_root(place / "folders")
    store = Store(root, LINES, lambda: datetime.now(UTC))
    designs = [pair.design] * count
    if apart:
        designs = [place / f"d{number:05d}{pair.design.suffix}" for number in range(count)]
        content = pair.design.read_bytes()
        for number, path in enumerate(designs):
            path.write_bytes(with_number(content, number))
    return [
        _job(replace(pair, design=design), root.path / PROCESSING / f"JOB{number:03d}", store)
        for number, design in enumerate(designs)
    ]


def _job(pair: Pair, folder: Path, store: Store) -> Path:
    (folder / "assets" / "footage").mkdir(parents=True)
    (folder / ".job").mkdir()
    copy: Callable[[Path, Path], Any] = os.link  # no step writes into an asset
    names = {}
    for key, path in (("design", pair.design), ("template", pair.template)):
        names[key] = f"assets/{path.name}"
        _put(path, folder / names[key], copy)
    for path in pair.footage:
        _put(path, folder / "assets" / "footage" / path.name, copy)
    order = {"job": folder.name, "kind": "template", "batch": "B", "output_name": "out.aepx", **names}
    (folder / "job.yaml").write_text(yaml.safe_dump({key: order[key] for key in order if key != "kind"}))
    store.create(folder, order)
    return folder


def _put(source: Path, target: Path, copy: Callable[[Path, Path], Any]) -> None:
    try:
        copy(source, target)
    except OSError:  # another disk
        shutil.copyfile(source, target)
