"""The pages that the daemon makes, in a real browser, opened from the disk: nothing is missing, nothing leaves the
folder, nothing of a stranger runs, and a phone shows all of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chromium import Page
from hostile_job import LAYERS, LONG, SCRIPT, TEXTS

NAMES = ("review", "override", "review again", "approval")
WIDTHS = (1280, 390)
_PICTURES = (
    """[...document.images].filter(image => image.getAttribute("src") && !image.naturalWidth).map(image => image.src)"""
)
_TOO_WIDE = """[...document.querySelectorAll("body *")].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !one.closest("pre, textarea");
}).map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_quiet_and_asks_for_nothing_outside_its_folder(
    page: Page, pages: dict[str, Path], name: str, width: int
) -> None:
    page.look_like(width, phone=width < 500)
    page.open(pages[name])
    assert page.errors == []
    assert page.failed == []
    home = pages[name].parent.as_uri() + "/"
    assert len(page.asked) > 2
    # The buttons of a video are pictures within the browser itself.
    assert [url for url in page.asked.values() if not url.startswith((home, "data:image/svg+xml"))] == []
    assert page.evaluate(_PICTURES) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(_TOO_WIDE) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_stranger_runs(page: Page, pages: dict[str, Path], name: str) -> None:
    page.open(pages[name])
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.dialogs == []
    assert page.evaluate("document.scripts.length") == 2
    assert page.evaluate("document.querySelectorAll('[onerror], [onclick], [onload]').length") == 0


def test_hostile_names_are_shown_as_they_are(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["review"])
    words = page.evaluate("document.body.textContent")
    for text in (*LAYERS, *TEXTS):
        shown = text.replace("\u202e", "⟨U+202E⟩").replace("\u2066", "⟨U+2066⟩")
        assert shown in words, text
    assert "\u202e" not in words
    assert "/".join(LONG) in words


def test_what_could_get_into_a_page_still_could_not_run(page: Page, pages: dict[str, Path]) -> None:
    """Markup is put into the page by force: its policy stops handlers, scripts, and requests to elsewhere."""
    page.open(pages["review"])
    page.evaluate(
        """new Promise(done => {
            document.body.insertAdjacentHTML("beforeend", `<img src="not-there.png" onerror="window.pwned=1">
                <img src="http://127.0.0.1:9/x.png"><iframe src="review.yaml"></iframe>`);
            const script = document.createElement("script");
            script.textContent = "window.pwned=2";
            document.body.append(script);
            setTimeout(done, 300);
        })"""
    )
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert any("Content Security Policy" in error for error in page.errors)


@pytest.mark.parametrize("name", NAMES)
def test_without_scripts_a_page_reads_whole(page: Page, pages: dict[str, Path], name: str) -> None:
    """No control stands idle, and what must be written into the sidecar is told."""
    page.without_scripts()
    page.look_like(390, phone=True)
    page.open(pages[name])
    seen = page.seen()
    assert page.errors == []
    assert "decision:" in seen
    assert "Download" not in seen
    assert "Take it" not in seen
    if name != "approval":
        assert SCRIPT in seen
    if name.startswith("review"):
        assert "confidence:" in page.text()


def test_a_keyboard_reaches_every_control(page: Page, pages: dict[str, Path]) -> None:
    """Each control that is seen has a name that a screen reader can say, and none is taken out of the order."""
    page.open(pages["review"])
    unnamed: list[Any] = page.evaluate(
        """[...document.querySelectorAll("input, select, textarea, button, a, video")].filter(one =>
            one.tabIndex < 0 ||
            !(one.labels?.length || one.textContent.trim() || one.ariaLabel || one.querySelector("img[alt]"))
        ).map(one => one.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []
    assert page.evaluate("[...document.images].every(image => image.hasAttribute('alt'))")
    assert page.evaluate("document.documentElement.lang") == "en"
