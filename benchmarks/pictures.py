"""What the pictures of a design cost: exporting its layers, and setting two of them side by side for the review.

    python benchmarks/pictures.py [DESIGN…]

DESIGN is a Photoshop file; without one there are three made here. Each ratio is of processor time in this run. Export:
opening, drawing and writing every layer and the flattened picture, against psd-tools' own pictures with Pillow's default
PNG (`topil`, which is the wrong picture for some layers, and `composite`, as in psd-tools' own example). All files of a
design: with thumbnails and what is kept for the review, against thumbnails from files that are read again. Comparison:
from the picture in memory to the page in a file, against re-reading both files, LANCZOS and a default PNG.
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
from hotfolderd.media.glances import Glances, small_picture
from hotfolderd.media.pictures import PAIR_PX, comparison, thumbnail
from hotfolderd.media.png import write_png
from hotfolderd.media.psd import read_design
from hotfolderd.media.psd_export import Exporter

HEAVY_PX = 4_000_000
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
    heavy = pixels >= HEAVY_PX
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
    left, right = artwork(1920, 1080, seed=3), artwork(1200, 1500, seed=4, soft=True)
    (place / "pair").mkdir()
    for name, image in (("left", left), ("right", right)):
        image.save(place / "pair" / f"{name}.png", compress_level=1)

    def own() -> None:
        glances = Glances(place / "pair")
        for name, image in (("left", left), ("right", right)):
            glances.keep(name, thumbnail(image, PAIR_PX), None)
        pictures = [small_picture(place / "pair", name) for name in ("left", "right")]
        a, b = (image for image in pictures if image is not None)
        comparison(a, b, ("Line-up/Captain", "player1"), "91 %", side=PAIR_PX).save(place / "own.jpg", quality=86)

    def other() -> None:
        obvious.compare(place / "pair/left.png", place / "pair/right.png", "player1", "Captain", place / "o" / "o.png")

    mine, yours = cpu_s(own, other, rounds=7)
    show("comparison of 1920×1080 and 1200×1500 : re-read + LANCZOS + PNG", mine, yours, 0.10)

    def next_one() -> None:
        pictures = [small_picture(place / "pair", name) for name in ("left", "right")]
        a, b = (image for image in pictures if image is not None)
        comparison(a, b, ("Line-up/Captain", "player1"), "91 %", side=PAIR_PX).save(place / "own.jpg", quality=86)

    mine, yours = cpu_s(next_one, other, rounds=7)
    show("each further one with the same pictures : the same", mine, yours, 0.10)


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
