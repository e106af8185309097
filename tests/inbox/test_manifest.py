"""A manifest, what ends early, and what Finder says: signs that a drop is not all there yet."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from hotfolderd.inbox.endings import ends_early
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.inbox.manifest import lacking
from hotfolderd.inbox.paths import Shelf
from hotfolderd.inbox.stillness import hindrance, is_busy_in_finder

Lay = Callable[..., Path]


def picture(kind: str, **options: object) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(made, kind, **options)
    return made.getvalue()


def with_thumbnail(data: bytes) -> bytes:
    """A JPEG with a whole JPEG in a segment before the picture, as cameras write it."""
    inner = b"Exif\0\0" + picture("JPEG")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(inner) + 2) + inner + data[2:]


PICTURES = {
    "a.png": picture("PNG"),
    "b.jpg": picture("JPEG"),
    "progressive.jpg": picture("JPEG", progressive=True),
    "thumbnail.jpg": with_thumbnail(picture("JPEG")),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_was_cut_off_anywhere_ends_early(name: str, tmp_path: Path) -> None:
    """Also behind the end of a thumbnail; what follows the end does not count."""
    path, data = tmp_path / name, PICTURES[name]
    for whole in (data, data + b"\0" * 5000):
        path.write_bytes(whole)
        assert ends_early(path) == ""
    for length in (8, 9, 20, 33, len(data) // 3, len(data) // 2, len(data) - 100, len(data) - 1):
        path.write_bytes(data[:length])
        assert ends_early(path), length


def test_what_is_no_picture_is_not_judged(tmp_path: Path) -> None:
    for data in (b"", b"x", b"GIF89a", b"\x89PNG", b"RIFF...."):
        (tmp_path / "x.png").write_bytes(data)
        assert ends_early(tmp_path / "x.png") == ""


def test_footage_that_ends_early_is_waited_for(inbox: Path, lay: Lay) -> None:
    lay("j/design.psd", "j/t.aepx", "j/footage/tiny_bg.png")
    path = inbox / "j/footage/tiny_bg.png"
    for data, said in ((path.read_bytes()[:-5], "no IEND at its end"), (b"", "is empty (0 bytes)")):
        path.write_bytes(data)
        report = examine_folder(inbox / "j")
        assert report.verdict == "waiting"
        assert said in str(report.ending_early[0])


@pytest.mark.parametrize("data", [b"", b"job_id,psd_path", b"job_id,psd_path,aepx_path\n"])
def test_a_table_without_rows_is_still_being_written(inbox: Path, data: bytes) -> None:
    (inbox / "a.csv").write_bytes(data)
    report = examine(inbox / "a.csv", frozenset())
    assert report.verdict == "waiting"
    assert report.errors
    assert report.ending_early == report.missing


def entry(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    return {"path": path.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_a_manifest_is_compared_with_the_files(inbox: Path, lay: Lay) -> None:
    lay("j/design.psd", "j/t.aepx")
    entries = [entry(inbox / "j/design.psd"), entry(inbox / "j/t.aepx")]
    (inbox / "j/manifest.json").write_text(json.dumps(entries))
    assert lacking(Shelf(inbox / "j")) == ((), ())
    with (inbox / "j/design.psd").open("r+b") as file:
        file.seek(100)
        file.write(b"\x07")
    ((problem,), wrong) = lacking(Shelf(inbox / "j"))
    assert "design.psd" in str(problem)
    assert "another (sha256)" in str(problem)
    assert wrong == ()


@pytest.mark.parametrize("path", ["../other/a.psd", "/etc/passwd", "C:\\a.psd"])
def test_a_manifest_that_leads_elsewhere_is_wrong_and_not_followed(inbox: Path, lay: Lay, path: str) -> None:
    lay("j/design.psd", "other/a.psd")
    (inbox / "j/manifest.json").write_text(json.dumps([{"path": path, "size": 1, "sha256": "0" * 64}]))
    awaited, (wrong,) = lacking(Shelf(inbox / "j"))
    assert awaited == ()
    assert "manifest.json" in str(wrong)


def test_a_manifest_of_other_programs_says_nothing(inbox: Path, lay: Lay) -> None:
    lay("j/design.psd", "j/t.aepx")
    (inbox / "j/manifest.json").write_text('{"name": "web"}')
    assert lacking(Shelf(inbox / "j")) == ((), ())
    assert examine_folder(inbox / "j").verdict == "valid"


def test_a_second_version_that_a_sync_program_kept_is_warned_of(inbox: Path, lay: Lay) -> None:
    lay("j/design.psd", "j/t.aepx", "j/footage/tiny_bg.png")
    (inbox / "j/footage/tiny_bg.sync-conflict-20260101-120000-ABC.png").touch()
    report = examine_folder(inbox / "j")
    assert report.verdict == "valid"
    assert "kept two versions" in str(report.all_warnings)


def apple_double(kind: int, content: bytes) -> bytes:
    return b"\x00\x05\x16\x07\x00\x02\x00\x00" + b" " * 16 + struct.pack(">HIII", 1, kind, 38, len(content)) + content


@pytest.mark.parametrize(
    ("data", "busy"),
    [
        (apple_double(9, b"brokMACS" + bytes(24)), True),
        (apple_double(9, b"8BPS8BIM" + bytes(24)), False),
        (apple_double(8, struct.pack(">iiii", -753_549_904 - 946_684_800, 0, 0, 0)), True),
        (apple_double(8, struct.pack(">iiii", 0, 0, 0, 0)), False),
        (b"", False),
        (b"\x00\x05\x16\x07", False),
        (apple_double(9, b"")[:30], False),
    ],
)
def test_a_file_that_finder_still_copies_is_known_by_what_lies_beside_it(
    tmp_path: Path, data: bytes, *, busy: bool
) -> None:
    (tmp_path / "a.psd").write_bytes(b"x")
    (tmp_path / "._a.psd").write_bytes(data)
    assert is_busy_in_finder(tmp_path / "a.psd") is busy
    assert bool(hindrance([tmp_path / "a.psd"], ())) is busy
