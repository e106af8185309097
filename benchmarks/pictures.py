"""What the pictures of a design cost: exporting its layers, and setting two of them side by side for the review.

    python benchmarks/pictures.py [DESIGN…]

DESIGN is a Photoshop file; without one there are three made here, of photographs, of drawings, and of small pictures.
Each ratio is of processor time in this run. Export: opening, drawing and writing every layer and the flattened picture,
against psd-tools' own pictures with Pillow's default PNG: `topil`, which is the wrong picture of some layers, and
`composite`, as in psd-tools' own example. All files of a design: with thumbnails and what is kept for the review,
against thumbnails from files that are read again. Comparisons: a placeholder beside its layer and three rivals, from
the pictures in memory to the pages in files, against re-reading both files of each, LANCZOS and a default PNG.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Layer
from yardsticks import obvious
from yardsticks.jobs import artwork, demo_pair, large_pair
from yardsticks.measuring import cpu_s, show

from hotfolderd.engine import heap
from hotfolderd.media.glances import Glances, kept_in
from hotfolderd.media.pictures import PAIR_PX, comparison, thumbnail
from hotfolderd.media.png import write_png
from hotfolderd.media.psd import read_design
from hotfolderd.media.psd_export import Exporter

# What makes a design heavy: photographs take more bytes a pixel, drawings (which run lengths pack well) fewer.
HEAVY_PX, HEAVY_BYTES = 1_000_000, 1.5
RIVALS = 3
Draw = Callable[[Layer], Image.Image | None]


def ours(design: Path, out: Path) -> None:
    psd = PSDImage.open(design)
    exporter = Exporter(psd)
    for number, layer in enumerate(psd.descendants()):
        drawing = exporter.draw(layer, carries_clipped=False)
        if drawing is not None:
            write_png(drawing.image, out / f"{number}.png")
    write_png(exporter.flat(), out / "flat.png")


def theirs(design: Path, out: Path, draw: Draw) -> None:
    psd = PSDImage.open(design)
    for number, layer in enumerate(psd.descendants()):
        image = None if layer.is_group() else draw(layer)
        if image is not None:
            image.save(out / f"{number}.png")
    flat = psd.topil()
    if flat is not None:
        flat.save(out / "flat.png")


def exported(design: Path, place: Path) -> None:
    pixels = sum(layer.width * layer.height for layer in PSDImage.open(design).descendants() if not layer.is_group())
    heavy = pixels >= HEAVY_PX and design.stat().st_size / pixels >= HEAVY_BYTES
    with tempfile.TemporaryDirectory(dir=place) as name:
        out = Path(name)
        own, topil, composite, whole, again = cpu_s(
            lambda: ours(design, out),
            lambda: theirs(design, out, lambda layer: layer.topil()),
            lambda: theirs(design, out, lambda layer: layer.composite()),
            lambda: read_design(design, out),
            lambda: obvious.export_layers(design, out / "obvious"),
        )
    title = f"{design.name}, {pixels / 1e6:.1f} Mpx of layers"
    show(f"{title}: export : topil + default PNG", own, topil, 0.10 if heavy else 0.75)
    show(f"{title}: export : composite + default PNG", own, composite)
    show(f"{title}: all files : topil, default PNG, re-read", whole, again)


def compared(place: Path) -> None:
    names = [f"layer {number}" for number in range(RIVALS + 1)]
    pictures = {name: artwork(1200, 1500, seed=2 * n + 2, soft=n % 2 == 1) for n, name in enumerate(names)}
    pictures["placeholder"] = artwork(1920, 1080, seed=1)
    (place / "pair").mkdir()
    for name, image in pictures.items():
        image.save(place / "pair" / f"{name}.png", compress_level=1)

    def own() -> None:
        glances = Glances(place / "pair")
        for name, image in pictures.items():
            glances.keep(name, thumbnail(image, PAIR_PX), None)
        glances.save()
        kept = kept_in(place / "pair")
        small = {name: opened for name in pictures if (opened := kept.picture(name)) is not None}
        for name in names:
            page = comparison(small[name], small["placeholder"], (name, "player1"), "91 %  a reason", side=PAIR_PX)
            page.save(place / f"{name}.jpg", quality=86)

    def other() -> None:
        right = place / "pair" / "placeholder.png"
        for name in names:
            obvious.compare(place / "pair" / f"{name}.png", right, "player1", name, place / "o" / f"{name}.png")

    mine, yours = cpu_s(own, other, rounds=5)
    show(f"{len(names)} comparisons of {len(pictures)} pictures : re-read + LANCZOS + PNG", mine, yours, 0.10)


def main(names: list[str]) -> None:
    heap.hold()
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        place = Path(name)
        designs = [Path(one) for one in names] or [
            large_pair(place / "a", (1920, 1080), 12).design,
            demo_pair(place / "b").design,
            large_pair(place / "c", (400, 300), 12).design,
        ]
        for design in designs:
            exported(design, place)
        compared(place)


if __name__ == "__main__":
    main(sys.argv[1:])
