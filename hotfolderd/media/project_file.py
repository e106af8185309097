"""Opens the file of an After Effects project, whatever its form: `.aep`, `.aet`, `.aepx`, `.mogrt`.

Reads one file, writes nothing. The form is told by the first bytes, never by the suffix. Nothing is decompressed
beyond a limit, and no more than two archives deep (a `.mogrt` holds `project.aegraphic`, which holds the `.aep`).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from hotfolderd.errors import JobError, ToolError
from hotfolderd.foreign import open_file
from hotfolderd.media import aepx, rifx
from hotfolderd.media.ae_version import refuse_old
from hotfolderd.media.rifx import LIMITS, Limits, Tree

Form = Literal["aep", "aepx"]

_ZIP = b"PK\x03\x04"
_GRAPHIC = "project.aegraphic"
_MOST_ENTRIES = 10_000
_REMEDY = "Export the template from After Effects again, or send its .aep."


def read_project(path: Path, *, limits: Limits = LIMITS) -> Tree:
    """The tree of the project in `path`. Raises as `read_tree` does."""
    return read_tree(path, limits=limits)[1]


def read_tree(path: Path, *, limits: Limits = LIMITS) -> tuple[Form, Tree]:
    """The form of the project in `path` and its tree.

    Raises JobError, with the file's name, if it is damaged, hostile, too large, saved by After Effects 11 or older, or
    no project at all; ToolError if it cannot be read.
    """
    data = read_project_bytes(path, limits=limits)
    try:
        if form_of(data) == "aepx":
            return "aepx", aepx.to_rifx(data, limits=limits)
        tree = rifx.parse(data, limits=limits)
        refuse_old(tree)
    except JobError as error:
        raise JobError(f"{path.name}: {error}") from error
    return "aep", tree


def read_project_bytes(path: Path, *, limits: Limits = LIMITS) -> bytes:
    """The bytes of the project in `path` as After Effects wrote them, out of its archives: an `.aep` or an `.aepx`.

    Only the size and the first bytes are checked. Raises JobError and ToolError as `read_tree` does.
    """
    most = _most_bytes(limits)
    try:
        with open_file(path) as file:
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise JobError(f"{path.name}: there is no such file. Put it into the job's assets.") from error
    except OSError as error:
        raise ToolError(f"{path.name}: it cannot be read: {error}. Check the disk and the permissions.") from error
    try:
        if len(data) > most:
            raise JobError(f"project: it has more than the {most:,} bytes allowed. Remove unused items.")
        if data[:4] == _ZIP:
            data = _from_archive(data, limits)
        form_of(data)
    except JobError as error:
        raise JobError(f"{path.name}: {error}") from error
    return data


def form_of(data: bytes) -> Form:
    """The form of a project's bytes, told by their beginning. Raises JobError if they are no project."""
    if data[:4] == b"RIFX":
        return "aep"
    if data[:1] == b"<" or data[:3] in (b"\xef\xbb\xbf", b"\xff\xfe<", b"\xfe\xff\0"):
        return "aepx"
    raise JobError(
        f"start of the file: an After Effects project begins with RIFX or <?xml, found {data[:8]!r}. "
        "Send the .aep, .aet, .aepx or .mogrt that After Effects saved."
    )


def _most_bytes(limits: Limits) -> int:
    """The size that any of the forms may have; each is checked more closely where it is read."""
    return 2 * limits.size_bytes + 65_536


def _from_archive(data: bytes, limits: Limits) -> bytes:
    """The one `.aep` in a `.mogrt`, directly or in its `project.aegraphic`."""
    for archive in (".mogrt", _GRAPHIC):
        try:
            with _opened(data, archive) as opened:
                top = [name for name in opened.namelist() if "/" not in name]
                names = [name for name in top if name == _GRAPHIC or name.endswith(".aep")]
                if len(names) != 1:
                    raise JobError(
                        f"{archive}: it should hold one After Effects project, found {len(names)}. {_REMEDY}"
                    )
                data = _member(opened, opened.getinfo(names[0]), _most_bytes(limits))
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
        ) as error:
            # zipfile says that an archive is damaged by any of these.
            raise JobError(f"{archive}: the archive is damaged: {error}. {_REMEDY}") from error
        if data[:4] != _ZIP:
            break
    return data


def _opened(data: bytes, archive: str) -> zipfile.ZipFile:
    """The archive, if its directory is not too long to be read."""
    if data.count(b"PK\x01\x02") > _MOST_ENTRIES:
        raise JobError(f"{archive}: the archive has more than {_MOST_ENTRIES:,} entries. {_REMEDY}")
    return zipfile.ZipFile(io.BytesIO(data))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of one member; neither what it says of its size nor what it really holds may exceed `most`."""
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise JobError(f"{member.filename}: it is encrypted or packed in an unusual way. {_REMEDY}")
    if member.file_size > most:
        raise JobError(
            f"{member.filename}: unpacked it has {member.file_size:,} bytes, {most:,} are allowed. {_REMEDY}"
        )
    with archive.open(member) as file:
        data = file.read(most + 1)
    if len(data) != member.file_size:
        raise JobError(
            f"{member.filename}: {member.file_size:,} bytes were announced, {len(data):,} came out. {_REMEDY}"
        )
    return data
