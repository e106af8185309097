"""Finding files below one folder: what lies there, and that no link leads out, not even one that comes in between."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.paths import Shelf, check_path, read_small_file


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("design.psd", "design.psd"),
        ("a/b/design.psd", "a/b/design.psd"),
        (r"a\b\design.psd", "a/b/design.psd"),
        ("./a//./design.psd", "a/design.psd"),
        ("50% off – Tür (2).psd", "50% off – Tür (2).psd"),
        ("..design.psd", None),
        ("a/...psd", None),
        ("", None),
        (".", None),
    ],
)
def test_a_path_is_taken_apart_in_one_way_only(written: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(RefusedError):
            check_path(written)
    else:
        assert check_path(written) == meant


def test_a_link_is_not_followed_wherever_it_stands(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "a").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.psd").touch()
    (home / "a/link").symlink_to(outside)
    shelf = Shelf(home)
    assert shelf.find("a/link/secret.psd").state == "link"
    assert shelf.entries("a/link") == {}
    assert list(shelf.files()) == []


def test_a_folder_swapped_for_a_link_in_between_never_leads_out(tmp_path: Path) -> None:
    """Somebody exchanges a folder and a link for as long as we look: what lies outside is never listed."""
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "a").mkdir(parents=True)
    (home / "a/mine.psd").touch()
    outside.mkdir()
    (outside / "secret.psd").touch()
    (tmp_path / "link").symlink_to(outside)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(home / "a", tmp_path / "aside")  # noqa: PTH104 - as fast as can be
            os.rename(tmp_path / "link", home / "a")  # noqa: PTH104
            os.rename(home / "a", tmp_path / "link")  # noqa: PTH104
            os.rename(tmp_path / "aside", home / "a")  # noqa: PTH104

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        states = {Shelf(home).find("a/secret.psd").state for _ in range(5000)}
    finally:
        stop.set()
        thread.join()
    assert states <= {"missing", "link"}


def test_folders_are_listed_to_the_depth_allowed(tmp_path: Path) -> None:
    deep = tmp_path / "/".join("abcdefghijkl")
    deep.mkdir(parents=True)
    (deep / "deep.psd").touch()
    (tmp_path / "a/b/near.psd").touch()
    assert list(Shelf(tmp_path, depth=4).files()) == ["a/b/near.psd"]
    assert list(Shelf(tmp_path, depth=20).files()) == ["a/b/near.psd", "a/b/c/d/e/f/g/h/i/j/k/l/deep.psd"]


def test_the_nearest_name_is_suggested_from_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    for name in ("art/design_v2.psd", "desing.aep", "zebra.psd"):
        (tmp_path / name).touch()
    shelf = Shelf(tmp_path)
    assert shelf.nearest_file("files/design_v1.psd", (".psd",)) == "art/design_v2.psd"
    assert shelf.nearest_file("something else.psd", (".psd",)) is None


def test_a_small_file_is_read_only_if_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_small_file(tmp_path / "a", 5) == b"12345"
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    for name, most in (("a", 4), ("link", 5), ("pipe", 5), (".", 5), ("gone", 5)):
        with pytest.raises(RefusedError):
            read_small_file(tmp_path / name, most)
