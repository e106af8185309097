"""Scenes out of a plain text: HOOK, BODY and CTA, "SCENE 1", INT. and EXT. headings, or paragraphs.

Reads and writes no files. No word of the text is lost but a title page, the names of speakers, directions in brackets
and the orders to the camera between scenes ("CUT TO:").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hotfolderd.errors import JobError
from hotfolderd.film.scene import Scene

WORDS_A_MINUTE = 150
SHORTEST_S = 2.0
MAX_SCENES = 500
_LONGEST_SCENE = 320
_SILENT_SCENE_S = 4.0
_TITLE_PAGE_LINES = 3

_ACT = re.compile(r"^[\s#*\[(]*(HOOK|BODY|CTA)[\s*]*(?:[\])]\s*:?|:|[-–—]|$)[\s*]*(.*)$", re.IGNORECASE)
_NUMBERED = re.compile(r"^[\s#*\[(]*scene\s+(?:\d+|[ivxl]+)\b[\s*]*(?:[\])]|[-–—:.]|$)[\s*:]*(.*)$", re.IGNORECASE)
_PLACE = re.compile(r"^\s*(?:\d+[.)]?\s+)?((?:INT|EXT|I/E|INT\.?\s*/\s*EXT)[. ]\s*\S.*?)\s*$")
_HEADING = re.compile(r"^#{1,6}\s+(.+)$")
_CAMERA = re.compile(r"^\s*(?:(?:FADE|CUT|DISSOLVE|SMASH CUT|MATCH CUT)\b[A-Z ]*[:.]?|THE END\.?)\s*$")
_CUE = re.compile(r"^\s*([A-ZÀ-Þ][A-ZÀ-Þ0-9 .'’-]{0,38}?)\s*(?:\([^)]*\)\s*)*$")
_SAYS = re.compile(r"^\s*([A-ZÀ-Þ][\w.'’-]*(?: [A-ZÀ-Þ0-9][\w.'’-]*){0,2})\s*(?:\([^)]*\)\s*)?:\s+(\S.*)$")
_KEY = re.compile(
    r"^\s*[*-]?\s*(location|setting|characters?|style|description|visuals?|action|dialogue|narration|voice-?over|vo"
    r"|duration)\s*:\s*(.*)$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"^\s*\([^)]*\)\s*$")
_SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"'”’»)]*\s+|(?<=[。！？])")


@dataclass(slots=True)
class _Draft:
    """A scene that is being read."""

    location: str = ""
    seen: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    characters: list[str] = field(default_factory=list)
    style: str = ""
    duration_s: float | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.seen or self.said)

    def says(self, who: str, words: str) -> None:
        who = who.strip().title() if who.isupper() else who.strip()
        if who not in self.characters:
            self.characters.append(who)
        self.said.append(f"{who}: {words}")


def text_of(data: bytes, name: str) -> str:
    """The text in the bytes of a file: UTF-8, or UTF-16 that says so. Raises JobError, with the line, for any other.

    What is guessed or left out here would be spoken, captioned and delivered.
    """
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise JobError(f"{name}, line {line}: is no text in UTF-8. Save it as UTF-8 and drop it again.") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise JobError(f"{name}, line {line}: holds a NUL, so it is no text in UTF-8. Save it as UTF-8.")
    return text


def scenes_of(text: str, *, style: str = "") -> tuple[Scene, ...]:
    """The scenes of a story or a script, numbered from 1; each as long as its words take to be read aloud.

    Where nobody speaks in the whole text, it is a story, and all of it is narrated. Raises JobError for a text without
    a word in it, or with more than `MAX_SCENES` scenes.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if not re.search(r"\w", text):
        raise JobError("the text: No scenes found in storyboard: there is no word in it. Write a story or a script.")
    lines = text.split("\n")
    acts = {found[1].upper() for found in map(_ACT.match, lines) if found}
    if "HOOK" in acts or len(acts) > 1:
        drafts = _acts(lines)
    elif any(_NUMBERED.match(line) or _PLACE.match(line) for line in lines):
        drafts = _script(lines)
    else:
        drafts = _story(text)
    drafts = [draft for draft in drafts if not draft.is_empty]
    if len(drafts) > MAX_SCENES:
        raise JobError(f"the text: has {len(drafts)} scenes, and {MAX_SCENES} are allowed. Split it into episodes.")
    if not any(draft.said for draft in drafts):
        for draft in drafts:
            draft.said, draft.seen = draft.seen, []
    return tuple(_scene(number, draft, style) for number, draft in enumerate(drafts, 1))


def reading_time_s(words: str) -> float:
    """How long a text takes to be read aloud; in scripts without spaces two characters count as a word."""
    count = len(words.split()) + len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", words)) / 2
    return round(max(SHORTEST_S, count * 60 / WORDS_A_MINUTE), 2)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each in one line."""
    return [" ".join(part.split()) for part in _SENTENCE.split(text) if part and part.strip()]


def _scene(number: int, draft: _Draft, style: str) -> Scene:
    scene = Scene(
        number=number,
        location=draft.location.strip(),
        description=" ".join(" ".join(draft.seen).split()),
        characters=tuple(draft.characters),
        dialogue="\n".join(" ".join(line.split()) for line in draft.said),
        style=draft.style or style,
    )
    silent_s = max(_SILENT_SCENE_S, reading_time_s(scene.description))
    wanted = draft.duration_s or (reading_time_s(scene.spoken) if scene.spoken else silent_s)
    return Scene(**{name: getattr(scene, name) for name in scene.__slots__} | {"duration_s": wanted})


def _acts(lines: list[str]) -> list[_Draft]:
    """HOOK, BODY and CTA; a long BODY becomes several scenes."""
    drafts: list[_Draft] = []
    act, words = "", [""]

    def end() -> None:
        drafts.extend(_Draft(location=act, said=[piece]) for piece in _pieces("\n".join(words)))

    for line in lines:
        found = _ACT.match(line)
        if found:
            end()
            act, words = found[1].upper(), [found[2]]
        else:
            words.append(line)
    end()
    return drafts


def _pieces(text: str) -> Iterator[str]:
    """The paragraphs of a text; a long one in pieces of whole sentences."""
    for paragraph in re.split(r"\n\s*\n", text):
        piece = ""
        for sentence in sentences(paragraph):
            if piece and len(piece) + len(sentence) > _LONGEST_SCENE:
                yield piece
                piece = ""
            piece = f"{piece} {sentence}".strip()
        if re.search(r"\w", piece):
            yield piece


def _story(text: str) -> list[_Draft]:
    drafts: list[_Draft] = []
    heading = ""
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip("\n").split("\n")
        found = _HEADING.match(lines[0])
        if found:
            heading, lines = found[1].strip(), lines[1:]
        for piece in _pieces("\n".join(lines)):
            drafts.append(_Draft(location=heading, said=[piece]))
            heading = ""
    return drafts


def _script(lines: list[str]) -> list[_Draft]:
    drafts = [_Draft()]
    body: list[str] = []
    for line in lines:
        numbered, place = _NUMBERED.match(line), _PLACE.match(line)
        if numbered or place:
            _read_body(drafts[-1], body)
            body = []
            if place and len(drafts) > 1 and drafts[-1].is_empty:
                drafts[-1].location = place[1]  # the INT. line under "SCENE 1"
            else:
                drafts.append(_Draft(location=place[1] if place else _place_in(numbered[1] if numbered else "")))
        else:
            body.append(line)
    _read_body(drafts[-1], body)
    return drafts[1:] if _is_title_page(lines) else drafts


def _place_in(rest: str) -> str:
    found = _PLACE.match(rest)
    return found[1] if found else rest.strip(" *#-–—:.[]()")


def _is_title_page(lines: list[str]) -> bool:
    """Whether what stands above the first heading is a title, not the beginning of the story."""
    above: list[str] = []
    for line in lines:
        if _NUMBERED.match(line) or _PLACE.match(line):
            break
        if line.strip() and not _CAMERA.match(line):
            above.append(line.strip())
    return len(above) <= _TITLE_PAGE_LINES and not any(line.endswith((".", "!", "?")) for line in above)


def _read_body(draft: _Draft, lines: list[str]) -> None:
    speaker = ""
    key = ""
    for at, line in enumerate(lines):
        if not line.strip() or _CAMERA.match(line):
            speaker = key = ""
            continue
        named = _KEY.match(line)
        if named:
            key, speaker = named[1].lower(), ""
            _set(draft, key, named[2].strip())
        elif said := _SAYS.match(line):
            speaker, key = said[1], ""
            draft.says(speaker, said[2].strip())
        elif speaker:
            if not _BRACKETED.match(line):
                _go_on(draft, speaker, line.strip())
        elif (cue := _CUE.match(line)) and at + 1 < len(lines) and lines[at + 1].strip():
            speaker, key = cue[1], ""
        elif key:
            _set(draft, key, line.strip())
        else:
            draft.seen.append(line.strip())


def _go_on(draft: _Draft, speaker: str, words: str) -> None:
    before = draft.said[-1] if draft.said else ""
    name = speaker.strip().title() if speaker.isupper() else speaker.strip()
    if before.startswith(f"{name}: "):
        draft.said[-1] = f"{before} {words}"
    else:
        draft.says(speaker, words)


def _set(draft: _Draft, key: str, value: str) -> None:
    if not value:
        return
    if key in ("location", "setting"):
        draft.location = value
    elif key.startswith("character"):
        draft.characters += [name.strip() for name in re.split(r"[,;&]", value) if name.strip()]
    elif key == "style":
        draft.style = value
    elif key == "duration":
        found = re.match(r"\d+(?:\.\d+)?", value)
        draft.duration_s = min(600.0, float(found[0])) if found and float(found[0]) > 0 else None
    elif key in ("dialogue", "narration", "voiceover", "voice-over", "vo"):
        said = _SAYS.match(value)
        if said:
            draft.says(said[1], said[2])
        else:
            draft.said.append(value)
    else:
        draft.seen.append(value)
