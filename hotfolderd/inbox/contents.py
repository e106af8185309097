"""What the files of a drop hold: whether a design and a project can be read, each distinct file once.

Reads the files, through the readers of `media`; writes nothing. Runs in a worker only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.foreign import below, open_file
from hotfolderd.inbox.batch import Content, Finding, Limits
from hotfolderd.inbox.drops import Designs
from hotfolderd.inbox.endings import ends_early
from hotfolderd.inbox.problem import shown
from hotfolderd.media.psd_header import check_complete, check_header

_MIB = 1 << 20
_TAIL_BYTES = 256
_FOOTAGE, _FONT = "Footage", "Font"
_FONT_MIB = 200  # larger ones are not looked into by media/fonts.py
_COPY_AGAIN = "If its copy is not running any more, copy it again."


@dataclass(slots=True)
class Contents:
    """Looks into the files below `home`, and remembers what it saw: a hundred rows may name one template.

    `seen` is what others saw of designs of this drop, by path.
    """

    home: Path
    limits: Limits
    seen: Mapping[str, Content] = field(default_factory=dict)
    _designs: dict[str, Content] = field(default_factory=dict)
    _projects: dict[str, Content] = field(default_factory=dict)
    _fonts: dict[str, Content] = field(default_factory=dict)
    _footage: dict[str, Content] = field(default_factory=dict)

    def design(self, path: str) -> Content:
        """What is to be said of the PSD at `path`, relative to `home`."""
        if path in self.seen:
            return self.seen[path]
        if path not in self._designs:
            with below(self.home):
                self._designs[path] = _read_design(self.home / path, path, self.limits)
        return self._designs[path]

    def project(self, path: str) -> Content:
        """What is to be said of the After Effects project at `path`, and what it holds."""
        if path not in self._projects:
            with below(self.home):
                self._projects[path] = _read_project(self.home / path, path, self.limits)
        return self._projects[path]

    def footage(self, path: str) -> Content:
        """What is to be said of the footage at `path`: its size, and whether a picture is there to its end."""
        if path not in self._footage:
            with below(self.home):
                self._footage[path] = _read_footage(self.home / path, path, self.limits)
        return self._footage[path]

    def font(self, path: str) -> Content:
        """What is to be said of the font at `path` from outside; whether it can be read is seen where it is used."""
        if path not in self._fonts:
            with below(self.home):
                self._fonts[path] = _outside(self.home / path, path, _FONT, _FONT_MIB, 0, self.limits)
        return self._fonts[path]


def look_into_designs(order: Designs) -> dict[str, Content]:
    """What is to be said of some designs of a drop, by path."""
    contents = Contents(order.home, order.limits)
    return {path: contents.design(path) for path in order.paths}


def _read_footage(path: Path, name: str, limits: Limits) -> Content:
    outside = _outside(path, name, _FOOTAGE, limits.footage_mib, 0, limits)
    if outside.errors or outside.unfinished:
        return outside
    try:
        lacks = ends_early(path)
    except OSError as error:
        advice = "Make it readable for the daemon's user."
        return Content(((f"Footage cannot be read: {shown(name)} ({error.strerror})", advice),))
    found = f"Footage ends in the middle: {shown(name)} (no {lacks} at its end)"
    return Content(unfinished=((found, _COPY_AGAIN),)) if lacks else Content()


def _read_design(path: Path, name: str, limits: Limits) -> Content:
    from hotfolderd.media.psd import check_design  # noqa: PLC0415 - psd-tools is loaded in workers only

    outside = _outside(path, name, "PSD file", limits.psd_mib, limits.psd_warn_bytes, limits)
    if outside.errors or outside.unfinished:
        return outside
    try:
        header = check_header(path)
        errors, warnings = _proportions(header.width, header.height, name, limits)
        if cut_off := _cut_off(lambda: check_complete(path)):
            return Content(tuple(errors), (*outside.warnings, *warnings), unfinished=(cut_off,))
        check_design(path)
    except JobError as error:
        return Content((_in_our_words("Invalid or corrupted PSD file", error),), outside.warnings)
    return Content(tuple(errors), (*outside.warnings, *warnings))


def _read_project(path: Path, name: str, limits: Limits) -> Content:
    from hotfolderd.media.project import read_template  # noqa: PLC0415 - lxml and py-aep are loaded in workers only

    form = path.suffix.lstrip(".").upper()
    outside = _outside(path, name, f"{form} file", limits.project_mib, limits.project_warn_bytes, limits)
    if outside.errors or outside.unfinished:
        return outside
    if not _project_is_whole(path):
        found = f"{form} file ends in the middle: {shown(name)}"
        return Content(unfinished=((found, _COPY_AGAIN),))
    try:
        template = read_template(path)
    except JobError as error:
        return Content((_in_our_words(f"Invalid {form} file structure", error),), outside.warnings)
    warnings = list(outside.warnings)
    if len(template.comps) > limits.comps:
        found = f"The project {shown(name)} has {len(template.comps)} comps, more than {limits.comps}"
        warnings.append((found, "A template with only the comps it needs is read faster."))
    return Content(warnings=tuple(warnings), template=template)


def _in_our_words(what: str, error: JobError) -> Finding:
    text = str(error)
    return (text if what in text else f"{what}: {text}", "")


def _cut_off(check: Callable[[], object]) -> Finding | None:
    """A file that is shorter than it promises may still be on its way: the sign no other way of looking can give."""
    try:
        check()
    except JobError as error:
        return str(error), _COPY_AGAIN
    return None


def _project_is_whole(path: Path) -> bool:
    """False for a project whose end is not there yet; true for everything that is no project, others will say so."""
    with open_file(path) as file:
        head = file.read(1024)
        size = file.seek(0, os.SEEK_END)
        if head[:4] == b"RIFX":
            return size >= max(12, 8 + int.from_bytes(head[4:8], "big"))
        file.seek(max(0, size - _TAIL_BYTES))
        foreign = not head.lstrip(b"\xef\xbb\xbf").startswith(b"<?xml") or b"<!DOCTYPE" in head
        return foreign or b"</AfterEffectsProject>" in file.read()


def _outside(path: Path, name: str, kind: str, most_mib: int, warn_bytes: int, limits: Limits) -> Content:
    """What size and kind of the file say, before anything reads it."""
    try:
        with open_file(path) as file:
            info = os.fstat(file.fileno())
    except FileNotFoundError:
        return Content(unfinished=((f"{kind} not found: {shown(name)}", "It lay there a moment ago. Copy it again."),))
    except JobError:
        return Content(((f"{kind} is not a plain file: {shown(name)}", "Copy the file itself."),))
    except OSError as error:
        advice = "Make it readable for the daemon's user."
        return Content(((f"{kind} cannot be opened: {shown(name)} ({error.strerror})", advice),))
    if info.st_nlink > 1 and not limits.hard_links:
        found = f"{kind} has {info.st_nlink} names (hard links): {shown(name)}"
        return Content(((found, "Copy the file instead of linking it."),))
    if info.st_size == 0:
        found = f"{kind} is empty (0 bytes): {shown(name)}"
        return Content(unfinished=((found, _COPY_AGAIN),))
    if info.st_size > most_mib * _MIB:
        # A file of holes (its blocks have 512 bytes) takes no place on the disk, and would on every copy of it.
        holes = " (most of it holes)" if info.st_blocks * 512 < info.st_size // 2 else ""
        found = f"{kind} has {info.st_size / _MIB:.1f} MiB{holes}, at most {most_mib} MiB are allowed: {shown(name)}"
        settable = kind not in {_FOOTAGE, _FONT}
        advice = "Make it smaller, or raise the limit in the configuration." if settable else "Make it smaller."
        return Content(((found, advice),))
    if info.st_size < warn_bytes:
        found = f"{kind} has only {info.st_size} bytes: {shown(name)}"
        return Content(warnings=((found, "Look whether it is the right file."),))
    return Content()


def _proportions(width: int, height: int, name: str, limits: Limits) -> tuple[list[Finding], list[Finding]]:
    """Errors and warnings about the canvas, by its size in pixels."""
    found = f"The design {shown(name)} is {width}×{height} px"
    errors: list[Finding] = []
    warnings: list[Finding] = []
    if max(width, height) > limits.most_px:
        errors.append((f"{found}, at most {limits.most_px} px are allowed", "Make the canvas smaller."))
    if min(width, height) < limits.least_px:
        warnings.append((f"{found}, less than {limits.least_px} px", "Look whether it is the right file."))
    if not limits.least_ratio <= width / height <= limits.most_ratio:
        warnings.append((f"Unusual aspect ratio: {found}", "Look whether it is the right file."))
    return errors, warnings
