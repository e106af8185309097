"""The YAML that is made on a page: the daemon's own reader takes it, and it says what was chosen."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from chromium import Browser, Page
from hostile_job import JOB, LAYERS, LONG, SCRIPT, TEXTS, drop_hostile
from house import House

from hotfolderd.review.models import ApprovalSidecar, OverrideSidecar, ReviewSidecar
from hotfolderd.review.reading import SidecarRefusedError, parse, read_written
from hotfolderd.review.strict_yaml import load
from hotfolderd.stages.template.decide import corrected

_HELP = """
window.card = (at) => document.querySelector(`[data-pair="${at}"]`);
window.write = (one, text) => { one.value = text; one.dispatchEvent(new Event("input", {bubbles: true})); };
window.choose = (one, value) => { one.value = value; one.dispatchEvent(new Event("change", {bubbles: true})); };
window.decide = (word) => document.querySelector(`input[name=decision][value=${word}]`).click();
window.made = () => document.getElementById("yaml").value;
window.key = (name) => document.querySelector(`#answer [data-key=${name}]`);
window.question = JSON.parse(document.getElementById("question").textContent);
null;
"""


def opened(page: Page, path: Path) -> dict[str, Any]:
    """Open a page; what its question is."""
    page.open(path)
    page.evaluate(_HELP)
    question: dict[str, Any] = page.evaluate("question")
    return question


def at(question: dict[str, Any], kind: str) -> int:
    return next(number for number, one in enumerate(question["matches"]) if one["kind"] == kind)


def test_an_untouched_page_makes_what_the_daemon_wrote(page: Page, pages: dict[str, Path]) -> None:
    """All pairs as they stand in `review.yaml`, nothing decided yet."""
    opened(page, pages["review"])
    made = parse(page.evaluate("made()").encode(), ReviewSidecar, "review.yaml")
    wrote = parse((pages["review"].parent / "review.yaml").read_bytes(), ReviewSidecar, "review.yaml")
    assert (made.decision, made.end, made.for_) == ("pending", True, wrote.for_)
    keys = {"placeholder", "comp", "kind", "layer", "value", "fit", "skip"}
    assert made.matches is not None
    assert wrote.matches is not None
    assert [one.model_dump(include=keys) for one in made.matches] == [
        one.model_dump(include=keys) for one in wrote.matches
    ]


def test_what_is_chosen_is_what_is_made(page: Page, pages: dict[str, Path]) -> None:
    """Another layer, another text, a fit, a skip, and all fields of the answer."""
    question = opened(page, pages["review"])
    text, image = at(question, "text"), at(question, "image")
    texts = [number for number, one in enumerate(question["matches"]) if one["kind"] == "text"]
    layer = next(one for one in question["layers"] if one["path"] == "/".join(LONG))
    now = question["matches"][text]["layer"]
    other = next(one for one in question["layers"] if one["kind"] == "text" and one["path"] != now)
    page.evaluate(
        f"""
        choose(card({image}).querySelector("[data-field=layer]"), {question["layers"].index(layer)});
        choose(card({image}).querySelector("[data-field=fit]"), "stretch");
        choose(card({text}).querySelector("[data-field=layer]"), {question["layers"].index(other)});
        write(card({texts[1]}).querySelector("[data-field=value]"), {json.dumps(SCRIPT)});
        card({texts[2]}).querySelector("[data-field=skip]").click();
        decide("approve");
        write(key("by"), 'anna "the" #1: [x]');
        write(key("notes"), "first\\nsecond");
        choose(key("apply_to"), "batch");
        document.querySelector("[data-warning]").click();
        null"""
    )
    made = parse(page.evaluate("made()").encode(), ReviewSidecar, "review.yaml")
    assert made.matches is not None
    lines = {number: made.matches[number] for number in (image, *texts)}
    assert (lines[image].layer, lines[image].fit) == ("/".join(LONG), "stretch")
    assert (lines[text].layer, lines[text].value) == (other["path"], other["text"])
    assert lines[texts[1]].value == SCRIPT
    assert lines[texts[2]].skip is True
    assert (made.decision, made.by, made.notes) == ("approve", 'anna "the" #1: [x]', "first\nsecond")
    assert made.apply_to == "batch"
    assert len(made.resolve_warnings) == 1
    seen = page.evaluate("document.getElementById('count').textContent")
    assert seen == "4 placeholders changed · decision: approve"
    assert page.evaluate(f"card({image}).querySelector('[data-show=layer]').textContent") == "/".join(LONG)
    assert page.evaluate("typeof window.pwned") == "undefined"


@pytest.mark.parametrize("other", ["", "2"])
def test_the_text_that_is_seen_is_the_text_that_is_set(
    page: Page, pages: dict[str, Path], tmp_path: Path, other: str
) -> None:
    """Another layer, or none, and then the text of before: the daemon would take the layer's text, or none at all."""
    question = opened(page, pages["review"])
    card = f"card({at(question, 'text')})"
    match = question["matches"][at(question, "text")]
    page.evaluate(f"choose({card}.querySelector('[data-field=layer]'), '{other}')")
    page.evaluate(f"write({card}.querySelector('[data-field=value]'), {json.dumps(match['value'])})")
    written = page.evaluate("decide('approve'), made()").encode()
    path = tmp_path / "review.yaml"
    path.write_bytes(written)
    lines = parse(written, ReviewSidecar, path.name).matches
    found = corrected(pages["review"].parent, read_written(path), lines).matches[at(question, "text")]
    assert found.value == match["value"] == page.evaluate(f"{card}.querySelector('[data-show=value]').textContent")


def test_a_change_is_marked_and_can_be_undone(page: Page, pages: dict[str, Path]) -> None:
    """Afterwards the page makes what it made before, and shows the layer that was proposed."""
    question = opened(page, pages["review"])
    before = page.evaluate("made()")
    for kind in ("image", "text"):
        card = f"card({at(question, kind)})"
        shown = page.evaluate(f"{card}.querySelector('[data-show=layer]').textContent")
        page.evaluate(f"choose({card}.querySelector('[data-field=layer]'), '')")
        if kind == "text":
            page.evaluate(f"write({card}.querySelector('[data-field=value]'), 'other')")
        assert page.evaluate(f"!{card}.querySelector('.badge.mine').hidden")
        assert page.evaluate("made()") != before
        page.evaluate(f"{card}.querySelector('[data-undo]').click()")
        assert page.evaluate(f"{card}.querySelector('.badge.mine').hidden")
        assert page.evaluate(f"{card}.querySelector('[data-show=layer]').textContent") == shown
        assert page.evaluate("made()") == before


def test_a_layer_can_be_chosen_by_its_picture(page: Page, pages: dict[str, Path]) -> None:
    question = opened(page, pages["review"])
    image = at(question, "image")
    page.evaluate(f"card({image}).querySelector('[data-pick]').click()")
    assert page.evaluate("document.getElementById('picker').open")
    shown = page.evaluate("document.querySelectorAll('#picker-layers button').length")
    assert shown == sum(one["kind"] == "image" for one in question["layers"])
    names = page.evaluate("[...document.querySelectorAll('#picker-layers bdi')].map(one => one.textContent)")
    assert f"pic {SCRIPT}" in names, "names are texts here too"
    assert page.evaluate("document.querySelectorAll('#picker-layers img').length") == shown
    page.evaluate("document.querySelector('#picker-layers button:last-child').click()")
    assert not page.evaluate("document.getElementById('picker').open")
    made = load(page.evaluate("made()"))
    wanted = [one["path"] for one in question["layers"] if one["kind"] == "image"][-1]
    assert made["matches"][image]["layer"] == wanted


def some_texts() -> list[str]:
    """Texts of all planes of Unicode, with everything that is special in YAML, JSON or HTML among them."""
    chance = random.Random(7)
    signs = [
        *"\"'\\:#-[]{}&*!|>%@`,? \n\t",
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "🎬",
        "\u202e",
    ]
    made = ["", " ", "  lead", "trail  ", "null", "~", "yes", "1.10", "007", "- a", "a: b", "\\u0022", "--- x", "..."]
    for _ in range(300):
        planes = (0x20, 0x7F), (0xA0, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)
        pieces = [
            chance.choice(signs) if chance.random() < 0.5 else chr(chance.randrange(*chance.choice(planes)))
            for _ in range(chance.randrange(1, 12))
        ]
        made.append("".join(pieces))
    return [*made, *TEXTS, *LAYERS, "x" * 5000]


def test_every_text_comes_through_the_yaml_as_it_was_written(page: Page, pages: dict[str, Path]) -> None:
    question = opened(page, pages["review"])
    text = at(question, "text")
    texts = some_texts()
    made: list[str] = page.evaluate(
        f"""{json.dumps(texts)}.map(text => {{
            write(card({text}).querySelector("[data-field=value]"), text);
            return made();
        }})"""
    )
    for wanted, written in zip(texts, made, strict=True):
        found = load(written.encode())
        assert found["matches"][text]["value"] == wanted, ascii(wanted)
        assert (found["end"], found["for"]["job"], list(found)[-1]) == (True, JOB, "end")


def test_half_a_character_is_not_written(page: Page, pages: dict[str, Path]) -> None:
    question = opened(page, pages["review"])
    text = at(question, "text")
    written = page.evaluate(f"write(card({text}).querySelector('[data-field=value]'), 'a\\ud800b'), made()")
    assert load(written.encode())["matches"][text]["value"] == "a\ufffdb"


def test_an_override_and_an_approval_can_be_made_and_a_missing_reason_is_told(
    page: Page, pages: dict[str, Path]
) -> None:
    opened(page, pages["override"])
    page.evaluate("decide('override')")
    assert "10 characters" in page.evaluate("document.getElementById('check').textContent")
    with pytest.raises(SidecarRefusedError):
        parse(page.evaluate("made()").encode(), OverrideSidecar, "override.yaml")
    page.evaluate("write(key('reason'), 'the client: \"wants\" it')")
    assert page.evaluate("document.getElementById('check').hidden")
    made = parse(page.evaluate("made()").encode(), OverrideSidecar, "override.yaml")
    assert (made.decision, made.reason) == ("override", 'the client: "wants" it')
    page.evaluate("decide('return')")
    assert "reason" not in load(page.evaluate("made()")), "what is not asked is not written"

    opened(page, pages["approval"])
    page.evaluate(
        "decide('reject'), write(key('reason'), 'too small by half'), choose(key('return_to'), '5-generation')"
    )
    rejected = parse(page.evaluate("made()").encode(), ApprovalSidecar, "approval.yaml")
    assert (rejected.decision, rejected.return_to, rejected.reason) == ("reject", "5-generation", "too small by half")


def downloaded(browser: Browser, page: Page, folder: Path, name: str) -> Path:
    """Press the button; the file that the browser saves."""
    folder.mkdir(exist_ok=True)
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    page.evaluate("document.getElementById('download').click()")
    end = time.monotonic() + 60
    while not (folder / name).exists() or list(folder.glob("*.crdownload")):
        assert time.monotonic() < end, list(folder.iterdir())
        page.evaluate("new Promise(done => setTimeout(done, 50))")
    return folder / name


def test_the_real_daemon_takes_all_three_answers_as_they_are_saved(
    browser: Browser, page: Page, tmp_path: Path
) -> None:
    """One job down the line, each sidecar replaced by what its page saves."""
    house = House(tmp_path)
    drop_hostile(house.inbox)
    own = "own: “text” # \\ 'x'\n- two\u202e"

    def answer(stage: str, gate: str, what: str) -> None:
        house.run_until_idle()
        assert house.where(JOB) == stage, house.status(JOB)
        folder = house.folder(JOB)
        opened(page, folder / f"{gate}.html")
        page.evaluate(what)
        saved = downloaded(browser, page, tmp_path / gate, f"{gate}.yaml")
        assert saved.read_text("utf-8") == page.evaluate("made()")
        shutil.copy(saved, folder / f"{gate}.yaml")

    text = "const at = question.matches.findIndex(one => one.kind == 'text')"
    own_text = f"write(card(at).querySelector('[data-field=value]'), {json.dumps(own)})"
    answer("2-review", "review", f"{text}; {own_text}; decide('approve'); write(key('by'), 'anna')")
    answer("4-override", "override", "decide('override'); write(key('reason'), 'the client wants it so')")
    answer("6-approval", "approval", "decide('force_approve'); write(key('reason'), 'the names are the client\\'s')")
    house.run_until_idle()
    assert house.where(JOB) == "7-completed", house.status(JOB)
    assert own in [
        one["value"] for one in json.loads((house.folder(JOB) / ".job/approved.json").read_text())["matches"]
    ]
    assert house.receipts(JOB)[0]["by"] == "anna"
    assert all(receipt["accepted"] for receipt in house.receipts(JOB))


def test_the_text_can_be_copied(browser: Browser, page: Page, pages: dict[str, Path]) -> None:
    """Where the browser does not give the clipboard to a page, the text is selected and copied as one by hand."""
    opened(page, pages["review"])
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.call("Emulation.setFocusEmulationEnabled", enabled=True)
    page.evaluate("decide('approve'), document.getElementById('copy').click()")
    page.evaluate("new Promise(done => setInterval(() => document.getElementById('said').textContent && done(), 20))")
    assert "Copied" in page.evaluate("document.getElementById('said').textContent")
    assert page.evaluate("navigator.clipboard.readText()") == page.evaluate("made()")
