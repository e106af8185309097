"""Films hold what was ordered, in that order, as long and as loud as they should be; looked at frame by frame."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from hotfolderd.errors import JobError, ToolError
from hotfolderd.film.captions import Caption, read_srt
from hotfolderd.film.compilation import Film, FilmOrder, FilmPart, compile_film
from hotfolderd.film.joints import Joint, planned
from hotfolderd.film.scene import VideoFormat
from hotfolderd.media.graph import ffmpeg_path
from hotfolderd.media.video import frame_at, frames_to_video, probe
from tests.film.clips_made import SMALL, frame_digests, loudness, pattern, said, scene_at, tone

LENGTHS = {1: 1.2, 2: 0.8, 3: 1.0}
FRAMES = {1: 30, 2: 20, 3: 25}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {number: pattern(folder, number, seconds) for number, seconds in LENGTHS.items()}


def order_for(clips: dict[int, Path], segments: tuple[int, ...] = (3, 1, 2), **changes: Any) -> FilmOrder:
    parts = tuple(FilmPart(one, clips[one], version=one + 1, title=f"Scene {one}") for one in segments)
    return dataclasses.replace(FilmOrder(parts, SMALL, "A film"), **changes)


def made(folder: Path, order: FilmOrder) -> Film:
    film = compile_film(order, folder, "film", timeout_s=120)
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]
    return film


def luma(film: Path, at_s: float) -> float:
    return float(np.asarray(frame_at(film, at_s).convert("L")).mean())


# --- what is in it --------------------------------------------------------------------------------------------------


def test_the_order_is_that_which_was_written_frame_by_frame_and_cuts_copy_the_pictures(
    tmp_path: Path, clips: dict[int, Path]
) -> None:
    film = made(tmp_path, order_for(clips))
    assert film.stream_copied
    assert film.frames == sum(FRAMES.values())
    assert frame_digests(film.path) == [digest for one in (3, 1, 2) for digest in frame_digests(clips[one])]
    assert [scene_at(film.path, at, (1, 2, 3)) for at in (0.04, 0.96, 1.02, 2.16, 2.22, 2.96)] == [3, 3, 1, 1, 2, 2]
    assert probe(film.path, decode=True).duration_s == pytest.approx(3.0, abs=0.02)


def test_a_part_of_the_segments_in_any_order_and_one_alone(tmp_path: Path, clips: dict[int, Path]) -> None:
    film = made(tmp_path, order_for(clips, (2, 1), transition="dissolve", transition_s=0.2))
    assert [scene_at(film.path, at, (1, 2, 3)) for at in (0.1, 1.5)] == [2, 1]
    assert [part.segment for part in film.parts] == [2, 1]
    alone = made(tmp_path, order_for(clips, (2,), transition="dissolve"))
    assert (alone.frames, alone.stream_copied) == (20, True)


@pytest.mark.parametrize("seconds", [0.2, 0.32])
def test_a_dissolve_is_as_long_as_it_should_be_and_shows_both(
    tmp_path: Path, clips: dict[int, Path], seconds: float
) -> None:
    film = made(tmp_path, order_for(clips, transition="dissolve", transition_s=seconds))
    takes = round(seconds * 25)
    assert film.frames == probe(film.path).frames == 75 - 2 * takes
    assert abs(film.duration_s - (sum(LENGTHS.values()) - 2 * seconds)) <= 1 / 25
    start, end = film.parts[1].in_s, film.parts[0].out_s
    before, after = frame_at(clips[3], 0.9).resize((1, 1)), frame_at(clips[1], 0.1).resize((1, 1))
    half = frame_at(film.path, (start + end) / 2).resize((1, 1))
    between = np.asarray(half, float)[0, 0]
    mean = (np.asarray(before, float)[0, 0] + np.asarray(after, float)[0, 0]) / 2
    assert np.abs(between - mean).max() < 25
    assert scene_at(film.path, start - 0.04, (1, 2, 3)) == 3
    assert scene_at(film.path, end + 0.04, (1, 2, 3)) == 1


def test_a_fade_goes_through_black_and_takes_no_time(tmp_path: Path, clips: dict[int, Path]) -> None:
    film = made(tmp_path, order_for(clips, transition="fade", transition_s=0.28))
    assert film.frames == probe(film.path).frames == 75
    assert not film.stream_copied
    middle = luma(film.path, 0.5)
    for joint in (0.0, 0.98, 1.0, 2.19, 2.2, 2.98):
        assert luma(film.path, joint) < 0.35 * middle
    assert middle > 80


def test_single_joints_may_be_otherwise(tmp_path: Path, clips: dict[int, Path]) -> None:
    film = made(
        tmp_path, order_for(clips, transition="dissolve", transition_s=0.4, joints={"3-1": "cut", "1-2": "fade"})
    )
    assert film.frames == 75
    assert scene_at(film.path, 0.97, (1, 2, 3)) == 3
    assert scene_at(film.path, 1.01, (1, 2, 3)) == 1
    assert luma(film.path, 0.97) > 60
    assert luma(film.path, 2.19) < 30
    assert luma(film.path, 0.0) > 60


def test_a_transition_longer_than_half_of_a_part_is_shortened_with_a_warning(
    tmp_path: Path, clips: dict[int, Path]
) -> None:
    film = made(tmp_path, order_for(clips, transition="dissolve", transition_s=5.0))
    assert film.frames == 75 - 12 - 10 == probe(film.path).frames
    assert film.warnings == (
        "dissolve 3-1: 12 frames instead of 125, for one of both is short.",
        "dissolve 1-2: 10 frames instead of 125, for one of both is short.",
    )


def test_clips_of_other_sizes_rates_and_without_sound_are_brought_together(
    tmp_path: Path, clips: dict[int, Path]
) -> None:
    frames = [Image.new("RGB", (90, 90), (240, 240, 240))] * 30
    frames_to_video(frames, tmp_path / "white.mp4", (90, 90), 30)
    parts = (FilmPart(1, clips[1]), FilmPart(9, tmp_path / "white.mp4"))
    film = made(tmp_path, FilmOrder(parts, VideoFormat(160, 90, 25), transition="dissolve", transition_s=0.2))
    media = probe(film.path, decode=True)
    assert (media.width, media.height, media.frames, media.fps) == (160, 90, 30 + 25 - 5, 25)
    last = frame_at(film.path, 1.8)
    assert min(last.getpixel((80, 45))) > 200
    assert max(last.getpixel((3, 45))) < 20
    cut = made(tmp_path, FilmOrder(parts, VideoFormat(160, 90, 25)))
    assert (cut.stream_copied, cut.frames) == (False, 55)


def test_another_rate_keeps_every_frame(tmp_path: Path) -> None:
    fps = 29.97
    video = VideoFormat(128, 72, fps)
    parts = tuple(FilmPart(one, pattern(tmp_path, one, 0.7, video=video)) for one in (1, 2))
    cut = made(tmp_path, FilmOrder(parts, video))
    assert cut.stream_copied
    assert frame_digests(cut.path) == [digest for part in parts for digest in frame_digests(part.clip)]
    faded = made(tmp_path, FilmOrder(parts, video, transition="dissolve", transition_s=0.2))
    assert faded.frames == probe(faded.path).frames == 2 * round(0.7 * fps) - round(0.2 * fps)


# --- sound ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "transition"), [(-16.0, "cut"), (-23.0, "dissolve"), (-14.0, "fade")])
def test_the_film_is_as_loud_as_wanted(tmp_path: Path, clips: dict[int, Path], target: float, transition: Any) -> None:
    film = made(tmp_path, order_for(clips, transition=transition, transition_s=0.2, target_lufs=target))
    assert loudness(film.path) == pytest.approx(target, abs=0.5)
    assert film.loudness_lufs == pytest.approx(loudness(film.path), abs=0.1)
    assert film.true_peak_db is not None
    assert film.true_peak_db <= -1.0


def test_a_sound_with_high_peaks_is_limited_and_still_as_loud(tmp_path: Path) -> None:
    """Clicks of full level over a quiet tone: gain alone would clip by 14 dB."""
    silent = pattern(tmp_path, 1, 3.0, "silent")
    clicks = "aevalsrc='0.03*sin(2*PI*300*t)+0.97*lt(mod(t,0.5),0.002)*sin(2*PI*2000*t)':d=3:s=48000"
    said(
        "-y",
        "-i",
        silent,
        "-f",
        "lavfi",
        "-i",
        clicks,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "copy",
        tmp_path / "a.mp4",
    )
    film = made(tmp_path, FilmOrder((FilmPart(1, tmp_path / "a.mp4"),), SMALL))
    assert loudness(film.path) == pytest.approx(-16, abs=0.5)
    assert film.true_peak_db is not None
    assert film.true_peak_db < -0.5


def test_the_sound_stays_with_its_picture(tmp_path: Path, clips: dict[int, Path]) -> None:
    """The second clip is silent: it is silent in the film just as long, wherever it is."""
    quiet = pattern(tmp_path, 2, 0.8, "silent")
    for transition in ("cut", "fade"):
        order = order_for({**clips, 2: quiet}, (3, 2, 1), transition=transition, transition_s=0.04)
        film = made(tmp_path, order)
        words = said("-i", film.path, "-af", "silencedetect=n=-50dB:d=0.3", "-f", "null", "-")
        start = float(re.findall(r"silence_start: ([\d.]+)", words)[0])
        end = float(re.findall(r"silence_end: ([\d.]+)", words)[0])
        assert (start, end) == (pytest.approx(1.0, abs=0.06), pytest.approx(1.8, abs=0.06))


def test_music_plays_on_is_lowered_under_speech_and_fades_out(tmp_path: Path) -> None:
    """Speech (a tone of 440 Hz) in the middle part only; the music is one of 3 kHz, half a second long."""
    parts = []
    for number, defect in ((1, "silent"), (2, ""), (3, "silent")):
        parts.append(FilmPart(number, pattern(tmp_path, number, 2.0, defect)))
    tone(tmp_path / "music.wav", 0.5, hertz=3000, level=0.5)
    order = FilmOrder(tuple(parts), SMALL, music=tmp_path / "music.wav", normalize=False)
    film = made(tmp_path, order)

    def music_at(path: Path, start: float, seconds: float = 0.6) -> float:
        only = f"atrim={start}:{start + seconds},highpass=f=2000,highpass=f=2000,volumedetect"
        return float(re.findall(r"mean_volume: (-?[\d.]+) dB", said("-i", path, "-af", only, "-f", "null", "-"))[0])

    alone, under, after, last = (music_at(film.path, at) for at in (1.0, 3.0, 4.0 - 0.0, 5.4))
    assert alone - under > 6
    assert after > under
    assert alone - last > 6
    unducked = compile_film(dataclasses.replace(order, duck=False), tmp_path, "unducked")
    assert abs(music_at(unducked.path, 1.0) - music_at(unducked.path, 3.0)) < 1.5
    quiet = compile_film(dataclasses.replace(order, music_volume=0.03), tmp_path, "quiet")
    assert alone - music_at(quiet.path, 1.0) == pytest.approx(20, abs=1)


def test_a_film_in_which_nothing_is_heard_is_told(tmp_path: Path) -> None:
    film = made(tmp_path, FilmOrder((FilmPart(1, pattern(tmp_path, 1, 0.4, "silent")),), SMALL))
    assert film.warnings == ("sound: nothing is heard in the film, so it was not made louder.",)
    assert film.loudness_lufs is None


# --- beside the pictures --------------------------------------------------------------------------------------------


def test_captions_chapters_and_manifest_say_where_everything_lies(tmp_path: Path, clips: dict[int, Path]) -> None:
    order = order_for(clips, transition="dissolve", transition_s=0.2)
    said_there = (Caption(0.1, 0.6, ("Hello",)), Caption(0.6, 9.0, ("there",)))
    order = dataclasses.replace(
        order,
        title="A = film; \\ #1",
        parts=tuple(
            dataclasses.replace(part, captions=said_there, title=f"[{part.segment}]=;#") for part in order.parts
        ),
    )
    film = made(tmp_path, order)
    assert film.captions is not None
    captions = read_srt(film.captions)
    assert [one.start_s for one in captions] == pytest.approx([0.1, 0.6, 0.9, 1.4, 1.9, 2.4])
    assert all(one.end_s <= other.start_s for one, other in pairwise(captions))
    assert captions[-1].end_s == pytest.approx(film.duration_s)
    assert (tmp_path / "film.vtt").read_text().startswith("WEBVTT\n\n00:00:00.100 --> 00:00:00.600\nHello\n")
    words = said("-i", film.path)
    assert re.findall(r"Chapter #0:\d: start ([\d.]+), end ([\d.]+)", words) == [
        ("0.000000", "0.800000"),
        ("0.800000", "1.800000"),
        ("1.800000", "2.600000"),
    ]
    assert re.findall(r"title +: (.*)", words) == ["A = film; \\ #1", "[3]=;#", "[1]=;#", "[2]=;#"]
    manifest = yaml.safe_load(film.manifest.read_text())
    assert manifest["sha256"] == hashlib.sha256(film.path.read_bytes()).hexdigest() == film.sha256
    assert [(one["segment"], one["version"], one["in_s"], one["out_s"]) for one in manifest["segments"]] == [
        (3, 4, 0.0, 1.0),
        (1, 2, 0.8, 2.0),
        (2, 3, 1.8, 2.6),
    ]
    assert manifest["segments"][1]["sha256"] == hashlib.sha256(clips[1].read_bytes()).hexdigest()
    assert [one["next"] and one["next"]["transition"] for one in manifest["segments"]] == ["dissolve", "dissolve", None]
    assert manifest["loudness"]["integrated_lufs"] == film.loudness_lufs
    with Image.open(film.thumbnail) as still:
        assert still.size == SMALL.size


def test_progress_only_grows_and_ends_at_one(tmp_path: Path, clips: dict[int, Path]) -> None:
    told: list[float] = []
    compile_film(order_for(clips, transition="fade"), tmp_path, "film", progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert len(told) > 5


def test_names_of_clips_are_only_names(tmp_path: Path, clips: dict[int, Path]) -> None:
    parts = []
    for number, name in ((1, "a 'b' ü.mp4"), (2, "%03d,[x];y.mp4"), (3, "-y\\.mp4")):
        (tmp_path / name).write_bytes(clips[number].read_bytes())
        parts.append(FilmPart(number, tmp_path / name))
    film = made(tmp_path, FilmOrder(tuple(parts), SMALL))
    assert (film.frames, film.stream_copied) == (75, True)


# --- orders that cannot be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segments", "changes", "words"),
    [
        ((), {}, "order: is empty"),
        ((1, 2, 1), {}, "segment 1 stands in it twice"),
        ((1, 2), {"joints": {"2-1": "cut"}}, "segment 1 does not follow segment 2 here. There are: 1-2"),
        ((1, 2), {"joints": {"first": "cut"}}, "names no joint"),
        ((1, 2), {"joints": {"1-2": "wipe"}}, "there is no 'wipe'"),
        ((1, 2), {"transition": "wipe"}, "none named 'wipe'"),
        ((1, 2), {"music": Path("/nowhere/m.mp3")}, r"music: m\.mp3 is not there"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, clips: dict[int, Path], segments: tuple[int, ...], changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(JobError, match=words):
        compile_film(order_for(clips, segments, **changes), tmp_path, "film")
    assert list(tmp_path.iterdir()) == []


def test_a_segment_may_be_repeated_where_that_is_allowed(tmp_path: Path, clips: dict[int, Path]) -> None:
    film = made(tmp_path, order_for(clips, (2, 3, 2), allow_repeat=True))
    assert film.frames == 65
    assert [scene_at(film.path, at, (2, 3)) for at in (0.1, 1.0, 2.0)] == [2, 3, 2]
    order = order_for(clips, (2, 2, 2), allow_repeat=True, transition="dissolve", transition_s=0.2)
    assert made(tmp_path, order).frames == 50


def test_a_clip_without_a_sound_is_no_music_and_is_not_tried_again(tmp_path: Path, clips: dict[int, Path]) -> None:
    said("-i", clips[1], "-an", "-c", "copy", tmp_path / "mute.mp4")
    with pytest.raises(JobError, match="Look at the clips and the music"):
        compile_film(order_for(clips, music=tmp_path / "mute.mp4"), tmp_path, "film")


def test_a_clip_or_a_music_that_cannot_be_read_fails_the_film(tmp_path: Path, clips: dict[int, Path]) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no clip")
    with pytest.raises(JobError, match=r"no\.mp4"):
        compile_film(order_for({**clips, 2: tmp_path / "no.mp4"}), tmp_path, "film")
    with pytest.raises(JobError, match="Look at the clips and the music"):
        compile_film(order_for(clips, music=tmp_path / "no.mp4"), tmp_path, "film")
    assert [path.name for path in tmp_path.iterdir()] == ["no.mp4"]


def test_a_time_limit_ends_the_work_and_no_film_is_left(tmp_path: Path, clips: dict[int, Path]) -> None:
    with pytest.raises(ToolError, match="not done after"):
        compile_film(order_for(clips, transition="fade"), tmp_path, "film", timeout_s=0.15)
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_is_not_what_was_planned_is_taken_away(
    tmp_path: Path, clips: dict[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ffmpeg that ends well, but writes ten frames less than it was told."""
    short = tmp_path / "ffmpeg_writes_less"
    short.write_text(
        f"#!{sys.executable}\nimport os, sys\nwords = sys.argv[1:]\n"
        "at = words.index('-frames:v') + 1 if '-frames:v' in words else 0\n"
        "if at and words[at] == '75': words[at] = '65'\n"
        f"os.execv({ffmpeg_path()!r}, ['ffmpeg', *words])\n"
    )
    short.chmod(0o755)
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", str(short))
    (tmp_path / "out").mkdir()
    with pytest.raises(ToolError, match="ffmpeg wrote 65 frames of 160×90"):
        compile_film(order_for(clips, transition="fade"), tmp_path / "out", "film")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_plan_is_in_whole_frames() -> None:
    plan = planned((1, 2, 3), (10, 3, 10), "dissolve", 4, {"2-3": "cut"})
    assert plan.joints == (Joint("dissolve", 1), Joint("cut", 0))
    assert (plan.starts, plan.total, plan.is_cut) == ((0, 9, 12), 22, False)
    assert planned((1, 2), (1, 9), "fade", 4, {}).joints == (Joint("cut", 0),)
