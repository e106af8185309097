"""A dropped episode: what makes one, what goes into its job, and how every mistake is told."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from hotfolderd.inbox.batch import BatchReport, Limits
from hotfolderd.inbox.batches import plan_jobs
from hotfolderd.inbox.drops import list_drops
from hotfolderd.inbox.episode_drop import examine_episode
from hotfolderd.inbox.scene_files import scene_files, scene_series
from hotfolderd.media.graph import ffmpeg_path

ONE = "scenes: [{number: 1, description: x}]\n"


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (160, 120), (200, 10, 10)).save(path)


def clip(path: Path, *, fps: float, turned: bool, pixels: str) -> None:
    """A clip of 96 by 160 pixels; `turned`: that is to be shown turned by a quarter; `pixels`: how wide one is."""
    made = ("-f", "lavfi", "-i", f"testsrc2=s=96x160:r={fps}:d=0.5", "-vf", f"setsar={pixels}", "-c:v", "libx264")
    upright = path.with_name("upright.mp4")
    subprocess.run([ffmpeg_path(), "-v", "error", *made, str(upright)], check=True)
    turn = ("-display_rotation", "90") if turned else ()
    subprocess.run([ffmpeg_path(), "-v", "error", *turn, "-i", str(upright), "-c", "copy", str(path)], check=True)
    upright.unlink()


def examined(path: Path, *existing: str) -> BatchReport:
    return examine_episode(path, frozenset(existing), Limits())


def order(report: BatchReport) -> dict[str, Any]:
    """The `job.yaml` that a right drop becomes."""
    assert report.valid, [str(one) for one in (*report.errors, *(p for row in report.rows for p in row.errors))]
    (plan,) = plan_jobs(report.valid_rows, "B1", "anna", datetime(2026, 11, 20, tzinfo=UTC))
    content: dict[str, Any] = yaml.safe_load(plan.order)
    assert set(content["originals"]) == {piece.target for piece in plan.pieces}
    return content


def test_a_folder_goes_into_its_job_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "storm"
    picture(folder / "art/Scene1.png")
    (folder / "music").mkdir()
    (folder / "music/sea.wav").write_bytes(b"x" * 99)
    scenes = "scenes: [{number: 1, description: x, image: art/scene1.png}]"
    (folder / "episode.yaml").write_text(f"title: The Storm\nclient: ACME\npriority: high\n{scenes}\n")
    content = order(examined(folder))
    assert (content["job"], content["kind"], content["client"]) == ("storm", "episode", "ACME")
    assert (content["title"], content["priority"], content["workflow"]) == ("The Storm", "high", None)
    assert content["scenes"][0]["image"] == "assets/art/Scene1.png"
    assert "assets/music/sea.wav" in content["originals"]


def test_a_file_in_the_inbox_takes_what_it_names(tmp_path: Path) -> None:
    inbox = tmp_path / "0-inbox"
    picture(inbox / "a.png")
    picture(inbox / "b.png")
    (inbox / "storm.episode.yaml").write_text("scenes: [{number: 1, image: a.png}]\n")
    (drop,) = (one for one in list_drops(inbox) if one.kind == "episode")
    assert (drop.name, drop.shared, inbox / "a.png" in drop.files) == ("storm", True, True)
    content = order(examined(drop.path))
    assert (content["job"], sorted(content["originals"])) == ("storm", ["assets/a.png", "assets/storm.episode.yaml"])


def test_media_by_number_are_scenes(tmp_path: Path) -> None:
    folder = tmp_path / "tale"
    picture(folder / "scene_002.png")
    picture(folder / "Scene 1.png")
    (folder / "1.txt").write_text("Easy, boy.")
    assert [drop.kind for drop in list_drops(tmp_path)] == ["episode"]
    scenes = order(examined(folder))["scenes"]
    assert [(one["number"], one["image"], one["dialogue"]) for one in scenes] == [
        (1, "assets/Scene 1.png", "Easy, boy."),
        (2, "assets/scene_002.png", ""),
    ]


@pytest.mark.parametrize("numbers", [(101, 102), (3, 1, 2)])
def test_an_episode_begins_with_its_first_scene_whatever_its_number(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    """Who does not write `start_from` wants all scenes, also where no scene has the number 1, or not the first one."""
    folder = tmp_path / "tale"
    folder.mkdir()
    scenes = [{"number": number, "description": "x"} for number in numbers]
    (folder / "episode.yaml").write_text(yaml.safe_dump({"scenes": scenes}))
    content = order(examined(folder))
    assert [one["number"] for one in content["scenes"]] == list(numbers)
    assert content["generation"]["start_from"] == numbers[0]


def test_media_by_number_fill_what_a_scene_does_not_name(tmp_path: Path) -> None:
    folder = tmp_path / "tale"
    picture(folder / "scene1.png")
    (folder / "episode.yaml").write_text(ONE)
    report = examined(folder)
    assert order(report)["scenes"][0]["image"] == "assets/scene1.png"
    assert "scene 1: scene1.png is taken for its image" in str(report.all_warnings[0])


def test_several_pictures_of_a_scene_are_written_in_their_order(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "more/c.jpg"):
        picture(tmp_path / name)
    (tmp_path / "episode.yaml").write_text("scenes: [{number: 1, image: b.png, images: [more/c.jpg, a.png]}]\n")
    content = order(examined(tmp_path))
    (scene,) = content["scenes"]
    assert (scene["image"], scene["images"]) == ("assets/b.png", ["assets/more/c.jpg", "assets/a.png"])
    assert {"assets/b.png", "assets/more/c.jpg", "assets/a.png"} < set(content["originals"])


def test_images_alone_are_enough_for_a_scene_and_for_a_file_in_the_inbox(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        picture(tmp_path / name)
    (tmp_path / "storm.episode.yaml").write_text("scenes: [{number: 1, images: [b.png, a.png]}]\n")
    content = order(examined(tmp_path / "storm.episode.yaml"))
    assert (content["scenes"][0]["image"], content["scenes"][0]["images"]) == ("assets/b.png", ["assets/a.png"])
    assert {"assets/a.png", "assets/b.png"} < set(content["originals"])


def test_pictures_with_two_numbers_are_those_of_a_scene_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "tale"
    for name in ("scene_001_10.png", "scene_001_2.png", "Scene 2-1.jpg", "scene_003.png", "scene_003_1.png"):
        picture(folder / name)
    assert [drop.kind for drop in list_drops(tmp_path)] == ["episode"]
    scenes = order(examined(folder))["scenes"]
    assert [(one["number"], one["image"], one["images"]) for one in scenes] == [
        (1, "assets/scene_001_2.png", ["assets/scene_001_10.png"]),
        (2, "assets/Scene 2-1.jpg", []),
        (3, "assets/scene_003.png", ["assets/scene_003_1.png"]),
    ]


def test_pictures_with_two_numbers_fill_a_scene_that_names_none(tmp_path: Path) -> None:
    for name in ("scene_1_1.png", "scene_1_2.png", "scene_2_1.png", "own.png"):
        picture(tmp_path / name)
    text = "scenes: [{number: 1, description: x}, {number: 2, images: [own.png]}]\n"
    (tmp_path / "episode.yaml").write_text(text)
    report = examined(tmp_path)
    scenes = order(report)["scenes"]
    assert (scenes[0]["image"], scenes[0]["images"]) == ("assets/scene_1_1.png", ["assets/scene_1_2.png"])
    assert (scenes[1]["image"], scenes[1]["images"]) == ("assets/own.png", [])
    assert "scene_1_1.png, scene_1_2.png are taken for its images" in str(report.all_warnings[0])


def test_a_story_is_an_upright_film_that_nobody_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "tale.story.txt").write_text("The sea was calm.\n\nThen the storm came.\n")
    (drop,) = list_drops(tmp_path)
    content = order(examined(drop.path))
    assert (content["job"], content["story"], content["workflow"]) == ("tale", "assets/tale.story.txt", "monolithic")
    assert (content["video"]["width"], content["video"]["height"]) == (1080, 1920)


def test_a_folder_with_a_film_alone_is_taken_apart(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "feature.mp4").write_bytes(b"x" * 2000)
    assert [drop.kind for drop in list_drops(tmp_path)] == ["episode"]
    assert order(examined(folder))["film"] == "assets/feature.mp4"


@pytest.mark.parametrize(
    ("how", "video"),
    [
        ({}, {"width": 96, "height": 160, "fps": 24}),
        ({"text": "video: {width: 320, height: 180}\nfilm: feature.mp4\n"}, {"width": 320, "height": 180, "fps": 25}),
        ({"text": "film: feature.mp4\n"}, {"width": 96, "height": 160, "fps": 24}),
        ({"fps": 119.88}, {"width": 96, "height": 160, "fps": 59.94}),
        ({"turned": True}, {"width": 160, "height": 96, "fps": 24}),
        ({"pixels": "2/1"}, {"width": 192, "height": 160, "fps": 24}),
    ],
)
def test_a_film_is_taken_apart_in_its_own_size_and_rate(
    tmp_path: Path, how: dict[str, Any], video: dict[str, float]
) -> None:
    """As a player shows it: turned upright, and with square pixels. A film of a phone became a strip on black."""
    folder = tmp_path / "old"
    folder.mkdir()
    clip(folder / "feature.mp4", fps=how.get("fps", 24), turned="turned" in how, pixels=how.get("pixels", "1/1"))
    if "text" in how:
        (folder / "episode.yaml").write_text(how["text"])
    assert order(examined(folder))["video"] == video


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("scenes:\n  - {number: 1, descripton: x}\n", "episode.yaml, line 2, column 17: the key `descripton` is not"),
        (
            "scenes:\n  - {number: 1, image: x.png}\n",
            "episode.yaml, line 2, column 24: Missing image in scene 1: x.png",
        ),
        (
            "scenes:\n  - {number: 1, images: [x.png]}\n",
            "episode.yaml, line 2, column 26: Missing image in scene 1: x.png",
        ),
        ("scenes: [{number: 1, images: [a.mp3]}]\n", "is no picture. Name a file ending in .png"),
        ("scenes: [{number: 1, images: [../a.png]}]\n", "line 1, column 31"),
        (f"scenes: [{{number: 1, images: [{'a.png, ' * 60}]}}]\n", "line 1, column 30: `scenes.0.images`"),
        ("scenes: []\n", "episode.yaml, line 1, column 9: No scenes found in storyboard"),
        ("film: old.mp4\n", "episode.yaml, line 1, column 7: old.mp4 is not there"),
        ("scenes: [{number: 1, footage: a.txt}]\n", "is no clip. Name a file ending in .mp4"),
    ],
)
def test_every_mistake_is_told_with_its_place_and_nothing_is_taken(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "episode.yaml").write_text(text)
    report = examined(tmp_path)
    assert not report.valid
    assert any(words in str(one) for one in report.errors), [str(one) for one in report.errors]


def test_a_story_without_a_word_and_a_name_that_is_taken_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tale.story.txt").write_text(" \n\n")
    assert not examined(tmp_path / "tale.story.txt").valid
    (tmp_path / "storm.episode.yaml").write_text(ONE)
    report = examined(tmp_path / "storm.episode.yaml", "Storm")
    assert "Duplicate job_id: storm (the job Storm exists already)" in str(report.rows[0].errors[0])


@pytest.mark.parametrize("name", ["story.txt", "2.txt"])
def test_a_text_that_is_not_in_utf_8_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    """A story became a film that spoke and showed signs for what could not be read, and was delivered."""
    (tmp_path / name).write_bytes("Der Leuchtturm.\n\nGrüße aus München.\n".encode("cp1252"))
    report = examined(tmp_path)
    assert not report.valid
    assert f"{name}, line 3: is no text in UTF-8. Save it as UTF-8" in str(report.errors[0])
    (tmp_path / name).write_bytes("Hello.\n".encode("utf-16-le"))
    assert f"{name}, line 1: holds a NUL" in str(examined(tmp_path).errors[0])


def test_a_text_in_utf_16_that_says_so_is_read(tmp_path: Path) -> None:
    """So writes Notepad under Windows where "Unicode" is chosen."""
    (tmp_path / "1.txt").write_bytes("Grüße.\n".encode("utf-16"))
    (tmp_path / "2.txt").write_bytes("Grüße.\n".encode("utf-8-sig"))
    assert [one["dialogue"] for one in order(examined(tmp_path))["scenes"]] == ["Grüße.", "Grüße."]


def test_a_picture_that_ends_in_the_middle_is_waited_for(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:-20])
    (tmp_path / "episode.yaml").write_text("scenes: [{number: 1, image: a.png}]\n")
    assert examined(tmp_path).verdict == "waiting"


def test_which_names_say_a_number() -> None:
    names = ["scene_010.png", "3.wav", "segment-2.mp4", "music/1.mp3", "take2b.png", "refs/1.png", "0.png", "12345.png"]
    assert scene_files(names) == {
        2: {"footage": "segment-2.mp4"},
        3: {"audio": "3.wav"},
        10: {"image": "scene_010.png"},
    }


def test_which_names_say_a_picture_of_a_scene() -> None:
    names = [
        "scene_010_2.png",
        "scene_010_1.jpg",
        "2024-01.png",
        "scene_1_1.mp4",
        "refs/scene_1_1.png",
        "shot 7 03.webp",
    ]
    assert scene_series(names) == {7: ["shot 7 03.webp"], 10: ["scene_010_1.jpg", "scene_010_2.png"]}
    assert scene_files(names) == {}


def test_links_are_not_followed_and_hard_links_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "tale"
    picture(folder / "1.png")
    picture(tmp_path / "secret.png")
    (folder / "2.png").symlink_to(tmp_path / "secret.png")
    (folder / "music").mkdir()
    (folder / "music/a.wav").hardlink_to(tmp_path / "secret.png")
    report = examined(folder)
    assert [name for name, _ in report.rows[0].media] == ["1.png", "music/a.wav"]
    assert "hard links" in str(report.rows[0].errors[0])


def test_the_sample_of_the_repository_is_right() -> None:
    sample = Path(__file__).parents[2] / "examples" / "lighthouse"
    content = order(examined(sample))
    assert (content["job"], len(content["scenes"])) == ("lighthouse", 5)


def test_the_marks_of_a_producer_are_no_media(tmp_path: Path) -> None:
    folder = tmp_path / "tale"
    picture(folder / "1.png")
    (folder / "_READY").write_bytes(b"")
    assert [name for name, _ in examined(folder).rows[0].media] == ["1.png"]
    assert examined(folder).valid
