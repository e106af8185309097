"""`check`: every mistake with its address and what to write instead, in the words of the daemon."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hotfolderd.demo.batch import make_small_batch


def call(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hotfolderd", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=300, check=False, cwd=cwd)


def checked(*paths: Path, cwd: Path | None = None) -> tuple[int, list[str]]:
    done = call("check", *paths, cwd=cwd)
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with two jobs that wait for their review."""
    folder = tmp_path_factory.mktemp("line")
    root = folder / "folders"
    assert call("init", root).returncode == 0
    (folder / "config.yaml").write_text("settle_s: 0.2\npoll_s: 0.1\nreviewers:\n  review: [anna]\n")
    make_small_batch(root / "0-inbox", 2)
    done = call("--root", root, "run", "--until-idle")
    assert done.returncode == 0, done.stderr
    return root


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("review.yaml", "decison: approve\n", "1:1: the key `decison` is not known here. Did you mean `decision`?"),
        ("0001-review.yaml", "decision: aprove\n", "1:11: `decision` is 'aprove'.*Did you mean `approve`?"),
        ("review.yaml", "decision: hold\n\tby: x\n", "2:1: a tab stands where the line is indented. Use spaces."),
        (
            "review.yaml",
            "decision: hold\ndecision: approve\n",
            "2:1: the key “decision” is written twice, first on line 1",
        ),
        ("review.yaml", "decision: &x hold\n", "1:11: found an anchor (&name). Delete it"),
        ("review.yaml", "", " is empty, so nothing is decided."),
        ("review.yml", "decision: hold\n", " is not read under this name. Call it review.yaml."),
        ("override.yaml", "by: x\ndecision: override\nreason: short\n", "3:9: Reason must be at least 10 characters"),
        ("approval.yaml", "decision: reject\n", "1:11: A reason is required for reject"),
        ("control.yaml", "action: retri\n", "1:9: `action` is 'retri'.*Did you mean `retry`?"),
        ("control.yaml", "action: start\nbye: anna\n", "2:1: the key `bye` is not known here. Did you mean `by`?"),
        ("spring.batch.yaml", "start: manul\n", "1:8: `start` is 'manul'.*Did you mean `manual`?"),
        ("config.yaml", "watch: pollling\n", "1:8: `watch` is 'pollling'.*Did you mean `polling`?"),
        ("config.yaml", "notify:\n  url: [mailto://a:secret@b]\n", "2:3: the key `url` is not known here"),
        ("storm.episode.yaml", "scenes: [{number: 1}]\n", "1:19: `scenes.0`: scene 1 has nothing to show"),
        ("mine.yaml", "placeholder: x\n", "mine.yaml: is none of the files that people write here"),
        ("notes.docx", "x", "this kind of file (.docx) is not known"),
    ],
)
def test_a_mistake_has_an_address_and_advice(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    code, lines = checked(path)
    assert code == 1
    wanted = f"{re.escape(str(path))}:{re.escape(told).replace(re.escape('.*'), '.*')}"
    assert any(re.match(wanted, one) or told in one for one in lines), lines
    assert lines[-1] == f"{path}: wrong (1 mistake)"
    assert "secret" not in "".join(lines)


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ("matches: []\nunused_layers: []\n", "review.yaml"),
        ("decision: hold\nissues: []\n", "override.yaml"),
        ("output_validation: 1\ndecision: hold\n", "approval.yaml"),
        ("action: resume\nfrom: auto\n", "control.yaml in a job folder"),
        ("on_invalid_rows: reject\n", "<name>.batch.yaml"),
        ("settle_s: 3\nworkers: {}\n", "config.yaml"),
        ("unused_layer: []\nmatchs: []\n", "review.yaml"),
    ],
)
def test_a_file_of_another_name_is_known_by_its_keys(tmp_path: Path, keys: str, kind: str) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(keys)
    _, lines = checked(path)
    assert lines[0] == f"{path}: taken for {kind}, by its keys"


def test_mistakes_come_in_the_order_of_the_file_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    path.write_text("matches:\n  - {placeholder: x, fit: filll}\ndecison: approve\napply_to: batsh\nend: true\n")
    code, lines = checked(path)
    assert code == 1
    assert [one.removeprefix(str(path)).split(": ")[0] for one in lines[:-1]] == [":2:27", ":3:1", ":4:11"]
    assert lines[-1] == f"{path}: wrong (3 mistakes)"
    _, short = checked(Path("review.yaml"), cwd=tmp_path)
    assert short[0].startswith("review.yaml:2:27: ")


def test_the_exit_code_tells_right_from_wrong_from_not_there(tmp_path: Path) -> None:
    right, wrong, episode = tmp_path / "control.yaml", tmp_path / "review.yaml", tmp_path / "episode.yaml"
    right.write_text("action: hold\n")
    wrong.write_text("decision: x\n")
    episode.write_text("scenes: [{number: 1, description: x}]\n")
    gone = tmp_path / "gone.yaml"
    assert checked(right) == (0, [f"{right}: right"])
    assert checked(right, episode)[0] == 0
    assert checked(episode, wrong)[0] == 1
    assert checked(wrong, gone, right)[0] == 2
    assert checked(gone)[1] == [f"{gone}: there is no such file."]


def test_a_configuration_that_is_wrong_itself_is_no_mistake_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("settle_s: soon\n")
    (tmp_path / "a.csv").write_text("job_id\n")
    done = call("check", "a.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "config.yaml, line 1, column 11" in done.stderr


def test_an_episode_is_checked_as_its_drop_would_be(tmp_path: Path) -> None:
    """In a folder, by itself, or as a story only: the same checks, with line and column."""
    folder = tmp_path / "storm"
    folder.mkdir()
    (folder / "episode.yaml").write_text("scenes: [{number: 1, description: x}]\n")
    for path in (folder, folder / "episode.yaml"):
        code, lines = checked(path)
        assert code == 0
        assert "✅ BATCH READY FOR INGESTION" in lines
    (folder / "episode.yaml").write_text("scenes: [{number: 1, descripton: x}]\n")
    code, lines = checked(folder)
    assert code == 1
    assert lines[0].startswith(f"{folder / 'episode.yaml'}:1:22: ")
    assert "Did you mean `description`?" in lines[0]
    (folder / "episode.yaml").unlink()
    (folder / "story.txt").write_text("Once there was a lamp.")
    assert checked(folder)[0] == 0
    (folder / "story.txt").write_text(" \n ")
    assert checked(folder)[0] == 1


def test_what_hotfolderd_writes_for_reading_is_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "status.yaml"
    path.write_text("anything: goes\n")
    code, lines = checked(path)
    assert (code, "changes nothing" in lines[0]) == (0, True)


def test_every_mistake_of_a_table_has_its_address(tmp_path: Path) -> None:
    table = tmp_path / "bad.csv"
    table.write_text('job_id,psd_pth,aepx_path,priority\nA 1,no.psd,no.aep,hihg\n"B","x","a\nb",high\n')
    code, lines = checked(table)
    text = "\n".join(lines)
    assert code == 1
    assert f"{table}:1:1: row 1: Missing required columns: psd_path" in text
    assert "Rename psd_pth to psd_path" in text
    assert f"{table}:1:8: row 1, column psd_pth: Unknown column" in text
    assert f"{table}:2:1: column job_id: Invalid job_id format: A 1" in text
    assert f"{table}:2:19: column priority: Invalid priority 'hihg', defaulting to 'medium'. Did you mean high?" in text
    assert f"{table}:3:9: column aepx_path" in text
    folder = tmp_path / "drop"
    folder.mkdir()
    table.rename(folder / "bad.csv")
    code, lines = checked(folder)
    assert code == 1
    assert f"{folder / 'bad.csv'}:2:1: column job_id" in "\n".join(lines)


def test_a_review_in_its_job_folder_is_checked_as_the_daemon_does(line: Path) -> None:
    """The same lines stand in review.problems.txt: names of layers and placeholders with the nearest there is."""
    job = line / "2-review/TINY0001"
    sidecar = job / "review.yaml"
    before = sidecar.read_text()
    assert checked(sidecar)[0] == 0
    text = before.replace("layer: title", "layer: titel").replace("placeholder: txt_name", "placeholder: txt_nmae")
    sidecar.write_text(text.replace("decision: pending", "decision: approve").replace("by:", "by: anna", 1))
    code, lines = checked(job)
    assert code == 1
    assert len(lines) == 3
    rows = sidecar.read_text().splitlines()
    for line_, word, near in ((lines[0], "txt_nmae", "txt_name"), (lines[1], "titel", "title")):
        number = next(n for n, row in enumerate(rows, start=1) if word in row)
        column = rows[number - 1].index(word) + 1
        assert line_.startswith(f"{sidecar}:{number}:{column}: ")
        assert f"`{word}`. Did you mean `{near}`? Write one of: " in line_
    assert call("--root", line, "run", "--until-idle").returncode == 0
    problems = [one[2:] for one in (job / "review.problems.txt").read_text().splitlines() if one.startswith("- ")]
    as_checked = [
        re.sub(r"^review.yaml, line (\d+), column (\d+): ", rf"{sidecar}:\1:\2: ", problem) for problem in problems
    ]
    assert as_checked == lines[:-1]
    sidecar.write_text(before.replace("revision: 1", "revision: 7").replace("pending", "approve"))
    assert "answers round 7, asked was round 1" in checked(sidecar)[1][0]
    sidecar.write_text(before.replace("pending", "approve").replace("by:", "by: eve", 1))
    done = call("--root", line, "check", sidecar)
    assert done.returncode == 1
    assert "`eve` may not decide here. Allowed: anna" in done.stdout


def test_an_order_is_checked_against_where_the_job_stands(line: Path) -> None:
    job = line / "2-review/TINY0002"
    order = job / "control.yaml"
    order.write_text("by: anna\naction: resume\n")
    code, lines = checked(order)
    assert code == 1
    assert lines[0] == (
        f"{order}:2:9: `resume` means nothing for a job in 2-review. Write one of: hold, cancel, priority."
    )
    order.write_text("action: hold\n")
    assert checked(order)[0] == 0
    order.unlink()
    batch = next(line.glob("batches/BATCH*")) / "control.yaml"
    batch.write_text("action: hold\n")
    assert f"{batch}:1:9: `action` is 'hold'. Should be 'start'" in checked(batch)[1][0]
    batch.unlink()
