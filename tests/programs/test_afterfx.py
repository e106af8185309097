"""After Effects with the populate script, on programs that fail as it does: only a project that is there counts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import esprima
import pytest

from hotfolderd.demo.drawing import stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.errors import ConfigError, HotfolderError, JobError, ToolError
from hotfolderd.media.jsx import ScriptPicture, populate_script
from hotfolderd.media.project import read_template
from hotfolderd.model import Match
from hotfolderd.programs import afterfx, find

SIZE = (64, 80)


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Script, template and footage as the step lays them out."""
    folder = tmp_path_factory.mktemp("laid out")
    for name in ("template", "footage"):
        (folder / name).mkdir()
    old = folder / "img_bg.png"
    stadium(*SIZE).save(old)
    stadium(*SIZE).save(folder / "footage" / "img_bg.png")
    layers = (CompPicture(old), CompText("txt_title", "Title", 4, 10, size_px=9.0))
    make_template(folder / "template" / "t.aep", comps=[CompSpec("render_tiny", SIZE, layers, duration_s=1.0)])
    template = read_template(folder / "template" / "t.aep")
    by_name = {one.name: one for one in template.placeholders}
    title, picture = by_name["txt_title"], by_name["img_bg.png"]
    matches = [
        Match(title.name, title.id, title.comp, "text", "title", value="Hello"),
        Match(picture.name, picture.id, picture.comp, "image", "bg", fit="fit"),
    ]
    script = populate_script(
        job="J1",
        template=template,
        matches=matches,
        pictures={picture.id: ScriptPicture("footage/img_bg.png", *SIZE, item_name="img_bg.png")},
        output_name="J1.aep",
        template_file="template/t.aep",
    )
    (folder / "populate.jsx").write_text(script, encoding="ascii")
    return folder


@pytest.fixture
def stage(laid_out: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(laid_out, tmp_path / "stage"))


def run(program: str, stage: Path, **changes: Any) -> afterfx.Saved:
    settings = {"program": program, "silence_s": 20.0, "timeout_s": 60.0, "tolerate": (), **changes}
    return afterfx.run_script(settings, stage)


def failure(program: str, stage: Path, **changes: Any) -> HotfolderError:
    with pytest.raises(HotfolderError) as error:
        run(program, stage, **changes)
    return error.value


def title_of(project: Path) -> str | None:
    return next(one.text.text for one in read_template(project).placeholders if one.text)


def test_a_project_that_was_saved_is_taken_with_the_version(program: Any, stage: Path) -> None:
    saved = run(program("afterfx_is_good"), stage)
    assert (saved.project, saved.by, saved.issues) == (stage / "J1.aep", "After Effects 25.2", ())
    assert title_of(saved.project) == "Hello"


def test_the_starter_has_it_quit_by_itself(program: Any, stage: Path) -> None:
    run(program("afterfx_is_good"), stage)
    assert (stage / "run.jsx").read_text() == afterfx.START_SCRIPT
    assert afterfx.START_SCRIPT.startswith("app.exitAfterLaunchAndEval = true;\n")
    assert (stage / "close.jsx").read_text() == afterfx.CLOSE_SCRIPT


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("afterfx_exits_0_without_result", ToolError, "left no populate.result.json: the script did not run"),
        ("afterfx_dies_half_way", ToolError, "was killed by SIGKILL"),
        ("afterfx_says_ok_without_a_project", ToolError, "says that it saved 'J1.aep', and that is not there"),
        ("afterfx_finds_no_layer", JobError, "could not fill txt_title of render_tiny: 0 text layers are called so"),
        ("afterfx_has_another_project_open", ToolError, "another project is open and may have unsaved changes"),
    ],
)
def test_none_of_its_failures_ends_as_a_success(
    program: Any, stage: Path, name: str, kind: type[HotfolderError], words: str
) -> None:
    error = failure(program(name), stage, silence_s=2.0 if name == "afterfx_exits_0_without_result" else 30.0)
    assert type(error) is kind
    assert words in str(error)


def test_a_program_that_waits_at_a_dialog_is_ended_by_its_silence(program: Any, stage: Path) -> None:
    began = time.monotonic()
    error = failure(program("afterfx_hangs"), stage, silence_s=1.0)
    assert time.monotonic() - began < 15
    assert isinstance(error, ToolError)
    assert "said nothing for 1 s and was ended" in str(error)
    assert "dialog" in str(error)


def test_a_script_that_was_handed_to_an_open_after_effects_is_waited_for(program: Any, stage: Path) -> None:
    """AfterFX.exe ends at once with 0; what counts comes later."""
    saved = run(program("afterfx_hands_its_script_over"), stage)
    assert title_of(saved.project) == "Hello"
    assert saved.seconds > 1.0


def test_one_that_does_its_work_and_stays_open_is_ended(program: Any, stage: Path) -> None:
    began = time.monotonic()
    saved = run(program("afterfx_does_not_quit"), stage, silence_s=8.0)
    assert title_of(saved.project) == "Hello"
    assert time.monotonic() - began < 30


def test_on_macos_the_application_is_asked_by_osascript(
    program: Any, stage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in checks the three lines of AppleScript, quotes in the path included."""
    application = tmp_path / 'Adobe "After" Effects 2025.app'
    application.mkdir()
    folder = Path(program("osascript")).parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    saved = run(find("afterfx", str(application)), stage)
    assert title_of(saved.project) == "Hello"


def test_programs_are_found_where_adobe_puts_them_the_newest_first(tmp_path: Path) -> None:
    for year in ("CC 2019", "2024", "2025"):
        folder = tmp_path / f"Adobe After Effects {year}"
        (folder / f"Adobe After Effects {year}.app").mkdir(parents=True)
        (folder / f"Adobe After Effects {year} Render Engine.app").mkdir()
        (folder / "aerender").touch(mode=0o755)
    places = [(str(tmp_path), "Adobe After Effects*/aerender")]
    assert find("aerender", "", places) == str(tmp_path / "Adobe After Effects 2025" / "aerender")
    places = [(str(tmp_path), "Adobe After Effects*/Adobe After Effects*.app")]
    assert Path(find("afterfx", "", places)).name == "Adobe After Effects 2025.app"


@pytest.mark.parametrize("state", ["is not there", "is not executable"])
def test_a_program_that_is_not_there_is_told_with_the_setting(tmp_path: Path, state: str) -> None:
    path = tmp_path / "aerender"
    if state == "is not executable":
        path.touch(mode=0o644)
    with pytest.raises(ConfigError, match=rf"render.aerender: {path} {state}"):
        find("aerender", str(path))


def test_where_nothing_is_installed_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match=r"render.afterfx: no After Effects was found .* headless and none"):
        find("afterfx", "", [("/nowhere", "*")])


@pytest.mark.parametrize("text", [afterfx.START_SCRIPT, afterfx.CLOSE_SCRIPT], ids=["start", "close"])
def test_what_it_is_handed_is_es3(text: str) -> None:
    assert text.isascii()
    assert esprima.parseScript(text).body
    assert not re.search(r"\b(let|const)\b|=>|`", text)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed, so the script cannot be run here")
@pytest.mark.parametrize(
    ("opened", "closed"),
    [("/w/stage/J1.aep", True), ("/w/stage/template/t.aep", True), ("/home/anna/work.aep", False), (None, False)],
)
def test_only_our_own_project_is_closed(opened: str | None, closed: bool) -> None:
    """Whoever works in After Effects keeps what is open there."""
    model = """
    const path = require("path");
    class File { constructor(at) { this.fsName = at; } get parent() { return new File(path.dirname(this.fsName)); } }
    const $ = {fileName: "/w/stage/close.jsx"}, CloseOptions = {DO_NOT_SAVE_CHANGES: 1};
    let closed = false;
    const opened = OPENED;
    const app = {project: {file: opened && new File(opened), close: how => { closed = how === 1; }}};
    """.replace("OPENED", json.dumps(opened))
    code = f"{model}\n{afterfx.CLOSE_SCRIPT}\nconsole.log(closed);"
    done = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(closed).lower()
