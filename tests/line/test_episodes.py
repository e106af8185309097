"""Films made and reviewed segment by segment, by the real daemon, with real ffmpeg."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from films import COLOURS, clip, colour_at, digest, digests, drop, history, review, round_of, wait_for_round
from house import House
from PIL import Image

from hotfolderd.media.video import frame_at, probe, still_to_video


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, episodes={"base_s": 0.2}, retry={"base_s": 0.2}) as house:
        yield house


def test_step_by_step_from_the_drop_to_the_delivered_film(house: House) -> None:
    """T15 and T16: one segment after the other, a rejection, a rollback, an order of one's own, the film."""
    drop(house, "light", plain=True)
    folder = wait_for_round(house, "light", 1)
    assert [path.name for path in sorted((folder / "segments").iterdir())] == ["001"], "only the first is made"
    house.told("Segment 1 completed! Ready for review.")
    first = digest(clip(folder, 1, 1))

    review(house, "light", {"segment": 1, "decision": "approve", "rating": 5, "feedback": "fine"})
    wait_for_round(house, "light", 2)
    house.told("Segment 1 approved! Generating Segment 2/3…")
    assert clip(folder, 2, 1).exists()
    assert house.moves("light") == [("0-inbox", "1-processing"), ("1-processing", "2-review")]

    changes = {"prompt": "by day", "seed": 7}
    review(house, "light", {"segment": 2, "decision": "reject", "reason": "far too dark", "changes": changes})
    before = digests(folder, 2)
    wait_for_round(house, "light", 3)
    house.told("Regenerating Segment 2 with your feedback…")
    house.told("New version ready for review!")
    assert digests(folder, 2) == before, "the bytes of all others are unchanged"
    assert digest(clip(folder, 2, 1)) != digest(clip(folder, 2, 2))
    params = yaml.safe_load((folder / "segments/002/v2/params.yaml").read_text())
    assert (params["prompt"], params["seed"], params["parent"]) == ("by day", 7, 1)

    review(house, "light", {"segment": 2, "decision": "approve", "rating": 4})
    wait_for_round(house, "light", 4)
    review(house, "light", {"segment": 3, "decision": "regenerate", "changes": {"seed": 99}})
    wait_for_round(house, "light", 5)
    house.told("Regenerating with new parameters…")
    assert digest(clip(folder, 3, 1)) != digest(clip(folder, 3, 2))
    review(house, "light", {"segment": 3, "decision": "rollback", "to_version": 1})
    wait_for_round(house, "light", 6)
    review(house, "light", {"segment": 3, "decision": "approve"})
    wait_for_round(house, "light", 7)
    house.told("All 3 segments approved! Ready to compile final video?")
    assert digest(clip(folder, 1, 1)) == first
    assert [one["action"] for one in history(folder, 2)] == ["reject", "approve"]
    assert [one["action"] for one in history(folder, 3)] == ["regenerate", "rollback", "approve"]
    assert (house.status("light")["progress"], house.status("light")["status"]) == (80, "awaiting_review")

    review(house, "light", decision="compile", compile={"order": [3, 1, 2], "transition": "cut"})
    house.wait_for("6-approval/light/approval.yaml")
    house.told("Compiling…")
    house.told("Final video ready!")
    film = house.root / "6-approval/light/output/light_final.mp4"
    assert [colour_at(film, at) for at in (0.5, 1.5, 2.5)] == [3, 1, 2], "the order is really in the film"
    assert probe(film).duration_s == pytest.approx(3.0, abs=0.1)
    house.wait_until(lambda: house.status("light")["status"] == "awaiting_approval", "the arrival")
    house.edit(house.root / "6-approval/light/approval.yaml", decision="approve")
    done = house.wait_for("7-completed/light")
    house.wait_until(lambda: house.status("light")["progress"] == 100, "the arrival")
    assert house.status("light")["doing"] == "Video ready!"
    assert done.exists()
    delivered = Path(house.status("light")["deployed"])
    manifest = json.loads((delivered / "manifest.json").read_bytes())
    assert delivered.relative_to(house.root / "deployed").parts[0] == "ACME"
    assert digest(delivered / "light_final.mp4") == digest(house.folder("light") / "output/light_final.mp4")
    assert [(one["segment"], one["version"]) for one in manifest["segments"]] == [(3, 1), (1, 1), (2, 2)]
    assert [one["segment"] for one in manifest["chapters"]] == [3, 1, 2]
    assert [one["action"] for one in manifest["segments"][2]["reviews"]] == ["reject", "approve"]


def test_a_segment_that_is_not_approved_is_refused_and_nothing_is_lost(house: House) -> None:
    """T16: the explicit order does not get round the approval."""
    drop(house, "light", 2, generation={"gating": "none"})
    folder = wait_for_round(house, "light", 1)
    review(house, "light", {"segment": 1, "decision": "approve"}, decision="compile", compile={"order": [1, 2]})
    problems = house.wait_for("2-review/light/review.problems.txt")
    assert "segment 2 is not approved (completed)" in problems.read_text()
    assert "line " in problems.read_text()
    assert house.where("light") == "2-review"
    assert history(folder, 1) == [], "not even the part that was right is taken"
    review(house, "light", {"segment": 1, "decision": "approve"}, decision="compile", compile={"order": [1]})
    house.wait_for("6-approval/light/approval.yaml")
    assert probe(house.root / "6-approval/light/output/light_final.mp4").duration_s == pytest.approx(1.0, abs=0.1)


def test_several_at_once_in_one_file(house: House) -> None:
    drop(house, "light", 4, generation={"gating": "none"})
    folder = wait_for_round(house, "light", 1)
    for number in (1, 2, 3, 4):
        house.told(f"Segment {number} completed! Ready for review.")
    before = digests(folder, 3)
    review(house, "light", {"segment": 3, "decision": "reject", "reason": "the wrong place"}, approve=["1-2", 4])
    wait_for_round(house, "light", 2)
    assert digests(folder, 3) == before
    assert [one["action"] for number in (1, 2, 3, 4) for one in history(folder, number)] == [
        "approve",
        "approve",
        "reject",
        "approve",
    ]


def test_a_story_becomes_a_film_without_any_decision(house: House) -> None:
    """T13 and T25: the texts and figures of the status; every gate answered by the system."""
    seen: list[tuple[int, str]] = []
    building = house.root.parent / "tale"
    building.mkdir()
    (building / "episode.yaml").write_text("workflow: monolithic\nvideo: {width: 160, height: 90, fps: 10}\n")
    (building / "story.txt").write_text("The sea was calm.\n\nThen the storm came.\n")
    building.rename(house.inbox / "tale")

    def arrived() -> bool:
        if house.where("tale"):
            try:
                status = house.status("tale")
            except (FileNotFoundError, AssertionError):  # it moved meanwhile
                return False
            if not seen or seen[-1] != (status["progress"], status["doing"]):
                seen.append((status["progress"], status["doing"]))
        return house.where("tale") == "7-completed" and bool(seen) and seen[-1][0] == 100

    house.wait_until(lambda: house.where("tale"), "the job")
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(house.command, "status", "tale", "--watch", "--interval", "0.3")
        house.wait_until(arrived, "the film")
        watched = watching.result(timeout=60).stdout
    words = [doing for _, doing in seen]
    assert {"Rendering video...", "Video ready!"} <= set(words), seen
    assert "Rendering video..." in watched, watched
    assert "\t100 %\tVideo ready!" in watched.splitlines()[-1], "it has ended by itself, and with the last word"
    assert [progress for progress, _ in seen] == sorted(progress for progress, _ in seen), seen
    decisions = [one for one in house.receipts("tale") if "decision" in one]
    assert [(one["decision"], one["by"]) for one in decisions] == [("compile", "hotfolderd"), ("approve", "hotfolderd")]
    events = house.events("tale")
    started = {one["message"].removesuffix(": started") for one in events if one["message"].endswith(": started")}
    assert {"Generating assets...", "Validating assets...", "Rendering video..."} <= started
    assert (Path(house.status("tale")["deployed"]) / "tale_final.mp4").exists()


def test_a_scene_that_fails_holds_up_no_other_and_says_why(house: House) -> None:
    """T17: others complete, its attempts are kept and shown."""
    house.stop()
    house.settings["episodes"] = {"base_s": 0.1, "attempts": 3, "test": {"by_scene": {4: "fail"}}}
    house.start()
    drop(house, "light", 6, generation={"mode": "parallel", "generator": "test"})
    folder = wait_for_round(house, "light", 1)
    made = [number for number in range(1, 7) if clip(folder, number, 1).exists()]
    assert made == [1, 2, 3, 5, 6]
    attempts = json.loads((folder / "segments/004/v1.attempts.json").read_bytes())
    assert [one["number"] for one in attempts] == [1, 2, 3]
    assert "told to fail at attempt 3" in attempts[-1]["message"]
    page = (folder / "review.html").read_text()
    assert "could not be made" in page
    assert attempts[-1]["message"] in page
    assert "segment_failed" in [one["action"] for one in house.events("light")]
    review(house, "light", approve=["1-3", 5, 6])
    wait_for_round(house, "light", 2)
    review(house, "light", decision="compile")
    house.wait_for("6-approval/light/approval.yaml")
    assert probe(house.root / "6-approval/light/output/light_final.mp4").duration_s == pytest.approx(5.0, abs=0.1)


def test_what_is_flagged_is_never_approved_by_itself(house: House) -> None:
    """T19 on the line: a black clip waits for a person, who needs a reason to have it in the film."""
    house.stop()
    house.settings["episodes"] = {"test": {"by_scene": {2: "black"}}}
    house.start()
    drop(house, "light", 3, workflow="monolithic", generation={"generator": "test"})
    folder = wait_for_round(house, "light", 1)
    review(house, "light", {"segment": 2, "decision": "approve"}, decision="compile")
    assert [one["by"] for number in (1, 3) for one in history(folder, number)] == ["hotfolderd", "hotfolderd"]
    override = house.wait_for("4-override/light/override.yaml")
    assert "segment_quality" in override.read_text()
    house.wait_until(lambda: house.status("light")["status"] == "awaiting_validation_review", "the arrival")
    house.edit(override, decision="override", reason='"the night is meant to be black"', by="anna")
    house.wait_until(lambda: house.where("light") in ("6-approval", "7-completed"), "the film")


def test_what_is_lost_is_made_again_and_nothing_else(house: House) -> None:
    """T14: a deleted caption, and a deleted clip; nothing else changes, not even its time."""
    drop(house, "light", 2, scene_1={"dialogue": "Hello there."}, generation={"gating": "none"})
    folder = wait_for_round(house, "light", 1)
    files = [*folder.glob("previews/*/*"), *folder.glob("segments/*/v*/*")]
    before = {path: path.stat().st_mtime_ns for path in files}
    content = {path: digest(path) for path in files}
    lost = folder / "previews/captions/scene_001.srt"
    lost.unlink()
    clip(folder, 2, 1).unlink()
    review(house, "light", {"segment": 1, "decision": "note", "feedback": "fine"})
    wait_for_round(house, "light", 2)
    changed = {path for path in files if path.stat().st_mtime_ns != before[path]}
    assert changed == {lost, *folder.glob("segments/002/v1/*")}
    assert digest(lost) == content[lost]
    assert digest(clip(folder, 2, 1)) == content[clip(folder, 2, 1)]


@pytest.mark.parametrize("doing", ["Generating", "Rendering video"])
def test_killed_while_something_is_made_the_rest_is_made_and_nothing_twice(house: House, doing: str) -> None:
    """Kill -9 in the generation (one segment is there, not all) and in the compile: what is finished is found again."""
    drop(house, "light", 3, workflow="monolithic", plain=True)

    def at_it() -> bool:
        try:
            made = len(list(house.root.glob("1-processing/light/segments/*/v*/segment.mp4")))
            if doing == "Generating":
                return 0 < made < 3
            return house.where("light") is not None and doing in house.status("light")["doing"]
        except (FileNotFoundError, AssertionError, TypeError):
            return False

    house.wait_until(at_it, doing)
    there = {path: path.stat().st_mtime_ns for path in house.root.glob("*/light/segments/*/v*/segment.mp4")}
    assert house.process is not None
    house.stop(signal.SIGKILL)
    house.start()
    house.wait_until(lambda: house.where("light") == "7-completed", "the film")
    now = {
        path.parts[-3:]: path.stat().st_mtime_ns for path in house.root.glob("7-completed/light/segments/*/v*/*.mp4")
    }
    assert len(now) == 3
    assert {path.parts[-3:]: at for path, at in there.items()}.items() <= now.items(), "none was made twice"
    film = house.folder("light") / "output/light_final.mp4"
    assert [colour_at(film, at) for at in (0.5, 1.5, 2.5)] == [1, 2, 3]
    assert len(list((house.root / "deployed").glob("ACME/*/*"))) == 1


def test_an_old_answer_never_answers_a_new_round(house: House) -> None:
    drop(house, "light", 2, generation={"gating": "none"})
    folder = wait_for_round(house, "light", 1)
    old = (folder / "review.yaml").read_text()
    review(house, "light", {"segment": 1, "decision": "regenerate"})
    wait_for_round(house, "light", 2)
    (folder / "review.yaml").write_text(old.replace("decision: pending  #", "decision: approve  #"))
    problems = house.wait_for("2-review/light/review.problems.txt")
    assert "answers round 1, asked was round 2" in problems.read_text()
    assert round_of(house, "light") == 1, "it stays as it is"


def test_a_finished_film_is_taken_apart_into_approved_segments(house: House) -> None:
    """T25: by a command, or a drop with a film alone; a segment of it can then be left out, moved or made anew."""
    drop(house, "light", 3, plain=True, workflow="monolithic")
    house.wait_until(lambda: house.where("light") == "7-completed", "the film")
    film = house.root.parent / "old.mp4"
    film.write_bytes((house.folder("light") / "output/light_final.mp4").read_bytes())
    done = house.command("episode", "upgrade", str(film))
    assert (done.returncode, done.stdout) == (0, f"{film}: now 0-inbox/old\n"), done.stderr
    folder = wait_for_round(house, "old", 1)
    assert [clip(folder, number, 1).exists() for number in (1, 2, 3)] == [True, True, True]
    house.told("All 3 segments approved! Ready to compile final video?")
    assert [colour_at(clip(folder, number, 1), 0.5) for number in (1, 2, 3)] == [1, 2, 3]
    review(house, "old", decision="compile", compile={"order": [2, 1]})
    house.wait_for("6-approval/old/approval.yaml")
    film = house.root / "6-approval/old/output/old_final.mp4"
    assert [colour_at(film, at) for at in (0.5, 1.5)] == [2, 1]


def test_a_rejected_film_goes_back_to_its_segments_and_comes_again(house: House) -> None:
    """6 → 2, another order, 5 → 6; then made again of the same segments; `approve` by command for all that is shown."""
    drop(house, "light", 2, plain=True, generation={"gating": "none"})
    wait_for_round(house, "light", 1)
    assert house.command("approve", "light", "--by", "anna").returncode == 0
    folder = wait_for_round(house, "light", 2)
    before = digests(folder)
    review(house, "light", decision="compile")
    approval = house.root / "6-approval/light/approval.yaml"
    film = house.root / "6-approval/light/output/light_final.mp4"

    def asked(number: int) -> bool:
        with suppress(FileNotFoundError, TypeError, AssertionError):
            written = yaml.safe_load(approval.read_text())["for"]["revision"]
            return bool(written == number and house.status("light")["status"] == "awaiting_approval")
        return False

    house.wait_until(lambda: asked(1), "the film")
    assert [colour_at(film, at) for at in (0.5, 1.5)] == [1, 2]
    house.edit(approval, decision="reject", reason='"the order is wrong"', by="anna")
    folder = wait_for_round(house, "light", 3)
    assert digests(folder) == before
    review(house, "light", decision="compile", compile={"order": [2, 1]})
    house.wait_until(lambda: asked(2), "the film in its new order")
    assert [colour_at(film, at) for at in (0.5, 1.5)] == [2, 1]
    house.edit(approval, decision="regenerate", by="anna")
    house.wait_until(lambda: asked(3), "the film, made again")
    assert digests(house.root / "6-approval/light") == before


def test_an_order_is_heard_between_two_segments_and_what_is_made_is_kept(house: House) -> None:
    """Nobody waits for the end of a long film to put it on hold."""
    drop(house, "light", 40, workflow="monolithic")
    house.wait_until(lambda: len(list(house.root.glob("1-processing/light/segments/*/v1"))) >= 2, "two segments")
    assert house.command("hold", "light", "--by", "anna").returncode == 0
    house.wait_until(lambda: house.where("light") == "on-hold", "the hold")
    made = {path: path.stat().st_mtime_ns for path in house.root.glob("on-hold/light/segments/*/v1/segment.mp4")}
    assert 2 <= len(made) < 40
    assert house.command("resume", "light", "--by", "anna").returncode == 0
    house.wait_until(lambda: len(list(house.root.glob("1-processing/light/segments/*/v1"))) > len(made), "the next one")
    now = {path.parts[-3:]: path.stat().st_mtime_ns for path in house.root.glob("*/light/segments/*/v1/segment.mp4")}
    assert {path.parts[-3:]: at for path, at in made.items()}.items() <= now.items()
    assert house.command("cancel", "light", "--by", "anna").returncode == 0
    house.wait_until(lambda: house.where("light") == "archive", "the end")


def test_several_pictures_of_a_scene_dissolve_into_each_other(house: House, tmp_path: Path) -> None:
    """By their keys and by their names; a picture that is put in another one's place has its scene made anew."""
    for name, number in (("a.png", 1), ("b.png", 2), ("scene_002_1.png", 3), ("scene_002_2.png", 4)):
        Image.new("RGB", (320, 180), COLOURS[number]).save(tmp_path / name)
    drop(
        house,
        "light",
        2,
        beside=tmp_path.glob("*.png"),
        scene_1={"images": ["b.png", "a.png"], "duration": 2},
        scene_2={"duration": 2},
        generation={"gating": "none"},
    )
    folder = wait_for_round(house, "light", 1)
    assert [colour_at(clip(folder, 1, 1), at) for at in (0.3, 1.7)] == [2, 1]
    assert [colour_at(clip(folder, 2, 1), at) for at in (0.3, 1.7)] == [3, 4]
    red, green, _ = frame_at(clip(folder, 1, 1), 1.0).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert 60 < red < 200 > green > 60, "in the middle both are seen"
    made = yaml.safe_load((folder / "segments/001/v1/params.yaml").read_text())
    assert made["generator"] == "slideshow"
    before = digests(folder, 1)
    Image.new("RGB", (320, 180), COLOURS[5]).save(folder / "assets/b.png")
    review(house, "light", {"segment": 1, "decision": "regenerate"})
    wait_for_round(house, "light", 2)
    assert [colour_at(clip(folder, 1, 2), at) for at in (0.3, 1.7)] == [5, 1]
    assert digests(folder, 1) == before


def test_a_slow_generator_and_a_large_clip_are_warnings_on_the_page_in_the_status_and_until_the_film(
    house: House,
) -> None:
    house.stop()
    house.settings["episodes"] = {"slow_after_s": 0.001, "large_after_mib": 0.001}
    house.start()
    drop(house, "light", 1)
    folder = wait_for_round(house, "light", 1)

    def types() -> list[str]:
        return [one["type"] for one in house.status("light")["warnings"]]

    assert types() == ["slow_generation", "segment_large"]
    page = (folder / "review.html").read_text()
    assert "Segment 1: storyboard took " in page
    assert "Segment 1: its clip has " in page
    assert "Segment 1: storyboard took " in house.command("show", "light").stdout
    review(house, "light", {"segment": 1, "decision": "approve"})
    wait_for_round(house, "light", 2)
    review(house, "light", decision="compile")
    house.wait_for("6-approval/light/approval.yaml")
    assert {"slow_generation", "segment_large"} <= set(types()), "none of it is critical"


class _Clips(BaseHTTPRequestHandler):
    """A server that makes clips: each order is answered with the same one."""

    clip = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(self.clip)))
        self.end_headers()
        self.wfile.write(self.clip)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_server_and_a_program_make_clips_though_workers_are_confined(house: House, tmp_path: Path) -> None:
    """The port and the program of the configuration are allowed, nothing else."""
    clip_file = tmp_path / "clip.mp4"
    still_to_video(Image.new("RGB", (160, 90), (40, 200, 60)), clip_file, (160, 90), 10, 1.0)
    _Clips.clip = clip_file.read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Clips)
    Thread(target=server.serve_forever, daemon=True).start()
    program = tmp_path / "make-clip"
    (house.root / "made").mkdir()
    program.write_text(f'#!/bin/sh\ncp "{house.root}/made/clip.mp4" "$1"\n')
    program.chmod(0o755)
    (house.root / "made/clip.mp4").write_bytes(_Clips.clip)
    house.stop()
    http = {"url": f"http://127.0.0.1:{server.server_port}/make"}
    house.settings["episodes"] = {"attempts": 1, "http": http, "command": {"argv": [str(program), "{output}"]}}
    house.start()
    for name in ("http", "command"):
        drop(house, f"by-{name}", 1, generation={"generator": name})
    for name in ("http", "command"):
        folder = wait_for_round(house, f"by-{name}", 1)
        assert clip(folder, 1, 1).exists(), (folder / "segments").is_dir() and list((folder / "segments").rglob("*"))
        assert colour_at(clip(folder, 1, 1), 0.5) == 2
    server.shutdown()
    server.server_close()


def test_a_generator_that_fails_again_and_again_is_left_alone_by_all_jobs_and_the_others_go_on(
    house: House, tmp_path: Path
) -> None:
    """Its scenes wait without using up attempts, over a restart too; status and doctor say so; then all is made."""
    asked = house.root / "made/asked.log"
    asked.parent.mkdir()
    still_to_video(Image.new("RGB", (160, 90), (40, 200, 60)), house.root / "made/clip.mp4", (160, 90), 10, 1.0)
    program = tmp_path / "make-clip"
    program.write_text(
        f'#!/bin/sh\necho >>"{asked}"\n[ -e "{asked.parent}/works" ] || {{ echo "no licence" >&2; exit 1; }}\n'
        f'cp "{asked.parent}/clip.mp4" "$1"\n'
    )
    program.chmod(0o755)

    def times() -> int:
        return len(asked.read_text().splitlines()) if asked.exists() else 0

    house.stop()
    command = {"argv": [str(program), "{output}"]}
    house.settings["episodes"] = {"attempts": 6, "base_s": 0.1, "circuit_pause_s": 12, "command": command}
    house.start()
    ours = {"generator": "command", "mode": "parallel"}
    drop(house, "one", 3, generation=ours, scene_3={"footage": "clip.mp4"}, beside=[asked.parent / "clip.mp4"])
    house.wait_until(lambda: "The generator command fails" in house.command("status").stdout, "the circuit to open")
    asked_for = times()
    assert asked_for in (5, 6), "two scenes are made at once: the last failure may find the other on its way"
    drop(house, "two", 1, generation=ours)
    drop(house, "three", 1)
    wait_for_round(house, "three", 1)
    house.wait_until(lambda: "waiting for command" in house.status("two")["doing"], "the second job to wait")
    house.wait_until(lambda: clip(house.folder("one"), 3, 1).exists(), "the scene that needs no program")
    assert times() == asked_for, "nobody has asked it meanwhile"
    house.stop(signal.SIGKILL)
    house.start()
    status = json.loads(house.command("status", "--json").stdout)
    assert "no licence" in status["generators_left_alone"][0]
    doctor = house.command("doctor").stdout
    assert (
        "remark\tgenerators\tThe generator command fails for every scene: make-clip: ended with exit code 1" in doctor
    )
    house.wait_until(lambda: times() > asked_for, "the trial")
    assert times() == asked_for + 1, "one alone tries"
    (asked.parent / "works").touch()
    wait_for_round(house, "one", 1)
    wait_for_round(house, "two", 1)
    assert not (house.folder("two") / "segments/001/v1.attempts.json").exists()
    failures = [json.loads(path.read_bytes()) for path in house.folder("one").glob("segments/*/*.attempts.json")]
    assert failures == [], "no scene was given up"
    assert "generators\tnone is left alone" in house.command("doctor").stdout
    assert json.loads(house.command("status", "--json").stdout)["generators_left_alone"] == []


def test_a_server_that_is_away_fails_no_job_and_its_scenes_go_on_when_it_is_back(house: House, tmp_path: Path) -> None:
    clip_file = tmp_path / "clip.mp4"
    still_to_video(Image.new("RGB", (160, 90), (40, 200, 60)), clip_file, (160, 90), 10, 1.0)
    _Clips.clip = clip_file.read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Clips)
    port = server.server_port
    server.server_close()
    house.stop()
    http = {"url": f"http://127.0.0.1:{port}/make"}
    house.settings["episodes"] = {"attempts": 8, "base_s": 0.1, "circuit_pause_s": 3, "http": http}
    house.start()
    drop(house, "light", 2, generation={"generator": "http", "gating": "none"})
    house.wait_until(lambda: "The generator http fails" in house.command("status").stdout, "the circuit to open")
    house.wait_until(lambda: "waiting for http" in house.status("light")["doing"], "the job to wait")
    assert "retry_at" in house.status("light")
    assert house.where("light") == "1-processing"
    server = ThreadingHTTPServer(("127.0.0.1", port), _Clips)
    Thread(target=server.serve_forever, daemon=True).start()
    folder = wait_for_round(house, "light", 1)
    assert all(colour_at(clip(folder, number, 1), 0.5) == 2 for number in (1, 2))
    server.shutdown()
    server.server_close()
