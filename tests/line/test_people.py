"""What people around the line do without meaning harm, with a real daemon: start it elsewhere, save oddly, restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from house import House

from hotfolderd.demo.batch import make_small_batch


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_daemon_that_is_started_in_any_folder_finds_its_own_files(house: House, tmp_path: Path) -> None:
    """Installed as editable the program lies below no entry of the module path; the workers must read it too."""
    make_small_batch(house.inbox, 1)
    house.config.write_text(yaml.safe_dump(house.settings))
    program = Path(sys.executable).with_name("hotfolderd")
    line = [str(program), "--config", str(house.config), "run", "--until-idle"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert house.where("TINY0001") == "2-review", done.stderr
    assert (house.root / "2-review/TINY0001/review.html").exists()


def test_odd_saves_are_answered_in_words_that_help_and_nothing_is_decided(house: House, tmp_path: Path) -> None:
    """A link, a tab and a no-break space behind the colon: each problems.txt names the slip and what to write."""
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("decision: approve\n")
    with house:
        make_small_batch(house.inbox, 3)
        for job in ("TINY0001", "TINY0002", "TINY0003"):
            house.wait_for(f"2-review/{job}/review.yaml")
        first, second, third = (house.root / f"2-review/TINY000{number}/review.yaml" for number in (1, 2, 3))
        text = second.read_text()
        second.write_text(text.replace("decision: pending", "decision:\tapprove"))
        third.write_text(third.read_text().replace("decision: pending", "decision:\u00a0approve"))
        first.unlink()
        first.symlink_to(elsewhere)
        for sidecar, words in (
            (first, "is a link, which is not followed"),
            (second, "line 4, column 10: a tab or a no-break space stands behind the colon"),
            (third, "line 4, column 10: a tab or a no-break space stands behind the colon"),
        ):
            note = sidecar.with_name("review.problems.txt")
            house.wait_until(lambda note=note, words=words: note.exists() and words in note.read_text(), words)
        second.write_text(text.replace("decision: pending", "decision: approve"))
        house.wait_for("6-approval/TINY0002/approval.yaml")
        assert not (house.folder("TINY0002") / "review.problems.txt").exists()
        assert {house.where("TINY0001"), house.where("TINY0003")} == {"2-review"}
    assert elsewhere.read_text() == "decision: approve\n"


def test_a_completed_job_and_its_surroundings_stay_as_they_are_through_three_starts(house: House) -> None:
    """Nothing but the daemon's own folder changes: no file is written again, no message is told again."""
    with house:
        make_small_batch(house.inbox, 1)
        for sidecar in ("2-review/TINY0001/review.yaml", "6-approval/TINY0001/approval.yaml"):
            house.edit(house.wait_for(sidecar), decision="approve", by="anna")
        house.wait_for("7-completed/TINY0001/decisions/0002-approval.receipt.yaml")
        house.told("Delivered")
        batch = next(house.root.glob("batches/BATCH*/batch.yaml"))
        house.wait_until(lambda: "status: complete" in batch.read_text(), "the end of the batch")
    before = looks(house.root)
    for _ in range(3):
        house.start()
        house.wait_until(lambda: "works on" in house.log.read_text(), "the start")
        house.stop()
        house.run_until_idle()
        assert looks(house.root) == before


def looks(root: Path) -> dict[str, tuple[int, int, int]]:
    """Every file outside the daemon's own folder, with its inode, size and time; not the page that says who runs."""
    ours = {".hotfolderd", "dashboard.html"}
    files = (path for path in root.rglob("*") if path.relative_to(root).parts[0] not in ours)
    return {str(path): (at.st_ino, at.st_size, at.st_mtime_ns) for path in files if (at := path.lstat())}
