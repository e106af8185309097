"""What `review.yaml` of an episode decides: taken whole or refused with line and column, and what is told of it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_episode_rounds import SEEDS, made

from hotfolderd.model import from_json, to_json
from hotfolderd.records import Job, Question
from hotfolderd.review.decision import Decision
from hotfolderd.review.editing import set_keys
from hotfolderd.review.episode_writing import SegmentRow, episode_review_text
from hotfolderd.review.reading import SidecarRefusedError, read_written
from hotfolderd.stages.episode.ask_review import film_shown
from hotfolderd.stages.episode.board import BOARD, Board, FilmPlan, Params, Segment, Version
from hotfolderd.stages.episode.decide import length_s, read_review
from hotfolderd.stages.episode.rounds import Mode, begun, due, first_board, taken

AT = "2026-11-20T10:00:00.000Z"
FILM = {"order": [1, 2], "transition": "cut", "transition_s": 0.5, "joints": {}, "music": False}
FILM |= {"music_volume": 0.3, "normalize": True, "target_lufs": -16}
JOB = Job("light", "episode", "u", "B1", "2-review", "awaiting_review", AT, AT, question=Question("review", 1, 0, AT))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job of four scenes of which two were made and shown."""
    mode = Mode(batch_size=2)
    board = begun(first_board(tuple(SEEDS.items())), due(first_board(tuple(SEEDS.items())), mode), SEEDS)
    for number in (1, 2):
        board = taken(board, number, made(number, Version(1, Params(number))))
    for step in ("ask-review", "scenes"):
        (tmp_path / ".job/work" / step).mkdir(parents=True)
    (tmp_path / ".job/work/ask-review" / BOARD).write_text(to_json(board))
    keys = ("location", "description", "dialogue", "style")
    scenes = [dict.fromkeys(keys, "") | {"number": n, "characters": [], "duration": 1.0, "seed": n} for n in SEEDS]
    (tmp_path / ".job/work/scenes/scenes.json").write_text(json.dumps(scenes))
    generation = {
        "mode": "sequential",
        "batch_size": 2,
        "start_from": 1,
        "auto_approve": False,
        "gating": "per_segment",
    }
    generation |= {"stop_on_error": False, "generator": "storyboard", "max_regenerations": 10}
    (tmp_path / "job.yaml").write_text(yaml.safe_dump({"job": "light", "batch": "B1", "generation": generation}))
    rows = [SegmentRow(number, 1, "completed", {"overall": 0.8, "flags": []}) for number in (1, 2)]
    (tmp_path / "review.yaml").write_text(episode_review_text("light", 1, rows, FILM, (3, 4)))
    return tmp_path


def read(folder: Path, changes: dict[str, str] | None = None, *lines: dict[str, Any]) -> Decision:
    """What is decided when keys at the top, and lines of segments, are changed as in an editor."""
    path = folder / "review.yaml"
    text = set_keys(path.read_text(), changes or {})
    if lines:
        content = yaml.safe_load(text)
        for line in lines:
            next(one for one in content["segments"] if one["segment"] == line["segment"]).update(line)
        text = yaml.safe_dump(content, sort_keys=False)
    path.write_text(text)
    return read_review(folder, JOB, read_written(path))


def refused(folder: Path, words: str, changes: dict[str, str] | None = None, *lines: dict[str, Any]) -> None:
    with pytest.raises(SidecarRefusedError) as caught:
        read(folder, changes, *lines)
    assert any(words in problem and "line " in problem for problem in caught.value.problems), caught.value.problems


def after(decision: Decision) -> Board:
    assert decision.approved is not None
    return from_json(Board, decision.approved)


def test_as_it_was_asked_it_decides_nothing(folder: Path) -> None:
    assert read(folder).decision == "pending"


def test_one_approval_of_a_batch_waits_for_the_others(folder: Path) -> None:
    decision = read(folder, None, {"segment": 1, "decision": "approve", "rating": 5})
    assert (decision.decision, decision.said) == ("segments", "Segment 1 approved!")
    assert decision.events == (("segment_approved", "Segment 1 version 1: approve. rating 5"),)


def test_all_that_are_shown_are_approved_by_one_word(folder: Path) -> None:
    decision = read(folder, {"decision": "approve"})
    assert (decision.decision, decision.said) == ("approve", "Segments 1, 2 approved! Generating Segment 3/4…")
    assert [one.number for one in after(decision).approved] == [1, 2]


def test_the_same_file_read_twice_decides_the_same(folder: Path) -> None:
    """A crash between the board and the record must not ask for two new versions."""
    line = {"segment": 2, "decision": "regenerate", "changes": {"seed": 9}}
    first, second = after(read(folder, None, line)), after(read(folder))
    assert first.segments == second.segments
    assert [one.version for one in second.segments[1].versions] == [1, 2]


def test_a_rating_alone_is_kept_as_a_note(folder: Path) -> None:
    decision = read(folder, None, {"segment": 1, "rating": 3, "feedback": "nice"})
    assert [(one.action, one.rating) for one in after(decision).history] == [("note", 3)]


@pytest.mark.parametrize(
    ("words", "changes", "lines"),
    [
        ("A reason is required for reject", None, [{"segment": 1, "decision": "reject"}]),
        ("at least 10 characters", None, [{"segment": 1, "decision": "reject", "reason": "too dark"}]),
        ("Write it in `to_version:`", None, [{"segment": 1, "decision": "rollback"}]),
        ("has no version 4", None, [{"segment": 1, "decision": "rollback", "to_version": 4}]),
        ("no decision that makes use of them", None, [{"segment": 1, "changes": {"seed": 1}}]),
        ("`segments.0.rating` is 6", None, [{"segment": 1, "decision": "approve", "rating": 6}]),
        ("segment 1 is not approved (completed)", {"decision": "compile"}, []),
        ("segment 2 is not approved (rejected)", {"decision": "compile"}, [
            {"segment": 1, "decision": "approve"},
            {"segment": 2, "decision": "reject", "reason": "far too dark"},
        ]),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_as_a_whole(
    folder: Path, words: str, changes: dict[str, str] | None, lines: list[dict[str, Any]]
) -> None:
    refused(folder, words, changes, *lines)


@pytest.mark.parametrize(
    ("compile_", "words"),
    [
        ({"order": [1, 9]}, "there is no segment 9"),
        ({"order": [1, 3]}, "segment 3 is not approved (not made yet)"),
        ({"order": [1, 2, 1]}, "segment 1 stands twice"),
        ({"joints": {"2-1": "cut"}}, "no segment 2 is followed by 1"),
        ({"joints": {"2to1": "cut"}}, "`2to1` is no joint"),
        ({"music": True}, "there is no such music"),
        ({"music": "../x.wav"}, "there is no such music"),
        ({"music": "music/cover.jpg"}, "assets/music/cover.jpg is no sound. Name a file ending in .wav"),
        ({"transition": "wipe"}, "'wipe'"),
    ],
)
def test_a_film_that_cannot_be_made_is_refused_with_the_line(
    folder: Path, compile_: dict[str, Any], words: str
) -> None:
    (folder / "assets/music").mkdir(parents=True)
    (folder / "assets/music/cover.jpg").write_bytes(b"x")
    content = yaml.safe_load((folder / "review.yaml").read_text())
    content |= {"decision": "compile", "approve": ["1-2"], "compile": FILM | compile_}
    (folder / "review.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    refused(folder, words)


def test_segments_that_could_not_be_in_a_film_are_in_the_order_of_the_next(folder: Path) -> None:
    """What was not approved yet when a film was ordered is asked about; what was left out on purpose stays out."""
    content = yaml.safe_load((folder / "review.yaml").read_text())
    content |= {"decision": "compile", "approve": [1], "compile": FILM | {"order": [1]}}
    (folder / "review.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    board = after(read(folder))
    assert board.film is not None
    assert board.film.left_out == ()
    for number in (3, 4):
        board = begun(board, [number], SEEDS)
        board = taken(board, number, made(number, Version(1, Params(number))))
    assert film_shown(board)["order"] == [1, 2, 3, 4]
    plan = dataclasses.replace(board.film, order=((3, 1), (1, 1)), left_out=(2,), joints={"3-1": "cut"})
    shown = film_shown(dataclasses.replace(board, film=plan))
    assert (shown["order"], shown["joints"]) == ([3, 4, 1], {})


def test_a_short_clip_shortens_only_the_dissolves_on_either_side_of_it() -> None:
    """As the film is made: no transition takes more than half of the shorter of its two clips."""
    board = Board(())
    for number, seconds in ((1, 5.0), (2, 1.0), (3, 5.0), (4, 5.0)):
        version = made(number, Version(1, Params(number)))
        assert version.made is not None
        version = dataclasses.replace(version, made=dataclasses.replace(version.made, duration_s=seconds))
        board = dataclasses.replace(board, segments=(*board.segments, Segment(number, (version,), 1, 1)))
    plan = FilmPlan(((1, 1), (2, 1), (3, 1), (4, 1)), "dissolve", 1.0)
    assert length_s(board, plan) == 16.0 - 0.5 - 0.5 - 1.0


def test_a_segment_that_stood_twice_may_stand_twice_again(folder: Path) -> None:
    content = yaml.safe_load((folder / "review.yaml").read_text())
    film = FILM | {"order": [1, 2, 1], "allow_repeat": True}
    content |= {"decision": "compile", "approve": [1, 2], "compile": film}
    (folder / "review.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    shown = film_shown(after(read(folder)))
    again = yaml.safe_load(episode_review_text("light", 2, (), shown, ()))["compile"]
    assert (again["order"], again["allow_repeat"]) == ([1, 2, 1], True)


def test_what_is_left_out_of_a_film_though_it_is_approved_is_remembered(folder: Path) -> None:
    content = yaml.safe_load((folder / "review.yaml").read_text())
    content |= {"decision": "compile", "approve": [1, 2], "compile": FILM | {"order": [2]}}
    (folder / "review.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    film = after(read(folder)).film
    assert film is not None
    assert film.left_out == (1,)


@pytest.mark.parametrize("called", ["music", "Music"])
def test_the_first_sound_in_the_folder_is_the_music_whatever_else_lies_there(folder: Path, called: str) -> None:
    """Music comes with its cover and its licence: to play those failed the job when the film was made."""
    (folder / "assets" / called).mkdir(parents=True)
    for name in ("CREDITS.txt", "cover.jpg", "theme.MP3", "._theme.mp3"):
        (folder / "assets" / called / name).write_bytes(b"x")
    content = yaml.safe_load((folder / "review.yaml").read_text())
    content |= {"decision": "compile", "approve": ["1-2"], "compile": FILM | {"music": True}}
    (folder / "review.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    film = after(read(folder)).film
    assert film is not None
    assert film.music == f"assets/{called}/theme.MP3"


def test_a_film_is_ordered_with_the_versions_that_are_approved(folder: Path) -> None:
    content = yaml.safe_load((folder / "review.yaml").read_text())
    content |= {"decision": "compile", "approve": [1, 2], "compile": FILM | {"order": [2, 1], "transition": "dissolve"}}
    (folder / "review.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    decision = read(folder)
    board = after(decision)
    assert board.film is not None
    assert board.film.order == ((2, 1), (1, 1))
    assert (decision.said, decision.remarks) == ("Compiling…", ("The film will last about 1.5 s.",))
    assert length_s(board, dataclasses.replace(board.film, joints={"2-1": "cut"})) == 2.0
    assert due(board, Mode(batch_size=2)) == (), "no further segments are begun"
