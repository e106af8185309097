"""What reading an After Effects project costs, against a bare XML parse of the same file in the same run.

    python benchmarks/project_reading.py [PROJECT.aepx…]

Without one it takes a template that it makes. The yardstick is lxml with the hardened parser, which gives elements and
decodes nothing; beside it stand lxml with each element looked at once and its data decoded, and xml.etree. What a
worker keeps of one project for the next (texts that stand in all of them) is there in each but the first line, which
tells what a project costs that comes after one other, smaller one.
"""

from __future__ import annotations

import sys
import tempfile
import xml.etree.ElementTree as ET
from binascii import unhexlify
from pathlib import Path

from lxml import etree
from yardsticks.jobs import large_pair, tiny_pair
from yardsticks.measuring import cpu_s, show, used_s

from hotfolderd.engine import heap
from hotfolderd.media import aepx, aepx_lines, rifx
from hotfolderd.media.project.opening import open_project
from hotfolderd.media.project.reading import read_template
from hotfolderd.media.project_file import read_project

ROUNDS = 7


def bare(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True
    )
    return etree.fromstring(xml, parser)


def looked_at(xml: bytes) -> int:
    total = 0
    for element in bare(xml).iter():
        data = element.get("bdata")
        total += len(unhexlify(data)) if data else 0
    return total


def met_first(path: Path, before: Path) -> float:
    """Processor seconds of a process that has read no other project than the one `before`."""
    best = float("inf")
    for _ in range(ROUNDS):
        aepx_lines._between.cache_clear()  # noqa: SLF001  nothing else brings a fresh process about
        read_project(before)
        began = used_s()
        read_project(path)
        best = min(best, used_s() - began)
    return best


def measure(path: Path, before: Path) -> None:
    xml = path.read_bytes()
    tree = aepx.to_rifx(xml)
    binary = rifx.dump(tree)
    assert aepx.from_rifx(tree) == xml
    least, each, standard, ours, opened, template, chunks = cpu_s(
        lambda: bare(xml),
        lambda: looked_at(xml),
        lambda: ET.fromstring(xml),  # noqa: S314  our own file
        lambda: read_project(path),
        lambda: open_project(path),
        lambda: read_template(path),
        lambda: rifx.parse(binary),
        rounds=ROUNDS,
    )
    print(f"{path.name}: {len(xml) / 1e6:.1f} MB, {xml.count(b'bdata')} values; a bare hardened parse is 1")
    show("  the checked tree of the .aepx, met for the first time", met_first(path, before), least)
    show("  the checked tree of the .aepx", ours, least, 1.3)
    show("  the checked tree of the same project as .aep", chunks, least)
    show("  lxml, each element looked at and its data decoded, nothing checked", each, least)
    show("  xml.etree", standard, least)
    show("  opened (tree, and py-aep's model)", opened, least)
    show("  comps, placeholders, boxes, fonts and footage", template, least)


def main(names: list[str]) -> None:
    heap.hold()  # as a worker does
    with tempfile.TemporaryDirectory(prefix="project-") as name:
        before = tiny_pair(Path(name, "tiny")).template
        for path in [Path(one) for one in names] or [large_pair(Path(name, "a"), (1920, 1080), 30).template]:
            measure(path, before)


if __name__ == "__main__":
    main(sys.argv[1:])
