"""The README done as a new user would do it: every command in it is called, and a job is delivered by files alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_documents import README, blocks, described_commands, section

from hotfolderd.demo.batch import make_small_batch

PROGRAM = Path(sys.executable).with_name("hotfolderd")
PATIENCE_S = 90.0


class Newcomer:
    """Somebody in an empty folder with the README open. `called` are the commands that were tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "folders"
        self.called: set[str] = set()
        self.daemon: subprocess.Popen[bytes] | None = None

    def call(self, line: str, *more: str, ends: int = 0) -> str:
        """Call `hotfolderd …` as it stands in the README, with an end of our own; what it printed."""
        words = [*line.split(), *more]
        assert words[0] == "hotfolderd"
        self.called.add(words[1])
        done = subprocess.run(
            [PROGRAM, *words[1:]], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == ends, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, line: str) -> None:
        """Call a command that goes on."""
        self.called.add(line.split()[1])
        with (self.folder / "log").open("ab") as log:
            self.daemon = subprocess.Popen([PROGRAM, *line.split()[1:]], cwd=self.folder, stdout=log, stderr=log)

    def wait(self, path: str) -> Path:
        return self.wait_until(lambda: next(iter(self.root.glob(path)), None), path)

    def wait_until(self, look: Callable[[], Path | None], what: str) -> Path:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            found = look()
            if found is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited for {what}:\n{(self.folder / 'log').read_text()[-3000:]}")

    def drop(self, name: str) -> None:
        """A folder with one design, one project and their footage, moved into the inbox, as step 1 says."""
        beside = self.folder / f"making {name}"
        make_small_batch(beside, 1)
        (beside / "tiny.csv").unlink()
        beside.rename(self.root / "0-inbox" / name)

    def decide(self, sidecar: Path, decision: str) -> None:
        text = sidecar.read_text()
        assert "\ndecision: pending" in text
        sidecar.write_text(text.replace("\ndecision: pending", f"\ndecision: {decision}", 1))


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """After the two commands of "A first job by hand"; only the waiting is shorter than by default."""
    patch = pytest.MonkeyPatch()
    patch.setenv("HOTFOLDERD_SETTLE_S", "0.3")
    found = Newcomer(tmp_path_factory.mktemp("newcomer"))
    ((_, text),) = [block for block in blocks(README, "sh") if "hotfolderd init" in block[1]]
    init, run = text.splitlines()
    found.call(init)
    found.start(run)
    yield found
    assert found.daemon is not None
    found.daemon.terminate()
    found.daemon.wait(timeout=60)
    patch.undo()


def test_the_first_job_is_delivered_by_what_the_readme_says(newcomer: Newcomer) -> None:
    """Steps 1 to 6, by files only: the tiny job has nothing critical, so step 4 does not come."""
    steps = section("A first job by hand")
    newcomer.drop("first")
    sidecar = newcomer.wait("2-review/first/review.yaml")
    assert (sidecar.parent / "review.html").is_file()
    newcomer.decide(sidecar, "approve")
    sidecar = newcomer.wait("6-approval/first/approval.yaml")
    assert (sidecar.parent / "approval.html").is_file()
    newcomer.decide(sidecar, "approve")
    newcomer.wait("7-completed/first")
    delivered = newcomer.wait("deployed/no-client/*/first/manifest.json").parent
    assert "`folders/deployed/no-client/<batch>/first/`" in steps
    for name in ("populate.jsx", "report.txt", "manifest.json"):
        assert f"`{name}`" in steps
        assert (delivered / name).is_file()
    assert (newcomer.root / "messages.txt").is_file()


def test_the_same_is_done_by_the_commands_that_the_readme_names(newcomer: Newcomer) -> None:
    """The last paragraph of the section, in its order; `override` is refused, for nothing is critical."""
    (text,) = re.findall(r"The same with commands: (.*?)\n\n", section("A first job by hand"), re.DOTALL)
    status, review, override, approval, show = re.findall(r"`(hotfolderd [^`]*)`", " ".join(text.split()))
    newcomer.drop("second")
    newcomer.wait("2-review/second/review.yaml")
    assert "second\t2-review" in newcomer.call(status)
    assert override.endswith('--reason "…"')
    newcomer.call(override.removesuffix(' "…"').replace("first", "second"), "the client knows it", ends=4)
    newcomer.call(review.replace("first", "second"))
    newcomer.wait("6-approval/second/approval.yaml")
    newcomer.call(approval.replace("first", "second"))
    newcomer.wait("7-completed/second")
    newcomer.wait_until(
        lambda: newcomer.root if "7-completed" in newcomer.call(show.replace("first", "second")) else None, "show"
    )


def test_every_command_of_the_table_is_called_on_a_job(newcomer: Newcomer) -> None:
    """In an order that makes sense; those that ask for something critical are refused, for there is nothing."""
    call, wait = newcomer.call, newcomer.wait
    newcomer.drop("done")
    for asked in ("2-review/done/review.yaml", "6-approval/done/approval.yaml"):
        newcomer.decide(wait(asked), "approve")
    wait("7-completed/done")
    newcomer.drop("third")
    sidecar = wait("2-review/third/review.yaml")
    assert str(sidecar) in call("hotfolderd next --stage 2")
    assert "right" in call("hotfolderd check", str(sidecar))
    call("hotfolderd jobs --stage 2 --json")
    (design,) = sidecar.parent.glob("assets/*.psd")
    (template,) = sidecar.parent.glob("assets/*.aep")
    call("hotfolderd inspect", str(design))
    call("hotfolderd match", str(design), str(template))
    call("hotfolderd schema review")
    call("hotfolderd hold third")
    wait("on-hold/third/status.yaml")
    call("hotfolderd priority third high")
    newcomer.wait_until(
        lambda: None if (newcomer.root / "on-hold/third/control.yaml").exists() else newcomer.root, "it"
    )
    call("hotfolderd resume third")
    wait("2-review/third/review.yaml")
    call("hotfolderd status")
    call("hotfolderd return third", ends=4)
    call("hotfolderd override third --reason", "there is nothing critical", ends=4)
    call("hotfolderd force-approve third --reason", "there is nothing critical", ends=4)
    call("hotfolderd approve third --apply-to batch")
    wait("6-approval/third/approval.yaml")
    call("hotfolderd regenerate third")
    newcomer.wait_until(
        lambda: next(
            (one for one in newcomer.root.glob("6-approval/third/approval.yaml") if "revision: 2}" in one.read_text()),
            None,
        ),
        "the second question",
    )
    call("hotfolderd reject third --reason", "the headline is too long")
    wait("2-review/third/review.yaml")
    call("hotfolderd retry third", ends=4)
    call("hotfolderd retry --all-failed")
    call("hotfolderd cancel third")
    wait("archive/third/status.yaml")
    call("hotfolderd archive done")
    wait("archive/done/status.yaml")
    newcomer.wait_until(lambda: newcomer.root if "archive" in call("hotfolderd show done") else None, "the arrival")
    call("hotfolderd unarchive done")
    wait("7-completed/done/status.yaml")
    call("hotfolderd downloaded done", ends=4)  # here the approval completes a job
    batch = call("hotfolderd batch").split("\t")[0]
    call("hotfolderd batch", batch)
    call("hotfolderd start", batch, ends=4)
    call("hotfolderd events --since 1h --user system")
    call("hotfolderd stats --timing")
    call("hotfolderd report --since 1h --format html --out report.html")
    assert (newcomer.folder / "report.html").stat().st_size > 1000
    assert "messages.txt" in call("hotfolderd notify-test")
    call("hotfolderd doctor")
    call("hotfolderd gc")
    call("hotfolderd rebuild-index")
    call("hotfolderd install-service --print")
    shutil.copytree(newcomer.root / "7-completed/done/assets", newcomer.folder / "fourth")
    call("hotfolderd submit fourth")
    wait("2-review/fourth/review.yaml")
    shutil.copy(newcomer.root / "7-completed/done/previews/side_by_side.mp4", newcomer.folder / "film.mp4")
    call("hotfolderd episode upgrade film.mp4")
    wait("2-review/film/review.yaml")
    call("hotfolderd demo folders", ends=2)  # the whole of it is `make demo`
    assert set(described_commands()) - newcomer.called == set(), "a command of the README is not tried here yet"
