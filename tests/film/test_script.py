"""Stories and scripts become scenes, and no word of them is lost."""

from __future__ import annotations

import re

import pytest

from hotfolderd.errors import JobError
from hotfolderd.film.scene import Scene
from hotfolderd.film.script import MAX_SCENES, scenes_of, text_of

SCRIPT = """THE LIGHTHOUSE
by Anna

FADE IN:

INT. LIGHTHOUSE - NIGHT

Sarah cleans a chart. The dog barks.

SARAH (CONT'D)
(quietly)
Easy, boy. The storm
will pass.

REX
Woof.

CUT TO:

2. EXT. SEA - DAY

Waves.
"""


def test_a_screenplay_has_places_what_is_seen_and_what_is_said_by_whom() -> None:
    inside, outside = scenes_of(SCRIPT, style="noir")
    assert (inside.number, inside.location, inside.style) == (1, "INT. LIGHTHOUSE - NIGHT", "noir")
    assert inside.description == "Sarah cleans a chart. The dog barks."
    assert inside.characters == ("Sarah", "Rex")
    assert inside.dialogue == "Sarah: Easy, boy. The storm will pass.\nRex: Woof."
    assert inside.spoken == "Easy, boy. The storm will pass. Woof."
    assert (outside.number, outside.location, outside.description) == (2, "EXT. SEA - DAY", "Waves.")
    assert outside.spoken == ""


def test_hook_body_and_cta_are_scenes_and_a_word_that_begins_like_one_is_none() -> None:
    scenes = scenes_of("HOOK: Did you know?\nBODY:\nBody language matters.\n\nIt does.\n[CTA] Subscribe!")
    assert [(one.location, one.spoken) for one in scenes] == [
        ("HOOK", "Did you know?"),
        ("BODY", "Body language matters."),
        ("BODY", "It does."),
        ("CTA", "Subscribe!"),
    ]
    assert len(scenes_of("Body language matters. It does.")) == 1


def test_numbered_scenes_know_keys_and_speakers() -> None:
    one, two = scenes_of(
        "SCENE 1: The hill\nINT. HILL - DAY\nVisual: a hill\nNarration: It was a hill.\nDuration: 7s\n\n"
        "**Scene 2**\nCharacters: Anna, Bob\nAnna: Hello Bob.\nBob: Hi.\nMore from Bob."
    )
    assert (one.location, one.description, one.spoken, one.duration_s) == (
        "INT. HILL - DAY",
        "a hill",
        "It was a hill.",
        7,
    )
    assert two.characters == ("Anna", "Bob")
    assert two.dialogue == "Anna: Hello Bob.\nBob: Hi. More from Bob."


def test_a_story_is_told_paragraph_by_paragraph_and_every_word_of_it() -> None:
    long = " ".join(f"This is sentence number {i} of a long paragraph." for i in range(40))
    text = f"# The sea\n\nOnce upon a time.\nThere was a sea.\r\n\r\n{long}"
    scenes = scenes_of(text)
    assert scenes[0].location == "The sea"
    assert scenes[0].spoken == "Once upon a time. There was a sea."
    assert len(scenes) > 4
    told = " ".join(one.spoken for one in scenes)
    assert re.findall(r"\w+", told) == re.findall(r"\w+", text)[2:]
    assert all(one.duration_s == pytest.approx(len(one.spoken.split()) * 0.4) for one in scenes[1:])


def test_where_nobody_speaks_what_is_seen_is_told() -> None:
    scenes = scenes_of("SCENE 1\nThe sea is calm.\nSCENE 2\nA ship arrives.")
    assert [one.spoken for one in scenes] == ["The sea is calm.", "A ship arrives."]


def test_a_story_above_the_first_heading_is_a_scene_and_a_title_is_not() -> None:
    assert [one.description for one in scenes_of("It was dark.\n\nINT. HOUSE\n\nA light.\n\nANN\nOh.")] == [
        "It was dark.",
        "A light.",
    ]
    assert len(scenes_of("A title\n\nSCENE 1\nA light.")) == 1


@pytest.mark.parametrize("text", ["", " \n\n", "---\n***", "\ufeff\n"])
def test_a_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="No scenes found in storyboard"):
        scenes_of(text)


def test_too_many_scenes_are_refused() -> None:
    with pytest.raises(JobError, match="Split it into episodes"):
        scenes_of("\n\n".join("Word." for _ in range(MAX_SCENES + 1)))


def test_names_are_not_spoken_but_only_where_they_stand_first() -> None:
    scene = Scene(1, characters=("Al", "Al (old)"), dialogue="AL: I am Al: yes.\nAl (old): Me too.\nAlice: Hm.")
    assert scene.spoken == "I am Al: yes. Me too. Alice: Hm."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "ascii"])
def test_a_text_is_read_in_what_it_says_that_it_is(encoding: str) -> None:
    assert text_of("One.\n\nTwo.".encode(encoding), "story.txt") == "One.\n\nTwo."


def test_a_text_in_anything_else_is_refused_with_its_line() -> None:
    with pytest.raises(JobError, match=r"story\.txt, line 2: is no text in UTF-8"):
        text_of(b"One\nSch\xf6n", "story.txt")
    with pytest.raises(JobError, match=r"story\.txt, line 1: is no text in UTF-8"):
        text_of(b"\xff\xfeO", "story.txt")
