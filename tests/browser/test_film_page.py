"""The review page of an episode in a real browser: it plays, and the YAML that it makes is what was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from chromium import Page
from house import House

from hotfolderd.film.sound import write_silence
from hotfolderd.records import read_job
from hotfolderd.review.episode_models import EpisodeReviewSidecar
from hotfolderd.review.reading import parse, read_written
from hotfolderd.stages.episode.decide import read_review

_EVIL = "</script><script>alert(1)</script> \"'& {{ x }}"
_HELP = """
window.card = (number) => document.querySelector(`[data-segment="${number}"]`);
window.field = (number, name) => card(number).querySelector(`[data-field=${name}]`);
window.write = (one, text) => { one.value = text; one.dispatchEvent(new Event("input", {bubbles: true})); };
window.decide = (number, word) => card(number).querySelector(`[data-field=decision][value=${word}]`).click();
window.made = () => document.getElementById("yaml").value;
null;
"""


@pytest.fixture(scope="module")
def film_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review of an episode with hostile words."""
    house = House(tmp_path_factory.mktemp("film"))
    scenes = [{"number": n, "location": _EVIL, "description": _EVIL, "duration": 1} for n in (1, 2, 3)]
    drop = house.inbox / "evil"
    drop.mkdir()
    content = {"scenes": scenes, "generation": {"gating": "none"}, "video": {"width": 160, "height": 90, "fps": 10}}
    (drop / "episode.yaml").write_text(yaml.safe_dump(content))
    (drop / "music").mkdir()
    for name in ("a.wav", "b's #1.wav"):
        write_silence(drop / "music" / name, 0.5)
    house.run_until_idle()
    return house.root / "2-review" / "evil" / "review.html"


def opened(page: Page, path: Path) -> None:
    page.open(path)
    page.evaluate(_HELP)


def made(page: Page, path: Path) -> Any:
    """What the daemon reads in the file that the page makes."""
    sidecar = path.with_name("review.yaml")
    kept = sidecar.read_bytes()
    try:
        sidecar.write_text(page.evaluate("made()"))
        written = read_written(sidecar)
        return parse(written.data, EpisodeReviewSidecar, "review.yaml"), read_review(
            path.parent, read_job(path.parent), written
        )
    finally:
        sidecar.write_bytes(kept)


def test_an_untouched_page_decides_nothing(page: Page, film_page: Path) -> None:
    opened(page, film_page)
    sidecar, decision = made(page, film_page)
    assert decision.decision == "pending"
    assert sidecar.compile.order == [1, 2, 3]
    assert page.evaluate("document.getElementById('check').textContent") == "Nothing is decided yet."


def test_what_is_chosen_is_what_is_decided(page: Page, film_page: Path) -> None:
    opened(page, film_page)
    page.evaluate("decide(1, 'approve'); write(field(1, 'rating'), '4'); null")
    page.evaluate("decide(2, 'reject'); write(field(2, 'prompt'), 'a \"wild\"\\nsea: #1'); null")
    page.evaluate("write(field(2, 'seed'), '7'); null")
    assert "Segment 2: write a reason" in page.evaluate("document.getElementById('check').textContent")
    page.evaluate("write(field(2, 'reason'), 'far too bright'); null")
    page.evaluate("document.querySelector('#order button[title=later]').click(); null")
    assert page.evaluate("document.getElementById('check').textContent") == ""
    sidecar, decision = made(page, film_page)
    one, two = sidecar.segments[:2]
    assert (one.decision, one.rating, two.decision, two.reason) == ("approve", 4, "reject", "far too bright")
    assert two.changes.as_dict() == {"prompt": 'a "wild"\nsea: #1', "seed": 7}
    assert sidecar.compile.order == [2, 1, 3]
    assert decision.said == "Segment 1 approved! Regenerating Segment 2 with your feedback…"


def test_each_music_of_the_episode_can_be_chosen(page: Page, film_page: Path) -> None:
    opened(page, film_page)
    choices = page.evaluate("[...document.querySelectorAll('[data-film=music] option')].map((one) => one.textContent)")
    assert choices == ["none", "music/a.wav", "music/b's #1.wav"]
    assert made(page, film_page)[0].compile.music is False
    page.evaluate("write(document.querySelector('[data-film=music]'), \"music/b's #1.wav\"); null")
    assert made(page, film_page)[0].compile.music == "music/b's #1.wav"


def test_what_was_ordered_before_stays_as_far_as_the_order_has_it(page: Page, film_page: Path) -> None:
    """The film that was sent back is ordered anew on the page: a joint that is no more would have it refused."""
    before = film_page.with_name("before.html")
    text = film_page.read_text()
    assert text.count('"joints": {}') == text.count('"allow_repeat": false') == 1
    text = text.replace('"joints": {}', '"joints": {"1-2": "fade", "2-3": "cut"}')
    before.write_text(text.replace('"allow_repeat": false', '"allow_repeat": true'))
    opened(page, before)
    film = made(page, before)[0].compile
    assert (film.order, film.joints, film.allow_repeat) == ([1, 2, 3], {"1-2": "fade", "2-3": "cut"}, True)
    page.evaluate("document.querySelector('#order button[title=\"leave it out\"]').click(); null")
    film = made(page, before)[0].compile
    assert (film.order, film.joints) == ([2, 3], {"2-3": "cut"})
    before.unlink()


def test_the_speed_of_a_player_can_be_set(page: Page, film_page: Path) -> None:
    opened(page, film_page)
    page.evaluate("card(1).querySelector('[data-rate=\"1.5\"]').click(); null")
    assert page.evaluate("card(1).querySelector('video').playbackRate") == 1.5


@pytest.mark.parametrize(("width", "phone"), [(1280, False), (390, True)])
def test_nothing_runs_over_the_edge_and_nothing_of_a_stranger_runs(
    page: Page, film_page: Path, width: int, phone: bool
) -> None:
    page.look_like(width, phone=phone)
    opened(page, film_page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.scripts.length") == 2
    assert "alert(1)" in page.text()
