"""aerender on programs that fail as it does: none of them ends as a success, and each is told for what it is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hotfolderd.demo.drawing import stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.errors import HotfolderError, JobError, ToolError
from hotfolderd.media import video
from hotfolderd.media.project import read_template
from hotfolderd.model import Comp
from hotfolderd.programs import aerender, movie
from hotfolderd.programs.probing import probe

SIZE = (64, 80)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    stadium(*SIZE).save(folder / "img_bg.png")
    layers = (CompPicture(folder / "img_bg.png"), CompText("txt_title", "Title", 4, 10, size_px=9.0))
    make_template(folder / "final.aep", comps=[CompSpec("render_tiny", SIZE, layers, duration_s=1.0)])
    return folder / "final.aep"


@pytest.fixture(scope="module")
def comp(project: Path) -> Comp:
    return read_template(project).comps[0]


def settings(program: str, **changes: Any) -> dict[str, Any]:
    return {
        "program": program,
        "silence_s": 20.0,
        "timeout_s": 60.0,
        "tolerate": (),
        "arguments": (),
        "render_settings": "Best Settings",
        "output_module": "",
        "format": "mov",
        **changes,
    }


def rendered(program: str, project: Path, comp: Comp, folder: Path, **changes: Any) -> aerender.Rendered:
    out = folder / "out"
    out.mkdir()
    return aerender.render(settings(program, **changes), project, comp, out, frames=movie.frames_of(comp))


def failure(program: str, project: Path, comp: Comp, folder: Path, **changes: Any) -> HotfolderError:
    with pytest.raises(HotfolderError) as error:
        rendered(program, project, comp, folder, **changes)
    return error.value


@pytest.mark.parametrize("form", ["mov", "mp4"])
def test_a_good_rendering_is_taken_with_its_version(
    program: Any, project: Path, comp: Comp, tmp_path: Path, form: str
) -> None:
    done = rendered(program("aerender_is_good"), project, comp, tmp_path, format=form)
    assert done.movie.name == f"render.{form}"
    assert (done.by, done.frames, done.issues) == ("After Effects 25.2", movie.frames_of(comp), ())
    assert "Total Time Elapsed" in done.log


def test_a_part_of_the_comp_is_rendered_where_no_more_is_wanted(
    program: Any, project: Path, comp: Comp, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    given = settings(program("aerender_is_good"))
    frames = movie.frames_of(comp, 0.4)
    done = aerender.render(given, project, comp, tmp_path / "out", frames=frames, start=7)
    assert done.frames == frames == round(0.4 * comp.frame_rate)


def test_the_ending_that_the_output_module_wants_is_found(
    program: Any, project: Path, comp: Comp, tmp_path: Path
) -> None:
    assert rendered(program("aerender_writes_another_ending"), project, comp, tmp_path).movie.name == "render.mp4"


def test_a_program_that_waits_at_a_dialog_is_ended_by_its_silence(
    program: Any, project: Path, comp: Comp, tmp_path: Path
) -> None:
    began = time.monotonic()
    error = failure(program("aerender_hangs"), project, comp, tmp_path, silence_s=1.5)
    assert time.monotonic() - began < 15
    assert isinstance(error, ToolError)
    assert "said nothing for 1.5 s and was ended" in str(error)
    assert "Launching After Effects" in str(error), "its last words"
    assert "dialog" in str(error), "what to do"


def test_a_program_that_talks_for_ever_is_ended_by_the_limit_in_all(
    program: Any, project: Path, comp: Comp, tmp_path: Path
) -> None:
    error = failure(program("aerender_never_ends"), project, comp, tmp_path, timeout_s=2.0)
    assert isinstance(error, ToolError)
    assert "not done after 2 s" in str(error)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("aerender_exits_0_without_output", ToolError, "left no movie"),
        ("aerender_exits_0_with_missing_fonts_in_its_log", JobError, "Project has missing fonts. Install the fonts"),
        ("aerender_exits_0_after_logging_one_error", ToolError, "logged one error"),
        ("aerender_leaves_a_truncated_movie", ToolError, "damaged or not whole"),
        ("aerender_leaves_half_the_frames", ToolError, "it should last 1 s"),
        ("aerender_leaves_another_shape", ToolError, "not the shape of render_tiny, 64×80"),
        ("aerender_dies_half_way", ToolError, "was killed by SIGKILL"),
        ("aerender_writes_all_and_fails", ToolError, "ended with exit code 1. Its last words: "),
    ],
)
def test_none_of_its_failures_ends_as_a_success(
    program: Any,
    project: Path,
    comp: Comp,
    tmp_path: Path,
    name: str,
    kind: type[HotfolderError],
    words: str,
) -> None:
    error = failure(program(name), project, comp, tmp_path, format="mp4")
    assert type(error) is kind
    assert words in str(error)
    assert "aerender version 25.2x123" in "".join(getattr(error, "__notes__", [])), "the log is kept for people"


def test_a_comp_that_is_not_there_is_the_fault_of_the_job(
    program: Any, project: Path, comp: Comp, tmp_path: Path
) -> None:
    other = Comp(comp.item_id, "render_gone", *SIZE, comp.frame_rate, 1.0, 2)
    error = failure(program("aerender_is_good"), project, other, tmp_path)
    assert isinstance(error, JobError)
    assert "No comp was found" in str(error)


def test_footage_that_is_not_there_is_the_fault_of_the_job(
    program: Any, project: Path, comp: Comp, tmp_path: Path
) -> None:
    """The stand-in looks at the paths in the project, as After Effects does."""
    picture = project.with_name("img_bg.png")
    aside = picture.rename(tmp_path / "aside.png")
    try:
        error = failure(program("aerender_is_good"), project, comp, tmp_path)
    finally:
        aside.rename(picture)
    assert isinstance(error, JobError)
    assert "File Not Found" in str(error)
    assert "assets/footage" in str(error)


def test_what_the_house_tolerates_is_told_as_a_warning(program: Any, project: Path, comp: Comp, tmp_path: Path) -> None:
    name = "aerender_exits_0_with_missing_fonts_in_its_log"
    done = rendered(program(name), project, comp, tmp_path, tolerate=("missing_fonts",))
    assert [(issue.type, issue.severity) for issue in done.issues] == [("missing_font", "warning")]


@pytest.mark.parametrize("fps", [23.976, 29.97, 59.94])
def test_a_long_movie_of_a_rate_that_is_no_whole_number_is_whole(tmp_path: Path, fps: float) -> None:
    """ffmpeg names a rate with two digits: by 23.98 a movie of 23.976 grows shorter by a frame every four minutes."""
    comp = Comp(1, "main", 32, 16, fps, 900.9, 1)
    picture = Image.new("RGB", (32, 16), "#1d5fd1")
    video.still_to_video(picture, tmp_path / "long.mp4", (32, 16), fps, comp.duration_s)
    frames = movie.frames_of(comp)
    assert movie.check("aerender", tmp_path / "long.mp4", comp, frames).frames == frames
    with pytest.raises(ToolError, match="should last"):
        movie.check("aerender", tmp_path / "long.mp4", comp, frames + 3)


def test_the_command_line_names_all_that_is_set(project: Path, comp: Comp) -> None:
    given = settings("/ae/aerender", output_module="H.264", arguments=("-mfr", "ON", "100"))
    argv = aerender.command(given, project, comp, Path("/x/render.mov"), 3, 30)
    assert argv[:7] == ["/ae/aerender", "-project", str(project), "-comp", "render_tiny", "-output", "/x/render.mov"]
    line = " ".join(argv[7:])
    assert line == (
        "-RStemplate Best Settings -OMtemplate H.264 -s 3 -e 32 -v ERRORS_AND_PROGRESS -close DO_NOT_SAVE_CHANGES "
        "-mfr ON 100"
    )


def test_the_probe_tells_the_version_and_what_is_wrong(program: Any, tmp_path: Path) -> None:
    good, silent = program("aerender_is_good"), program("afterfx_exits_0_without_result")
    assert [(one.says, one.problem) for one in probe(aerender=good)] == [("aerender 25.2", "")]
    assert "names no version" in probe(aerender=silent)[0].problem
    assert "is not there" in probe(aerender=str(tmp_path / "gone"))[0].problem
    assert probe(afterfx=good)[0].says == "After Effects 2025"
