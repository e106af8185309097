"""Installed fonts as a fact: what is put in or taken out is noticed, and looking is cheap."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hotfolderd.media.font_folders import InstalledFonts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the home is named by another variable there")
FONTS = "Library/Fonts" if sys.platform == "darwin" else ".fonts"


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / FONTS
    (folder / "serif").mkdir(parents=True)
    (folder / "serif" / "one.ttf").touch()
    return folder


@pytest.mark.parametrize("change", ["put in", "put below", "taken out", "a folder more", "all gone"])
def test_what_is_installed_or_taken_away_is_noticed(fonts: Path, change: str) -> None:
    for folder in (fonts, fonts / "serif"):
        os.utime(folder, (1, 1))
    installed = InstalledFonts(rest_s=0)
    before = installed()
    assert installed() == before
    match change:
        case "put in":
            (fonts / "two.ttf").touch()
        case "put below":
            (fonts / "serif" / "two.ttf").touch()
        case "taken out":
            (fonts / "serif" / "one.ttf").unlink()
        case "a folder more":
            (fonts / "sans").mkdir()
        case "all gone":
            (fonts / "serif" / "one.ttf").unlink()
            (fonts / "serif").rmdir()
            fonts.rmdir()
    assert installed() != before


def test_it_is_looked_at_again_after_its_rest(fonts: Path) -> None:
    now = [0.0]
    installed = InstalledFonts(rest_s=2.0, clock=lambda: now[0])
    os.utime(fonts, (1, 1))
    before = installed()
    (fonts / "two.ttf").touch()
    now[0] = 1.9
    assert installed() == before
    now[0] = 2.1
    assert installed() != before
