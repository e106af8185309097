"""The defects of clips are found and cost points; what cannot be told is never a number out of nothing."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
from PIL import Image

from hotfolderd.film.consistency import consistency_of
from hotfolderd.film.generators.order import ClipOrder
from hotfolderd.film.generators.storyboard import Storyboard
from hotfolderd.film.measuring import Measured, measure
from hotfolderd.film.quality import Expected, Quality, judge, quality_of
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.media.video import frame_at, still_to_video
from tests.film.clips_made import SMALL, pattern, said

VIDEO = VideoFormat(320, 180, 25)
WANTED = Expected(duration_s=2.0, video=VIDEO, sound=True)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Quality]:
    folder = tmp_path_factory.mktemp("clips")
    defects = ("", "black", "frozen", "silent", "blurred", "short")
    return {one: quality_of(pattern(folder, 4, 2.0, one, VIDEO), WANTED) for one in defects}


def test_a_good_clip_has_no_flag(judged: dict[str, Quality]) -> None:
    good = judged[""]
    assert (good.flags, good.needs_attention) == ((), False)
    assert good.overall > 0.75
    assert good.measured is not None
    assert good.measured.loudness_lufs == pytest.approx(-16, abs=1)
    assert good.sound is not None
    assert good.sound > 0.9


def test_a_voice_that_does_not_fit_into_its_clip_is_told(judged: dict[str, Quality]) -> None:
    measured = judged[""].measured
    assert measured is not None
    assert judge(measured, dataclasses.replace(WANTED, voice_s=2.0)).flags == ()
    cut = judge(measured, dataclasses.replace(WANTED, voice_s=2.6))
    assert (cut.flags, cut.needs_attention) == (("voice_cut",), False)


def test_a_last_frame_that_stands_for_what_is_missing_does_not_count_as_length(judged: dict[str, Quality]) -> None:
    measured = judged[""].measured
    assert measured is not None
    assert judge(measured, dataclasses.replace(WANTED, stands_s=0.1)).flags == ()
    short = judge(measured, dataclasses.replace(WANTED, stands_s=0.8))
    assert (short.flags, short.needs_attention) == (("wrong_duration",), True)


@pytest.mark.parametrize(
    ("defect", "flag", "stops"),
    [
        ("black", "black", True),
        ("frozen", "frozen", False),
        ("silent", "silent", True),
        ("blurred", "blurred", False),
        ("short", "wrong_duration", True),
    ],
)
def test_each_defect_is_flagged_alone_and_costs_points(
    judged: dict[str, Quality], defect: str, flag: str, stops: bool
) -> None:
    found = judged[defect]
    assert found.flags == (flag,)
    assert found.needs_attention is stops
    assert found.overall < judged[""].overall - 0.08


def test_black_and_frozen_time_are_measured(judged: dict[str, Quality]) -> None:
    black, frozen, short = (judged[one].measured for one in ("black", "frozen", "short"))
    assert black is not None
    assert frozen is not None
    assert short is not None
    assert black.black_s == pytest.approx(2.0, abs=0.1)
    assert (black.blur, black.blocks) == (None, None)  # ffmpeg prints -nan of a picture without an edge
    assert frozen.frozen_s == pytest.approx(2.0, abs=0.1)  # ffmpeg prints no end of a freeze to the end
    assert (short.duration_s, short.frames) == (1.0, 25)


def test_everything_is_json_without_nan(judged: dict[str, Quality]) -> None:
    for quality in judged.values():
        written = json.loads(json.dumps(quality.as_dict(), allow_nan=False))
        assert written["overall"] == quality.overall
        assert all(0 <= score <= 1 for score in quality.scores.values())


def test_what_is_not_expected_is_not_judged(judged: dict[str, Quality]) -> None:
    still, silent = judged["frozen"].measured, judged["silent"].measured
    assert still is not None
    assert silent is not None
    assert judge(still, Expected(motion=False)).flags == ()
    assert judge(silent, Expected()).flags == ()
    assert judge(silent, Expected()).sound is None
    assert judge(silent, Expected(video=SMALL)).flags == ("wrong_format",)


def test_a_clip_without_a_sound_stream_or_too_loud_is_told(tmp_path: Path) -> None:
    still_to_video(Image.effect_noise((160, 90), 80).convert("RGB"), tmp_path / "a.mp4", (160, 90), 25, 1.0)
    found = quality_of(tmp_path / "a.mp4", Expected(sound=True, motion=False))
    assert found.flags == ("no_sound",)
    assert found.needs_attention
    said("-y", "-i", pattern(tmp_path, 1, 1.0), "-af", "volume=24dB", "-c:v", "copy", tmp_path / "b.mp4")
    assert "clipped_sound" in quality_of(tmp_path / "b.mp4", Expected(sound=True)).flags


@pytest.mark.parametrize("spoil", ["empty", "text", "cut", "gone"])
def test_a_clip_that_cannot_be_read_is_unreadable_not_an_error(tmp_path: Path, spoil: str) -> None:
    clip = pattern(tmp_path, 1, 0.4)
    if spoil == "gone":
        clip.unlink()
    else:
        clip.write_bytes({"empty": b"", "text": b"no clip", "cut": clip.read_bytes()[:600]}[spoil])
    found = quality_of(clip, WANTED)
    assert (found.overall, found.flags, found.needs_attention, found.measured) == (0.0, ("unreadable",), True, None)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["measured"] is None


def test_storyboards_of_all_styles_pass(tmp_path: Path) -> None:
    for at, style in enumerate(("cinematic", "noir", "pastel", "comic", "documentary")):
        scene = Scene(at, "A harbour", "Ships.", (), "Hello.", 1.0, style)
        Storyboard().generate(ClipOrder(scene, VIDEO, 1.0, at), tmp_path / "a.mp4", timeout_s=60)
        found = quality_of(tmp_path / "a.mp4", Expected(1.0, VIDEO))
        assert found.flags == (), style
        assert found.overall > 0.6, style


def test_a_clip_is_like_itself_less_like_its_scene_anew_and_unlike_another(tmp_path: Path) -> None:
    def board(number: int, seed: int, style: str) -> Path:
        out = tmp_path / f"{number}-{seed}.mp4"
        scene = Scene(number, "A harbour" if number == 1 else "The long way home", style=style)
        Storyboard().generate(ClipOrder(scene, SMALL, 0.4, seed, look_seed=3), out, timeout_s=60)
        return out

    first, anew, other = board(1, 1, "noir"), board(1, 2, "noir"), board(2, 9, "comic")
    itself = consistency_of(first, previous=first)
    assert itself == pytest.approx(1.0, abs=0.01)
    scores = [consistency_of(one, previous=first) or 0.0 for one in (anew, other)]
    assert 0.95 > scores[0] > scores[1] + 0.1
    frame_at(first, 0.2).save(tmp_path / "ref.png")
    near, far = (consistency_of(one, [tmp_path / "ref.png"]) or 0.0 for one in (first, other))
    assert near > 0.95
    assert far < 0.5
    assert consistency_of(first) is None
    good = measure(first)
    assert judge(good, Expected(), consistency=near).overall > judge(good, Expected(), consistency=far).overall


def test_a_number_that_is_none_counts_as_none() -> None:
    flat = Measured(2.0, 320, 180, 25.0, 50, 9000, True, None, None, 110.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, -16.0, -3.0)
    found = judge(flat, WANTED)
    assert all(math.isfinite(score) for score in found.scores.values())
    assert found.scores["sharpness"] == 0.0
