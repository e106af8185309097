"""The values that an `.aepx` writes in another form than as hexadecimal bytes: names, strings, numbers, file paths.

Each pair of functions turns bytes of a chunk into what stands in the XML, and back. Nothing here reads or writes a
file. Whatever would not come back as the same bytes is refused with a ValueError that says what was found; the caller
adds where. The forms were seen in 29 `.aepx` and 91 `.aep` of After Effects 12 to 26.
"""

from __future__ import annotations

import binascii
import functools
import json
import re
import struct
from collections.abc import Mapping

WRAPPED = frozenset({"tdsn", "fnam", "pdnm", "vfdn", "RCom"})
"""Plain chunks whose body may be one `Utf8` chunk; then they have a `string` inside, else `bdata` (up to AE 15)."""

NUMBERS = frozenset({"numS", "ppSn"})
"""Plain chunks with a number, which always have a `string` inside."""

NO_LISTS = WRAPPED | NUMBERS | {"Utf8", "alas", "LIST", "RIFX"}
"""What cannot be the type of a list: the XML could not tell it from something else."""

NO_DATA = NUMBERS | {"Utf8", "alas", "LIST", "RIFX"}
"""What cannot have `bdata`: it has a form of its own."""

REFERENCE_KEYS = (
    "ascendcount_base",
    "ascendcount_target",
    "fullpath",
    "platform",
    "server_name",
    "server_volume_name",
    "target_is_folder",
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,3}")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_COUNT = re.compile(r"0|-?[1-9][0-9]{0,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,310}\.[0-9]{9}")
_PLATFORMS = {"MacPOSIX": 2, "Win": 1}
_JSON_STRING = r'("(?:[^"\\]|\\.)*")'
_ALAS = re.compile(
    r'\{"ascendcount_base":(-?[0-9]{1,10}),"ascendcount_target":(-?[0-9]{1,10}),'
    rf'"fullpath":{_JSON_STRING},"platform":([12]),"server_name":{_JSON_STRING},'
    rf'"server_volume_name":{_JSON_STRING},"target_is_folder":(true|false)\}}'
)


@functools.lru_cache(maxsize=1024)
def element_name(name: str) -> str:
    """The element for a chunk id or list type, without its padding."""
    short = name.rstrip(" ")
    if not _NAME.fullmatch(short):
        raise ValueError(f"the chunk name {name!r} cannot be the name of an XML element")
    return short


@functools.lru_cache(maxsize=1024)
def chunk_name(element: str) -> str:
    """The four characters for the name of an element."""
    if not _NAME.fullmatch(element):
        raise ValueError(f"<{element[:40]}> is no chunk: names have one to four letters")
    return element.ljust(4)


def from_hex(text: str) -> bytes:
    """The bytes of `bdata`: hexadecimal digits and nothing else."""
    try:
        return binascii.unhexlify(text)
    except ValueError as error:
        raise ValueError(f"bdata should be pairs of hexadecimal digits, found {text[:40]!r} ({error})") from error


def xml_text(data: bytes) -> str:
    """UTF-8 bytes as text that XML 1.0 can hold (not escaped yet)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"the text is not UTF-8 (byte {error.start}: {data[error.start]:#04x})") from error
    if found := _NOT_XML.search(text):
        raise ValueError(f"the text holds U+{ord(found[0]):04X}, which XML cannot hold")
    return text


def wrap(text: str) -> bytes:
    """The body of a `WRAPPED` chunk: one `Utf8` chunk."""
    data = text.encode("utf-8")
    return b"Utf8" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) & 1)


def unwrap(data: bytes) -> bytes | None:
    """What `wrap` wrapped, or None if the body is not exactly one `Utf8` chunk."""
    if len(data) < 8 or data[:4] != b"Utf8":
        return None
    size = int.from_bytes(data[4:8], "big")
    fits = 8 + size + (size & 1) == len(data) and (size & 1 == 0 or data[-1] == 0)
    return data[8 : 8 + size] if fits else None


def number_text(name: str, data: bytes) -> str:
    """`numS` (u32) or `ppSn` (f64) as it is printed."""
    if len(data) != (4 if name == "numS" else 8):
        raise ValueError(f"{name} has {len(data)} bytes, {4 if name == 'numS' else 8} are expected")
    text = str(int.from_bytes(data, "big")) if name == "numS" else f"{struct.unpack('>d', data)[0]:.9f}"
    if number_data(name, text) != data:
        raise ValueError(f"{name} is {struct.unpack('>d', data)[0]!r}, which nine decimals cannot express")
    return text


def number_data(name: str, text: str) -> bytes:
    """The bytes of `numS` or `ppSn` from its printed form."""
    if name == "numS":
        if not _COUNT.fullmatch(text) or not 0 <= int(text) < 2**32:
            raise ValueError(f"numS should be a number from 0 to 4294967295, found {text[:40]!r}")
        return struct.pack(">I", int(text))
    if not _DECIMAL.fullmatch(text) or f"{float(text):.9f}" != text:
        raise ValueError(f"ppSn should be a number with nine decimals, found {text[:40]!r}")
    return struct.pack(">d", float(text))


def reference_attributes(data: bytes) -> dict[str, str]:
    """The attributes of a `fileReference` from the JSON in an `alas` chunk.

    JSON may write a letter beyond ASCII as itself or as `\\u` and a number; both are taken, `alas` writes the letter.
    """
    text = xml_text(data)
    found = _ALAS.fullmatch(text)
    if found is None:
        raise ValueError(f"alas should be a file path as compact JSON with seven keys, found {text[:80]!r}")
    base, target, full_path, platform, server, volume, is_folder = found.groups()
    attributes = {
        "ascendcount_base": base,
        "ascendcount_target": target,
        "fullpath": json.loads(full_path),
        "platform": next(word for word, number in _PLATFORMS.items() if str(number) == platform),
        "server_name": json.loads(server),
        "server_volume_name": json.loads(volume),
        "target_is_folder": "1" if is_folder == "true" else "0",
    }
    back = alas(attributes)
    if data not in (back, _escaped(back)):
        raise ValueError(f"alas would not come back as the same JSON: {text[:80]!r}")
    return attributes


def alas(attributes: Mapping[str, str]) -> bytes:
    """The JSON of an `alas` chunk from the attributes of a `fileReference`."""
    if set(attributes) != set(REFERENCE_KEYS):
        found = ", ".join(attributes) or "none"
        raise ValueError(f"fileReference should have the attributes {', '.join(REFERENCE_KEYS)}, found {found:.200}")
    counts = (attributes["ascendcount_base"], attributes["ascendcount_target"])
    if not all(_COUNT.fullmatch(count) for count in counts):
        raise ValueError(f"the ascendcounts of fileReference should be whole numbers, found {counts!r}")
    if attributes["platform"] not in _PLATFORMS:
        raise ValueError(f"the platform of fileReference should be MacPOSIX or Win, found {attributes['platform']!r}")
    if attributes["target_is_folder"] not in ("0", "1"):
        raise ValueError(f"target_is_folder should be 0 or 1, found {attributes['target_is_folder']!r}")
    for key in ("fullpath", "server_name", "server_volume_name"):
        if re.search("[\x00-\x1f\ud800-\udfff\ufffe\uffff]", attributes[key]):
            raise ValueError(f"{key} holds a control character: {attributes[key][:80]!r}")
    values: dict[str, str | int | bool] = dict(attributes)
    values["ascendcount_base"], values["ascendcount_target"] = int(counts[0]), int(counts[1])
    values["platform"] = _PLATFORMS[attributes["platform"]]
    values["target_is_folder"] = attributes["target_is_folder"] == "1"
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _escaped(data: bytes) -> bytes:
    return json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode("ascii")
