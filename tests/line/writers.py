"""One program that writes a file into an inbox in one of eleven ways: `writers.py WAY SOURCE TARGET`."""

from __future__ import annotations

import mmap
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

OLD_NS = 1_000_000_000 * 10**9
STEPS = 20


def in_parts(file: int, data: bytes, within_s: float, after: Callable[[], None] = lambda: None) -> None:
    """Write from the beginning, in parts that come evenly."""
    size = -(-len(data) // STEPS)
    for start in range(0, len(data), size):
        os.pwrite(file, data[start : start + size], start)
        after()
        time.sleep(within_s / STEPS)


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)


def steady(data: bytes, target: Path) -> None:
    in_parts(opened(target), data, 3)


def stall(seconds: float) -> Callable[[bytes, Path], None]:
    def write(data: bytes, target: Path) -> None:
        file = opened(target)
        os.pwrite(file, data[: len(data) // 2], 0)
        time.sleep(seconds)
        os.pwrite(file, data[len(data) // 2 :], len(data) // 2)

    return write


def preallocated(wait_s: float) -> Callable[[bytes, Path], None]:
    def write(data: bytes, target: Path) -> None:
        file = opened(target)
        os.posix_fallocate(file, 0, len(data))
        time.sleep(wait_s)
        in_parts(file, data, 4)

    return write


def with_an_old_time(data: bytes, target: Path) -> None:
    file = opened(target)
    os.posix_fallocate(file, 0, len(data))
    in_parts(file, data, 4, lambda: os.utime(file, ns=(OLD_NS, OLD_NS)))


def reopened(seconds: float) -> Callable[[bytes, Path], None]:
    def write(data: bytes, target: Path) -> None:
        target.write_bytes(data[: len(data) // 2])
        time.sleep(seconds)
        with target.open("ab") as file:
            file.write(data[len(data) // 2 :])

    return write


def renamed(data: bytes, target: Path) -> None:
    beside = target.with_name(f"{target.name}.part")
    in_parts(opened(beside), data, 4)
    beside.rename(target)


def mapped(data: bytes, target: Path) -> None:
    file = opened(target)
    os.ftruncate(file, len(data))
    with mmap.mmap(file, len(data)) as memory:
        os.close(file)
        size = -(-len(data) // STEPS)
        for start in range(0, len(data), size):
            memory[start : start + size] = data[start : start + size]
            time.sleep(4 / STEPS)


WAYS: dict[str, Callable[[bytes, Path], None]] = {
    "steady": steady,
    "stall4": stall(4),
    "stall8": stall(8),
    "stall20": stall(20),
    "preallocated": preallocated(0),
    "preallocated_stall12": preallocated(12),
    "old_time": with_an_old_time,
    "reopened3": reopened(3),
    "reopened7": reopened(7),
    "renamed": renamed,
    "mapped": mapped,
}

if __name__ == "__main__":
    WAYS[sys.argv[1]](Path(sys.argv[2]).read_bytes(), Path(sys.argv[3]))
