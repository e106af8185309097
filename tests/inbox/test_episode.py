"""An episode as people write it: what is taken, and how every mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.inbox.episode import MAX_SCENES, Episode, episode_in, read_episode
from hotfolderd.review.reading import SidecarRefusedError, parse

WHOLE = """\
episode: lighthouse
title: The Lighthouse
workflow: step_by_step
generation: {mode: sequential, batch_size: 2, start_from: 2}
video: {width: 1280, height: 720, fps: 25}
scenes:
  - {number: 1, description: Sarah cleans a chart, dialogue: "Easy, boy.", characters: [Sarah], duration: 5}
  - number: 2
    description: The storm
    image: art/scene1.png
    audio: scene1.wav
"""


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "art").mkdir()
    (tmp_path / "art/scene1.png").write_bytes(b"x")
    (tmp_path / "scene1.wav").write_bytes(b"x")
    (tmp_path / "episode.yaml").write_text(WHOLE)
    return tmp_path


def problems(drop: Path, text: str) -> list[str]:
    (drop / "episode.yaml").write_text(text)
    with pytest.raises(SidecarRefusedError) as caught:
        read_episode(drop / "episode.yaml")
    return caught.value.problems


def test_an_episode_is_read_with_its_defaults(drop: Path) -> None:
    episode = read_episode(drop / "episode.yaml")
    assert (episode.episode, episode.workflow) == ("lighthouse", "step_by_step")
    assert [scene.number for scene in episode.scenes] == [1, 2]
    assert (episode.scenes[0].duration, episode.scenes[1].duration, episode.scenes[1].image) == (5, 5, "art/scene1.png")
    assert (episode.generation.generator, episode.generation.max_regenerations) == ("storyboard", 10)
    assert episode.generation.gating == "per_segment"
    assert parse(b"", Episode, "x").video.width == 1280


@pytest.mark.parametrize(
    ("was", "instead", "words"),
    [
        ("episode: lighthouse", "episode: light house", "line 1, column 10: `episode`: Invalid job_id format"),
        ("workflow: step_by_step", "workflow: step_by_stp", "line 3, column 11: `workflow` is 'step_by_stp'"),
        ("workflow: step_by_step", "workflow: step_by_stp", "Did you mean `step_by_step`?"),
        ("start_from: 2", "start_from: 3", "line 4, column 59: there is no scene 3 to start from. Write one of: 1, 2."),
        ("width: 1280", "width: 1281", "line 5, column 16: `video.width` is 1281. Should be a multiple of 2"),
        ("fps: 25", "fps: 0", "line 5, column 40: `video.fps` is 0"),
        ("number: 2", "number: 1", "line 8, column 13: the number 1 is written twice"),
        ("duration: 5", "duration: 601", "`scenes.0.duration` is 601. Should be less than or equal to 600"),
        (
            "    description: The storm\n    image: art/scene1.png\n",
            "",
            "line 8, column 13: `scenes.1`: scene 2 has not",
        ),
        ("    description: The storm", "    descripton: The storm", "line 9, column 5: the key `descripton` is not"),
        (
            "    image: art/scene1.png",
            "    image: ../x.png",
            "line 10, column 12: `scenes.1.image`: The path leads out",
        ),
        ("    image: art/scene1.png", "    image: scene1.wav", "is no picture. Name a file ending in .png"),
        (
            "    image: art/scene1.png",
            "    image: art/scene2.png",
            "line 10, column 12: Missing image in scene 2: art/scene2.png is not there. Did you mean `art/scene1.png`?",
        ),
        ("    audio: scene1.wav", "    audio: voice.mp3", "line 11, column 12: Missing audio file in scene 2"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(drop: Path, was: str, instead: str, words: str) -> None:
    assert WHOLE.count(was) == 1
    found = problems(drop, WHOLE.replace(was, instead))
    assert words in " | ".join(found)
    assert all(one.startswith("episode.yaml, line ") for one in found)


def test_an_episode_has_scenes_or_a_script(drop: Path) -> None:
    (drop / "art/scene1.png").unlink()  # media that say their number would be scenes
    (drop / "scene1.wav").unlink()
    text = WHOLE[: WHOLE.index("scenes:")].replace("start_from: 2", "start_from: 1")
    assert "No scenes found in storyboard" in problems(drop, text)[0]
    assert "line 5, column 9: No scenes found in storyboard" in problems(drop, f"#\n#\n#\n#\nscenes: []\n{text}")[0]
    (drop / "Script.txt").write_text("INT. LIGHTHOUSE")
    assert read_episode(drop / "episode.yaml").scenes == []


def test_there_is_a_limit_to_the_scenes(drop: Path) -> None:
    rows = "".join(f"  - {{number: {n}, description: x}}\n" for n in range(1, MAX_SCENES + 2))
    assert f"at most {MAX_SCENES}" in problems(drop, f"scenes:\n{rows}")[0]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (("episode.yaml", "script.txt"), "episode.yaml"),
        (("storm.Episode.yml",), "storm.Episode.yml"),
        (("story.txt", "a.png"), "story.txt"),
        (("a.psd", "notes.txt"), None),
        (("deep/episode.yaml",), None),
    ],
)
def test_the_file_that_makes_a_folder_an_episode_is_found(
    tmp_path: Path, files: tuple[str, ...], found: str | None
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("x")
    assert episode_in(tmp_path) == (tmp_path / found if found else None)
