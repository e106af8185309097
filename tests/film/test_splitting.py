"""A finished film becomes its segments again, and no frame of it is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.errors import JobError
from hotfolderd.film.compilation import Film, FilmOrder, FilmPart, compile_film
from hotfolderd.film.splitting import find_cuts, split_film
from hotfolderd.media.video import probe
from tests.film.clips_made import SMALL, loudness, pattern, scene_at


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Scenes 1 (0.8 s), 2 (1 s), 4 (0.72 s), cut."""
    folder = tmp_path_factory.mktemp("film")
    lengths = {1: 0.8, 2: 1.0, 4: 0.72}
    parts = tuple(FilmPart(one, pattern(folder, one, long), one + 3, f"Scene {one}") for one, long in lengths.items())
    return compile_film(FilmOrder(parts, SMALL), folder, "film")


def test_cuts_are_found_where_they_are(film: Film) -> None:
    assert find_cuts(film.path) == pytest.approx((0.8, 1.8), abs=0.001)
    assert (
        find_cuts(film.path, shortest_s=0.9) == pytest.approx((1.8,), abs=0.001)
        or find_cuts(film.path, shortest_s=0.9) == ()
    )


def test_a_film_is_split_at_its_cuts_frame_by_frame(film: Film, tmp_path: Path) -> None:
    parts = split_film(film.path, tmp_path)
    assert [(part.number, part.in_s, part.out_s) for part in parts] == [(1, 0.0, 0.8), (2, 0.8, 1.8), (3, 1.8, 2.52)]
    assert [probe(part.clip, decode=True).frames for part in parts] == [20, 25, 18]
    for part, scene in zip(parts, (1, 2, 4), strict=True):
        for at in (0.0, part.out_s - part.in_s - 0.02):
            assert scene_at(part.clip, at, (1, 2, 4)) == scene
        assert loudness(part.clip) == pytest.approx(-16, abs=1)
    again = compile_film(FilmOrder(tuple(FilmPart(part.number, part.clip) for part in parts), SMALL), tmp_path, "again")
    assert again.frames == film.frames


def test_a_manifest_says_it_better_also_where_scenes_dissolve(film: Film, tmp_path: Path) -> None:
    clips = (pattern(tmp_path, 1, 1.0), pattern(tmp_path, 2, 1.0))
    order = FilmOrder(tuple(FilmPart(7 + at, clip, 2, f"Part {at}") for at, clip in enumerate(clips)), SMALL)
    soft = compile_film(FilmOrder(order.parts, SMALL, transition="dissolve", transition_s=0.4), tmp_path, "soft")
    (tmp_path / "out").mkdir()
    parts = split_film(soft.path, tmp_path / "out", manifest=soft.manifest)
    assert [(part.segment, part.version, part.title) for part in parts] == [(7, 2, "Part 0"), (8, 2, "Part 1")]
    assert [probe(part.clip).frames for part in parts] == [20, 20]
    with pytest.raises(JobError, match="the manifest of another film"):
        split_film(film.path, tmp_path / "out", manifest=soft.manifest)


def test_a_film_without_a_cut_is_one_segment_and_without_sound_it_is_silent(tmp_path: Path) -> None:
    clip = pattern(tmp_path, 3, 0.8)
    (tmp_path / "out").mkdir()
    (part,) = split_film(clip, tmp_path / "out")
    assert (part.clip.name, part.in_s, part.out_s, probe(part.clip).audio_codec) == ("001.mp4", 0.0, 0.8, "aac")


@pytest.mark.parametrize(
    "manifest",
    ["", "- 1", "{", "film: a\nsha256: b\nduration_s: 1\nsegments: []", "a: &a [*a]", "film: &x {a: *x}", "\x00"],
)
def test_what_is_no_manifest_is_refused(film: Film, tmp_path: Path, manifest: str) -> None:
    (tmp_path / "m.yaml").write_text(manifest)
    with pytest.raises(JobError, match=r"m\.yaml"):
        split_film(film.path, tmp_path, manifest=tmp_path / "m.yaml")


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(JobError, match=r"a\.mp4"):
        split_film(tmp_path / "a.mp4", tmp_path)
