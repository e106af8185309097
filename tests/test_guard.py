"""What a worker process gives up: each thing is tried in a real worker, with Landlock where the kernel has it."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfolderd import guard
from hotfolderd.engine.workers import LocalWorkers, WorkerLimits
from hotfolderd.guard import Allowance
from hotfolderd.media import process
from hotfolderd.media.graph import ffmpeg_path
from hotfolderd.work import Broken

HERE = "test_guard"
confined = pytest.mark.skipif(guard.landlock_abi() < 2, reason="this kernel has no Landlock")


# tasks as a worker knows them ---------------------------------------------------------------------------------------


def limits(_argument: object) -> dict[str, tuple[int, int]]:
    names = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_AS")
    return {name: resource.getrlimit(getattr(resource, name)) for name in names}


def status(_argument: object) -> str:
    return Path("/proc/self/status").read_text()


def umask(_argument: object) -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def stdin(_argument: object) -> tuple[str, bytes]:
    return str(Path("/proc/self/fd/0").readlink()), os.read(0, 10)


def write(path: str) -> int:
    return Path(path).write_bytes(b"x" * 10)


def write_much(path: str) -> int:
    with Path(path).open("wb") as stream:
        stream.writelines([bytes(1 << 20)] * 80)
    return Path(path).stat().st_size


def read(path: str) -> int:
    return len(Path(path).read_bytes())


def listed(path: str) -> list[str]:
    return [one.name for one in Path(path).iterdir()]


def renamed(folder: str) -> str:
    here = Path(folder)
    (here / "a").mkdir()
    (here / "b").mkdir()
    (here / "a" / "file").write_text("x")
    (here / "a" / "file").rename(here / "b" / "file")
    (here / "b" / "file").unlink()
    return "done"


def hidden_in_temporary(_argument: object) -> bool:
    with tempfile.TemporaryDirectory() as name:
        return (Path(name) / "x").write_text("x") == 1


def link_and_write(paths: tuple[str, str]) -> int:
    link, target = paths
    Path(link).symlink_to(target)
    return Path(link).write_text("x")


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


def bind(_argument: object) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))


def send_signal(pid: int) -> None:
    os.kill(pid, 0)


def run_own_program(path: str) -> bytes:
    Path(path).write_text("#!/bin/sh\necho got out\n")
    Path(path).chmod(0o755)
    return subprocess.run([path], capture_output=True, check=True).stdout


def run_ffmpeg(folder: str) -> tuple[int, bool]:
    out = Path(folder) / "colour.mp4"
    argv = [
        ffmpeg_path(),
        "-nostdin",
        "-hide_banner",
        "-y",
        "-f",
        "lavfi",
        "-i",
        "color=red:size=64x64:duration=1",
        out,
    ]
    return process.run([str(one) for one in argv], timeout_s=60).code, out.stat().st_size > 500


def program_writes(path: str) -> int:
    argv = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('x')", path]
    return process.run(argv, timeout_s=30).code


# ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A root that lies neither in the temporary folder nor beside this project."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def outside() -> Iterator[Path]:
    """A folder beside the root, as that with the configuration is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def at_work(root: Path) -> Iterator[Callable[[str, object], Any]]:
    """Do a task in a worker that was restricted; what it returned or raised."""
    each = Allowance(memory_mib=3000, file_mib=64, open_files=200, writable=(str(root),))
    workers = LocalWorkers(WorkerLimits(processes=1, each=each), lambda: None)

    def done(function: str, argument: object = None) -> Any:
        workers.submit("task", f"{HERE}:{function}", argument, 60.0)
        until = time.monotonic() + 60
        while True:
            for one in workers.finished():
                return one.value
            assert time.monotonic() < until
            time.sleep(0.01)

    yield done
    workers.stop(1.0)


Done = Callable[..., Any]


def test_limits_hold_and_cannot_be_raised_again(at_work: Done) -> None:
    mib = 1 << 20
    assert at_work("limits") == {
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_FSIZE": (64 * mib, 64 * mib),
        "RLIMIT_NOFILE": (200, 200),
        "RLIMIT_AS": (3000 * mib, 3000 * mib),
    }


def test_a_limit_is_never_raised_above_what_the_daemon_has() -> None:
    code = (
        "import resource; from hotfolderd import guard\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "guard.restrict(guard.Allowance(open_files=500)); print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    assert process.run([sys.executable, "-c", code], timeout_s=60).stdout.strip() == b"(64, 64)"


def test_a_worker_gains_no_privileges(at_work: Done) -> None:
    assert "NoNewPrivs:\t1\n" in at_work("status")


def test_a_worker_keeps_the_umask_of_the_daemon_because_people_share_its_files(at_work: Done) -> None:
    assert at_work("umask") == umask(None)


def test_a_worker_reads_nothing_from_the_keyboard(at_work: Done) -> None:
    assert at_work("stdin") == ("/dev/null", b"")


def test_a_file_larger_than_allowed_breaks_the_step_not_the_worker(at_work: Done, root: Path) -> None:
    broken = at_work("write_much", str(root / "large"))
    assert isinstance(broken, Broken)
    assert "File too large" in broken.message
    (root / "large").unlink()
    assert at_work("write", str(root / "small")) == 10


@confined
def test_a_worker_writes_below_the_root_and_the_temporary_folder(at_work: Done, root: Path) -> None:
    assert at_work("write", str(root / "here")) == 10
    assert at_work("renamed", str(root)) == "done"
    assert at_work("hidden_in_temporary") is True


@confined
def test_a_worker_writes_nowhere_else(at_work: Done, root: Path, outside: Path) -> None:
    kept = outside / "config.yaml"
    kept.write_text("secret")
    beside_the_code = (Path(__file__).with_name("planted"), Path(sys.prefix) / "planted", Path.home() / "planted")
    temporary = Path(tempfile.gettempdir()).resolve()  # where workers may write; a clone may lie below it
    for path in (outside / "new", kept, *(path for path in beside_the_code if not path.is_relative_to(temporary))):
        broken = at_work("write", str(path))
        if not isinstance(broken, Broken):
            path.unlink()
        assert isinstance(broken, Broken), path
        assert "Permission denied" in broken.message
    assert kept.read_text() == "secret"
    broken = at_work("link_and_write", (str(root / "link"), str(kept)))
    assert isinstance(broken, Broken)
    assert kept.read_text() == "secret"


@confined
def test_a_worker_does_not_read_the_configuration_or_the_homes(at_work: Done, root: Path, outside: Path) -> None:
    kept = outside / "config.yaml"
    kept.write_text("mailto://secret")
    assert "Permission denied" in at_work("read", str(kept)).message
    assert "Permission denied" in at_work("listed", str(outside)).message
    assert "Permission denied" in at_work("listed", "/").message
    assert "Permission denied" in at_work("read", f"/proc/{os.getpid()}/environ").message
    (root / "design").write_text("design")
    assert at_work("read", str(root / "design")) == 6
    assert at_work("read", __file__) > 0


@confined
@pytest.mark.skipif(guard.landlock_abi() < 4, reason="this kernel's Landlock knows no network")
def test_a_worker_opens_no_tcp_connection(at_work: Done) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect(port)
        broken = at_work("connect", port)
    assert isinstance(broken, Broken)
    assert "Permission denied" in broken.message
    assert "Permission denied" in at_work("bind").message


@confined
@pytest.mark.skipif(guard.landlock_abi() < 6, reason="this kernel's Landlock knows no signals")
def test_a_worker_cannot_end_the_daemon(at_work: Done) -> None:
    broken = at_work("send_signal", os.getpid())
    assert isinstance(broken, Broken)
    assert "not permitted" in broken.message


@confined
def test_a_worker_runs_nothing_that_it_has_written(at_work: Done, root: Path) -> None:
    broken = at_work("run_own_program", str(root / "program"))
    assert isinstance(broken, Broken)
    assert "Permission denied" in broken.message


def test_a_worker_still_runs_ffmpeg(at_work: Done, root: Path) -> None:
    assert at_work("run_ffmpeg", str(root)) == (0, True)


@confined
def test_a_program_that_a_worker_starts_is_held_as_well(at_work: Done, root: Path, outside: Path) -> None:
    assert at_work("program_writes", str(root / "by-program")) == 0
    assert "Permission denied" in at_work("program_writes", str(outside / "by-program")).message


# the pure part, and kernels that are not here ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abi", "rights", "fields"),
    [(1, 0x1FFF, 1), (2, 0x3FFF, 1), (3, 0x7FFF, 1), (4, 0x7FFF, 2), (5, 0xFFFF, 2), (6, 0xFFFF, 3), (7, 0xFFFF, 3)],
)
def test_only_what_a_version_knows_is_asked_of_it(abi: int, rights: int, fields: int) -> None:
    """The kernel refuses a ruleset with a bit, or a longer structure, than it knows."""
    assert guard.rights_known_to(abi) == rights
    ruleset = struct.unpack(f"={fields}Q", guard.ruleset_of(abi))
    assert ruleset == (rights, 3, 3)[:fields]


@confined
def test_older_versions_are_understood_by_this_kernel() -> None:
    for abi in range(2, guard.landlock_abi() + 1):
        attributes = guard.ruleset_of(abi)
        ruleset = guard._system_call(444, attributes, len(attributes), 0)
        assert ruleset >= 0, (abi, os.strerror(-ruleset))
        os.close(ruleset)


def test_rules_let_nothing_run_that_may_be_written(root: Path) -> None:
    found = {rule.path: rule.rights for rule in guard.rules([str(root)])}
    run, write_file, read_file = 1, 2, 4
    real = os.path.realpath(root)
    assert found[real] & write_file
    assert not found[real] & run
    assert all(not (rights & run and rights & write_file) for rights in found.values())
    assert found["/dev/null"] & (run | write_file | read_file) == write_file | read_file
    assert found[os.path.realpath(sys.prefix)] & run
    assert not any(path in found for path in ("/", "/home", str(Path.home()), "/dev", str(Path(real).parent)))


def child(code: str) -> list[str]:
    script = "from hotfolderd import guard\nfrom pathlib import Path\n" + code
    return process.run([sys.executable, "-c", script], timeout_s=60).stdout.decode().splitlines()


@pytest.mark.parametrize("answer", [-errno.ENOSYS, -errno.EOPNOTSUPP, 1])
def test_a_worker_works_on_a_kernel_without_landlock(answer: int, tmp_path: Path) -> None:
    """Not built in, not switched on, and the first version, which forbids renames between folders."""
    said = child(
        f"guard._system_call = lambda number, *rest: {answer}\n"
        f"guard.restrict(guard.Allowance(writable=({str(tmp_path / 'root')!r},)))\n"
        f"print(Path({str(tmp_path / 'free')!r}).write_text('x'))\n"
        "print(guard.describe())"
    )
    assert said[0] == "1"
    assert "has no Landlock" in said[1]


def test_a_kernel_that_refuses_a_rule_breaks_no_worker(tmp_path: Path) -> None:
    said = child(
        "ask = guard._system_call\n"
        "guard._system_call = lambda number, *rest: 7 if rest[-1:] == (1,) else -1\n"
        f"guard.restrict(guard.Allowance(writable=({str(tmp_path / 'root')!r},)))\n"
        f"print(Path({str(tmp_path / 'free')!r}).write_text('x'))"
    )
    assert said == ["1"]


@confined
def test_the_state_is_said_in_one_line() -> None:
    line = guard.describe()
    assert "\n" not in line
    assert f"version {guard.landlock_abi()}" in line
    assert ("no TCP connection" in line) == (guard.landlock_abi() >= 4)


def test_a_worker_dies_with_the_daemon(tmp_path: Path) -> None:
    """kill -9 of the daemon in mid-task leaves no process."""
    code = (
        "import sys, time\n"
        "from hotfolderd.engine.workers import LocalWorkers, WorkerLimits\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "if __name__ == '__main__':\n"
        "    workers = LocalWorkers(WorkerLimits(processes=2), lambda: None)\n"
        "    workers.submit('a', 'test_guard:sleep_noting', sys.argv[2], 60.0)\n"
        "    time.sleep(60)\n"
    )
    note = tmp_path / "pid"
    argv = [sys.executable, "-c", code, str(Path(__file__).parent), str(note)]
    daemon = subprocess.Popen(argv, cwd=Path(__file__).parents[1])
    until = time.monotonic() + 30
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    pid = int(note.read_text())
    while Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < until + 20
        time.sleep(0.02)


def sleep_noting(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)
