"""Pieces of HTML out of strangers' texts: escaped, harmless, and linked by percent-encoded relative addresses."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import os
from datetime import datetime
from urllib.parse import quote

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def text(value: object) -> str:
    """A text for HTML, also within an attribute. What is invisible, or would turn letters round, stands as escapes."""
    shown = str(value)
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() or c in "\n\u00a0" else ascii(c)[1:-1] for c in shown)
    return shown.translate(_MARKUP)


def name(value: object) -> str:
    """A stranger's name within a sentence: whichever way it is written, it turns nothing around it."""
    return f"<bdi>{text(value)}</bdi>"


def brief(value: str, most: int = 400) -> str:
    """A text for HTML, its beginning only where it is long."""
    return text(value if len(value) <= most else f"{value[: most - 1]}…")


def address(*parts: str) -> str:
    """A relative address of these path parts, each as it lies on the disk; an empty last part names a folder."""
    return "/".join(quote(_encoded(part), safe="") for part in parts)


def _encoded(part: str) -> bytes:
    try:
        return os.fsencode(part)
    except UnicodeEncodeError:  # no name that a disk could have given
        return part.encode("utf-8", "replace")


def link(shown: str, *parts: str) -> str:
    """A link to a path; `shown` is HTML."""
    return f'<a href="{address(*parts)}">{shown}</a>'


def moment(stamp: str | None) -> str:
    """A time that stands in ISO 8601, as the clock on the wall of the daemon's machine shows it."""
    try:
        at = datetime.fromisoformat(stamp or "").astimezone()
    except (ValueError, OverflowError, OSError):
        return text(stamp or "")
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%Y-%m-%d %H:%M}</time>'


def jobs(count: int) -> str:
    """`1 job`, `2 jobs`."""
    return f"{count} job{'' if count == 1 else 's'}"


def load(file: str) -> tuple[str, str]:
    """A file of this package, and its hash as a content security policy names it."""
    content = (importlib.resources.files("hotfolderd.dashboard") / file).read_text("utf-8")
    digest = hashlib.sha256(content.encode()).digest()
    return content, f"'sha256-{base64.b64encode(digest).decode()}'"


def whole_page(title: str, body: str, style: tuple[str, str], script: tuple[str, str] | None = None) -> str:
    """A page that needs no other file and lets nothing run but its own script. `title` and `body` are HTML."""
    may_run = f"; script-src {script[1]}" if script else ""
    policy = f"default-src 'none'; style-src {style[1]}{may_run}; base-uri 'none'; form-action 'none'"
    end = f"<script>{script[0]}</script>\n" if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style[0]}</style>\n</head>\n<body>\n{body}{end}</body>\n</html>\n"
    )
