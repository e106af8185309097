"""Names of fonts: what makes two of them the same, which ones everybody has, and what can stand in for one.

Reads and writes nothing.
"""

from __future__ import annotations

import re
from typing import Literal

FontClass = Literal["common", "adobe", "other"]

STAND_IN = "AdobeInvisFont"
_STYLE_WORDS = """
    ultralight extralight semilight light thin hairline regular roman book normal medium semibold demibold
    extrabold ultrabold bold extrablack black heavy italic oblique semicondensed condensed
"""
_COMMON_FONTS = """
    arial arialnarrow arialblack arialunicode helvetica helveticaneue times timesnewroman courier couriernew
    georgia verdana tahoma trebuchet impact comicsans palatino garamond bookman futura gillsans optima
    lucidagrande lucidasans lucidaconsole menlo monaco consolas calibri cambria candara segoeui sfpro roboto
    opensans lato montserrat oswald dejavusans dejavuserif dejavusansmono liberationsans notosans
"""
_ADOBE_FONTS = """
    myriad myriadpro minion minionpro proximanova adobegaramond adobecaslon adobesans adobeserif brandongrotesque
    chaparralpro futurapt sourcesans sourcesanspro sourceserif sourceserifpro sourcecodepro trajan trajanpro museo
    museosans museoslab acumin acuminpro acuminvariableconcept kepler keplerstd jenson adobejensonpro
    hypatiasanspro lithospro birchstd blackoakstd cooperblackstd giddyupstd hobostd lettergothicstd nuevastd
    orator oratorstd poplarstd prestigeelitestd rosewoodstd stencilstd tektonpro charlemagnestd freightsans
    freighttext din2014 europa bely lemonde quasimoda sofiapro calluna cronospro warnockpro utopiastd
"""
_SUBSTITUTES = {
    "mono": ("Courier New", "Consolas", "DejaVu Sans Mono"),
    "script": ("Brush Script MT", "Snell Roundhand", "Comic Sans MS"),
    "serif": ("Times New Roman", "Georgia", "DejaVu Serif"),
    "display": ("Impact", "Arial Black", "DejaVu Sans Bold"),
    "sans": ("Arial", "Helvetica", "DejaVu Sans"),
}
_FAMILY_HINTS = {
    "mono": "mono courier code console typewriter orator prestige lettergothic menlo",
    "script": "script brush hand cursive calligra signature",
    "sans": "sans grotesk grotesque gothic helvetica arial",
    "serif": "serif times roman garamond caslon minion georgia palatino baskerville bodoni didot slab trajan jenson",
    "display": "impact black poster stencil display headline rush blackoak rosewood",
}
STYLE_WORDS = tuple(_STYLE_WORDS.split())
COMMON_FONTS = frozenset(_COMMON_FONTS.split())
ADOBE_FONTS = frozenset(_ADOBE_FONTS.split())
_STYLES = re.compile(f"(?:{'|'.join(STYLE_WORDS)}|psmt|mt|ps)+$".replace("roman", "(?<!new)roman"))
_PLAIN_STYLE = re.compile(r"(?:regular|(?<!new)roman|normal|psmt|mt|ps)+$")


def is_stand_in(name: str) -> bool:
    """Whether this is no font but the name Photoshop writes for an invisible one."""
    return normalised(name) == normalised(STAND_IN)


def font_class(name: str) -> FontClass:
    """Where a missing font is had: on most machines (`common`), with an Adobe subscription (`adobe`), elsewhere."""
    stem = family(name)
    if stem in COMMON_FONTS:
        return "common"
    return "adobe" if stem in ADOBE_FONTS else "other"


def substitutes(name: str) -> tuple[str, ...]:
    """Fonts of the same kind that most machines have, best first."""
    plain = normalised(name)
    kind = next((kind for kind, hints in _FAMILY_HINTS.items() if any(hint in plain for hint in hints.split())), "sans")
    return _SUBSTITUTES[kind]


def normalised(name: str) -> str:
    """A name without spaces, `_`, `-` and capitals, and without a word for the plain style at its end."""
    plain = re.sub(r"[\s_\-]+", "", name).lower()
    return _PLAIN_STYLE.sub("", plain) or plain


def family(name: str) -> str:
    """The normalised name without what follows the last `-` and without words for weight, slope or width at its end."""
    stem = name.rsplit("-", 1)[0] or name
    plain = normalised(stem)
    return _STYLES.sub("", plain) or plain


def style_distance(one: str, other: str) -> int:
    """How many style words stand in only one of two names."""
    mine, its = normalised(one), normalised(other)
    return sum((word in mine) != (word in its) for word in STYLE_WORDS)
