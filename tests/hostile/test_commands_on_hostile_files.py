"""Commands on hostile files: `check` says what is wrong with each, and no output moves a terminal's cursor."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import corpus_csv
import corpus_psd
import corpus_rifx
import corpus_xml
import corpus_yaml
import pytest
from corpus import Case

from hotfolderd.demo.design import PictureSpec, make_design
from hotfolderd.model import Match
from hotfolderd.review.writing import review_text

EVIL = "a\x1b[2J\u202eb\u200b[red]"


def run(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    argv = [sys.executable, "-m", "hotfolderd", *map(str, words)]
    return subprocess.run(argv, capture_output=True, timeout=300, check=False)


def moving(text: str) -> list[str]:
    return [c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}]


def test_check_says_what_is_wrong_with_each(tmp_path: Path, files: Path) -> None:
    match = Match("title", "1:1", "main", "text", "TITLE", "Hello", None, 0.9, "why")
    whole = review_text("J1", 1, [match], []).replace("pending", "approve")
    xml = corpus_xml.cases((files / "template.aepx").read_bytes())
    kinds: dict[str, list[Case]] = {
        "review.yaml": corpus_yaml.cases(whole),
        "orders.csv": corpus_csv.cases(),
        "template.aepx": [case for case in xml if len(case.data) < 1 << 20],
        "template.aep": corpus_rifx.cases((files / "template.aep").read_bytes())[:8],
        "design.psd": corpus_psd.cases((files / "design.psd").read_bytes())[:40],
    }
    paths = []
    for file, cases in kinds.items():
        for number, case in enumerate(cases):
            if case.accepted is False and len(case.data) < 1 << 22:
                paths.append(tmp_path / f"{file}.{number}" / file)
                paths[-1].parent.mkdir()
                paths[-1].write_bytes(case.data)
    assert len(paths) >= 150
    done = run("check", *paths)
    said = done.stdout.decode("utf-8")
    assert (done.returncode, done.stderr) == (1, b"")
    assert "Traceback" not in said
    assert not moving(said.replace("\ufe0f", ""))
    silent = [path for path in paths if f"{path}: " not in said and path.suffix != ".csv"]
    assert not silent
    assert said.count("BATCH VALIDATION: orders.csv") == sum(path.suffix == ".csv" for path in paths)


@pytest.mark.parametrize("name", [EVIL, "x\udcffy"])
def test_inspect_shows_hostile_names_and_does_not_obey_them(tmp_path: Path, name: str) -> None:
    layers = [PictureSpec(name.encode("utf-8", "replace").decode(), 0, 0, 20, 20, "#1d5fd1")]
    path = make_design(tmp_path / f"{name}.psd", size=(40, 40), layers=layers)
    done = run("inspect", path)
    assert done.returncode == 0, done.stderr
    assert not moving(done.stdout.decode("utf-8"))
    assert b"20\xc3\x9720" in done.stdout


@pytest.mark.parametrize("command", ["check", "inspect", "match"])
def test_an_error_about_a_hostile_name_does_not_obey_it_either(tmp_path: Path, command: str) -> None:
    path = tmp_path / f"{EVIL}\udcff.psd"
    path.write_bytes(b"8BPS rubbish")
    done = run(command, path, *([path] if command == "match" else []))
    assert done.returncode == 1, done.stderr
    said = (done.stdout + done.stderr).decode("utf-8")
    assert "Invalid or corrupted PSD file" in said
    assert "Traceback" not in said
    assert not moving(said)
