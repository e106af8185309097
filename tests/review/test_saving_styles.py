"""Four ways in which editors save, against a reader that looks all the time: no half of a decision is ever taken."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotfolderd.review.models import ReviewSidecar
from hotfolderd.review.reading import SidecarRefusedError, fingerprint, parse, read_written

SAVES = 2000


def text(number: int) -> bytes:
    """One saved version; its length changes from one to the next, so that an old rest can lie behind a new start."""
    match = "  - {placeholder: txt_%d, layer: Words/title, value: Saved %d}\n"
    matches = "".join(match % (line, number) for line in range(5 + number % 7))
    head = "for: {job: TEST001, revision: 1}\ndecision: approve\nby: anna\nmatches:\n"
    return f"{head}{matches}notes: save {number}\nend: true\n".encode()


def truncate_and_write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)


def slow_chunks(path: Path, data: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), 64):
            file.write(data[start : start + 64])
            time.sleep(0.0001)


def rename_aside(path: Path, data: bytes) -> None:
    """As vim does: the old file becomes the backup, the new one is written under its name."""
    backup = path.with_name(f"{path.name}~")
    if path.exists():
        path.rename(backup)
    truncate_and_write(path, data)
    backup.unlink(missing_ok=True)


def atomic_rename(path: Path, data: bytes) -> None:
    beside = path.with_name(".review.yaml.new")
    beside.write_bytes(data)
    beside.rename(path)


STYLES: dict[str, Callable[[Path, bytes], None]] = {
    "truncate and write": truncate_and_write,
    "slow chunks": slow_chunks,
    "rename aside": rename_aside,
    "atomic rename": atomic_rename,
}


def save_all(path: Path, save: Callable[[Path, bytes], None]) -> None:
    for number in range(SAVES):
        save(path, text(number))
    os._exit(0)


@pytest.mark.parametrize("style", STYLES)
def test_no_half_of_a_save_is_taken_for_a_decision(style: str, tmp_path: Path) -> None:
    """Read without any wait, as often as can be: what is accepted is always one of the versions, byte for byte."""
    path = tmp_path / "review.yaml"
    versions = {text(number) for number in range(SAVES)}
    accepted: list[bytes] = []
    refused = 0
    writer = multiprocessing.get_context("fork").Process(target=save_all, args=(path, STYLES[style]))
    writer.start()
    seen = None
    while writer.is_alive() or fingerprint(path) != seen:
        mark = fingerprint(path)
        if mark is None or mark == seen:
            continue
        seen = mark
        try:
            written = read_written(path)
            sidecar = parse(written.data, ReviewSidecar, path.name)
        except SidecarRefusedError:
            refused += 1
            continue
        if sidecar.decision == "approve":
            accepted.append(written.data)
    writer.join()
    assert writer.exitcode == 0
    assert accepted[-1] == text(SAVES - 1)
    assert [data for data in accepted if data not in versions] == []
    assert len(accepted) > 1
    if style == "slow chunks":
        assert refused > 100, "the reader was never there while a file was half written"


@pytest.mark.parametrize("times", [1, 3, 1000])
def test_a_file_that_changes_while_it_is_read_is_read_once_more(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a slow reader has of one version never meets the rest of the next."""
    path, read, writings = tmp_path / "review.yaml", os.pread, iter(range(times))
    path.write_bytes(text(0))

    def pread(handle: int, length: int, offset: int) -> bytes:
        half = read(handle, length // 2 if length < 999 else 300, offset)
        number = next(writings, None)
        if number is None:
            return half + read(handle, length, offset + len(half))
        with path.open("r+b") as file:
            file.write(text(number + 1))
            file.truncate()
        return half + read(handle, length, offset + len(half))

    monkeypatch.setattr(os, "pread", pread)
    if times > 20:
        with pytest.raises(SidecarRefusedError, match="is written while it is read"):
            read_written(path)
    else:
        assert read_written(path).data == text(times)
        assert read_written(path).fingerprint == fingerprint(path)


def test_every_beginning_of_a_decision_is_refused() -> None:
    """Whatever part of it is there, from the last line back: only the line break behind `end: true` may be missing."""
    whole = text(3)
    assert parse(whole[:-1], ReviewSidecar, "review.yaml").decision == "approve"
    for missing in range(2, 220):
        with pytest.raises(SidecarRefusedError):
            parse(whole[:-missing], ReviewSidecar, "review.yaml")
