"""Paths of another machine: mapped by whole folders, the longest first, with that machine's slashes."""

from __future__ import annotations

import pytest

from hotfolderd.media.foreign_paths import below, file_name, is_posix, mapped, own_slashes, what_is_wrong

HERE = "/srv/studio/folders/deployed/ACME/J1"


@pytest.mark.parametrize(
    ("prefixes", "there"),
    [
        ([], HERE),
        ([("/srv/studio", "/Volumes/studio")], "/Volumes/studio/folders/deployed/ACME/J1"),
        ([("/srv/studio", "D:\\studio")], "D:\\studio\\folders\\deployed\\ACME\\J1"),
        ([("/srv/studio/folders", "D:\\")], "D:\\deployed\\ACME\\J1"),
        ([("/srv/studio", "\\\\server\\share\\")], "\\\\server\\share\\folders\\deployed\\ACME\\J1"),
        ([("/srv/studio", "Z:/studio")], "Z:\\studio\\folders\\deployed\\ACME\\J1"),
        ([("/srv/studio", "//server/share")], "\\\\server\\share\\folders\\deployed\\ACME\\J1"),
        ([(HERE, "Z:/J1")], "Z:\\J1"),
        ([("/srv", "/a"), ("/srv/studio/folders", "/b"), ("/srv/studio", "/c")], "/b/deployed/ACME/J1"),
        ([("/srv/stud", "/wrong")], HERE),
        ([("/", "/Volumes/root")], f"/Volumes/root{HERE}"),
        ([(HERE, "/Volumes/J1")], "/Volumes/J1"),
    ],
)
def test_the_longest_folder_that_holds_a_path_is_exchanged(prefixes: list[tuple[str, str]], there: str) -> None:
    assert mapped(HERE, prefixes) == there


def test_what_lies_below_has_the_slashes_of_its_folder() -> None:
    assert below("/Volumes/J1", "footage", "a.png") == "/Volumes/J1/footage/a.png"
    assert below("D:\\J1", "footage", "a.png") == "D:\\J1\\footage\\a.png"
    assert below("//server/share", "a.png") == "//server/share\\a.png"
    assert file_name("D:\\J1\\a.png") == file_name("/J1/a.png") == "a.png"
    assert [is_posix(path) for path in ("/a", "//a/b", "D:/a", "\\\\a\\b")] == [True, False, False, False]


def test_a_path_of_windows_has_backslashes_only() -> None:
    """Projects of After Effects hold no others; people write them, since YAML and nexrender take both."""
    assert own_slashes("Z:/jobs\\a b/c.png") == "Z:\\jobs\\a b\\c.png"
    assert own_slashes("//server/share/c.png") == "\\\\server\\share\\c.png"
    assert own_slashes("/Volumes/a\\b/c.png") == "/Volumes/a\\b/c.png"


@pytest.mark.parametrize("path", ["/Volumes/x", "D:\\x", "d:/x", "D:\\", "\\\\server\\share", "//server/share"])
def test_an_absolute_path_of_any_system_can_be_one(path: str) -> None:
    assert what_is_wrong(path) == ""


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "must be absolute"),
        ("x/y", "must be absolute"),
        ("D:x", "must be absolute"),
        ("~/x", "must be absolute"),
        ("/", "must be absolute"),
        ("/a/../b", "parts . and .."),
        ("D:\\a\\.\\b", "parts . and .."),
        ("/a\nb", "control character"),
        ("D:\\a?b", "Windows allows none"),
        ("D:\\a:b", "Windows allows none"),
        ("\\\\server\\a|b", "Windows allows none"),
    ],
)
def test_what_cannot_be_one_is_said(path: str, says: str) -> None:
    assert says in what_is_wrong(path)
