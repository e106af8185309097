"""Pages: they show strangers' texts as texts, link only what is in the job folder, and fail rather than show a gap."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import jinja2
import pytest

from hotfolderd.model import Issue, Match
from hotfolderd.review.pages import render

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
    match = Match(text, "id", text, "image", text, why=text)
    ordered = SimpleNamespace(job="J1", client=text, project=text, batch="B1", priority="high", notes=text)
    values: dict[str, Any] = {
        "ordered": ordered,
        "revision": 2,
        "sidecar": "override.yaml",
        "critical": 1,
        "decisions": [],
        "issues": [Issue("aspect_ratio_mismatch", "critical", text, text, text, text)],
        "pairs": [{"match": match, "comparison": f"previews/{NAME}"}],
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
        assert not link.startswith(("/", "http:", "https:", "file:", "//", "data:")), link
        assert ".." not in link
        assert (folder / unquote(link)).is_file(), link


def test_texts_of_strangers_are_texts(folder: Path) -> None:
    html = override(folder, EVIL)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 5
    plain, evil = look(override(folder)), look(html)
    assert evil.elements == plain.elements
    assert evil.handlers == []


def test_a_page_runs_nothing_and_loads_nothing_from_elsewhere(folder: Path) -> None:
    html = override(folder)
    assert "default-src 'none'" in html
    assert "script" not in look(html).elements
    assert "link" not in look(html).elements


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


@pytest.mark.parametrize("gate", ["review", "override", "approval"])
def test_every_page_has_a_template_without_script(gate: str) -> None:
    source = Path(__file__).parents[2] / "hotfolderd" / "review" / "templates" / f"{gate}.html"
    text = source.read_text("utf-8")
    assert 'extends "base.html"' in text
    assert "<script" not in text
    assert "|safe" not in text.replace(" ", "")
