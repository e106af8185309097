"""Names: which are litter of systems and programs, which are safe for jobs and outputs, and which are the same name.

Reads and writes nothing. Case never counts here, because the inbox may lie on a disk where it does not.
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import translate

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.problem import shown

SETTINGS_SUFFIXES = (".batch.yaml", ".batch.yml")
# What is still being written under another name, with the name it will bear in group 1 where that can be told.
_TEMPORARY = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"\.syncthing\.(.+)\.tmp",
        r"~syncthing~(.+)\.tmp",
        r"\.in\.(.+?)\.?",  # ProFTPD HiddenStores
        r"\.pureftpd-upload\..+",
        r"\.goutputstream-.+",
        r"\.sb-.+",  # TextEdit's safe save
        r"\.incoming-(.+)",
        r"photoshop temp ?[0-9]*",  # "Photoshop Templates" is a person's
        r"ps.{4}\.tmp",
        r"(.+)\.(?:part|partial|filepart|crdownload|download|opdownload|!ut|!qb|aria2|dtapart|gstmp|tmp|temp)",
        r"\.(.+\.[^.]+)\.[a-z0-9]{6}",  # rsync
    )
)

_LITTER = re.compile(
    "|".join(
        translate(pattern)
        for pattern in (
            *(".*", "~*", "*~", "#*#", "icon\r", "*.sw[a-eg-z]", "*.bak", "*.lock", "*.tmp", "*.temp"),
            *("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "#recycle", "#snapshot", "$recycle.bin"),
            *("system volume information", "network trash folder", "*.sync-conflict-*"),
        )
    ),
    re.IGNORECASE | re.DOTALL,
)
# Files by which vim tries whether it may write, and which `sed -i` writes beside a file: sedXXXXXX. An all-lower-case
# word of that length is more likely a person's.
_PROBE = re.compile(r"4913|sed(?=.*[A-Z0-9])[A-Za-z0-9]{6}")
_CONFLICT = re.compile(r".*(?:\.sync-conflict-|'s conflicted copy|\(conflicted copy).*", re.IGNORECASE | re.DOTALL)

_JOB_ID = re.compile(r"[A-Za-z0-9_-]+")
_OUTPUT_NAME = re.compile(r"([A-Za-z0-9_-]+)\.(aep|aepx)")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN_CHARACTERS = frozenset('<>:"|?*\\/')
_LONGEST_ID = 100
_LONGEST_NAME_BYTES = 200


def is_litter(name: str, *, folder: bool = False) -> bool:
    """True for what systems and programs leave in folders (`.DS_Store`, `~$x`, `x.psd.part`): no part of a drop.

    What programs only ever call a file is no litter as the name of a `folder`: it may be an order's number.
    """
    if _PROBE.fullmatch(name):
        return not folder
    return bool(_LITTER.fullmatch(name)) or is_temporary(name)


def is_temporary(name: str) -> bool:
    """True for a name that a program gives to a file while it writes it: a copy that is not finished."""
    return any(pattern.fullmatch(name) for pattern in _TEMPORARY)


def final_name(name: str) -> str | None:
    """The name that a temporary file will bear once it is complete (`x.psd.part` → `x.psd`), None if unknown."""
    for pattern in _TEMPORARY:
        found = pattern.fullmatch(name)
        if found:
            return str(found.group(1)) if pattern.groups else None
    return None


def is_conflict(name: str) -> bool:
    """True for the second copy that a sync program keeps when two people changed a file; a person must choose."""
    return bool(_CONFLICT.fullmatch(name))


def check_job_id(text: str) -> None:
    """Raise RefusedError unless `text` can be a job's name, which is also its folder's name on every system."""
    if not text:
        raise RefusedError("Missing job_id, the cell is empty. Write a name such as TEST001.")
    if not _JOB_ID.fullmatch(text):
        raise RefusedError(
            f"Invalid job_id format: {shown(text)} (use alphanumeric, underscore, dash only). "
            f"Write {_suggestion(text)}."
        )
    if text.startswith("-"):
        raise RefusedError(
            f"Invalid job_id: {shown(text)} begins with a dash, like an option of a command. Write {_suggestion(text)}."
        )
    if len(text) > _LONGEST_ID:
        raise RefusedError(f"Invalid job_id: {shown(text)} has {len(text)} characters. Write at most {_LONGEST_ID}.")
    if is_device(text) or is_litter(text):
        raise RefusedError(
            f"Invalid job_id: {text} is a name that systems or programs use for themselves. Write job_{text}."
        )


def check_output_name(text: str) -> None:
    """Raise RefusedError unless `text` is a file name of letters, digits, `_` and `-` ending in .aep or .aepx."""
    found = _OUTPUT_NAME.fullmatch(text)
    if not found or text.startswith("-"):
        raise RefusedError(
            f"Invalid output_name: {shown(text)}. Use letters, digits, underscore and dash, then .aep or .aepx, "
            f"such as {_suggestion(re.sub(r'[.]aepx?$', '', text, flags=re.IGNORECASE))}.aep, or leave the cell empty."
        )
    if is_device(text) or len(text) > _LONGEST_ID:
        raise RefusedError(
            f"Invalid output_name: {shown(text)} is too long or a name that Windows keeps for itself. "
            f"Write another of at most {_LONGEST_ID} characters, or leave the cell empty."
        )


def job_id_from(name: str) -> str:
    """A valid job id made of a file's or folder's name: `Été 2026` → `Ete_2026`; empty where nothing can be kept."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    made = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:_LONGEST_ID]
    return f"job_{made}" if made and (is_device(made) or is_litter(made)) else made


def is_device(name: str) -> bool:
    """True for a name that Windows keeps for itself, whatever its ending: `CON`, `aux.png`."""
    return bool(_DEVICE.fullmatch(name))


def name_fault(name: str) -> str:
    """Why `name` cannot be one file's or folder's name on every system; empty if it can."""
    bad = next((c for c in name if c in _FORBIDDEN_CHARACTERS or unicodedata.category(c)[0] == "C"), None)
    if bad is not None:
        return f"holds the character {shown(bad)}"
    if name in {".", ".."}:
        return "stands for another folder"
    if name != name.rstrip(". "):
        return "ends in a dot or a space"
    if is_device(name):
        return "is a name that Windows keeps for itself"
    if len(name.encode("utf-8")) > _LONGEST_NAME_BYTES:
        return f"is longer than {_LONGEST_NAME_BYTES} bytes"
    return ""


def _suggestion(text: str) -> str:
    return job_id_from(text) or "TEST001"


def settings_files(csv_name: str) -> tuple[str, ...]:
    """The names that the settings of a CSV may have: `spring.csv` → `spring.batch.yaml`, `spring.batch.yml`."""
    stem = csv_name[: -len(".csv")] if csv_name.lower().endswith(".csv") else csv_name
    return tuple(stem + suffix for suffix in SETTINGS_SUFFIXES)
