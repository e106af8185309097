"""Which files of a drop a template uses, found by name, because its own paths are of another machine.

Reads folders; opens no file and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hotfolderd.inbox.names import is_litter
from hotfolderd.inbox.paths import Shelf
from hotfolderd.media.same_names import fold
from hotfolderd.model import Template

# Folders that hold the files of several jobs; never a job of their own.
STORES = frozenset({"assets", "footage", "fonts", "designs", "templates", "files", "psd", "media"})
FONT_SUFFIXES = (".otf", ".ttf", ".ttc")

_FONT_FOLDER = "fonts"


@dataclass(frozen=True, slots=True)
class FootageFound:
    """`found` are files of the drop, `missing` file names it does not hold; `doubtful` names lie there twice."""

    found: tuple[str, ...]
    missing: tuple[str, ...]
    doubtful: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(slots=True)
class Stock:
    """The files that a drop may use, by name. In the inbox itself, `shared`, other people's folders are left alone."""

    shelf: Shelf
    shared: bool
    _near: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _footage: dict[str, FootageFound] = field(default_factory=dict)
    _fonts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def footage(self, project: str, template: Template) -> FootageFound:
        """The files that the footage of `template`, which lies at `project`, means.

        Looked for are the project's folder with all below it, then everything else that belongs to the drop.
        """
        if project not in self._footage:
            self._footage[project] = self._find(project, template)
        return self._footage[project]

    def fonts(self, files: Iterable[str]) -> tuple[str, ...]:
        """The font files in folders called `fonts` that belong to the drop or lie below the folders of `files`."""
        folders = dict.fromkeys(["", *(_folder(name) for name in files)])
        return tuple(sorted({path for folder in folders for path in self._fonts_below(folder)}))

    def _fonts_below(self, folder: str) -> tuple[str, ...]:
        if folder not in self._fonts:
            paths = [path for same in self._names(folder).values() for path in same]
            fonts = (path for path in paths if path.lower().endswith(FONT_SUFFIXES) and _in_fonts(path))
            self._fonts[folder] = tuple(fonts)
        return self._fonts[folder]

    def _find(self, project: str, template: Template) -> FootageFound:
        found, missing, doubtful = [], [], []
        for name in dict.fromkeys(item.file_name for item in template.footage if item.file_name):
            near, far = (self._names(folder).get(fold(name), []) for folder in (_folder(project), ""))
            same = near or far
            exact = [path for path in same if path.rsplit("/", 1)[-1] == name]
            chosen = exact or same
            if not chosen:
                missing.append(name)
                continue
            found.append(chosen[0])
            if len(chosen) > 1:
                doubtful.append((name, tuple(chosen)))
        return FootageFound(tuple(dict.fromkeys(found)), tuple(missing), tuple(doubtful))

    def _names(self, folder: str) -> dict[str, list[str]]:
        if folder not in self._near:
            names: dict[str, list[str]] = {}
            for path in self.shelf.files(folder) if folder else self._own():
                names.setdefault(fold(path.rsplit("/", 1)[-1]), []).append(path)
            self._near[folder] = names
        return self._near[folder]

    def _own(self) -> Iterator[str]:
        if not self.shared:
            yield from self.shelf.files()
            return
        entries = sorted(self.shelf.entries("").items())
        yield from (name for name, kind in entries if kind == "file" and not is_litter(name))
        for name, kind in entries:
            if kind == "folder" and fold(name) in STORES:
                yield from self.shelf.files(name)


def _in_fonts(path: str) -> bool:
    return _FONT_FOLDER in map(fold, path.split("/")[:-1])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
