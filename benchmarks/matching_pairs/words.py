"""What designs are about: topics with their fields, what these are called, and what they say.

Two parts with topics, languages, names of people, fonts and file noise of their own: `TUNE` is looked at while the
matcher is tuned, `TEST` never.

A field is one line: role | kind | other names | the name in the part's languages | what it says, three times. Kinds:
H headline, S second line, L label, B body, P photograph, C cutout, G logo, I icon. A line that begins with `*` is
repeated: `*3 player` begins such a group, `-` its fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from matching_pairs import topics_to_tune_on, untouched_topics


@dataclass(frozen=True)
class Field:
    role: str
    kind: str
    others: tuple[str, ...]
    foreign: tuple[str, ...]
    says: tuple[str, ...]

    @property
    def is_text(self) -> bool:
        return self.kind in "HSLB"


@dataclass(frozen=True)
class Topic:
    name: str
    fields: tuple[Field, ...]
    group: str
    group_fields: tuple[Field, ...]


@dataclass(frozen=True)
class Part:
    topics: tuple[Topic, ...]
    people: tuple[str, ...]
    fonts: tuple[str, ...]
    layer_noise: tuple[str, ...]
    prefixes: tuple[tuple[str, str], ...]
    fillers: tuple[str, ...]
    decoys: tuple[str, ...]
    containers: tuple[str, ...]
    surplus: tuple[Field, ...]
    jitter: float


def _split(text: str, mark: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(mark) if part.strip())


def _fields(text: str) -> tuple[Field, ...]:
    """Fields that a template has and no design."""
    parts = (one.split("|") for one in text.split(";"))
    says = ("© 2019", "All rights reserved")
    return tuple(Field(role.strip(), kind.strip(), (role.strip(),), (), says) for role, kind in parts)


def _topic(text: str) -> Topic:
    lines = [line.strip() for line in text.strip().splitlines()]
    fields: list[Field] = []
    inner: list[Field] = []
    group = ""
    for line in lines[1:]:
        if line.startswith("*"):
            group = line[1:].strip()
            continue
        role, kind, others, foreign, says = (part.strip() for part in line.lstrip("- ").split("|"))
        found = Field(role, kind, _split(others, ","), _split(foreign, ","), _split(says, ";"))
        (inner if line.startswith("-") else fields).append(found)
    return Topic(lines[0], tuple(fields), group, tuple(inner))


TUNE = Part(
    topics=tuple(_topic(text) for text in topics_to_tune_on.TOPICS.split("===")),
    people=_split(
        "Ben Forrest, Eloise Hart, Emma Quill, Noor Haddad, Ida Krog, Tom Ayo, Lena Voss, Mia Tan, Otto Brandt, "
        "Zoe Marsh, Paul Renn, Ada Falk, Nils Ekman, Rosa Lind, Hugo Bell, Vera Stone, Carla Mendes, Jonas Wiik, "
        "Priya Shah, Mateo Ruiz, Sam Okoro, Yuki Mori, Bela Kovacs, Dina Farouk, Cees de Wit",
        ",",
    ),
    fonts=("Inter-Bold", "Inter-Regular", "Oswald-Medium", "Lora-Italic"),
    layer_noise=(
        *(" copy", " copy 2", " copy 14", " final", " v2", "_v03", " FINAL v3", " new", " (2)", " approved", " rev 4"),
        *(" copy copy", "_V1", " edited", " updated"),
    ),
    prefixes=(
        ("txt_", "img_"),
        ("txt-", "img-"),
        ("TXT ", "IMG "),
        ("text_", "pic_"),
        ("TXT.", "IMG."),
        ("ph_", "ph_"),
    ),
    fillers=("Text", "YOUR TEXT HERE", "Lorem ipsum", "Sample text", "xxx"),
    decoys=(
        "light leak",
        "grain",
        "divider",
        "stroke",
        "overlay",
        "Rectangle 4",
        "vignette",
        "Shape 2",
        "texture",
        "glow",
        "dust",
        "Ellipse 1",
    ),
    containers=("{} comp", "{} container", "PRE {}", "{}", "{}_precomp", "[{}]", "{} holder"),
    surplus=_fields(
        "legal line | L; end card | P; qr code | I; copyright | L; disclaimer | L; watermark | G; outro clip | P"
    ),
    jitter=0.03,
)
TEST = Part(
    topics=tuple(_topic(text) for text in untouched_topics.TOPICS.split("===")),
    people=_split(
        "Astrid Nyman, Bo Lundin, Celia Roth, Dario Conti, Ewa Zielska, Finn Storm, Gita Rao, Halvard Moe, "
        "Inga Beck, Jakub Wolny, Kira Lund, Lars Toft, Mona Vik, Nora Quist, Otis Crane, Pia Skov",
        ",",
    ),
    fonts=("Archivo-Black", "Archivo-Regular", "Fraunces-Italic", "SpaceMono-Regular"),
    layer_noise=(" copy 7", " final final", " v12", "_rev2", " copy v2", " latest", " Final_v02", " (3)", " copie"),
    prefixes=(("txt_", "img_"), ("Text ", "Pic "), ("placeholder_", "placeholder_"), ("TXT_", "IMG_")),
    fillers=("Text here", "Edit me", "Replace", "Lorem ipsum dolor", "Your copy"),
    decoys=("grain", "border", "lines", "Polygon 2", "highlight", "noise overlay", "Rectangle 12", "particles"),
    containers=("{} Comp 1", "{} wrapper", "_{}", "{} (pre)"),
    surplus=_fields("imprint line | L; end logo | G; closing shot | P; terms | L; social bar | I"),
    jitter=0.035,
)
