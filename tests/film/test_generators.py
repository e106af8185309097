"""Generators make what was ordered, the same each time, and say in which class they fail."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hotfolderd.errors import ConfigError, JobError, ToolError
from hotfolderd.film.captions import Caption
from hotfolderd.film.generators.choice import (
    CommandSettings,
    GeneratorSettings,
    HttpSettings,
    Name,
    TestSettings,
    generator_named,
)
from hotfolderd.film.generators.limiter import LaterError
from hotfolderd.film.generators.order import ClipOrder, Generator, prompt_of
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.media.video import frame_at, probe
from tests.film.clips_made import SMALL, frame_digests, loudness, order_of, pattern, said, scene_at, tone

SCENE = Scene(4, "INT. ROOM", "A table.", ("Ann",), "Ann: Hello.", 1.0, "noir")


def board(seed: int = 1, **changes: Any) -> ClipOrder:
    return dataclasses.replace(ClipOrder(SCENE, SMALL, 1.0, seed, title="A film"), **changes)


def pictures(folder: Path, count: int) -> tuple[Path, ...]:
    colours = ((220, 40, 40), (40, 200, 60), (50, 60, 220))
    paths = []
    for at in range(count):
        path = folder / f"p{at}.png"
        picture = Image.new("RGB", (200, 120), colours[at % 3])
        picture.paste((0, 0, 0), (20 + 10 * at, 10, 30 + 10 * at, 20))
        picture.save(path)
        paths.append(path)
    return tuple(paths)


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- storyboard, slideshow, footage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [25, 29.97, 60])
def test_a_storyboard_has_exactly_the_frames_the_size_and_a_sound(tmp_path: Path, fps: float) -> None:
    order = board(video=VideoFormat(128, 72, fps))
    made = generator_named("storyboard").generate(order, tmp_path / "a.mp4", timeout_s=60)
    media = probe(made.path, decode=True)
    assert (media.width, media.height, media.frames, media.audio_codec) == (128, 72, round(fps), "aac")
    assert media.duration_s == pytest.approx(1.0, abs=0.04)
    assert (made.frames, made.has_sound, made.generator, made.seed) == (round(fps), True, "storyboard", 1)
    assert left_behind(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("name", ["storyboard", "slideshow", "test"])
def test_the_same_order_gives_the_same_frames_and_another_seed_gives_others(tmp_path: Path, name: Name) -> None:
    generator = generator_named(name)
    order = board(pictures=pictures(tmp_path, 2) if name == "slideshow" else (), duration_s=0.6)
    digests = []
    for at, seed in enumerate((5, 5, 8)):
        generator.generate(dataclasses.replace(order, seed=seed), tmp_path / f"{at}.mp4", timeout_s=60)
        digests.append(frame_digests(tmp_path / f"{at}.mp4"))
    assert len(digests[0]) == 15
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_the_camera_of_a_storyboard_moves_and_its_words_stand_still(tmp_path: Path) -> None:
    generator_named("storyboard").generate(board(pictures=(), duration_s=2.0), tmp_path / "a.mp4", timeout_s=60)
    assert len(set(frame_digests(tmp_path / "a.mp4"))) > 40


def test_captions_are_burned_in_while_they_are_said(tmp_path: Path) -> None:
    order = board(
        captions=(Caption(0.4, 0.8, ("Hello there",)),), pictures=pictures(tmp_path, 1), video=VideoFormat(320, 180)
    )
    generator = generator_named("storyboard")
    for burn in (False, True):
        generator.generate(dataclasses.replace(order, burn_captions=burn), tmp_path / f"{burn}.mp4", timeout_s=60)

    def white(at_s: float, name: str = "True.mp4") -> int:
        below = frame_at(tmp_path / name, at_s).crop((0, 120, 320, 180))
        return int((np.asarray(below).min(axis=2) > 200).sum())

    assert white(0.6) > 20
    assert white(0.2) == white(0.9) == white(0.6, "False.mp4") == 0
    assert frame_digests(tmp_path / "False.mp4")[:5] == frame_digests(tmp_path / "True.mp4")[:5]


@pytest.mark.parametrize("name", ["storyboard", "slideshow"])
def test_letters_that_no_font_has_are_told(tmp_path: Path, name: Name) -> None:
    """A card or a caption full of boxes was a good clip to all that is measured."""
    generator = generator_named(name)
    assert generator.generate(board(title="Grüße — Привет"), tmp_path / "a.mp4", timeout_s=60).warnings == ()
    order = board(scene=dataclasses.replace(SCENE, description="A \U00010380 and \U00010381."))
    (told,) = generator.generate(order, tmp_path / "b.mp4", timeout_s=60).warnings
    assert "no font here has \U00010380\U00010381" in told
    captions = (Caption(0.0, 1.0, ("\U00010380",)),)
    many = board(pictures=pictures(tmp_path, 2), captions=captions, burn_captions=True)
    assert "no font here has \U00010380" in generator.generate(many, tmp_path / "c.mp4", timeout_s=60).warnings[0]
    apart = dataclasses.replace(many, burn_captions=False)
    assert generator.generate(apart, tmp_path / "d.mp4", timeout_s=60).warnings == ()


def test_the_narration_is_the_sound_and_silence_follows_it(tmp_path: Path) -> None:
    order = board(narration=tone(tmp_path / "a.wav", 0.5), duration_s=1.0)
    made = generator_named("storyboard").generate(order, tmp_path / "a.mp4", timeout_s=60)
    assert probe(made.path).duration_s == pytest.approx(1.0, abs=0.03)
    assert -25 < loudness(made.path) < -5


def test_a_slideshow_shows_all_pictures_in_order(tmp_path: Path) -> None:
    order = board(pictures=pictures(tmp_path, 3), duration_s=3.0)
    made = generator_named("slideshow").generate(order, tmp_path / "a.mp4", timeout_s=60)
    assert made.frames == 75
    brightest = [max(range(3), key=frame_at(made.path, at).getpixel((80, 45)).__getitem__) for at in (0.2, 1.5, 2.8)]
    assert brightest == [0, 1, 2]
    order = board(pictures=pictures(tmp_path, 3) * 21, duration_s=1.0)
    with pytest.raises(JobError, match="too many"):
        generator_named("slideshow").generate(order, tmp_path / "b.mp4", timeout_s=60)


def test_footage_is_cut_repeated_and_brought_to_size_and_rate(tmp_path: Path) -> None:
    given = pattern(tmp_path, 7, 1.0, video=VideoFormat(120, 120, 30))
    for seconds, warned in ((0.6, 0), (2.2, 1)):
        order = order_of(7, seconds)
        order = dataclasses.replace(order, scene=dataclasses.replace(order.scene, footage=given))
        made = generator_named("footage").generate(order, tmp_path / "a.mp4", timeout_s=60)
        media = probe(made.path, decode=True)
        assert (media.width, media.height, media.frames, media.fps) == (160, 90, round(seconds * 25), 25)
        assert len([one for one in made.warnings if "repeated" in one]) == warned
        frame = frame_at(made.path, seconds - 0.1)
        assert max(frame.getpixel((5, 45))) < 20
        assert max(frame.getpixel((80, 45))) > 60
        assert loudness(made.path) > -30
        earlier, later = (np.asarray(frame_at(made.path, seconds - at), float) for at in (0.5, 0.1))
        assert np.abs(earlier - later).mean() > 2  # it goes on moving


def test_footage_with_pixels_that_are_not_square_is_not_squeezed(tmp_path: Path) -> None:
    """A camera that records 1440 by 1080 pixels for 1920 by 1080: a circle stays a circle."""
    given = tmp_path / "wide.mp4"
    circle = "geq=lum='255*lt(hypot((X-60)*4/3,Y-45),40)':cb=128:cr=128"
    said("-f", "lavfi", "-i", "color=black:s=120x90:r=25:d=1", "-vf", f"{circle},setsar=4/3", "-c:v", "libx264", given)
    assert (probe(given).width, probe(given).shown) == (120, (160, 90))
    order = dataclasses.replace(order_of(1), scene=dataclasses.replace(SCENE, footage=given))
    generator_named("footage").generate(order, tmp_path / "a.mp4", timeout_s=60)
    bright = np.asarray(frame_at(tmp_path / "a.mp4", 0.5).convert("L")) > 128
    width, height = np.ptp(np.flatnonzero(bright.any(axis=0))), np.ptp(np.flatnonzero(bright.any(axis=1)))
    assert width == pytest.approx(height, abs=3)


def test_missing_footage_fails_the_scene_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="Missing footage in scene 4: no clip is named"):
        generator_named("footage").generate(board(), tmp_path / "a.mp4", timeout_s=60)
    (tmp_path / "no.mp4").write_bytes(b"no clip")
    order = board(scene=dataclasses.replace(SCENE, footage=tmp_path / "no.mp4"))
    with pytest.raises(JobError, match=r"no\.mp4"):
        generator_named("footage").generate(order, tmp_path / "a.mp4", timeout_s=60)
    assert left_behind(tmp_path) == ["no.mp4"]


def test_a_time_limit_ends_the_work_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not done after"):
        generator_named("storyboard").generate(board(duration_s=60.0), tmp_path / "a.mp4", timeout_s=0.3)
    assert left_behind(tmp_path) == []


# --- test -----------------------------------------------------------------------------------------------------------


def test_failures_of_the_test_generator_are_of_the_class_that_was_asked_for(tmp_path: Path) -> None:
    settings = GeneratorSettings(test=TestSettings(by_scene={1: "fail:2", 2: "refuse", 3: "later", 4: "fail"}))
    generator = generator_named("test", settings)

    def ask(number: int, attempt: int) -> str:
        try:
            generator.generate(order_of(number, 0.2), tmp_path / f"{number}.mp4", timeout_s=60, attempt=attempt)
        except (JobError, ToolError) as error:
            return type(error).__name__
        return "made"

    assert [ask(1, attempt) for attempt in (1, 2, 3)] == ["ToolError", "ToolError", "made"]
    assert [ask(number, 1) for number in (2, 3, 4, 5)] == ["JobError", "LaterError", "ToolError", "made"]
    assert left_behind(tmp_path) == ["1.mp4", "5.mp4"]
    twice = generator_named("test", GeneratorSettings(test=TestSettings(fail_times=1)))
    with pytest.raises(ToolError):
        twice.generate(order_of(1, 0.2), tmp_path / "a.mp4", timeout_s=60)
    assert twice.generate(order_of(1, 0.2), tmp_path / "a.mp4", timeout_s=60, attempt=2).frames == 5


def test_a_scene_can_be_told_by_its_colour(tmp_path: Path) -> None:
    for number in (1, 2, 3, 11):
        assert scene_at(pattern(tmp_path, number, 0.4), 0.2, (1, 2, 3, 11)) == number


# --- command --------------------------------------------------------------------------------------------------------


def command(code: str, *words: str) -> Generator:
    argv = (sys.executable, "-c", code, *words)
    return generator_named("command", GeneratorSettings(command=CommandSettings(argv)))


def test_a_command_gets_its_words_without_a_shell_and_its_clip_is_made_right(tmp_path: Path) -> None:
    given = pattern(tmp_path, 6, 0.8, video=VideoFormat(64, 64, 20))
    code = (
        "import sys, json, shutil; json.dump(sys.argv[1:], open(sys.argv[2], 'w')); "
        "shutil.copy(sys.argv[3], sys.argv[1])"
    )
    words = ("{output}", str(tmp_path / "words.json"), str(given), "{prompt}|{seed}|{width}x{height}@{fps}|{duration}")
    order = board(
        references=(tmp_path / "r 1.png", tmp_path / "r2.png"),
        params={"prompt": "$(touch x); {seed} 'a' \"b\"", "n": 1},
    )
    made = command(code, *words, "{refs}", "--params={params_json}", "{unknown}").generate(
        order, tmp_path / "a.mp4", timeout_s=60
    )
    told = json.loads((tmp_path / "words.json").read_text())
    assert told[3] == "$(touch x); {seed} 'a' \"b\"|1|160x90@25|1"
    assert told[4:6] == [str(path) for path in order.references]
    assert json.loads(told[6].removeprefix("--params=")) == dict(order.params)
    assert told[7] == "{unknown}"
    assert (made.frames, made.width_px, made.height_px) == (25, 160, 90)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("raise SystemExit(1)", ToolError, "exit code 1"),
        ("import sys; sys.exit('no such style')", ToolError, "no such style"),
        ("raise SystemExit(65)", JobError, "exit code 65"),
        ("raise SystemExit(75)", LaterError, "exit code 75"),
        ("import os; os.kill(os.getpid(), 9)", ToolError, "signal 9"),
        ("import time; time.sleep(60)", ToolError, "not done after 1 s"),
        ("", ToolError, "wrote nothing"),
        ("import sys; open(sys.argv[1], 'w').write('no clip')", ToolError, "wrote what is no clip"),
    ],
)
def test_a_command_that_fails_is_classed_and_leaves_nothing(
    tmp_path: Path, code: str, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words) as raised:
        command(code, "{output}").generate(board(), tmp_path / "a.mp4", timeout_s=1 if "sleep" in code else 60)
    assert raised.type is kind
    assert left_behind(tmp_path) == []


def test_a_clip_of_a_command_that_ends_too_early_is_told(tmp_path: Path) -> None:
    """Its last frame stands for the rest, so that the film fits; whoever looks at it has to know."""
    for share, ends in ((1.0, 0.0), (0.6, 0.4)):
        given = pattern(tmp_path, 6, share)
        code = "import sys, shutil; shutil.copy(sys.argv[1], sys.argv[2])"
        made = command(code, str(given), "{output}").generate(board(), tmp_path / "a.mp4", timeout_s=60)
        assert (made.frames, made.stands_s) == (25, pytest.approx(ends, abs=0.01))
        assert [one for one in made.warnings if "ends 0.40 s too early" in one] == list(made.warnings)
        assert bool(made.warnings) == bool(ends)


def test_a_clip_that_was_cut_off_in_the_middle_is_as_long_as_its_pictures_are(tmp_path: Path) -> None:
    """The head of an MP4 still says the whole length; only the pictures that are there count."""
    whole = pattern(tmp_path, 6, 1.0)
    part = tmp_path / "part.mp4"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    assert probe(part).duration_s == pytest.approx(1.0, abs=0.05)
    code = "import sys, shutil; shutil.copy(sys.argv[1], sys.argv[2])"
    made = command(code, str(part), "{output}").generate(board(), tmp_path / "a.mp4", timeout_s=60)
    assert made.stands_s > 0.2
    assert "too early" in " ".join(made.warnings)


def test_a_command_without_words_or_output_is_refused() -> None:
    for argv in ((), ("program", "--fast")):
        with pytest.raises(ConfigError, match=r"generators\.command\.argv"):
            generator_named("command", GeneratorSettings(command=CommandSettings(argv)))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    generator = generator_named("command", GeneratorSettings(command=CommandSettings(("no-such-program", "{output}"))))
    with pytest.raises(ToolError, match="no-such-program: program not found"):
        generator.generate(board(), tmp_path / "a.mp4", timeout_s=60)


def test_the_prompt_is_what_the_scene_says_or_what_was_written_instead() -> None:
    assert prompt_of(board()) == "INT. ROOM. A table. Ann. “Hello.”. Style: noir"
    assert prompt_of(board(params={"prompt": " Other. "})) == "Other."
    assert prompt_of(board(params={"prompt": " Other. ", "style": "comic"})) == "Other. Style: comic"


# --- http -----------------------------------------------------------------------------------------------------------


class Server:
    """A server that makes clips; `answers` are what it says, one after another, to whatever it is asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[tuple[str, str, dict[str, Any] | None, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(("POST", self.path, body, self.headers.get("Authorization", "")))
                self.answer()

            def do_GET(self) -> None:
                outer.asked.append(("GET", self.path, None, self.headers.get("Authorization", "")))
                self.answer()

            def answer(self) -> None:
                code, headers, body = outer.answers.pop(0)
                if code == 0:
                    time.sleep(3)
                    return
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:  # else it promises more than it sends
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def said(self, code: int = 200, body: object = b"", kind: str = "application/json", **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((code, {"Content-Type": kind, **headers}, data))

    def generator(self, **changes: Any) -> Generator:
        settings = HttpSettings(url=f"http://127.0.0.1:{self.port}/make", poll_s=0.05, **changes)
        return generator_named("http", GeneratorSettings(http=settings))


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.server.shutdown()
    one.thread.join(5)
    one.server.server_close()


def test_a_server_is_asked_looked_at_and_its_clip_is_fetched(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILM_KEY", "secret-1")
    clip = pattern(tmp_path, 5, 0.8, video=VideoFormat(64, 64, 20)).read_bytes()
    server.said(202, {"status_url": "/jobs/7"})
    server.said(200, {"status": "running"})
    server.said(200, {"status": "done", "video_url": "/files/7.mp4"})
    server.said(200, clip, "video/mp4")
    made = server.generator(key_env="FILM_KEY").generate(board(), tmp_path / "a.mp4", timeout_s=60, attempt=2)
    assert [(one[0], one[1]) for one in server.asked] == [
        ("POST", "/make"),
        ("GET", "/jobs/7"),
        ("GET", "/jobs/7"),
        ("GET", "/files/7.mp4"),
    ]
    asked = server.asked[0][2]
    assert asked is not None
    assert (asked["seed"], asked["width"], asked["duration"], asked["attempt"]) == (1, 160, 1.0, 2)
    assert {one[3] for one in server.asked} == {"Bearer secret-1"}
    assert (made.frames, made.width_px) == (25, 160)
    assert "secret-1" not in made.log
    assert left_behind(tmp_path) == ["5.mp4", "a.mp4"]


def test_a_server_may_answer_with_the_clip_itself(tmp_path: Path, server: Server) -> None:
    server.said(200, pattern(tmp_path, 5, 0.8).read_bytes(), "video/mp4")
    assert server.generator().generate(board(), tmp_path / "a.mp4", timeout_s=60).frames == 25


def test_an_answer_that_ends_too_early_is_asked_for_again(tmp_path: Path, server: Server) -> None:
    """A connection that breaks in the middle of a clip leaves half a film, which must not be taken for the whole."""
    whole = pattern(tmp_path, 5, 1.0).read_bytes()
    half = whole[: len(whole) * 6 // 10]
    server.answers.append((200, {"Content-Type": "video/mp4", "Content-Length": str(len(whole))}, half))
    with pytest.raises(ToolError, match="too early"):
        server.generator().generate(board(), tmp_path / "a.mp4", timeout_s=60)
    assert left_behind(tmp_path) == ["5.mp4"]


@pytest.mark.parametrize(
    ("code", "headers", "body", "kind", "words"),
    [
        (400, {}, {"error": "bad prompt"}, JobError, "bad prompt"),
        (401, {}, b"", JobError, "401"),
        (402, {}, b"", JobError, "402"),
        (404, {}, b"", JobError, "404"),
        (429, {"Retry-After": "17"}, b"", LaterError, "429"),
        (429, {"Retry-After": "nan"}, b"", LaterError, "429"),
        (503, {}, b"", ToolError, "503"),
        (503, {"Retry-After": "17"}, b"", LaterError, "503"),
        (500, {}, b"", ToolError, "500"),
        (302, {"Location": "http://127.0.0.1:1/elsewhere"}, b"", JobError, "302"),
        (200, {}, b"<html>", ToolError, "neither JSON nor a clip"),
        (200, {}, [1], ToolError, "no object"),
        (200, {}, {"id": 1}, ToolError, "neither status_url nor video_url"),
        (200, {}, {"status": "failed", "error": "no GPU"}, ToolError, "no GPU"),
        (200, {}, {"status": "failed", "error": "not allowed", "retry": False}, JobError, "not allowed"),
        (200, {}, {"video_url": "http://example.invalid/x.mp4"}, JobError, "example.invalid is not among"),
        (200, {}, {"video_url": "file:///etc/passwd"}, JobError, "no address of http"),
        (200, {"Content-Type": "video/mp4"}, b"no clip", ToolError, "sent what is no clip"),
    ],
)
def test_what_a_server_says_is_classed(
    tmp_path: Path, server: Server, code: int, headers: dict[str, str], body: object, kind: type[Exception], words: str
) -> None:
    server.said(code, body, headers.pop("Content-Type", "application/json"), **headers)
    with pytest.raises(kind, match=words) as raised:
        server.generator().generate(board(), tmp_path / "a.mp4", timeout_s=60)
    assert raised.type is kind
    if isinstance(raised.value, LaterError):
        assert raised.value.after_s == (17 if headers["Retry-After"] == "17" else 60)
    assert len(server.asked) == 1
    assert left_behind(tmp_path) == []


def test_a_server_that_is_away_slow_or_sends_too_much_is_an_error_in_time(tmp_path: Path, server: Server) -> None:
    server.said(202, {"status_url": "/jobs/7"})
    server.answers += [(200, {}, b'{"status": "running"}')] * 200
    began = time.monotonic()
    with pytest.raises(ToolError, match="not done after the time limit"):
        server.generator().generate(board(), tmp_path / "a.mp4", timeout_s=0.5)
    server.answers[:] = [(0, {}, b"")]
    with pytest.raises(ToolError, match="cannot be reached"):
        server.generator().generate(board(), tmp_path / "a.mp4", timeout_s=0.5)
    assert time.monotonic() - began < 10
    server.answers.clear()
    server.said(200, b"0" * (1 << 20 | 1), "video/mp4")
    with pytest.raises(JobError, match="more than 1 MiB"):
        server.generator(max_mib=1).generate(board(), tmp_path / "a.mp4", timeout_s=60)
    away = generator_named("http", GeneratorSettings(http=HttpSettings(url="http://127.0.0.1:9/")))
    with pytest.raises(ToolError, match="cannot be reached"):
        away.generate(board(), tmp_path / "a.mp4", timeout_s=10)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1/", "http://example.invalid/", "http://u:p@127.0.0.1/", "http://[::1"]
)
def test_an_address_that_may_not_be_asked_is_refused_before(url: str) -> None:
    with pytest.raises(ConfigError, match=r"generators\.http\.url"):
        generator_named("http", GeneratorSettings(http=HttpSettings(url=url)))


def test_a_key_that_is_not_in_the_environment_is_told() -> None:
    assert "NO_SUCH_KEY" not in os.environ
    settings = HttpSettings(url="http://127.0.0.1:9/", key_env="NO_SUCH_KEY")
    with pytest.raises(ConfigError, match="the environment has no NO_SUCH_KEY"):
        generator_named("http", GeneratorSettings(http=settings))


def test_an_unknown_generator_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="none named 'sora'"):
        generator_named("sora")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no defect 'green'"):
        generator_named("test", GeneratorSettings(test=TestSettings("green")))
