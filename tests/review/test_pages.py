"""Pages: they show strangers' texts as texts, link only what is in the job folder, and fail rather than show a gap."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import jinja2
import pytest

from hotfolderd.model import Issue, Match
from hotfolderd.review.pages import ANSWER_SCRIPT, TEMPLATES, band, render, visible
from hotfolderd.stages.template.shown_pairs import ShownPair

EVIL = '<script>alert("x")</script>&"\'>'
NAME = "comparisons/50% #1 ?ü <b>.png"


class Links(HTMLParser):
    """Everything that a page loads or leads to, and the names of its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "poster", "action", "srcset")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def look(html: str) -> Links:
    links = Links()
    links.feed(html)
    return links


def override(folder: Path, text: str = "plain", **more: Any) -> str:
    picture = f"previews/{NAME}"
    issue = Issue("aspect_ratio_mismatch", "critical", text, text, text, text)
    pair = ShownPair(
        0, Match(text, "id", text, "image", text, why=text), "low", *([picture] * 4), text, text, (), (issue,)
    )
    ordered = SimpleNamespace(job="J1", client=text, project=text, batch="B1", priority="high", notes=text)
    values: dict[str, Any] = {
        "ordered": ordered,
        "revision": 2,
        "sidecar": "override.yaml",
        "critical": 1,
        "decisions": [],
        "issues": [issue],
        "pairs": [pair],
        "choices": [{"value": "return", "label": "Return", "hint": text}],
        "with_batch": False,
        "reason_for": "override",
        "return_for": "",
        "by_hand": "decision: return",
        "question": {"job": "J1", "revision": 2, "file": "override.yaml", "words": text},
    }
    return render("override.html", folder, **{**values, **more})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "previews" / NAME
    path.parent.mkdir(parents=True)
    path.touch()
    return tmp_path


def test_a_page_says_what_is_asked_and_of_which_round(folder: Path) -> None:
    html = override(folder)
    for words in ("J1", "round 2", "1 critical issue found", "override.yaml", "decision: return"):
        assert words in html


def test_every_link_leads_to_a_file_in_the_job_folder(folder: Path) -> None:
    links = look(override(folder)).links
    assert links
    for link in links:
        if link == "#answer":
            continue
        assert not link.startswith(("/", "http:", "https:", "file:", "//", "data:")), link
        assert ".." not in link
        assert (folder / unquote(link)).is_file(), link


def test_texts_of_strangers_are_texts(folder: Path) -> None:
    html = override(folder, EVIL)
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;") >= 5
    plain, evil = look(override(folder)), look(html)
    assert evil.elements == plain.elements
    assert evil.handlers == []


def test_the_data_of_the_page_cannot_end_its_element_and_comes_out_as_it_went_in(folder: Path) -> None:
    """Neither `</script>` nor a comment nor a line separator stands in it as such."""
    words = EVIL + "</script><!--\u2028\u2029&amp;'"
    html = override(folder, words)
    (data,) = re.findall(r'<script type="application/json" id="question">(.*?)</script>', html, re.DOTALL)
    assert not set(data) & set("<>&'\u2028\u2029")
    assert json.loads(data)["words"] == words


def test_a_page_runs_one_script_of_ours_and_loads_nothing_from_elsewhere(folder: Path) -> None:
    """The policy names the digest of just what stands in the page, so that the browser runs it and nothing else."""
    html = override(folder)
    assert "default-src 'none'" in html
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script == ANSWER_SCRIPT
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "link" not in look(html).elements


@pytest.mark.parametrize(
    "word", ["fetch(", "XMLHttpRequest", "WebSocket", "innerHTML", "eval(", "http:", "https:", "localStorage"]
)
def test_the_script_talks_to_nobody_and_makes_no_markup(word: str) -> None:
    assert word not in ANSWER_SCRIPT


def test_the_script_stays_within_its_element() -> None:
    assert "</" not in ANSWER_SCRIPT
    assert "<!--" not in ANSWER_SCRIPT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ünï 日本 🎬", "plain Ünï 日本 🎬"),
        ("two\n\tlines", "two\n\tlines"),
        ("evil\u202egnp.exe", "evil⟨U+202E⟩gnp.exe"),
        ("a\x00\x1b\u2028\ufeff", "a⟨U+0000⟩⟨U+001B⟩⟨U+2028⟩⟨U+FEFF⟩"),
        ("half \ud800", "half ⟨U+D800⟩"),
        ("👩\u200d🎨", "👩\u200d🎨"),
    ],
)
def test_signs_that_show_nothing_are_named(folder: Path, text: str, shown: str) -> None:
    """A name cannot look like another one, nor turn the words beside it around; emoji stay whole."""
    assert visible(text) == shown
    html = override(folder, text)
    html.encode()
    assert shown in html


def test_a_confidence_has_a_word_beside_its_colour(folder: Path) -> None:
    assert [band(value, True) for value in (1.0, 0.8, 0.79, 0.7, 0.69, 0.0)] == [
        "high",
        *["high", "medium", "medium"],
        *["low"] * 2,
    ]
    assert band(1.0, None) == "none"
    assert '<span class="badge low">doubtful 0 %</span>' in override(folder)


def test_a_picture_that_is_not_there_is_an_error_not_a_gap(folder: Path) -> None:
    (folder / "previews" / NAME).unlink()
    with pytest.raises(FileNotFoundError, match="not there"):
        override(folder)


def test_a_picture_that_is_about_to_be_published_counts(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "previews" / "comparisons").mkdir(parents=True)
    (folder / "previews" / NAME).rename(out / "previews" / NAME)
    assert "round 2" in override(folder, also_in=(out,))


def test_a_value_that_was_forgotten_is_an_error_not_an_empty_place(folder: Path) -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("override.html", folder, ordered=SimpleNamespace(job="J1"))


def test_a_picture_that_only_the_script_shows_must_be_there_too(folder: Path) -> None:
    assert override(folder, shows=[f"previews/{NAME}"])
    with pytest.raises(FileNotFoundError, match="not there"):
        override(folder, shows=["previews/none.png"])


@pytest.mark.parametrize("gate", ["review", "override", "approval"])
def test_every_page_stands_on_the_same_base(gate: str) -> None:
    text = (TEMPLATES / f"{gate}.html").read_text("utf-8")
    assert 'extends "base.html"' in text
    assert not re.search(r"\|\s*safe\b", text)
