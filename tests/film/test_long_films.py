"""A long film is made in pieces, which nobody can see or hear, and within the memory that a worker may use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hotfolderd.film.compilation import Film, FilmOrder, FilmPart, Transition, compile_film
from hotfolderd.film.joints import groups
from hotfolderd.media.video import probe
from tests.film.clips_made import SMALL, pattern, said, scene_at, tone

SECONDS = {1: 1.2, 2: 0.8, 3: 1.0}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {number: pattern(folder, number, seconds) for number, seconds in SECONDS.items()}


def film_of(
    folder: Path, clips: dict[int, Path], count: int, transition: Transition, at_once: int, **changes: object
) -> Film:
    folder.mkdir()
    parts = tuple(FilmPart(number, clips[(number - 1) % 3 + 1], version=1) for number in range(1, count + 1))
    order = FilmOrder(parts, SMALL, "A film", transition, 0.2, **changes)  # type: ignore[arg-type]
    told: list[float] = []
    film = compile_film(order, folder, "film", timeout_s=120, progress=told.append, at_once=at_once)
    assert told == sorted(told)
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]
    return film


def sound(film: Path) -> str:
    return said("-v", "error", "-i", film, "-map", "0:a", "-c", "copy", "-f", "md5", "-")


def least_psnr(film: Path, other: Path) -> float:
    """How far the two frames differ that differ most, in dB; above 30 it is the noise of the encoder."""
    lines = said("-i", film, "-i", other, "-lavfi", "psnr=stats_file=-", "-f", "null", "-")
    return min(float(value) for value in re.findall(r"psnr_avg:([\d.]+|inf)", lines))


@pytest.mark.parametrize("transition", ["dissolve", "fade"])
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_in_pieces_a_film_has_the_same_frames_and_the_same_sound(
    tmp_path: Path, clips: dict[int, Path], transition: Transition, at_once: int
) -> None:
    whole = film_of(tmp_path / "whole", clips, 7, transition, 30)
    pieces = film_of(tmp_path / "pieces", clips, 7, transition, at_once)
    assert (pieces.frames, pieces.parts, pieces.stream_copied) == (whole.frames, whole.parts, False)
    assert probe(pieces.path, decode=True).frames == whole.frames
    assert sound(pieces.path) == sound(whole.path)
    assert least_psnr(pieces.path, whole.path) > 30


def test_joints_of_each_kind_may_lie_between_two_pieces_with_music_under_all(
    tmp_path: Path, clips: dict[int, Path]
) -> None:
    changes: dict[str, object] = {"music": tone(tmp_path / "music.wav", 2.0), "music_volume": 0.2}
    changes["duck"] = False  # with it the same film twice differs by 80 dB below full scale, in pieces or not
    changes["joints"] = {"2-3": "cut", "4-5": "dissolve", "5-6": "dissolve"}
    whole = film_of(tmp_path / "whole", clips, 6, "fade", 30, **changes)
    pieces = film_of(tmp_path / "pieces", clips, 6, "fade", 2, **changes)
    assert sound(pieces.path) == sound(whole.path)
    assert least_psnr(pieces.path, whole.path) > 30


def test_cuts_are_copied_whatever_their_number_and_only_the_sound_is_mixed_in_pieces(
    tmp_path: Path, clips: dict[int, Path]
) -> None:
    whole = film_of(tmp_path / "whole", clips, 5, "cut", 30)
    pieces = film_of(tmp_path / "pieces", clips, 5, "cut", 2)
    assert pieces.stream_copied
    assert sound(pieces.path) == sound(whole.path)


def test_groups_are_as_even_as_can_be_and_leave_nothing_out() -> None:
    assert groups(30, 30) == [(0, 29)]
    assert groups(31, 30) == [(0, 14), (15, 30)]
    assert groups(1, 30) == [(0, 0)]
    for count in range(1, 200):
        found = groups(count, 7)
        assert [at for first, last in found for at in range(first, last + 1)] == list(range(count))
        assert max(last - first for first, last in found) < 7


LONG = """
import resource, sys
from pathlib import Path
from hotfolderd.film.compilation import FilmOrder, FilmPart, compile_film
from hotfolderd.film.scene import VideoFormat

resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # as `workers.memory_mib` has it
out, clips = Path(sys.argv[1]), sys.argv[2:]
parts = tuple(FilmPart(number, Path(clips[number % len(clips)]), version=1) for number in range(150))
compile_film(FilmOrder(parts, VideoFormat(160, 90, 25), "Long", "dissolve", 0.2), out, "film", timeout_s=300)
"""


def test_a_hundred_and_fifty_clips_dissolve_within_the_memory_of_a_worker(
    tmp_path: Path, clips: dict[int, Path]
) -> None:
    words = [sys.executable, "-c", LONG, str(tmp_path), *(str(clips[number]) for number in (1, 2, 3))]
    done = subprocess.run(words, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    film = tmp_path / "film.mp4"
    frames = 50 * (30 + 20 + 25) - 149 * 5
    assert probe(film, decode=True).frames == frames
    # The last three parts, well within each.
    ends = frames / 25
    assert [scene_at(film, ends - back, (1, 2, 3)) for back in (2.1, 1.3, 0.4)] == [1, 2, 3]
