"""Pages: Jinja templates to HTML that opens from disk, with links only inside the job folder and no script.

Reads its own templates; gives texts; writes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("hotfolderd.review"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _link(path: str) -> str:
    """A path inside the job folder as a relative address, quoted part by part."""
    return "/".join(quote(part, safe="") for part in path.split("/"))


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %"


def _band(confidence: float, matched: object) -> str:
    """The name of the colour that a confidence is shown in."""
    if not matched:
        return "none"
    return "high" if confidence >= 0.8 else "medium" if confidence >= 0.7 else "low"


_ENVIRONMENT.filters.update(link=_link, percent=_percent, band=_band)


def render(template: str, job_folder: Path, **values: Any) -> str:
    """A page. Raises FileNotFoundError if it would show a picture or link a file that is not there."""
    wanted: list[str] = []

    def here(path: str) -> str:
        wanted.append(path)
        return _link(path)

    text = _ENVIRONMENT.get_template(template).render(here=here, **values)
    for path in wanted:
        places = [job_folder / path, *(folder / path for folder in values.get("also_in", ()))]
        if not any(place.exists() for place in places):
            raise FileNotFoundError(2, "a page would show a file that is not there", str(job_folder / path))
    return text
