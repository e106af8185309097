"""Pages: Jinja templates to HTML that opens from disk, with links only inside the job folder.

Pages are read without scripts. The one script that may run on each, `sidecar.js` with `answer.js` or `film.js`, makes
the finished YAML from what is chosen on the page; the page's policy names its digest, so that nothing else runs. Reads
its own templates; gives texts; writes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
ANSWER_SCRIPT, FILM_SCRIPT = (
    "".join((TEMPLATES / name).read_text("utf-8") for name in ("sidecar.js", own)) for own in ("answer.js", "film.js")
)
_JOINERS = "\u200c\u200d"  # scripts and emoji need them
BANDS = {"high": "sure", "medium": "likely", "low": "doubtful", "none": "not filled"}


def visible(text: str) -> str:
    """The text with a name in place of each sign that shows nothing or turns the text around: `⟨U+202E⟩`."""
    if text.isprintable():
        return text
    return "".join(f"⟨U+{ord(c):04X}⟩" if _hides(c) else c for c in text)


def _hides(char: str) -> bool:
    if char in "\n\t" or char in _JOINERS:
        return False
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _shown(value: object) -> object:
    """What an expression in a template gives. Only texts of others pass here as plain `str`; markup is ours."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _link(path: str) -> str:
    """A path inside the job folder as a relative address, quoted part by part."""
    return "/".join(quote(part, safe="") for part in path.split("/"))


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %"


def band(confidence: float, matched: object) -> str:
    """The name of the colour that a confidence is shown in: high, medium, low, or none where nothing is matched."""
    if not matched:
        return "none"
    return "high" if confidence >= 0.8 else "medium" if confidence >= 0.7 else "low"


def _word(name: str) -> str:
    """What a band is called, for those who do not see its colour."""
    return BANDS[name]


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(link=_link, percent=_percent, band=band, word=_word)


def _source(script: str) -> str:
    """What a page's policy calls a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


_ENVIRONMENT.globals.update(
    answer_script=Markup(ANSWER_SCRIPT),  # noqa: S704  a file of our own
    answer_source=_source(ANSWER_SCRIPT),
    film_script=Markup(FILM_SCRIPT),  # noqa: S704  a file of our own
    film_source=_source(FILM_SCRIPT),
)


def render(template: str, job_folder: Path, *, shows: Iterable[str] = (), **values: Any) -> str:
    """A page. `shows` are the pictures that only its script will show, as paths in the job folder.

    Raises FileNotFoundError if the page would show a picture or link a file that is not there.
    """
    wanted: list[str] = list(shows)

    def here(path: str) -> str:
        wanted.append(path)
        return _link(path)

    text = _ENVIRONMENT.get_template(template).render(here=here, **values)
    for path in wanted:
        places = [job_folder / path, *(folder / path for folder in values.get("also_in", ()))]
        if not any(place.exists() for place in places):
            raise FileNotFoundError(2, "a page would show a file that is not there", str(job_folder / path))
    return text
