"""What a segment is made of: narration, captions and the generator's own sound, on the real steps of the line."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from hotfolderd.film.assets import make_captions, make_narration
from hotfolderd.film.scene import Scene
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.batches import plan_jobs
from hotfolderd.inbox.episode_drop import examine_episode
from hotfolderd.model import to_json
from hotfolderd.stages.episode.assets import narration_facts, narration_of, sound_of
from hotfolderd.stages.episode.board import APPROVED, BOARD, FilmPlan, Made, clip_of, read_board
from hotfolderd.stages.episode.line import ASSETS, SEGMENTS, VALIDATE
from hotfolderd.stages.episode.verdicts import Verdict, applied
from tests.film.clips_made import loudness, pattern, said, tone
from tests.stages.jobs_made import do, facts_of

VIDEO = {"width": 160, "height": 90, "fps": 25}


def made_of(folder: Path, **content: Any) -> Path:
    """The job that an episode becomes: `folder` holds what lies beside its `episode.yaml`, and is its assets then."""
    (folder / "episode.yaml").write_text(yaml.safe_dump({"video": VIDEO, **content}))
    report = examine_episode(folder, frozenset(), Limits())
    (plan,) = plan_jobs(report.valid_rows, "B1", "anna", datetime(2026, 11, 20, tzinfo=UTC))
    job = folder.parent / "jobs" / folder.name
    job.mkdir(parents=True)
    folder.rename(job / "assets")
    (job / "job.yaml").write_text(plan.order)
    (job / ".job").mkdir()
    return job


def segments_of(job: Path, *verdicts: Verdict, **episodes: Any) -> Made:
    """The newest version of the first segment after these verdicts."""
    place = job / ".job/work/make-segments" / BOARD
    if verdicts:
        board = read_board(place)
        assert board is not None
        after = applied(board, verdicts, {1: 1}, "anna", "2026-11-20T10:00:00.000Z")
        (job / APPROVED).write_text(to_json(after))
    settings = {**facts_of(job)["episodes"], **episodes}
    do(job, SEGMENTS, episodes=settings)
    board = read_board(place)
    assert board is not None
    newest = board.segments[0].newest
    assert newest is not None
    assert newest.made is not None, newest.attempts
    return newest.made


def level_at_end(clip: Path) -> float:
    """The mean level of the fourth second of a clip, in dB: what is said is over by then."""
    words = said("-ss", "3", "-i", clip, "-t", "0.9", "-af", "volumedetect", "-f", "null", "-")
    return float(re.findall(r"mean_volume: (-?[\d.]+) dB", words)[-1])


def test_a_film_is_spoken_by_the_voice_of_the_configuration_and_anew_when_that_changes(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    scene = {"number": 1, "description": "A door", "dialogue": "Guten Abend, schön Sie zu sehen.", "duration": 1}
    job = made_of(tmp_path / "film", scenes=[scene])
    sounds = []
    for voice in ("", "de", "de"):
        do(job, ASSETS, voice=voice)
        sounds.append((job / sound_of(1)).read_bytes())
    assert sounds[0] != sounds[1]
    assert sounds[1] == sounds[2]


def test_the_pauses_of_a_voice_are_kept_for_the_captions(tmp_path: Path) -> None:
    """What the step `narration` has measured goes to the captions by way of a file; they end where the voice pauses."""
    scene = Scene(
        1, dialogue="The storm comes from the west. " * 2 + "It will be here before the night, I am afraid. Run!"
    )
    made = make_narration(scene, tmp_path / "voice.wav")
    assert made.pauses
    told = json.loads(json.dumps(narration_facts(made)))
    assert narration_of(told, made.path) == made
    assert make_captions(scene, narration_of(told, made.path)) == make_captions(scene, made)


def test_another_dialogue_under_a_given_sound_is_captioned_anew(tmp_path: Path) -> None:
    """Who corrects the words of a recorded voice gets the recording with the corrected captions."""
    folder = tmp_path / "tale"
    folder.mkdir()
    tone(folder / "voice.wav", 1.0)
    scene = {"number": 1, "dialogue": "Teh storm comes.", "audio": "voice.wav", "duration": 1}
    job = made_of(folder, scenes=[scene])
    first = segments_of(job)
    assert [lines for _, _, lines in first.captions] == [("Teh storm comes.",)]
    again = segments_of(job, Verdict(1, "regenerate", 1, changes={"dialogue": "The storm comes."}))
    assert [lines for _, _, lines in again.captions] == [("The storm comes.",)]
    assert [one[:2] for one in again.captions] == [one[:2] for one in first.captions]
    assert loudness(job / clip_of(1, 2)) == pytest.approx(loudness(job / clip_of(1, 1)), abs=0.1)


@pytest.mark.parametrize(("dialogue", "lowered_db"), [("", 0.0), ("Hello.", 10.5)])
def test_the_sound_of_a_generator_is_lowered_only_under_a_voice(
    tmp_path: Path, dialogue: str, lowered_db: float
) -> None:
    """Where nobody speaks there is nothing that its sound could be in the way of."""
    folder = tmp_path / "tale"
    folder.mkdir()
    given = pattern(tmp_path, 6, 4.0)
    scene = {"number": 1, "description": "The storm", "dialogue": dialogue, "duration": 4}
    job = made_of(folder, scenes=[scene], generation={"generator": "command"})
    segments_of(job, command={"argv": ["/bin/cp", str(given), "{output}"], "busy_codes": [75]})
    quieter = level_at_end(given) - level_at_end(job / clip_of(1, 1))
    assert quieter == pytest.approx(lowered_db, abs=0.5)


def test_what_is_no_picture_of_reference_makes_no_clip_unreadable(tmp_path: Path) -> None:
    """A note beside the pictures of reference, or one of them that is broken, says nothing about the clip."""
    folder = tmp_path / "tale"
    (folder / "refs").mkdir(parents=True)
    Image.new("RGB", (160, 90), (30, 60, 90)).save(folder / "refs/look.png")
    (folder / "refs/notes.txt").write_text("Like this.")
    job = made_of(folder, scenes=[{"number": 1, "description": "The storm", "duration": 1}])
    first = segments_of(job)
    assert "unreadable" not in first.flags
    assert isinstance(first.quality["consistency"], float)
    (job / "assets/refs/look.png").write_bytes(b"broken")
    again = segments_of(job, Verdict(1, "regenerate", 1))
    assert "unreadable" not in again.flags
    assert (again.needs_attention, again.quality["consistency"]) == (False, None)


def test_a_voice_that_a_shorter_length_cuts_off_is_told(tmp_path: Path) -> None:
    """A scene is as long as its voice; who orders it shorter hears the words end in the middle, and is told why."""
    folder = tmp_path / "tale"
    folder.mkdir()
    job = made_of(folder, scenes=[{"number": 1, "dialogue": "The storm comes from the west.", "duration": 1}])
    first = segments_of(job)
    assert "voice_cut" not in first.flags
    again = segments_of(job, Verdict(1, "regenerate", 1, changes={"duration": 0.8}))
    assert again.duration_s == 0.8 < first.duration_s
    assert "voice_cut" in again.flags


def test_a_program_hears_of_a_style_that_is_asked_for_beside_a_prompt(tmp_path: Path) -> None:
    folder = tmp_path / "tale"
    folder.mkdir()
    given, heard = pattern(tmp_path, 6, 1.0), tmp_path / "heard"
    scene = {"number": 1, "description": "The storm", "style": "noir", "duration": 1}
    job = made_of(folder, scenes=[scene], generation={"generator": "command"})
    code = 'printf "%s|%s" "$1" "$2" > "$3"; cp "$4" "$5"'
    argv = ["/bin/sh", "-c", code, "make", "{prompt}", "{params_json}", str(heard), str(given), "{output}"]
    command = {"argv": argv, "busy_codes": [75]}
    segments_of(job, command=command)
    assert heard.read_text() == "The storm. Style: noir|{}"
    segments_of(job, Verdict(1, "regenerate", 1, changes={"prompt": "By night", "style": "comic"}), command=command)
    prompt, _, params = heard.read_text().partition("|")
    assert (prompt, json.loads(params)["style"]) == ("By night. Style: comic", "comic")


def test_what_a_generator_warns_of_is_a_warning_of_the_job_also_where_nobody_looks(tmp_path: Path) -> None:
    """A film that is made without being asked about shows no page on which it could be read."""
    folder = tmp_path / "tale"
    folder.mkdir()
    pattern(tmp_path, 6, 0.5).rename(folder / "clip.mp4")
    scene = {"number": 1, "description": "The storm", "footage": "clip.mp4", "duration": 1}
    job = made_of(folder, scenes=[scene], workflow="monolithic")
    *_, done = do(job, SEGMENTS)
    (told,) = [one for one in done.result.issues if one.type == "segment_warning"]
    assert told.message == "Segment 1: clip.mp4: lasts 0.48 s and was repeated to fill 1 s."
    board = read_board(job / ".job/work/make-segments" / BOARD)
    assert board is not None
    film = dataclasses.replace(board, film=FilmPlan(((1, 1),)), compiling=True)
    (job / APPROVED).write_text(to_json(film))
    *_, done = do(job, (*SEGMENTS, VALIDATE))
    assert [one.message for one in done.result.issues if one.type == "segment_warning"] == [told.message]
