"""Videos are what was asked for, ffmpeg opens nothing but what it was given, and failures leave nothing behind."""

from __future__ import annotations

import re
import shlex
import subprocess
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media import board, graph, video

RED, GREEN, BLUE = (200, 30, 60), (20, 200, 90), (30, 60, 220)


def close(found: Any, wanted: tuple[int, int, int], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def two_colours(size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Red, with a green top left quarter."""
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (0, 0, size[0] // 2, size[1] // 2))
    return picture


def greys(count: int, size: tuple[int, int] = (64, 48)) -> Iterator[Image.Image]:
    for i in range(count):
        yield Image.new("RGB", size, (i * 10,) * 3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 greys in 2 seconds, each 10 lighter than the last."""
    out = tmp_path_factory.mktemp("clip") / "clip.mp4"
    video.frames_to_video(greys(20), out, (64, 48), 10)
    return out


# --- making -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["-y.mp4", "concat:a|b.mp4", "%03d.mp4", "a b 'ü' $(id).mp4", "pipe:1.mp4"])
def test_a_name_is_only_ever_a_name(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    video.still_to_video(two_colours(), out, (320, 200), 10, 0.5)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert video.probe(out).frames == 5
    assert close(video.frame_at(out, 0).getpixel((10, 10)), GREEN)


def test_a_still_becomes_an_even_h264_video_of_its_duration_with_its_colours(tmp_path: Path) -> None:
    out = tmp_path / "still.mp4"
    video.still_to_video(two_colours((321, 201)), out, (321, 201), 29.97, 3.0)
    media = video.probe(out, decode=True)
    assert (media.width, media.height, media.video_codec, media.audio_codec) == (320, 200, "h264", None)
    assert media.duration_s == pytest.approx(3.0, abs=0.05)
    assert media.frames == 90
    assert media.fps == 29.97
    for at_s in (0, 1.5, 2.99):
        frame = video.frame_at(out, at_s)
        assert close(frame.getpixel((40, 40)), GREEN)
        assert close(frame.getpixel((300, 180)), RED)
    data = out.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")  # a browser can start at once


def test_a_transparent_still_lies_on_black(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    video.still_to_video(picture, tmp_path / "x.mp4", (64, 64), 5, 0.4)
    assert close(video.frame_at(tmp_path / "x.mp4", 0).getpixel((30, 30)), (0, 0, 0))


def test_a_picture_file_that_is_none_fails_the_job(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("<svg/>")
    with pytest.raises(JobError, match=r"x\.png: cannot be read as a picture"):
        video.still_to_video(tmp_path / "x.png", tmp_path / "x.mp4", (64, 64), 5, 1)
    assert not (tmp_path / "x.mp4").exists()


def test_every_frame_is_there_once_and_in_order(clip: Path) -> None:
    assert video.probe(clip) == video.Media(2.0, 64, 48, 10.0, "h264", None, 20)
    for i in range(20):
        assert close(video.frame_at(clip, i / 10 + 0.04).getpixel((9, 9)), (i * 10,) * 3, 4), i


def test_a_time_outside_of_a_video_shows_its_first_or_last_frame(clip: Path) -> None:
    assert close(video.frame_at(clip, -5).getpixel((9, 9)), (0, 0, 0))
    assert close(video.frame_at(clip, 99).getpixel((9, 9)), (190, 190, 190))


def test_frames_may_come_as_bytes_and_a_wrong_size_is_our_own_mistake(tmp_path: Path) -> None:
    out = tmp_path / "bytes.mp4"
    assert video.frames_to_video((bytes(RED) * 64 * 48 for _ in range(3)), out, (64, 48), 10) == 3
    assert close(video.frame_at(out, 0).getpixel((9, 9)), RED)
    before = out.read_bytes()
    with pytest.raises(ValueError, match="no RGB picture of 64×48"):
        video.frames_to_video([b"too short"], out, (64, 48), 10)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["bytes.mp4"]


def test_an_error_while_frames_are_drawn_is_the_callers_and_leaves_no_video(tmp_path: Path) -> None:
    def frames() -> Iterator[Image.Image]:
        yield from greys(5)
        raise JobError("layer 3: no such font")

    with pytest.raises(JobError, match="no such font"):
        video.frames_to_video(frames(), tmp_path / "x.mp4", (64, 48), 10)
    assert list(tmp_path.iterdir()) == []


def test_no_frame_at_all_is_our_own_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there was no frame"):
        video.frames_to_video([], tmp_path / "x.mp4", (64, 48), 10)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(29.970001220703125, (30000, 1001)), (23.976, (24000, 1001)), (25, (25, 1)), (12.5, (25, 2)), (0.5, (1, 2))],
)
def test_rounded_frame_rates_are_taken_for_the_exact_ones(fps: float, rate: tuple[int, int]) -> None:
    assert graph.rate_of(fps) == Fraction(*rate)


# --- side by side -------------------------------------------------------------------------------------------------


def halves(picture: Image.Image, left: tuple[int, int], right: tuple[int, int]) -> board.Board:
    plan = board.lay_out(left, right)
    assert picture.size == (plan.width, plan.height)
    return plan


def test_two_stills_stand_side_by_side_at_one_height_below_their_labels(tmp_path: Path) -> None:
    out = tmp_path / "both.mp4"
    left, right = two_colours((300, 400)), Image.new("RGB", (300, 150), BLUE)
    size = video.side_by_side(left, right, out, title="TEST001", fps=10, duration_s=1.0)
    assert video.check(out, size, 1.0).frames == 10
    frame = video.frame_at(out, 0.5)
    plan = halves(frame, left.size, right.size)
    assert (plan.left_width, plan.right_width, plan.half_px) == (300, 800, 400)
    assert close(frame.getpixel((10, plan.bar_px + 10)), GREEN)
    assert close(frame.getpixel((plan.left_width - 10, plan.height - 10)), RED)
    for x in (plan.right_x + 4, plan.width - 4):
        for y in (plan.bar_px + 4, plan.height - 4):
            assert close(frame.getpixel((x, y)), BLUE)


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    """Where something is written in a part of the bar, from the corner of that part."""
    return picture.crop(box).convert("L").point([255 if level > 90 else 0 for level in range(256)]).getbbox()


def test_the_bar_has_the_title_above_and_a_label_over_each_half() -> None:
    plan = board.lay_out((600, 800), (600, 800))
    picture = board.draw(plan, two_colours(), two_colours(), title="TEST001 for a client")
    row = plan.bar_px // 2
    title = ink(picture, (0, 0, plan.width, row))
    left = ink(picture, (0, row, plan.left_width, plan.bar_px))
    right = ink(picture, (plan.right_x, row, plan.width, plan.bar_px))
    assert title is not None
    assert left is not None
    assert right is not None
    assert right[2] - right[0] > 2 * (left[2] - left[0])  # "APPROXIMATE PREVIEW, not rendered by After Effects"
    assert right[2] < plan.right_width


@pytest.mark.parametrize(
    ("left", "right"), [((6000, 400), (6000, 400)), ((1, 3000), (3000, 1)), ((7, 7), (8000, 8000))]
)
def test_no_proportions_make_a_board_that_cannot_be_encoded(left: tuple[int, int], right: tuple[int, int]) -> None:
    plan = board.lay_out(left, right)
    assert plan.width <= 3850
    assert plan.height <= 1190
    assert all(number % 2 == 0 and number > 0 for number in (plan.width, plan.height, plan.bar_px, plan.right_x))
    board.draw(plan, two_colours(), two_colours(), title="T")


@pytest.mark.parametrize("title", ["x" * 500, "Jürgen & Søn – Łódź", "漢字", "a\nb\tc", ""])
def test_any_title_fits_into_the_bar(title: str) -> None:
    plan = board.lay_out((90, 160), (90, 160))
    picture = board.draw(plan, two_colours(), two_colours(), title=title)
    written = ink(picture, (0, 0, plan.width, plan.bar_px // 2))
    assert (written is None) == (title == "")
    assert written is None or written[2] <= plan.width - 6


def test_a_moving_clip_runs_beside_the_design(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "both.mp4"
    size = video.side_by_side(two_colours((320, 240)), clip, out, title="T", fps=10, duration_s=2.0)
    media = video.check(out, size, 2.0)
    assert media.frames == 20
    plan = board.lay_out((320, 240), (64, 48))
    middle = plan.right_x + plan.right_width // 2, plan.bar_px + plan.half_px // 2
    for i in (0, 7, 19):
        frame = video.frame_at(out, i / 10)
        assert close(frame.getpixel(middle), (i * 10,) * 3), i
        assert close(frame.getpixel((10, plan.bar_px + 10)), GREEN)
        assert ink(frame, (0, 0, plan.width, plan.bar_px)) is not None


def test_a_clip_that_is_shorter_than_asked_stands_still_at_its_end(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "both.mp4"
    size = video.side_by_side(two_colours((320, 240)), clip, out, title="T", fps=10, duration_s=3.0)
    assert video.check(out, size, 3.0).frames == 30
    assert close(video.frame_at(out, 2.9).getpixel((size[0] - 20, size[1] - 20)), (190, 190, 190))


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_thumbnail_is_a_small_jpeg_of_that_moment(clip: Path, tmp_path: Path) -> None:
    video.thumbnail(clip, tmp_path / "t.jpg", at_s=0.5, max_side_px=32)
    with Image.open(tmp_path / "t.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (32, 24))
        assert close(picture.getpixel((5, 5)), (50, 50, 50))
    short = tmp_path / "short.mp4"
    video.frames_to_video(greys(2), short, (64, 48), 10)
    video.thumbnail(short, tmp_path / "t.jpg", at_s=0.5)
    with Image.open(tmp_path / "t.jpg") as picture:
        assert close(picture.getpixel((5, 5)), (10, 10, 10))


def test_a_sound_file_is_media_without_a_picture(tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    with wave.open(str(sound), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"\0\0" * 12000)
    media = video.probe(sound)
    assert (media.duration_s, media.width, media.frames, media.video_codec, media.audio_codec) == (
        1.5,
        0,
        0,
        None,
        "pcm_s16le",
    )
    with pytest.raises(JobError, match=r"a\.wav: holds no picture"):
        video.frame_at(sound, 0)


def test_playlists_and_pictures_are_not_opened_as_clips_even_under_another_name(clip: Path, tmp_path: Path) -> None:
    foreign = {
        "concat.mp4": f"ffconcat version 1.0\nfile '{clip}'\n".encode(),
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{clip}\n#EXT-X-ENDLIST\n".encode(),
        "text.mp4": b"hello",
        "empty.mp4": b"",
    }
    for name, data in foreign.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(JobError, match="ffmpeg cannot read it as video or sound"):
            video.probe(tmp_path / name)
    two_colours().save(tmp_path / "picture.mp4", "PNG")
    with pytest.raises(JobError):
        video.probe(tmp_path / "picture.mp4")
    with pytest.raises(JobError, match="there is no such file"):
        video.probe(tmp_path / "nothing.mp4")


def test_a_damaged_video_does_not_pass_for_a_written_one(tmp_path: Path) -> None:
    out = tmp_path / "x.mp4"
    video.frames_to_video((Image.effect_noise((320, 240), 90).convert("RGB") for _ in range(20)), out, (320, 240), 10)
    video.check(out, (320, 240), 2.0)
    whole = out.read_bytes()
    start = whole.index(b"mdat") + 3000
    out.write_bytes(whole[:start] + bytes(len(whole) // 2) + whole[start + len(whole) // 2 :])
    with pytest.raises(ToolError, match="just written by ffmpeg"):
        video.check(out, (320, 240), 2.0)


def test_a_video_of_another_size_or_length_than_asked_is_refused(clip: Path) -> None:
    video.check(clip, (64, 48), 2.1)
    with pytest.raises(ToolError, match="64×48, 2 s, 20 frames instead of 66×48"):
        video.check(clip, (66, 48), 2.0)
    with pytest.raises(ToolError, match=r"instead of 64×48, 2\.2 s"):
        video.check(clip, (64, 48), 2.2)


# --- the program --------------------------------------------------------------------------------------------------


def fake_ffmpeg(folder: Path, script: str) -> Path:
    program = folder / "ffmpeg_fake"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_every_call_is_hardened(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "calls"
    real = shlex.quote(graph.ffmpeg_path())
    program = fake_ffmpeg(tmp_path, f'printf "%s\\n" CALL "$@" >> {shlex.quote(str(log))}\nexec {real} "$@"')
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", str(program))
    video.thumbnail(clip, tmp_path / "t.jpg")
    video.side_by_side(two_colours(), clip, tmp_path / "both.mp4", title="T", fps=10, duration_s=0.2)
    calls = [call.split("\n") for call in log.read_text().split("CALL\n")[1:]]
    assert len(calls) == 4
    for call in calls:
        assert {"-nostdin", "-hide_banner"} <= set(call)
        for i, word in enumerate(call):
            if word == "-i":
                assert call[i + 1].startswith(("file:/", "pipe:0"))
                assert {"-protocol_whitelist", "-format_whitelist"} <= set(call[:i])


def test_a_still_is_sent_to_ffmpeg_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = tmp_path / "sent"
    real = shlex.quote(graph.ffmpeg_path())
    monkeypatch.setenv(
        "HOTFOLDERD_FFMPEG", str(fake_ffmpeg(tmp_path, f'tee -a {shlex.quote(str(sent))} | {real} "$@"'))
    )
    video.still_to_video(two_colours(), tmp_path / "x.mp4", (320, 200), 10, 10)
    assert sent.stat().st_size == 320 * 200 * 3
    monkeypatch.undo()
    assert video.probe(tmp_path / "x.mp4").frames == 100


@pytest.mark.parametrize(("fps", "seconds"), [(10, 10.0), (29.97, 7.3), (12.5, 4.1), (23.976, 33.0), (10, 2.1)])
def test_a_repeated_piece_plays_as_one_video_frame_by_frame(tmp_path: Path, fps: float, seconds: float) -> None:
    """Every packet comes one frame after the one before, none is missing, and all frames show the picture."""
    video.still_to_video(two_colours(), tmp_path / "x.mp4", (320, 200), fps, seconds)
    video.check(tmp_path / "x.mp4", (320, 200), seconds, within_s=1 / fps)
    command = [graph.ffmpeg_path(), "-v", "error", "-i", tmp_path / "x.mp4", "-c", "copy", "-f", "framecrc", "-"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    times = [int(line.split(",")[2]) for line in listed.splitlines() if not line.startswith("#")]
    base_said = re.search(r"^#tb 0: (\S+)$", listed, re.MULTILINE)
    assert base_said is not None
    rate, base = graph.rate_of(fps), Fraction(base_said[1])
    assert len(times) == graph.frame_count(fps, seconds)
    assert [time * base for time in times] == [number / rate for number in range(len(times))]
    for second in (0, seconds / 2, seconds):
        frame = video.frame_at(tmp_path / "x.mp4", second)
        assert close(frame.getpixel((40, 150)), RED)
        assert close(frame.getpixel((40, 50)), GREEN)


def test_the_colours_of_a_video_are_named_in_it(tmp_path: Path) -> None:
    """A player that is not told takes the colours of old television for a small picture."""
    video.still_to_video(two_colours(), tmp_path / "still.mp4", (320, 200), 10, 5)
    video.frames_to_video([two_colours()] * 3, tmp_path / "frames.mp4", (320, 200), 10)
    for name in ("still.mp4", "frames.mp4"):
        said = subprocess.run([graph.ffmpeg_path(), "-i", tmp_path / name], capture_output=True, text=True, check=False)
        assert "yuv420p(tv, bt709, progressive)" in said.stderr


def test_a_failing_ffmpeg_is_a_tool_error_with_its_words_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.mp4").write_bytes(b"yesterday")
    begins = 'for word; do case "$word" in file:*.part) echo half > "${word#file:}";; esac; done\n'
    broken = fake_ffmpeg(tmp_path, begins + "echo 'No space left on device' >&2\nexit 228")
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", str(broken))
    with pytest.raises(ToolError, match=r"exit code 228.*No space left on device"):
        video.still_to_video(two_colours(), tmp_path / "x.mp4", (320, 200), 10, 1)
    assert (tmp_path / "x.mp4").read_bytes() == b"yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ffmpeg_fake", "x.mp4"]


def test_an_ffmpeg_that_is_not_there_is_named_with_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(ToolError, match="HOTFOLDERD_FFMPEG: /nowhere/ffmpeg is no program"):
        graph.ffmpeg_path()
