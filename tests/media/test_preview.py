"""The whole preview: three videos, a thumbnail and figures that tell the truth about the comp."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import py_aep
import pytest
from PIL import Image

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media import board, graph, preview, video

FILES = ["ae_render.mp4", "metrics.json", "psd_flat.mp4", "side_by_side.mp4", "thumbnail.jpg"]
RED, GREEN, BLUE = (220, 20, 40), (20, 200, 90), (30, 60, 220)


def close(found: Any, wanted: tuple[int, int, int], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def make_project(path: Path, size: tuple[int, int], seconds: float, fps: float, *, moving: bool) -> int:
    """A blue comp with a red square of 60 px, which goes from the left to the right if it moves; the comp's id."""
    project: Any = py_aep.new().project
    comp = project.root_folder.add_comp("Card", *size, 1.0, seconds, fps)
    comp.bg_color = [part / 255 for part in BLUE]
    square = comp.add_solid([part / 255 for part in RED], "Square", 60, 60, 1.0)
    position = square.transform["ADBE Position"]
    position.value = [30, size[1] / 2, 0]
    if moving:
        position.set_value_at_time(0.0, [30, size[1] / 2, 0])
        position.set_value_at_time(seconds, [size[0] - 30, size[1] / 2, 0])
    project.save(path)
    return int(comp.id)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    Image.new("RGB", (480, 600), GREEN).save(tmp_path / "flat.png")
    return tmp_path / "flat.png"


def test_a_still_comp_gives_three_videos_of_its_length_and_honest_figures(tmp_path: Path, flat: Path) -> None:
    comp = make_project(tmp_path / "p.aep", (481, 601), 3.37, 29.97, moving=False)
    out = tmp_path / "out/previews"
    report = preview.make_preview(flat, tmp_path / "p.aep", comp, {}, [], out, title="TEST001")
    assert sorted(path.name for path in out.iterdir()) == FILES
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["renderer"] == "approximate"
    assert metrics["render_time"] > 0
    assert metrics["size"] == [481, 601]
    assert metrics["fps"] == pytest.approx(29.97, abs=0.001)
    assert metrics["ignored"] == []
    assert metrics["still"] is True
    assert metrics["quality"]["frozen_s"] == metrics["ae_duration"]
    assert metrics["quality"]["black_s"] == 0
    assert 0 < metrics["quality"]["score"] <= 1
    names = {"psd": "psd_flat.mp4", "ae": "ae_render.mp4", "combined": "side_by_side.mp4"}
    sizes = {key: (out / name).stat().st_size for key, name in names.items()}
    assert metrics["file_sizes"] == sizes
    for name in names.values():
        media = video.probe(out / name, decode=True)
        assert media.duration_s == pytest.approx(3.37, abs=0.15)
        assert media.video_codec == "h264"
    assert metrics["psd_duration"] == metrics["ae_duration"] == pytest.approx(3.37, abs=0.15)
    assert report.metrics() == metrics
    both = video.frame_at(out / "side_by_side.mp4", 3)
    plan = board.lay_out((480, 600), (480, 600))
    assert close(both.getpixel((200, 300)), GREEN)
    assert close(both.getpixel((plan.right_x + 300, 300)), BLUE)
    assert close(both.getpixel((plan.right_x + 30, plan.bar_px + 300)), RED)
    with Image.open(out / "thumbnail.jpg") as small:
        assert small.format == "JPEG"
        assert close(small.getpixel((small.width // 4, small.height // 2)), GREEN, 12)


def test_a_moving_comp_moves_in_its_video_and_beside_the_design(tmp_path: Path, flat: Path) -> None:
    comp = make_project(tmp_path / "p.aep", (480, 600), 2.0, 25, moving=True)
    report = preview.make_preview(flat, tmp_path / "p.aep", comp, {}, [], tmp_path / "out", title="TEST001", fps=5)
    assert (report.still, report.preview_fps, report.fps) == (False, 5, 25)
    assert report.quality is not None
    assert report.quality.frozen_s == 0
    assert report.quality.motion > 0.05
    plan = board.lay_out((480, 600), (480, 600))
    for at_s, x in ((0.0, 30), (1.0, 240), (1.8, 408)):
        frame = video.frame_at(tmp_path / "out/ae_render.mp4", at_s)
        both = video.frame_at(tmp_path / "out/side_by_side.mp4", at_s)
        assert close(frame.getpixel((x, 300)), RED, 10)
        assert close(both.getpixel((plan.right_x + x, plan.bar_px + 300)), RED, 16)
        assert close(both.getpixel((100, 300)), GREEN)
        assert close(both.getpixel((plan.right_x + (x + 200) % 420, plan.bar_px + 300)), BLUE, 16)


def test_a_large_comp_is_previewed_smaller_and_a_long_one_shorter(tmp_path: Path, flat: Path) -> None:
    comp = make_project(tmp_path / "p.aep", (3840, 2160), 20, 30, moving=False)
    report = preview.make_preview(flat, tmp_path / "p.aep", comp, {}, [], tmp_path / "out", title="T", max_s=1)
    media = video.probe(tmp_path / "out/ae_render.mp4")
    assert (media.width, media.height, media.duration_s) == (1920, 1080, 1.0)
    assert (report.size, report.comp_duration_s, report.ae_duration_s) == ((3840, 2160), 20.0, 1.0)
    assert report.ignored == ("Card: only the first 1 s of 20 s are shown",)


def test_every_video_is_decoded_before_it_counts(tmp_path: Path, flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ffmpeg that writes less than it says would go unnoticed: this one writes half of one video."""
    comp = make_project(tmp_path / "p.aep", (480, 600), 2.0, 10, moving=False)
    for name in ("psd_flat", "ae_render", "side_by_side"):
        program = tmp_path / "ffmpeg_writes_too_little"
        program.write_text(
            f'#!/bin/sh\ncase "$*" in *{name}*.part*)\n'
            "  for word; do\n    shift\n"
            '    case "$word" in *loop=loop*) word=$(echo "$word" | sed s/loop=19/loop=9/);; esac\n'
            '    set -- "$@" "$word"\n  done;;\n'
            f'esac\nexec "{graph.ffmpeg_path()}" "$@"\n'
        )
        program.chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setenv("HOTFOLDERD_FFMPEG", str(program))
            with pytest.raises(ToolError, match=rf"{name}\.mp4: ffmpeg wrote .* 1 s, 10 frames instead of"):
                preview.make_preview(flat, tmp_path / "p.aep", comp, {}, [], tmp_path / "out", title="T")
        assert not (tmp_path / "out/metrics.json").exists()


def test_a_comp_that_is_not_there_fails_the_job_and_writes_no_figures(tmp_path: Path, flat: Path) -> None:
    make_project(tmp_path / "p.aep", (480, 600), 2.0, 25, moving=False)
    with pytest.raises(JobError, match="there is none of that id"):
        preview.make_preview(flat, tmp_path / "p.aep", 999_999, {}, [], tmp_path / "out", title="T")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "p.aep").write_bytes(b"RIFX nonsense")
    with pytest.raises(JobError, match=r"p\.aep"):
        preview.make_preview(flat, tmp_path / "p.aep", 1, {}, [], tmp_path / "out", title="T")


def test_of_a_still_comp_each_video_is_made_of_one_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The design, the comp and the comparison: three pictures are given to ffmpeg, not three hundred."""
    Image.new("RGB", (1200, 1500), GREEN).save(tmp_path / "flat.png")
    comp = make_project(tmp_path / "p.aep", (1200, 1500), 10, 30, moving=False)
    sent, real = tmp_path / "sent", shlex.quote(graph.ffmpeg_path())
    program = tmp_path / "ffmpeg_fake"
    program.write_text(f'#!/bin/sh\ntee -a {shlex.quote(str(sent))} | {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("HOTFOLDERD_FFMPEG", str(program))
    preview.make_preview(tmp_path / "flat.png", tmp_path / "p.aep", comp, {}, [], tmp_path / "out", title="T")
    monkeypatch.undo()
    both = video.probe(tmp_path / "out/side_by_side.mp4")
    assert both.frames == 100
    assert sent.stat().st_size == (2 * 1200 * 1500 + both.width * both.height) * 3
