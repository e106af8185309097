"""Programs are started without a shell, always end, and their failures say what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfolderd.errors import MachineError, ToolError
from hotfolderd.media import process

PYTHON = sys.executable
ROOT = Path(__file__).parents[2]


def python(code: str, *args: str) -> list[str]:
    return [PYTHON, "-c", code, *args]


def gone(pid: int, patience_s: float = 5.0) -> bool:
    """True once there is no process of that number any more (a zombie counts as gone)."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_what_a_program_says_comes_back() -> None:
    done = process.run(python("import sys; print('out'); print('err', file=sys.stderr)"), timeout_s=20)
    assert (done.code, done.stdout, done.stderr) == (0, b"out\n", "err\n")
    assert 0 < done.seconds < 20


def test_arguments_reach_the_program_unchanged_because_no_shell_sees_them(tmp_path: Path) -> None:
    nasty = ["$(touch pwned)", "; touch pwned", "`id`", "a b", "*", "-y.mp4"]
    done = process.run(python("import sys; print(sys.argv[1:])", *nasty), timeout_s=20, cwd=tmp_path)
    assert done.stdout.decode().strip() == repr(nasty)
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_asks_at_the_keyboard_gets_nothing_and_does_not_hang() -> None:
    worker = (
        "from hotfolderd.media import process; import sys\n"
        "print(process.run([sys.executable, '-c', 'import sys; print(repr(sys.stdin.read()))'], timeout_s=5).stdout)"
    )
    at_work = subprocess.Popen(python(worker), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with at_work:  # its own stdin stays open and silent
        assert at_work.stdout is not None
        assert at_work.stdout.read().strip() == b"b\"''\\n\""


def test_a_failure_names_program_code_last_words_and_what_to_do() -> None:
    with pytest.raises(ToolError) as caught:
        process.run(
            python("import sys; print('bad pixel', file=sys.stderr); sys.exit(3)"), timeout_s=20, remedy="Buy ink."
        )
    message = str(caught.value)
    assert Path(PYTHON).name in message
    assert "exit code 3" in message
    assert "bad pixel" in message
    assert message.endswith("Buy ink.")


def test_an_exit_code_can_be_accepted() -> None:
    assert process.run(python("raise SystemExit(1)"), timeout_s=20, accept=lambda code: code < 2).code == 1


def test_the_signal_that_killed_a_program_is_named() -> None:
    with pytest.raises(ToolError, match="SIGSEGV"):
        process.run(python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"), timeout_s=20)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("out.mp4: No space left on device", MachineError),
        ("out.mp4: Read-only file system", MachineError),
        ("in.mp4: Input/output error", ToolError),
        ("in.mp4: Invalid data found", ToolError),
    ],
)
def test_a_full_disk_is_no_fault_of_the_program(words: str, kind: type[ToolError]) -> None:
    with pytest.raises(ToolError) as caught:
        process.run(python(f"import sys; sys.exit({words!r})"), timeout_s=20)
    assert type(caught.value) is kind
    assert words in str(caught.value)


@pytest.mark.parametrize(("limit", "code"), [("RLIMIT_FSIZE", 5000), ("RLIMIT_NOFILE", 50), ("RLIMIT_CORE", 0)])
def test_a_program_has_the_limits_of_its_worker(limit: str, code: int) -> None:
    worker = (
        "from hotfolderd.media import process; import resource, sys\n"
        f"resource.setrlimit(resource.{limit}, ({code}, {code}))\n"
        f"ask = 'import resource; print(resource.getrlimit(resource.{limit}))'\n"
        "print(process.run([sys.executable, '-c', ask], timeout_s=20).stdout.decode())"
    )
    done = subprocess.run(python(worker), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"({code}, {code})"


def test_a_missing_program_is_a_tool_error_that_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"no-such-program: program not found in PATH\. Install it"):
        process.run(["no-such-program"], timeout_s=5)
    plain = tmp_path / "notes.txt"
    plain.write_text("hello")
    with pytest.raises(ToolError, match=r"cannot be started: Permission denied\. Make it executable"):
        process.run([plain], timeout_s=5)
    with pytest.raises(ToolError, match="there is no such folder"):
        process.run([PYTHON], timeout_s=5, cwd=tmp_path / "nowhere")


def test_a_program_in_path_that_nobody_may_start_is_not_said_to_be_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-such-program").write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ToolError, match=r"cannot be started: Permission denied\. Make it executable"):
        process.run(["no-such-program"], timeout_s=5)


def test_a_program_is_missing_too_where_a_folder_of_the_path_is_closed() -> None:
    """As a user without rights, who has the PATH of somebody else: the system says only that it was not allowed."""
    code = (
        "import os\nfrom hotfolderd.media import process\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: process.run(['no-such-program'], timeout_s=5)\n"
        "except process.ToolError as error: print(error)"
    )
    with tempfile.TemporaryDirectory() as name:
        closed = Path(name) / "closed"
        closed.mkdir(mode=0)
        with_closed = {**os.environ, "PATH": f"{closed}:/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=with_closed, capture_output=True, text=True, check=True, timeout=60
        )
    assert done.stdout.startswith("no-such-program: program not found in PATH. Install it")


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path('pid').write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()
    with pytest.raises(ToolError, match=r"not done after 1\.5 s and was ended"):
        process.run(python(code), timeout_s=1.5, cwd=tmp_path)
    assert time.monotonic() - started < 5
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_program_that_ignores_polite_signals_is_killed_all_the_same() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    with pytest.raises(ToolError, match="not done after 1 s"):
        process.run(python(code), timeout_s=1)


def test_a_program_that_falls_silent_is_ended_before_its_time_limit() -> None:
    code = "import time\nfor i in range(4): print(i, flush=True); time.sleep(0.3)\ntime.sleep(60)"
    with pytest.raises(ToolError, match="said nothing for 1 s"):
        process.run(python(code), timeout_s=50, quiet_s=1)


def test_a_talking_program_is_not_taken_for_a_silent_one() -> None:
    code = "import time\nfor i in range(8): print(i, flush=True); time.sleep(0.2)"
    assert process.run(python(code), timeout_s=50, quiet_s=1).stdout.split() == [b"%d" % i for i in range(8)]


def test_a_child_that_a_program_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path('pid').write_text(str(child.pid))\n"
        "print('done')"
    )
    done = process.run(python(code), timeout_s=30, cwd=tmp_path)
    assert done.stdout == b"done\n"
    assert done.seconds < 10
    assert gone(int((tmp_path / "pid").read_text()))


def test_much_input_and_much_output_on_both_pipes_cannot_lock_each_other() -> None:
    code = (
        "import sys, shutil\n"
        "sys.stderr.write('e' * 3_000_000); sys.stderr.flush()\n"
        "shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    )
    pieces = [bytes([i]) * 300_000 for i in range(20)]
    done = process.run(python(code), timeout_s=30, input=iter(pieces))
    assert done.stdout == b"".join(pieces)
    assert len(done.stderr) == process.STDERR_TAIL


def test_input_is_asked_for_only_as_fast_as_the_program_takes_it() -> None:
    asked = 0

    def frames() -> Iterator[bytes]:
        nonlocal asked
        for _ in range(100):
            asked += 1
            yield b"x" * 1_000_000

    done = process.run(
        python("import sys; sys.stdin.buffer.read(2_000_000); sys.stdin.close()"), timeout_s=30, input=frames()
    )
    assert done.code == 0
    assert 2 <= asked < 10


def test_an_error_while_input_is_made_reaches_the_caller_and_ends_the_program(tmp_path: Path) -> None:
    def frames() -> Iterator[bytes]:
        yield b"first"
        raise LookupError("no such picture")

    code = "import os, pathlib, sys, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    with pytest.raises(LookupError, match="no such picture"):
        process.run(python(code), timeout_s=30, input=frames(), cwd=tmp_path)
    pid = tmp_path / "pid"
    assert not pid.exists() or gone(int(pid.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel only offers this on Linux")
def test_a_program_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    worker = (
        "from hotfolderd.media import process; import sys\n"
        "process.run([sys.executable, '-c', 'import os, pathlib, time;"
        ' pathlib.Path("pid").write_text(str(os.getpid())); time.sleep(60)\'], timeout_s=50)'
    )
    parent = subprocess.Popen(python(worker), cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    pid = tmp_path / "pid"
    until = time.monotonic() + 20
    while not (pid.exists() and pid.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    child = int(pid.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(child)


def test_a_program_that_has_done_its_work_is_ended_as_if_by_itself(tmp_path: Path) -> None:
    told = tmp_path / "told"
    code = f"import pathlib, time; pathlib.Path({str(told)!r}).touch(); print('done', flush=True); time.sleep(60)"
    began = time.monotonic()
    done = process.run([sys.executable, "-c", code], timeout_s=30, enough=told.exists, speaks_on_stdout=True)
    assert done.code == 0
    assert time.monotonic() - began < 20


def test_the_last_words_come_from_stdout_where_a_program_speaks_there() -> None:
    argv = [sys.executable, "-c", "print('on stdout', flush=True); raise SystemExit(3)"]
    with pytest.raises(ToolError, match=r"exit code 3. Its last words: on stdout\."):
        process.run(argv, timeout_s=30, speaks_on_stdout=True)
    with pytest.raises(ToolError, match=r"exit code 3. Its last words: nothing\."):
        process.run(argv, timeout_s=30)
