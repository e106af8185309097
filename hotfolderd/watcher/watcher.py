"""The watcher of a root, and its supervision: nothing that the system tells is believed without proof that it tells.

The proof is a canary: a small file in `.hotfolderd/canary` that the watcher writes now and then and must be told of.
Writes nothing else, reads folders of the inbox.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hotfolderd.disk import make_folder, write_atomic
from hotfolderd.root import Root
from hotfolderd.watcher.mounts import is_network
from hotfolderd.watcher.native import Native, Tell, canary_folder

log = logging.getLogger(__name__)
_CANARY_EVERY_S = 30.0
_CANARY_PATIENCE_S = 5.0
_REBUILDS = 3


def native(root: Root, tell: Tell) -> Native:
    """The system's own way of telling changes. Raises OSError if it cannot."""
    if sys.platform.startswith("linux"):
        from hotfolderd.watcher.inotify import Inotify  # noqa: PLC0415  cannot be loaded elsewhere

        return Inotify(root, tell)
    from hotfolderd.watcher.tree import Tree  # noqa: PLC0415

    return Tree(root, tell)


class Watcher:
    """Rings with the watched folder in which something changed. `mode` as in the configuration.

    Watched are the inbox with all that is below it, the entries of each folder of the line, and what directly lies in
    each attended folder. Reading and changed rights do not ring. `ring(None)` means that everything must be looked at:
    events were lost, or watching began anew. `ring` is called from other threads and must neither wait nor do work;
    what it raises is logged.

    If changes cannot be told, the watcher is `polling`: it rings nothing, and the daemon, which looks at everything by
    time anyway, is the polling. Nothing here looks at all folders a second time only to make events of them.
    """

    def __init__(
        self,
        root: Root,
        ring: Callable[[Path | None], None],
        mode: str,
        *,
        now: Callable[[], float] = time.monotonic,
        build: Callable[[Root, Tell], Native] = native,
    ) -> None:
        self._root = root
        self._ring = ring
        self._now = now
        self._build = build
        self._canary = canary_folder(root)
        self._native: Native | None = None
        self._attended: set[str] = set()  # texts, since there are many thousands; see `inotify`
        self._unattended: set[str] = set()
        self._rebuilt = 0
        self._note = ""
        self._limit = ""
        self._heard = False
        self._sang_at: float | None = None
        self._sing_at = self._retry_at = now() + _CANARY_EVERY_S
        if mode == "polling":
            self._note = "`watch: polling` is set."
        elif mode == "auto" and is_network(root.path):
            self._note = f"{root.path} lies on a network file system, which does not tell of changes made elsewhere."
        else:
            self._begin()

    @property
    def kind(self) -> str:
        """`native` or `polling`."""
        return "polling" if self._native is None else "native"

    @property
    def note(self) -> str:
        """Why it polls, began anew, or cannot watch all, as a sentence; empty if all is well."""
        return " ".join(sentence for sentence in (self._note, self._limit) if sentence)

    @property
    def attends(self) -> bool:
        """Whether changes in all attended folders ring. If not, the daemon must look at them by time."""
        return self._native is not None and not self._limit

    def attend(self, folder: Path) -> None:
        """Also ring for what changes directly in a folder. One that is gone is no error; asking again does no harm."""
        path = sys.intern(str(folder))
        self._attended.add(path)
        if self._limit:
            self._unattended.add(path)
        elif self._native is not None:
            self._try_to_attend(self._native, [path])

    def leave(self, folder: Path) -> None:
        """Ring no longer for that folder; nothing happens for one that is not attended."""
        self._attended.discard(str(folder))
        self._unattended.discard(str(folder))
        if self._native is not None:
            self._native.leave(folder)

    def check(self) -> None:
        """See that changes are told still, and begin anew if not. Called each round while the root is there."""
        if self._native is None:
            return
        try:
            fault = self._tend(self._native)
        except OSError as error:
            fault = str(error)
        if fault:
            self._begin_anew(fault)

    def stop(self) -> None:
        """End watching."""
        if self._native is not None:
            self._native.stop()
            self._native = None

    def _tend(self, native: Native) -> str:
        """What must be done each round. What is wrong, if anything is."""
        if not native.alive():
            return "its thread has ended"
        native.tend()
        self._try_to_attend(native, [path for path in map(str, native.lost()) if path in self._attended])
        now = self._now()
        if (self._limit or native.limited()) and now >= self._retry_at:
            self._retry_at = now + _CANARY_EVERY_S
            native.retry()
            self._try_to_attend(native, list(self._unattended))
        return self._listen(now)

    def _listen(self, now: float) -> str:
        """Let the canary sing, or hear whether it did."""
        if self._sang_at is None:
            if now >= self._sing_at:
                self._sing(now)
            return ""
        if self._heard:
            self._sang_at, self._sing_at = None, now + _CANARY_EVERY_S
            self._rebuilt, self._note = 0, ""
            return ""
        silent = now - self._sang_at > _CANARY_PATIENCE_S
        return f"it was not told of a change within {_CANARY_PATIENCE_S:g} s" if silent else ""

    def _sing(self, now: float) -> None:
        self._heard = False
        try:
            if self._canary.is_dir():
                write_atomic(self._canary / "canary", "", durable=False)
                self._sang_at = now
            elif self._root.private.is_dir():
                make_folder(self._canary)
        except OSError as error:  # a full disk says nothing about the watcher
            log.debug("%s", error)
            self._sing_at = now + _CANARY_EVERY_S

    def _begin(self) -> None:
        """Watch, or say why that is not possible."""
        try:
            if self._root.private.is_dir():
                make_folder(self._canary)
            self._native = self._build(self._root, self._tell)
        except OSError as error:
            self._poll(f"Native watching is not possible ({error.strerror or error}).")
            return
        self._unattended.clear()
        self._try_to_attend(self._native, list(self._attended))

    def _begin_anew(self, fault: str) -> None:
        """Replace a watcher that tells nothing: by another one, at last by none."""
        self.stop()
        self._sang_at, self._sing_at, self._limit = None, self._now(), ""
        if self._rebuilt == _REBUILDS:
            self._poll(f"Watching failed {_REBUILDS + 1} times ({fault}).")
        else:
            self._rebuilt += 1
            self._note = f"The watcher began anew: {fault}."
            log.warning("%s", self._note)
            self._begin()
        self._tell(None)

    def _poll(self, why: str) -> None:
        self._note = f"{why} Changes are found by looking; start the daemon again to try once more."
        log.warning("%s", self._note)

    def _try_to_attend(self, native: Native, folders: list[str]) -> None:
        """Attend folders up to the first that the system refuses; the others are tried again later."""
        self._unattended.update(folders)
        refused = ""
        for folder in folders:
            try:
                native.attend(Path(folder))
            except OSError as error:
                refused = error.strerror or str(error)
                break
            self._unattended.discard(folder)
        if native.limited() or self._unattended:
            self._say_limit(refused)
        else:
            self._limit = ""

    def _say_limit(self, refused: str) -> None:
        if self._limit:
            return
        self._retry_at = self._now() + _CANARY_EVERY_S
        self._limit = (
            f"Not all folders can be watched ({refused or 'inotify watch limit reached'}); they are looked at by time. "
            "Raise fs.inotify.max_user_watches (see `man 7 inotify`)."
        )
        log.warning("%s", self._limit)

    def _tell(self, folder: Path | None) -> None:
        """Ring, from whatever thread. The canary is for us alone."""
        if folder == self._canary:
            self._heard = True
            return
        try:
            self._ring(folder)
        except Exception:  # what it raises must not end the thread that tells all others
            log.exception("the bell failed for %s", folder)
