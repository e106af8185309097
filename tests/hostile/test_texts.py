"""Hostile texts in scripts and pages: they arrive as they are, and none becomes code or markup.

`tests/media/test_jsx.py` runs such texts through the populate script in a stand-in for After Effects; here the script
is read by a whole JavaScript engine with nothing around it, and the pages by an HTML parser.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import dukpy
import jinja2
import pytest
from corpus import TALLY

import hotfolderd.review
from hotfolderd.media.jsx import populate_script
from hotfolderd.model import Box, Candidate, Comp, DesignLayer, Issue, Match, Placeholder, Template, TextLook
from hotfolderd.review.pages import ANSWER_SCRIPT, FILM_SCRIPT, render
from hotfolderd.review.strict_yaml import load
from hotfolderd.review.writing import approval_text, override_text, review_text
from hotfolderd.stages.template.shown_pairs import Rival, ShownPair

TEXTS = [
    "\u2028pwn()\u2029",
    "</script><script>pwn()</script>",
    "--></style></title><img src=x onerror=pwn()>",
    "<!--<script>",
    "]]>",
    '"; pwn(); "',
    "'); pwn(); //",
    "\\",
    "\\u0022; pwn(); //",
    '\\"; pwn(); //',
    "line\nfeed\r\nreturn",
    "__proto__",
    "constructor",
    "toString",
    "${pwn()}",
    "`pwn()`",
    "{{ 7 * 7 }}{% include 'x' %}",
    "{{ ''.__class__.__mro__ }}",
    "&lt;script&gt;&#0;",
    '" onmouseover=pwn() x="',
    "' autofocus onfocus=pwn() x='",
    "javascript:pwn()",
    "\x00\x08\x0b\x1b[2J\x7f",
    "\u202egnp.exe\u2066x\u2069",
    "\ud83d lone \udc00 halves",
    "\ufeff\ufffe\uffff",
    "$& $1 $$ $` %s {0}",
    "#include '/etc/passwd'",
    "a: b # c\n- d\n---\nend: true\ndecision: approve",
    "!!python/object:os.system",
    "*alias &anchor [x] {y}",
    "x" * 5000,
]


def placeholder(text: str) -> Placeholder:
    return Placeholder("1:1", text, "text", text, 1, 1, 1, Box(0, 0, 9, 9), None, TextLook(text, text))


def script(text: str) -> str:
    comps = (Comp(1, text, 120, 150, 25.0, 10.0, 9),)
    template = Template("assets/t.aepx", "aepx", text, comps, (placeholder(text),), (), 1)
    match = Match(text, "1:1", text, "text", text, value=text)
    return populate_script(
        job=text,
        template=template,
        matches=[match],
        pictures={},
        output_name="done.aepx",
        template_file="../assets/t.aepx",
        project_name=text,
        design=text,
        generated=text,
    )


def test_there_are_enough_of_them() -> None:
    assert len(TEXTS) >= 20


def test_in_a_javascript_engine_every_text_is_itself_and_nothing_else_happens() -> None:
    """The order that each script holds is taken as the engine reads it; `pwn` would leave its mark."""
    program = ["var found = []; var marks = 0;", "function pwn() { marks += 1; }"]
    for text in TEXTS:
        source = script(text)
        assert source.isascii()
        assert "</" not in source
        order = source[source.index("var ORDER = ") : source.index("\n];\n") + 3]
        program.append(f"(function () {{ {order}\nfound.push(ORDER); }}());")
        TALLY.add("texts", ascii(text[:20]), accepted=True, seconds=0)
    program += [
        'if (({}).polluted !== undefined || Object.prototype.hasOwnProperty("text")) { marks += 1; }',
        "JSON.stringify([marks, found]);",
    ]
    # The engine's answer is JSON in JSON: a lone surrogate comes through as an escape.
    marks, found = json.loads(dukpy.JSInterpreter().evaljs("\n".join(program)))
    assert marks == 0
    for text, order in zip(TEXTS, found, strict=True):
        pairs = dict(map(tuple, order))
        action = dict(map(tuple, pairs["actions"][0]))
        assert (pairs["job"], action["text"], action["comp"], action["placeholder"]) == (text,) * 4


class Page(HTMLParser):
    """The shape of a page: its tags with the names of their attributes; and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, ...]] = []
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, *(name for name, _ in attrs)))
        found = dict(attrs)
        self.addresses += [found[name] or "" for name in ("href", "src", "poster", "action") if name in found]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def pages(folder: Path, text: str) -> dict[str, str]:
    """Every page there is, with `text` wherever a stranger's words may stand."""
    picture = "previews/a.png"
    (folder / "previews").mkdir(exist_ok=True)
    (folder / picture).touch()
    issue = Issue("missing_font", "warning", text, text, text, text)
    layer = DesignLayer(text, text, "image", Box(0, 0, 9, 9), True, 1.0, 0, thumbnail=picture)
    ordered = SimpleNamespace(job=text, client=text, project=text, batch=text, priority=text, notes=text, called=text)
    decision = {"at": text, "by": text, "gate": text, "decision": text, "reason": text, "notes": text}
    common: dict[str, Any] = {"ordered": ordered, "revision": 1, "decisions": [decision], "issues": [issue]}
    common |= {"choices": [{"value": text, "label": text, "hint": text}], "by_hand": text, "with_batch": True}
    question = {"job": text, "matches": [{"placeholder": text}], "layers": [{"path": text, "text": text}]}
    common |= {"reason_for": text, "return_for": text, "question": question}
    pairs = [shown_pair(text, kind, picture, issue) for kind in ("text", "image")]
    statistics = {"matched": 1, "placeholders": 1, "average_confidence": 0.5}
    preview = {"thumbnail": picture, "video": picture, "ignored": [text], "comp": text}
    preview |= {"size": text, "fps": text, "duration": text, "by": text}
    validation = {"ready": False, "critical": 1, "grade": text, "score": 1}
    action = {"placeholder": text, "layer": text, "was": text, "now": text}
    counts = dict.fromkeys(("high", "medium", "low", "none", "warnings"), 1)
    found = {"severity": "critical", "message": text, "fix_suggestion": text}
    more: dict[str, dict[str, Any]] = {
        "review.html": {
            "statistics": statistics,
            "counts": counts,
            "back": decision,
            "changes": [{"placeholder": text, "words": text}],
            "groups": [{"title": "t", "words": "w", "pairs": pairs, "compact": one} for one in (True, False)],
            "unused": [layer],
            "warnings": [{"id": 1, "message": text}],
            "drawn_design": picture,
            "flat": picture,
            "sheet": picture,
        },
        "override.html": {"critical": 1, "pairs": pairs},
        "approval.html": {
            "preview": preview,
            "validation": validation,
            "actions": [{**action, "picture_was": picture, "picture_now": picture}],
            "skipped": [{"placeholder": text, "why": text}],
            "kept": [text],
            "overridden": [issue],
            "files": [{"path": picture, "size": text}],
            "verified": [text],
            "notes": [text],
            "absent": [text],
            "by": text,
            "script": text,
            "report": picture,
        },
        "plainly_report.html": {
            "validation": {
                **dict.fromkeys(("grade", "score", "critical", "warnings", "info", "project"), text),
                "is_valid": True,
                "plainly_ready": True,
                "issues": {text: [found]},
                "files": {text: text},
            }
        },
        "episode_review.html": episode_review(text, picture),
        "episode_approval.html": {
            "validation": validation,
            "film": {
                "thumbnail": picture,
                "film": picture,
                "duration_s": 1.0,
                "frames": 25,
                "warnings": [text],
                "loudness_lufs": -16.0,
                "true_peak_db": -1.0,
            },
            "plan": SimpleNamespace(transition="dissolve", transition_s=0.5, music=text),
            "parts": [{"thumbnail": picture, "segment": 1, "title": text, "version": 1, "in": text, "out": text}],
            "files": [{"path": picture, "size": text}],
        },
    }
    return {
        name: render(name, folder, sidecar=name.replace("html", "yaml"), **common, **values)
        for name, values in more.items()
    }


def episode_review(text: str, picture: str) -> dict[str, Any]:
    """A segment with two versions, and one that could not be made."""
    version = {
        "version": 1,
        "parent": None,
        "state": text,
        "tone": "high",
        "clip": picture,
        "thumbnail": picture,
        "duration": 1.0,
        "size_kib": 1,
        "pixels": text,
        "fps": text,
        "generator": text,
        "seconds": text,
        "params": {"style": text},
        "flags": [text],
        "needs_attention": True,
        "overall": 0.5,
        "deleted": "",
        "bars": [{"name": text, "percent": 50, "tone": "high"}],
        "warnings": [text],
    }
    other = version | {"version": 2, "differs": [{"name": text, "there": text, "here": text}]}
    entry = {"at": text, "by": text, "action": text, "rating": 5, "reason": text, "feedback": text}
    attempt = SimpleNamespace(started_at=text, error_class=text, message=text)
    segment = {
        "number": 1,
        "title": text,
        "scene": SimpleNamespace(description=text, dialogue=text),
        "characters": text,
        "settled": False,
        "approved": 1,
        "shown": version,
        "versions": [version, other],
        "rivals": [other],
        "history": [SimpleNamespace(**entry, version=1, changes={"prompt": text})],
        "newest_failed": True,
        "attempts": [attempt],
    }
    failed = segment | {"number": 2, "shown": version | {"clip": None, "deleted": text}}
    strip = {"number": 1, "title": text, "state": text, "tone": "high", "thumbnail": picture, "duration": 1.0}
    return {
        "says": text,
        "segments": [segment, failed],
        "timeline": [strip | {"begun": True}, strip | {"thumbnail": None, "begun": False}],
        "counts": dict.fromkeys(("approved", "completed", "rejected", "failed", "total"), 1),
        "film": {"music": False, "normalize": True},
        "music": [text],
    }


def shown_pair(text: str, kind: Literal["text", "image"], picture: str, issue: Issue) -> ShownPair:
    match = Match(text, "1:1", text, kind, text, text, "fit", 0.5, text, (Candidate(text, 0.4),), remembered=True)
    rival = Rival(text, 0.4, picture, picture, 0)
    return ShownPair(0, match, "low", picture, picture, picture, picture, text, text, (rival,), (issue,), text, 7)


def test_every_template_is_among_them(tmp_path: Path) -> None:
    templates = {path.name for path in Path(hotfolderd.review.__file__).parent.glob("templates/*.html")}
    of_the_root = {"dashboard.html", "batch.html"}  # tests/review/test_dashboard.py has these
    assert templates - {"base.html", "issues.html"} - of_the_root == set(pages(tmp_path, "x"))


@pytest.mark.parametrize("text", TEXTS)
def test_on_a_page_a_text_is_a_text(tmp_path: Path, text: str) -> None:
    plain = pages(tmp_path, "plain")
    for name, html in pages(tmp_path, text).items():
        evil, good = Page(), Page()
        evil.feed(html)
        good.feed(plain[name])
        assert evil.shape == good.shape, name
        assert evil.addresses == good.addresses
        assert "49" not in "".join(evil.words) or "49" in text


def test_no_page_runs_more_than_one_script_of_ours_or_loads_anything_from_elsewhere(tmp_path: Path) -> None:
    """The policy allows one script by its digest; the other element of that name holds data."""
    for name, html in pages(tmp_path, "x").items():
        page = Page()
        page.feed(html)
        rules = {rule.split()[0]: rule.split()[1:] for rule in page.policy.split(";")}
        ours = FILM_SCRIPT if name == "episode_review.html" else ANSWER_SCRIPT
        digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
        assert rules["default-src"] == ["'none'"], name
        scripts = [names for tag, *names in page.shape if tag == "script"]
        if name == "plainly_report.html":
            assert (rules["script-src"], scripts) == (["'none'"], [])
        else:
            assert (rules["script-src"], scripts) == ([f"'sha256-{digest}'"], [["type", "id"], []])
            assert html.count(f"<script>{ours}</script>") == 1
        assert set(rules["img-src"]) <= {"'self'", "file:"}, name
        assert set(rules["style-src"]) <= {"'self'", "'unsafe-inline'"}
        assert {"base-uri", "form-action"} <= set(rules), "these two are not covered by default-src"
        tags = {tag for tag, *_ in page.shape}
        assert not tags & {"iframe", "object", "embed", "form", "base", "link"}
        assert not [one for _, *names in page.shape for one in names if one.startswith("on")]
        assert not re.search(r"url\(|@import", html)


def test_no_template_switches_the_escaping_off() -> None:
    for path in Path(hotfolderd.review.__file__).parent.glob("templates/**/*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup", path.read_text("utf-8")), path.name
    assert jinja2.Environment(autoescape=True).from_string("{{ x }}").render(x="<") == "&lt;"


@pytest.mark.parametrize("text", TEXTS)
def test_in_a_sidecar_a_text_is_a_text(text: str) -> None:
    """What we write into a sidecar comes back as it was, and decides nothing. A lone half of a character is lost."""
    honest = text.encode("utf-8", "replace").decode()
    match = Match(honest, "1:1", honest, "text", honest, honest, None, 0.5, honest, (Candidate(honest, 0.4),))
    review = load(review_text("J1", 1, [match], [honest]))
    assert (review["decision"], review["end"]) == ("pending", True)
    (line,) = review["matches"]
    assert [line[key] for key in ("placeholder", "comp", "layer", "value", "why")] == [honest] * 5
    override = load(override_text("J1", 1, [Issue("missing_font", "warning", honest, honest, honest, honest)]))
    assert override["decision"] == "pending"
    assert override["issues"][0]["message"] == honest
    approval = load(approval_text("J1", 1, {"grade": honest, "critical": 0}))
    assert approval["output_validation"]["grade"] == honest
