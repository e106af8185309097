"""A placeholder as the template has it, small: its text in its font, its footage, or a card where that is missing.

Reads the job's footage and fonts, or what was kept of the footage; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media.fonts import load
from hotfolderd.media.labels import shortened
from hotfolderd.media.layer_contents import CLIPS
from hotfolderd.media.likeness import Fingerprint, fingerprint
from hotfolderd.media.pictures import PAIR_PX, missing_card, open_picture, thumbnail
from hotfolderd.media.same_names import fold
from hotfolderd.media.video import frame_at
from hotfolderd.model import Placeholder

Renderer = Literal["headless_text", "headless_footage", "missing_footage_card"]
Kept = Callable[[str], tuple[Image.Image, Fingerprint] | None]
"""What was kept of a piece of footage, by its file name, or None."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture within a square of `PAIR_PX`, and how it came about.

    `file` is the footage that it shows, and `looks` how that looks; other pictures have none.
    """

    image: Image.Image
    renderer: Renderer
    file: str = ""
    looks: Fingerprint | None = None


def draw_placeholder(
    placeholder: Placeholder, footage: Mapping[str, Path], fonts: Sequence[Path], kept: Kept = lambda _: None
) -> Shown:
    """The picture; `footage` is the job's by file name as `fold` gives it, `fonts` are folders to look in first."""
    if placeholder.kind == "text":
        return Shown(_text(placeholder, fonts), "headless_text")
    source = placeholder.source
    file = source.file_name if source else ""
    found = footage.get(fold(file))
    if found is None:
        return Shown(_card(placeholder, file or placeholder.name), "missing_footage_card")
    glance = kept(found.name)
    if glance is not None:
        return Shown(glance[0], "headless_footage", found.name, glance[1])
    try:
        whole = frame_at(found, 0.0) if found.suffix.lower() in CLIPS else open_picture(found)
    except (JobError, ToolError):  # the check of the matches says so; here a card stands for it
        return Shown(_card(placeholder, f"{found.name} (cannot be opened)"), "missing_footage_card")
    return Shown(thumbnail(whole, PAIR_PX), "headless_footage", found.name, fingerprint(whole))


def _card(placeholder: Placeholder, name: str) -> Image.Image:
    source = placeholder.source
    width, height = (source.width, source.height) if source and source.width and source.height else (3, 2)
    scale = PAIR_PX / max(width, height)
    return missing_card(name, (max(60, round(width * scale)), max(60, round(height * scale))))


def _text(placeholder: Placeholder, fonts: Sequence[Path]) -> Image.Image:
    look = placeholder.text
    font, _ = load(look.font or "" if look else "", 34, fonts)
    colour = look.colour if look and look.colour else "#ffffff"
    dark = sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) < 360
    image = Image.new("RGB", (PAIR_PX, PAIR_PX // 4), "#d8d8d8" if dark else "#2b2b2b")
    text = shortened((look.text if look else "").replace("\n", " / ") or "(no text)", font, PAIR_PX - 24)
    ImageDraw.Draw(image).text((12, PAIR_PX // 8), text, font=font, fill=colour, anchor="lm")
    return image
