"""Which font file stands behind a PostScript name: the job's own fonts first, then those installed on this machine.

Reads font files (their name tables only) and folders; writes nothing. It never changes or installs a font, and it never
takes a broken font file for more than an absent one.
"""

from __future__ import annotations

import functools
import logging
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]  # it has no stubs
from PIL import ImageFont

from hotfolderd.errors import JobError
from hotfolderd.foreign import open_file
from hotfolderd.media.font_folders import installed_folders
from hotfolderd.media.font_names import family, is_stand_in, normalised, style_distance

_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2", ".dfont"}
_MAX_FILE_BYTES = 200 << 20
_MAX_NAMES_BYTES = 128 << 10  # its offsets have 16 bits, so an honest one is smaller
_FAMILY, _STYLE, _FULL, _POSTSCRIPT, _WIDER_FAMILY, _WIDER_STYLE = 1, 2, 4, 6, 16, 17

_TRIED_PX = 24.0
_IN_NO_FONT = "\U0010ffff"

logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # a font that cannot be read is simply not there


@dataclass(frozen=True, slots=True)
class FoundFont:
    """A face in a file. `index` counts the faces of a collection from 0.

    `exact` is false if only another style of the family, or a longer or shorter name of it, is there: what
    is drawn with it is not what was designed.
    """

    path: Path
    index: int
    postscript_name: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class _Face:
    path: Path
    index: int
    postscript_name: str
    names: frozenset[str]
    families: frozenset[str]


_Stamp = tuple[str | int, ...]
_known: dict[Path, tuple[tuple[_Stamp, ...], tuple[_Face, ...]]] = {}


def find_font(name: str, folders: Sequence[Path] = (), *, installed: bool = True) -> FoundFont | None:
    """The font of a PostScript name (full name, or family and style, will do), or None if there is none.

    `folders` are searched before the fonts that are `installed`. Everywhere the exact name goes before a near one.
    Photoshop's stand-in for fonts it could not show is never found.
    """
    if not name or is_stand_in(name):
        return None
    shelves = [faces_in(folder, closely=True) for folder in folders]
    shelves += [faces_in(folder) for folder in (installed_folders() if installed else ())]
    for faces in shelves:
        for face in faces:
            if face.postscript_name == name:
                return FoundFont(face.path, face.index, face.postscript_name)
    wanted = normalised(name)
    for faces in shelves:
        for face in faces:
            if wanted in face.names:
                return FoundFont(face.path, face.index, face.postscript_name)
    return _nearest(name, [face for faces in shelves for face in faces])


def load(
    name: str | None, size_px: float, folders: Sequence[Path] = ()
) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """A font to draw with, and whether it is not the one asked for.

    Falls back on another style of the family, then on Pillow's own scalable font. The size is at least 1 px.
    """
    size = max(1.0, min(size_px, 4000.0))
    found = find_font(name, folders) if name else None
    if found is not None:
        try:
            with open_file(found.path) as stream:
                return ImageFont.truetype(stream, size, found.index), not found.exact
        except (OSError, JobError):
            pass  # fontTools could read its names, FreeType cannot read its outlines
    return _of_pillow(size), True


@functools.lru_cache(maxsize=16)
def _of_pillow(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font within Pillow, which unpacks it anew each time it is asked."""
    return ImageFont.load_default(size)


def lacking(text: str, font: FoundFont | None) -> str:
    """The letters, figures and signs of a text that a font has no drawing of, each once; None is Pillow's own font.

    What is seen only with others (accents, marks of direction) is not asked for. Nothing is lacking in a file that
    cannot be drawn with.
    """
    tried = _tried(font, _stamp(font.path) if font else ())
    return "".join(letter for letter in dict.fromkeys(unicodedata.normalize("NFC", text)) if not tried.has(letter))


class _Tried:
    """A font and what it has: a letter that it has not looks like one that no font has."""

    def __init__(self, font: ImageFont.FreeTypeFont | ImageFont.ImageFont | None) -> None:
        self._font = font
        self._none = b"" if font is None else bytes(font.getmask(_IN_NO_FONT))
        self._known: dict[str, bool] = {}

    def has(self, letter: str) -> bool:
        if self._font is None or unicodedata.category(letter)[0] not in "LNPS":
            return True
        if letter not in self._known:
            self._known[letter] = bytes(self._font.getmask(letter)) != self._none
        return self._known[letter]


@functools.lru_cache(maxsize=32)
def _tried(font: FoundFont | None, stamp: _Stamp) -> _Tried:  # noqa: ARG001  another file is tried anew
    if font is None:
        return _Tried(_of_pillow(_TRIED_PX))
    try:
        with open_file(font.path) as stream:
            return _Tried(ImageFont.truetype(stream, _TRIED_PX, font.index))
    except (OSError, JobError):
        return _Tried(None)


def faces_in(folder: Path, *, closely: bool = False) -> tuple[_Face, ...]:
    """All faces in a folder and below it; read anew only when one of the folders has changed. None there: empty.

    With `closely` also when a file in them has, as in a job where a person saves another font under the same name.
    """
    listed: list[tuple[str, list[str]]] = []
    for place, below, names in os.walk(folder):
        below.sort()
        listed.append((place, names))
    stamp: tuple[_Stamp, ...] = tuple((place, Path(place).stat().st_mtime_ns, len(names)) for place, names in listed)
    if closely:
        stamp += tuple(_stamp(Path(place, name)) for place, names in listed for name in names)
    known = _known.get(folder)
    if known is None or known[0] != stamp:
        files = [Path(place, name) for place, names in listed for name in sorted(names)]
        faces = tuple(face for path in files if path.suffix.lower() in _SUFFIXES for face in _faces(path))
        known = _known[folder] = (stamp, faces)
    return known[1]


def _stamp(path: Path) -> _Stamp:
    """What differs when a file was written again, even if it kept its date."""
    try:
        seen = path.stat()
    except OSError:  # gone meanwhile, or a link to nothing
        return (str(path),)
    return str(path), seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _faces(path: Path) -> Sequence[_Face]:
    try:
        if not 0 < path.stat().st_size <= _MAX_FILE_BYTES:
            return ()
        if path.suffix.lower() == ".dfont":
            with TTFont(path, lazy=True, res_name_or_index=0) as font:
                return _readable([_face(path, 0, font)])
        with open_file(path) as stream:  # fontTools would leave a broken file open
            if path.suffix.lower() in (".ttc", ".otc"):
                fonts = TTCollection(stream, lazy=True).fonts
            else:
                fonts = [TTFont(stream, lazy=True)]
            return _readable([_face(path, index, font) for index, font in enumerate(fonts)])
    except Exception:  # noqa: BLE001 - a foreign parser on a foreign file: what it cannot read is no font to us
        return ()


def _readable(faces: Sequence[_Face | None]) -> Sequence[_Face]:
    return [face for face in faces if face is not None]


def _face(path: Path, index: int, font: TTFont) -> _Face | None:
    entry = font.reader.tables["name"]
    if max(entry.length, getattr(entry, "origLength", 0)) > _MAX_NAMES_BYTES:
        return None
    table = font["name"]
    words = {number: table.getDebugName(number) or "" for number in (1, 2, 4, 6, 16, 17)}
    families = {words[_FAMILY], words[_WIDER_FAMILY]} - {""}
    names = {
        words[_POSTSCRIPT],
        words[_FULL],
        f"{words[_FAMILY]}-{words[_STYLE]}" if words[_FAMILY] else "",
        f"{words[_WIDER_FAMILY]}-{words[_WIDER_STYLE]}" if words[_WIDER_FAMILY] and words[_WIDER_STYLE] else "",
    } - {""}
    return _Face(
        path,
        index,
        words[_POSTSCRIPT] or words[_FULL] or path.stem,
        frozenset(map(normalised, names)),
        frozenset(map(family, families)),
    )


def _nearest(name: str, faces: Sequence[_Face]) -> FoundFont | None:
    """A face of the same family, else one whose family name begins with this one's or the other way round."""
    stem = family(name)
    kin = [face for face in faces if stem in face.families]
    if not kin:
        kin = [face for face in faces if any(_begins(stem, other) for other in face.families)]
    if not kin:
        return None
    best = min(kin, key=lambda face: (style_distance(name, face.postscript_name), len(face.postscript_name)))
    return FoundFont(best.path, best.index, best.postscript_name, exact=False)


def _begins(one: str, other: str) -> bool:
    return min(len(one), len(other)) > 3 and (one.startswith(other) or other.startswith(one))
