"""What lies in the job's `assets/` beside design and template: fonts and footage, found by name. Reads that folder."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

from hotfolderd.foreign import is_plain
from hotfolderd.media.fonts import find_font, lacking
from hotfolderd.media.same_names import fold
from hotfolderd.media.typeset import TextBlock, overflow
from hotfolderd.model import Placeholder, Template

ASSETS = "assets"
FONTS = "assets/fonts"
FOOTAGE = "assets/footage"


def font_folders(job: Path) -> list[Path]:
    """The folders to look for fonts in before the installed ones."""
    folder = job / FONTS
    return [folder] if folder.is_dir() else []


def footage_files(job: Path) -> Mapping[str, Path]:
    """The job's footage by its file name as `fold` gives it; the design may be footage too."""
    folder = job / FOOTAGE
    files = sorted((job / ASSETS).glob("*")) + (sorted(folder.rglob("*")) if folder.is_dir() else [])
    return {fold(path.name): path for path in files if is_plain(path) and not path.name.startswith(".")}


def has_font(job: Path) -> Callable[[str], bool]:
    """Whether a font (by PostScript name) is at hand: in the job, or installed."""
    folders = font_folders(job)

    def there(name: str) -> bool:
        found = find_font(name, folders)
        return found is not None and found.exact

    return there


def has_footage(job: Path, template: Template) -> Callable[[str], bool]:
    """Whether a piece of footage (by file name) is at hand: in the job, or where the template says."""
    files = footage_files(job)
    paths = {fold(one.file_name): one.path for one in template.footage if one.path}

    def there(name: str) -> bool:
        known = paths.get(fold(name))
        return fold(name) in files or (known is not None and Path(known).is_file())

    return there


def text_overflow(job: Path) -> Callable[[Placeholder, str], float | None]:
    """By what part of its box a text would be too wide for a placeholder, set in the font of the job or this machine.

    None where the placeholder has no box of its own, or its font is not at hand.
    """
    folders = font_folders(job)

    def part(placeholder: Placeholder, text: str) -> float | None:
        box, look = placeholder.paragraph, placeholder.text
        if box is None or look is None or not look.font:
            return None
        words = text.upper() if box.all_caps else text
        room = (0.0, 0.0, box.width, box.height)
        block = TextBlock(words, look.font, box.size_px, box.leading_px, (0, 0, 0), tracking=box.tracking, box=room)
        return overflow(block, folders)

    return part


def missing_letters(job: Path) -> Callable[[Placeholder, str], str]:
    """The letters of a text that a placeholder's font has no drawing of; none where its font is not at hand."""
    folders = font_folders(job)
    font_of = functools.cache(lambda name: find_font(name, folders))

    def lacks(placeholder: Placeholder, text: str) -> str:
        look, box = placeholder.text, placeholder.paragraph
        font = font_of(look.font) if look and look.font else None
        if font is None or not font.exact:
            return ""
        return lacking(text.upper() if box and box.all_caps else text, font)

    return lacks
