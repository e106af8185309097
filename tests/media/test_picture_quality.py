"""What is measured of a video tells a good one from blurred, black, dark and frozen ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from hotfolderd.errors import ToolError
from hotfolderd.media import video
from hotfolderd.media.picture_quality import PictureQuality, picture_quality

SIZE = (320, 240)


def scene(shift: int = 0) -> Image.Image:
    """Stripes and discs with sharp edges, `shift` pixels further to the left."""
    x, y = np.meshgrid(np.arange(SIZE[0]) + shift, np.arange(SIZE[1]))
    discs = (np.hypot(x % 64 - 32, y % 64 - 32) < 20) * 90
    stripes = ((x + y) % 96 < 48) * 50
    return Image.fromarray(np.stack([40 + discs + stripes, 70 + discs, 30 + stripes * 2], axis=2).astype(np.uint8))


BLACK = Image.new("RGB", SIZE)


def of_frames(frames: Sequence[Image.Image], folder: Path) -> PictureQuality:
    video.frames_to_video(frames, folder / "x.mp4", SIZE, 10)
    return picture_quality(folder / "x.mp4", video.probe(folder / "x.mp4"), still=False)


def of_still(picture: Image.Image, folder: Path, seconds: float = 3.0) -> PictureQuality:
    video.still_to_video(picture, folder / "x.mp4", SIZE, 10, seconds)
    return picture_quality(folder / "x.mp4", video.probe(folder / "x.mp4"), still=True)


@pytest.mark.parametrize("fps", [24.0, 29.97, 60.0])
@pytest.mark.parametrize("still", [False, True])
def test_a_video_of_one_frame_is_measured_like_any_other(tmp_path: Path, fps: float, *, still: bool) -> None:
    """A comp for a still graphic often has no more; it is shorter than the time between two looks."""
    length_s = 1 / fps
    for name, picture in (("good", scene()), ("black", BLACK)):
        video.frames_to_video([picture], tmp_path / f"{name}.mp4", SIZE, fps)
    good, black = (
        picture_quality(tmp_path / f"{name}.mp4", video.probe(tmp_path / f"{name}.mp4"), still=still)
        for name in ("good", "black")
    )
    assert good.sharpness > 0.5
    assert good.black_s == 0.0
    assert black.black_s == pytest.approx(length_s, abs=0.01)


def test_a_blurred_picture_is_less_sharp_and_its_score_is_lower(tmp_path: Path) -> None:
    sharp, blurred = of_still(scene(), tmp_path), of_still(scene().filter(ImageFilter.GaussianBlur(5)), tmp_path)
    assert sharp.sharpness > 0.8
    assert blurred.sharpness < sharp.sharpness - 0.3
    assert blurred.score < sharp.score
    assert sharp.black_s == blurred.black_s == 0
    assert (sharp.frozen_s, sharp.motion_score) == (3.0, 1.0), "a still is frozen, which costs it nothing"


def test_a_dark_a_bright_and_a_black_picture_are_badly_exposed(tmp_path: Path) -> None:
    good = of_still(scene(), tmp_path)
    dark = of_still(scene().point(lambda level: level // 6), tmp_path)
    bright = of_still(scene().point(lambda level: 200 + level // 5), tmp_path)
    black = of_still(BLACK, tmp_path)
    assert good.exposure > 0.7
    assert max(dark.exposure, bright.exposure) < 0.5
    assert (black.exposure, black.black_s, black.blur, black.sharpness) == (0.0, 3.0, None, 0.0)
    assert black.score < 0.5 < good.score


def test_black_and_frozen_time_of_a_moving_video_is_found(tmp_path: Path) -> None:
    moving = of_frames([scene(i) for i in range(40)], tmp_path)
    assert (moving.black_s, moving.frozen_s) == (0, 0)
    assert moving.motion > 2
    frozen = of_frames([scene(min(i, 15)) for i in range(40)], tmp_path)
    assert frozen.frozen_s == pytest.approx(2.5, abs=0.15), "to the end, of which ffmpeg tells the beginning only"
    half = of_frames([BLACK if i < 20 else scene(i) for i in range(40)], tmp_path)
    assert half.black_s == pytest.approx(2.0, abs=0.15)
    assert half.score < moving.score
    assert frozen.score < moving.score


def test_all_figures_are_numbers_or_nothing(tmp_path: Path) -> None:
    for found in (of_still(BLACK, tmp_path, 0.2), of_still(scene(), tmp_path, 0.1)):
        figures = found.as_dict()
        assert set(figures) >= {"score", "sharpness", "exposure", "black_s", "frozen_s"}
        assert all(value is None or value == value for value in figures.values()), figures  # noqa: PLR0124  no nan
        assert 0 <= found.score <= 1


def test_a_video_that_cannot_be_read_is_our_own_fault(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing")
    with pytest.raises(ToolError, match=r"x\.mp4: ffmpeg cannot measure it"):
        picture_quality(tmp_path / "x.mp4", video.Media(1.0, 320, 240, 10.0, "h264", None, 10), still=False)
