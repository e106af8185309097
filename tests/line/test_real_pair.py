"""The sample pair: a design and a template that people made, down the whole line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import esprima
import py_aep
import pytest
from house import House, write_csv

from hotfolderd.media import aepx, rifx
from hotfolderd.media.video import frame_at, probe

PAIR = Path(__file__).parents[2] / "../shared/samples/pair"
NAMES = {"player1fullname": "Ben Forman", "player2fullname": "ELOISE GRACE", "player3fullname": "EMMA LOUISE"}
pytestmark = pytest.mark.skipif(not PAIR.is_dir(), reason="the sample files are not here")


@pytest.mark.parametrize("suffix", ["aepx", "aep"])
def test_the_pair_is_delivered_with_the_right_names_and_pictures(tmp_path: Path, suffix: str) -> None:
    """Dropping and two edits; re-read with py-aep, names and pictures are in place and nothing else changed."""
    template = f"test-after-effects-project.{suffix}"
    house = House(tmp_path)
    for name in ("test-photoshop-doc.psd", template):
        shutil.copy(PAIR / name, house.inbox)
    write_csv(house.inbox / "spring.csv", [("TEST001", "test-photoshop-doc.psd", template, "test001_final.aep")])
    with house, house.watched():
        house.edit(house.wait_for("2-review/TEST001/review.yaml"), decision="approve")
        house.edit(house.wait_for("6-approval/TEST001/approval.yaml"), decision="approve")
        house.wait_for("7-completed/TEST001")
    delivery = Path(house.status("TEST001")["deployed"])
    written = sorted(delivery.glob("*.aep*"))
    assert [path.suffix for path in written] == ([".aep", ".aepx"] if suffix == "aepx" else [".aep"])
    before = _contents(PAIR / template, tmp_path)
    for path in written:
        after = _contents(path, tmp_path)
        assert {name: after["test-aep", name][0] for name in NAMES} == NAMES
        for name in ("featuredimage1", "green_yellow_bg.png"):
            assert Path(after["test-aep", name][1]).is_file()
            assert Path(after["test-aep", name][1]).is_relative_to(delivery)
        changed = {key for key in before | after if before.get(key) != after.get(key)}
        imported = {key for key in before if key[0] == "test-photoshop-doc"}  # the design as a comp, which nobody fills
        assert changed - imported == {("test-aep", name) for name in (*NAMES, "featuredimage1", "green_yellow_bg.png")}
        for key in imported:
            text, file, place = before[key]
            moved = str(delivery / "footage" / "test-photoshop-doc.psd") if file else ""
            assert after[key] == (text, moved, place)
    assert (delivery / "footage" / "test-photoshop-doc.psd").read_bytes() == (
        PAIR / "test-photoshop-doc.psd"
    ).read_bytes()
    esprima.parseScript((delivery / "populate.jsx").read_text("ascii"))
    video = delivery / "previews/side_by_side.mp4"
    assert probe(video, decode=True).duration_s == pytest.approx(10.0, abs=0.15)
    frame = frame_at(video, 5.0).convert("RGB")
    halves = (
        frame.crop((0, 100, frame.width // 2 - 4, frame.height)),
        frame.crop((frame.width // 2 + 4, 100, frame.width, frame.height)),
    )
    for half in halves:
        colours = half.getcolors(half.width * half.height) or []
        assert len(colours) > 100, "one side of the frame is empty"


def _contents(path: Path, scratch: Path) -> dict[tuple[str, str], tuple[str, str, tuple[float, ...]]]:
    """Text, picture and place of every layer of every comp, by py-aep alone."""
    if path.suffix == ".aepx":
        data = rifx.dump(aepx.to_rifx(path.read_bytes()))
        path = scratch / re.sub(r"\W", "_", str(path))
        path = path.with_name(path.name + ".aep")
        path.write_bytes(data)
    found = {}
    for comp in py_aep.parse(path).project.compositions:
        for layer in comp.layers:
            text = str(layer.text.source_text.value.text) if isinstance(layer, py_aep.TextLayer) else ""
            source = getattr(layer, "source", None)
            file = str(getattr(source, "file", "") or "")
            place = tuple(layer.transform.position.value)
            found[comp.name, layer.name] = (text, file, place)
    return found
