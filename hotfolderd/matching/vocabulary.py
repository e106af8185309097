"""The words of studios: what means the same, what says nothing, what names a part of a picture.

Tables only. Reads nothing, writes nothing, decides nothing.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Written on one side, meant on the other: every word of a line is read as the first. Without accents, as names are
# read.
_SAME = """
title headline heading header hed titel uberschrift titre titulo titular titolo
subtitle subhead subheading subheadline strapline tagline kicker untertitel subtitulo
photo picture pic pics image img photograph headshot portrait foto bild imagen
main hero featured feature lead
background bg bkg bgd backdrop hintergrund fond fondo sfondo achtergrond fundo
logo brand badge crest emblem logotype wappen escudo
button btn cta
description desc body blurb paragraph beschreibung descripcion
name fullname nom nombre naam nome
number num nr nummer numéro número
location venue ort lieu lugar
url website web site link webseite
price cost preis prix precio prezzo prijs preco
author writer byline autor auteur
player athlete spieler joueur jugador
team club mannschaft equipe equipo
claim slogan
address street
icon symbol pictogram
summary abstract
cover artwork
time kickoff uhrzeit heure hora
date datum fecha
"""
SYNONYMS: dict[str, str] = {
    word: words[0] for words in (line.split() for line in _SAME.split("\n")) for word in words[1:]
}

# What a name can be about: each excludes the others.
HEADS = _set(
    "title subtitle photo background logo button description name number venue url price author time date icon"
)

# Compounds are cut only where both halves are known words: `featuredimage` is `featured image`.
KNOWN = (
    frozenset(SYNONYMS)
    | frozenset(SYNONYMS.values())
    | _set(
        "full first last home away left right score date day month year story intro outro sponsor match game text sub "
        "guest host speaker product event cutout person subject company client caption quote info label position "
        "video color colour icon result round season city country stadium"
    )
)

# Names that Photoshop and After Effects give by themselves, in the languages studios use, and camera file names.
GENERIC = _set(
    "layer text txt type image img picture pic photo shape rectangle rounded ellipse polygon triangle star line path "
    "group vector smart object placeholder untitled unnamed fill color colour gradient pattern null solid frame item "
    "comp footage media dummy sample replace here your the my me this insert add lorem ipsum dsc dscn dscf pxl "
    "screenshot ebene form rechteck gruppe calque forme capa camada livello laag lager слой レイヤー 图层 圖層 레이어"
)

# Common to many names of one design: it ties two names only weakly.
WEAK = _set("photo name text main number title")

# The subject of a picture, whatever it is called.
SUBJECT = _set("cutout photo person player subject main model figure")

# What Photoshop calls a drawn shape.
DRAWN = _set("rectangle rounded ellipse polygon triangle star line shape path vector rechteck")

DECORATION = _set(
    "texture overlay border glow shadow flare grain noise leak vignette divider separator stroke outline highlight "
    "dust particles lines dots stripe stripes"
)

# What is asked for where a long text is meant.
LONG_TEXT = _set("description caption copy quote")

GUIDE = _set("guide guides grid safe bleed margins instructions readme note notes donotprint")

OPPOSITES = tuple(
    _set(pair)
    for pair in (
        "first last",
        "home away",
        "left right",
        "top bottom",
        "front back",
        "before after",
        "start end",
        "start finish",
        "intro outro",
        "light dark",
        "day night",
        "old new",
        "host guest",
        "primary secondary",
        "title subtitle",
    )
)

_CARDINALS = "one two three four five six seven eight nine ten eleven twelve"
CARDINALS = {word: str(number) for number, word in enumerate(_CARDINALS.split(), start=1)}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

# Of comps that hold one picture: `Logo container`, `PRE Logo`.
CONTAINER = _set("comp composition container precomp precomposition pre nested holder")

TEXT_PREFIXES = _set("txt text")
IMAGE_PREFIXES = _set("img image pic")
OTHER_PREFIXES = _set("ph vid video audio placeholder")
SUFFIXES = _set("txt text img placeholder")

COPY = _set("copy kopie copie copia")
STATE = _set("final finale new updated latest edited approved")
VERSION = _set("v ver version rev")
