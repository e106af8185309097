"""The only place in the program that starts processes.

Reads nothing and writes nothing itself: it hands bytes to a program and brings its words back. It never uses a shell,
never lets a program wait for a keyboard, never waits without a limit, and leaves no child of the program behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hotfolderd.errors import MachineError, ToolError

STDERR_TAIL = 256 * 1024
STDOUT_LIMIT = 256 * 1024 * 1024
_CHUNK = 1 << 16
_LOOK_EVERY_S = 0.25
_PR_SET_PDEATHSIG = 1
# What programs say of a disk that takes no more; an input/output error they also say of damaged files.
_DISK_WORDS = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS))
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left behind: its exit code, all of stdout, the last `STDERR_TAIL` bytes of stderr as text."""

    code: int
    stdout: bytes
    stderr: str
    seconds: float


def run(
    argv: Sequence[str | Path],
    *,
    timeout_s: float,
    quiet_s: float | None = None,
    input: bytes | Iterable[bytes] | None = None,  # noqa: A002 - the word subprocess uses
    cwd: Path | None = None,
    accept: Callable[[int], bool] = lambda code: code == 0,
    most_bytes: int = STDOUT_LIMIT,
    heard: Callable[[bytes], None] | None = None,
    remedy: str = "",
    speaks_on_stdout: bool = False,
    enough: Callable[[], bool] | None = None,
) -> Finished:
    """What the program said, once it has ended with an exit code that `accept` accepts (0 if not told otherwise).

    The whole process group is killed after `timeout_s` seconds, when it neither spoke nor took input for `quiet_s`, or
    when it has printed more than `most_bytes`.
    `input` goes to stdin, which is otherwise closed; an iterator is asked for its next piece only when the program has
    taken the last one, and what it raises is raised here. A program that stops reading early is no error of its own.
    `speaks_on_stdout`: what it says for people comes there, not on stderr. `enough` is asked again and again: once it
    is true the program has done its work, and is ended as if by itself.
    `heard` is called with each piece of stdout as it comes; what it raises is raised here, and the program is ended.

    Raises ToolError (program, exit code or signal, last words, what to do) for everything that is not a success;
    MachineError where the program has said that the disk is full. Limits of the calling process hold for the program.
    """
    args = [str(part) for part in argv]
    process = _start(args, cwd, feed=input is not None)
    talk = _Talk(args, process, timeout_s=timeout_s, quiet_s=quiet_s, most_bytes=most_bytes, heard=heard, remedy=remedy)
    talk.speaks_on_stdout = speaks_on_stdout
    talk.enough = enough or talk.enough
    try:
        code = talk.carry_on(_pieces(input))
    finally:
        talk.end()
    finished = Finished(code, b"".join(talk.stdout), talk.words(), time.monotonic() - talk.started)
    if not accept(code):
        kind = MachineError if any(words in talk.words() for words in _DISK_WORDS) else ToolError
        raise kind(talk.complaint(ending(code)))
    return finished


def _start(args: list[str], cwd: Path | None, *, feed: bool) -> subprocess.Popen[bytes]:
    # Workers have one Python thread. Where there are more, forking into Python code is not safe: the tie is left out.
    tied = _LIBC is not None and threading.active_count() == 1
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of any thread, those of C libraries too; the child only makes one system call.
            warnings.simplefilter("ignore", DeprecationWarning)
            return subprocess.Popen(
                args,
                stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                bufsize=0,
                start_new_session=True,
                preexec_fn=_dies_with(os.getpid()) if tied else None,  # noqa: PLW1509 - see the comments above
            )
    except FileNotFoundError:
        where = "this path" if os.sep in args[0] else "PATH"
        if cwd is not None and not cwd.is_dir():
            raise ToolError(f"{args[0]}: cannot start in {cwd}: there is no such folder.") from None
        raise ToolError(_not_found(args[0], where)) from None
    except OSError as error:
        if isinstance(error, PermissionError) and os.sep not in args[0] and shutil.which(args[0], os.F_OK) is None:
            # The system says so where it may not look into one folder of PATH, and found nothing in the others.
            raise ToolError(_not_found(args[0], "PATH")) from None
        raise ToolError(
            f"{args[0]}: cannot be started: {error.strerror or error}. "
            "Make it executable for this user, or set another path."
        ) from error


def _not_found(program: str, where: str) -> str:
    return f"{program}: program not found in {where}. Install it, or set its full path in the configuration."


def _dies_with(parent: int) -> Callable[[], None]:
    """What a child does first on Linux: ask to be killed when its parent dies, even by SIGKILL."""

    def ask() -> None:
        assert _LIBC is not None
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _pieces(given: bytes | Iterable[bytes] | None) -> Iterator[bytes]:
    if given is None:
        return iter(())
    return iter((given,)) if isinstance(given, bytes) else iter(given)


class _Talk:
    """One conversation with a running program, in one thread: no pipe can fill up while another is waited for."""

    def __init__(
        self,
        args: list[str],
        process: subprocess.Popen[bytes],
        *,
        timeout_s: float,
        quiet_s: float | None,
        most_bytes: int,
        heard: Callable[[bytes], None] | None,
        remedy: str,
    ) -> None:
        self.args, self.process, self.remedy, self.tell = args, process, remedy, heard
        self.timeout_s, self.quiet_s, self.most_bytes = timeout_s, quiet_s, most_bytes
        self.speaks_on_stdout = False
        self.enough: Callable[[], bool] = lambda: False
        self.started = self.heard = time.monotonic()
        self.stdout: list[bytes] = []
        self._said = 0
        self._stderr = bytearray()

    def carry_on(self, pieces: Iterator[bytes]) -> int:
        """The exit code; everything is written and read by then. Raises ToolError when a limit is reached."""
        with selectors.DefaultSelector() as ready:
            for pipe in (self.process.stdout, self.process.stderr):
                assert pipe is not None
                ready.register(pipe, selectors.EVENT_READ)
            if self.process.stdin is not None:
                os.set_blocking(self.process.stdin.fileno(), False)
                ready.register(self.process.stdin, selectors.EVENT_WRITE)
            left = memoryview(b"")
            while ready.get_map():
                events = ready.select(self._patience())
                self._look_at_the_clock()
                for key, _ in events:
                    if key.fileobj is self.process.stdin:
                        left = self._say(ready, left, pieces)
                    else:
                        self._hear(ready, key.fileobj)  # type: ignore[arg-type]  # we registered pipes only
                if not events and self.process.poll() is not None:
                    break  # it has ended; who still holds its pipes is a child it left behind
                if self.enough():
                    return 0
        while (code := self.process.poll()) is None:
            if self.enough():
                return 0
            self._look_at_the_clock()
            time.sleep(0.002)
        return code

    def _say(self, ready: selectors.BaseSelector, left: memoryview, pieces: Iterator[bytes]) -> memoryview:
        pipe = self.process.stdin
        assert pipe is not None
        try:
            while not left:
                left = memoryview(next(pieces))
            taken = os.write(pipe.fileno(), left[: 1 << 20])
            self.heard = time.monotonic()
            return left[taken:]
        except BlockingIOError:
            return left
        except (StopIteration, BrokenPipeError):
            ready.unregister(pipe)
            pipe.close()
            return memoryview(b"")

    def _hear(self, ready: selectors.BaseSelector, pipe: IO[bytes]) -> None:
        data = os.read(pipe.fileno(), _CHUNK)
        if not data:
            ready.unregister(pipe)
            return
        self.heard = time.monotonic()
        if pipe is self.process.stderr:
            self._stderr += data
            del self._stderr[:-STDERR_TAIL]
            return
        self.stdout.append(data)
        self._said += len(data)
        if self.tell is not None:
            self.tell(data)
        if self._said > self.most_bytes:
            raise ToolError(self.complaint(f"printed more than {self.most_bytes >> 20} MiB and was ended"))

    def _patience(self) -> float:
        now = time.monotonic()
        until = self.started + self.timeout_s - now
        if self.quiet_s is not None:
            until = min(until, self.heard + self.quiet_s - now)
        return max(0.0, min(until, _LOOK_EVERY_S))

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if now - self.started >= self.timeout_s:
            raise ToolError(self.complaint(f"not done after {self.timeout_s:g} s and was ended"))
        if self.quiet_s is not None and now - self.heard >= self.quiet_s:
            raise ToolError(self.complaint(f"said nothing for {self.quiet_s:g} s and was ended"))

    def end(self) -> None:
        """Kills what is left of the process group and closes the pipes."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def words(self) -> str:
        """The end of what it said for people, as text."""
        said = b"".join(self.stdout)[-STDERR_TAIL:] + self._stderr if self.speaks_on_stdout else self._stderr
        return said.decode("utf-8", "replace")

    def complaint(self, ending: str) -> str:
        """The message of a ToolError: program, what happened, its last words, what to do."""
        lines = [line.strip() for line in self.words().replace("\r", "\n").splitlines() if line.strip()]
        last = " | ".join(lines[-5:])[-800:] or "nothing"
        by_hand = shlex.join(self.args)
        remedy = self.remedy or (f"Run it by hand to see more: {by_hand[:600]}{' …' if len(by_hand) > 600 else ''}")
        return f"{Path(self.args[0]).name}: {ending}. Its last words: {last}. {remedy}"


def ending(code: int) -> str:
    """How a program ended, in words: by its exit code, or by a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hints = {"SIGKILL": " (often: out of memory)", "SIGXFSZ": " (it wrote a larger file than workers.max_file_mib)"}
    return f"was killed by {name}" + hints.get(name, "")
