"""The house's own validator: whatever the program does, its words are cut to size and a failure is never a yes."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil
import pytest

from hotfolderd.errors import ToolError
from hotfolderd.media.validator import MOST_ISSUES, run_validator
from hotfolderd.model import Issue


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "a $(touch evil); b.aep"
    path.write_bytes(b"RIFX")
    return path


def ask(project: Path, code: str, timeout_s: float = 60.0) -> list[Issue]:
    """Run a program with this code on the project."""
    program = project.parent / "check.py"
    program.write_text(f"import json, os, sys, time\n{code}\n")
    return run_validator([sys.executable, str(program), "--file={project}"], project, timeout_s)


def told(issues: list[Issue]) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in issues]


@pytest.mark.parametrize("printed", ['{"issues": []}', "[]", '{"issues": [], "version": 2}', "  []\n"])
def test_a_program_that_finds_nothing_says_so(project: Path, printed: str) -> None:
    assert ask(project, f"print({printed!r})") == []


def test_what_it_finds_becomes_issues(project: Path) -> None:
    issues = [
        {"severity": "ERROR", "type": "AllCaps", "message": "in capitals", "layerName": "txt_a", "fix": "lower it"},
        {"severity": "warning", "category": "naming", "message": "odd", "layer_name": "b", "composition_name": "main"},
        {"severity": "info", "message": "by the way"},
        {"severity": "whatever", "message": "unknown"},
        {"type": "FileProblem"},
        "a mere text",
    ]
    found = ask(project, f"print(json.dumps({{'issues': {issues!r}}}))")

    assert told(found) == [
        ("critical", f"{Path(sys.executable).name}: AllCaps: in capitals"),
        ("warning", f"{Path(sys.executable).name}: naming: odd"),
        ("info", f"{Path(sys.executable).name}: by the way"),
        ("warning", f"{Path(sys.executable).name}: unknown"),
        ("warning", f"{Path(sys.executable).name}: FileProblem: no message"),
        ("warning", f"{Path(sys.executable).name}: a mere text"),
    ]
    assert (found[0].type, found[0].fix, found[0].placeholder) == ("plainly_validator", "lower it", "txt_a")
    assert found[1].details == {"category": "validator", "layer_name": "b", "composition_name": "main"}


def test_no_shell_reads_the_path(project: Path) -> None:
    found = ask(project, "print(json.dumps([sys.argv[1]]))")
    assert found[0].message.endswith(f"--file={project}")
    assert not (project.parent / "evil").exists()


def test_exit_code_1_is_invalid_whatever_it_prints(project: Path) -> None:
    assert [one.severity for one in ask(project, "print('[]'); sys.exit(1)")] == ["critical"]
    assert [one.severity for one in ask(project, "print('[\"a\"]'); sys.exit(1)")] == ["warning", "critical"]
    grave = '[{"severity": "critical", "message": "a"}]'
    assert [one.severity for one in ask(project, f"print({grave!r}); sys.exit(1)")] == ["critical"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('[]'); sys.exit(2)", "exit code 2"),
        ("print('[]'); sys.exit(127)", "exit code 127"),
        ("print('[]', flush=True); os.kill(os.getpid(), 9)", "SIGKILL"),
        ("", "no JSON"),
        ("print('all is well')", "no JSON"),
        ("sys.stdout.buffer.write(bytes(range(256)))", "no JSON"),
        ("print('[' * 100000)", "no JSON"),
        ("print('7')", "should print"),
        ("print('null')", "should print"),
        ("print('{}')", "should print"),
        ("print('{\"issues\": {}}')", "should print"),
        ("print('[1]')", "should print"),
        ("print('[null]')", "should print"),
        ("print('[]\\n[]')", "no JSON"),
    ],
)
def test_a_program_that_cannot_do_its_work_is_never_a_yes(project: Path, code: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        ask(project, code)


def test_a_program_that_hangs_is_ended_with_all_its_children(project: Path) -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '987']); print('[]', flush=True); time.sleep(600)"
    began = time.monotonic()
    with pytest.raises(ToolError, match="not done after 2 s"):
        ask(project, code, timeout_s=2.0)
    assert time.monotonic() - began < 60
    # One that has ended and that nobody has asked for yet has no command line any more, or is a zombie.
    alive = (one for one in psutil.process_iter(["cmdline", "status"]) if one.info["status"] != psutil.STATUS_ZOMBIE)
    assert not [one for one in alive if one.info["cmdline"] == ["sleep", "987"]]


def test_a_program_that_prints_100_mb_is_ended(project: Path) -> None:
    chunk = "sys.stdout.write('[' + ' ' * (1 << 20)); sys.stdout.flush()"
    code = f"for _ in range(100):\n    {chunk}\nopen('whole', 'w')"
    with pytest.raises(ToolError, match="printed more than 1 MiB"):
        ask(project, code)
    assert not (project.parent / "whole").exists()


def test_a_program_that_is_not_there_is_named(project: Path) -> None:
    with pytest.raises(ToolError, match="program not found"):
        run_validator([str(project.parent / "nothing")], project, 5.0)


def test_a_strangers_words_are_short_and_break_no_line(project: Path) -> None:
    words = "a\nb\x1b[31m\u202e\ud800" + "x" * 5000
    (one,) = ask(project, f"print(json.dumps([{{'message': {words!r}, 'layer': {words!r}, 'fix': {words!r}}}]))")
    for text in (one.message, one.fix, one.placeholder or ""):
        assert text.isprintable()
        assert len(text) < 600


def test_many_issues_are_cut_and_the_gravest_stay(project: Path) -> None:
    issues = [{"severity": "info", "message": str(i)} for i in range(5000)] + [{"severity": "critical", "message": "!"}]
    program = json.dumps(issues)
    (project.parent / "issues.json").write_text(program)
    found = ask(project, f"print(open({str(project.parent / 'issues.json')!r}).read())")
    assert len(found) == MOST_ISSUES + 1
    assert found[0].severity == "critical"
    assert "more issues" in found[-1].message
