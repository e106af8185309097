"""Hostile pictures, fonts and clips, through the functions that the steps call, in workers with the daemon's limits."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import corpus_fonts
import corpus_media
import corpus_pictures
import pytest
from corpus import Case
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from test_corpus import Through, run_all

from hotfolderd.media import video


def laid(folder: Path, cases: list[tuple[str, Case]]) -> list[Path]:
    """Each case as a file in a folder of its own; the name is `case` with its suffix."""
    found = []
    for at, (suffix, case) in enumerate(cases):
        path = folder / str(at) / f"case{suffix}"
        path.parent.mkdir(parents=True)
        path.write_bytes(case.data)
        found.append(path)
    return found


def test_pictures(tmp_path: Path, through: Through) -> None:
    cases = corpus_pictures.cases()
    assert len(cases) >= 20
    run_all(through, "pictures", [case for _, case in cases], "case.", {"picture": laid(tmp_path, cases)})


def test_pictures_as_footage_of_a_drop(tmp_path: Path, drop_with: Callable[..., Path], through: Through) -> None:
    """What is a whole file passes here and is judged where it is drawn; nothing is decoded."""
    cases = [Case(case.name, case.data, None) for _, case in corpus_pictures.cases()]
    folders = [drop_with(f"d{at}", {"footage/tiny_bg.png": case.data}) for at, case in enumerate(cases)]
    run_all(through, "footage", cases, "tiny_bg.png", {"drop": folders})


def small_font() -> bytes:
    """A font of a square for every letter, called DejaVuSans."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((500, 0), (500, 500), (0, 500)):
        pen.lineTo(corner)
    pen.closePath()
    names = [".notdef", "A"]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap(dict.fromkeys(range(32, 127), "A"))
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "DejaVu Sans", "styleName": "Regular", "psName": "DejaVuSans"})
    font.setupOS2()
    font.setupPost()
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def test_fonts(tmp_path: Path, through: Through) -> None:
    """A font that cannot be read is as good as none; whatever there is to draw is drawn."""
    cases = corpus_fonts.cases(small_font())
    assert len(cases) >= 10
    tasks = {str(at): ("font", str(path)) for at, path in enumerate(laid(tmp_path, cases))}
    run_all(through, "fonts", [case for _, case in cases], "", {"font": [Path(place) for _, place in tasks.values()]})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


def test_clips(tmp_path: Path, through: Through, listener: socket.socket) -> None:
    """ffmpeg takes each name for a file's, opens no other file and calls nobody."""
    (tmp_path / "elsewhere").mkdir()
    secret = tmp_path / "elsewhere" / "secret.mp4"
    video.still_to_video(Image.new("RGB", (64, 48), "red"), secret, (64, 48), 5, 0.4)
    cases = corpus_media.cases(str(secret), listener.getsockname()[1], secret.read_bytes())
    assert len(cases) >= 15
    paths = []
    for at, (name, case) in enumerate(cases):
        path = tmp_path / str(at) / name
        path.parent.mkdir()
        path.write_bytes(case.data)
        path.with_name("neighbour.mp4").write_bytes(secret.read_bytes())
        paths.append(path)
    run_all(through, "clips", [case for _, case in cases], ".m", {"clip": paths})
    with pytest.raises(TimeoutError):
        listener.accept()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        ["secret.mp4", *(name for name, _ in cases), *["neighbour.mp4"] * len(cases)]
    )
