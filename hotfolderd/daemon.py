"""The daemon: takes its root, runs the loop, ends cleanly.

Start-up checks the root and takes its lock; the loop wakes by events, by finished work and by time; SIGTERM and SIGINT
let running steps end for a while, then stop them. What was half done is simply not done, and done again.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import time
from types import FrameType

from hotfolderd.config import Config
from hotfolderd.engine.hints import EVERYTHING, Hints
from hotfolderd.lines import import_what_gates_call
from hotfolderd.lock import RootLock, ended_unasked, note_health
from hotfolderd.notify import About
from hotfolderd.parts import Parts, put_together
from hotfolderd.review.schemas import write_schemas
from hotfolderd.root import Root, check_root, tidy_up

log = logging.getLogger(__name__)
# Looking at everything takes at most a twentieth of the time, however many jobs there are; events come sooner.
_LOOKING_SHARE = 20
_AGAIN_S = 1.0
# With `--until-idle`: for how long a sick disk is waited for.
_FAILING_S = 60.0
# Also when nothing happens: the watcher, the root and the postman are looked after, and the heartbeat is written.
_LONGEST_WAIT_S = 5.0


class Daemon:
    """One root at work. `until_idle`: end when nothing is due; `patience_s`: how far ahead a retry may lie for that."""

    def __init__(self, config: Config, *, until_idle: bool = False, patience_s: float = 0.0) -> None:
        self._config = config
        self._until_idle = until_idle
        self._patience_s = patience_s
        self._hints = Hints()
        self._ending = ""

    def run(self) -> None:
        """Work until told to end. Raises ConfigError if the root cannot be used."""
        root = check_root(self._config.root)
        with RootLock(root) as lock:
            before = {name: signal.signal(name, self._on_signal) for name in (signal.SIGTERM, signal.SIGINT)}
            try:
                self._work(root, lock)
            finally:
                for name, handler in before.items():
                    signal.signal(name, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._ending = signal.Signals(number).name
        self._hints.wake()

    def _work(self, root: Root, lock: RootLock) -> None:
        config = self._config
        tidy_up(root)
        import_what_gates_call()
        write_schemas(root.private)
        parts = put_together(config, root, self._hints)
        self._tell_of_the_end(parts, ended_unasked(lock))
        parts.postman.start()
        log.info("hotfolderd works on %s (%s, %d workers)", root.path, parts.watcher.kind, config.processes)
        try:
            self._loop(root, lock, parts)
        finally:
            parts.watcher.stop()
            parts.reconciler.drain()
            parts.stop_workers(config.shutdown_grace_s if self._ending else 0.5)
            if not lock.still_there():
                parts.reconciler.collect(parts.finished())
                parts.write_index()
                parts.dashboard.write(parts.look, running=False)
            parts.postman.stop()

    def _tell_of_the_end(self, parts: Parts, known: dict[str, str]) -> None:
        """Tell people that the daemon before this one ended unasked."""
        if not known:
            return
        log.warning("the last daemon here ended without letting go of the root. %s", known["who"])
        try:
            parts.notices.tell("daemon_came_back", None, once=known["who"], about=About(known))
        except OSError as error:  # nothing may keep the line from going on
            log.warning("%s; nobody is told", error)

    def _loop(self, root: Root, lock: RootLock, parts: Parts) -> None:
        wrong = ""
        full_at = 0.0
        first = True
        failing_since = 0.0
        while not self._ending:
            fault = lock.still_there()
            parts.postman.check(away=bool(fault))
            if fault:  # nothing is touched until the root is back
                if fault != wrong:
                    log.error("%s", fault)
                wrong = fault
                full_at = 0.0
                self._hints.wait(_AGAIN_S)
                self._hints.take()
                continue
            if wrong:
                log.info("%s: the root is back", root.path)
                wrong = ""
            began = time.monotonic()
            hint = self._hints.take()
            if began >= full_at or hint.everything:
                hint = EVERYTHING
            try:
                due_s = parts.round(hint)
                self._note_health(root, parts)
            except OSError as error:  # a full disk, a share that is away: the jobs stay where they are
                log.warning("%s; everything is looked at again", error)
                full_at = 0.0
                failing_since = failing_since or began
                if self._until_idle and time.monotonic() - failing_since > max(self._patience_s, _FAILING_S):
                    raise
                self._hints.wait(_AGAIN_S)
                continue
            failing_since = 0.0
            if hint.everything:
                every_s = self._config.rescan_s if parts.watcher.attends else self._config.poll_s
                full_at = began + max(
                    every_s * random.uniform(0.75, 1.0), _LOOKING_SHARE * parts.reconciler.look_cost_s
                )
            if self._until_idle and parts.idle(max(self._patience_s, self._config.settle_s * 3)):
                if hint.everything and not first:
                    log.info("nothing is due: ending")
                    return
                full_at = 0.0
            first = False
            waits = [_LONGEST_WAIT_S, full_at - time.monotonic(), *([] if due_s is None else [due_s])]
            self._hints.wait(max(0.02, min(waits)))
        log.info("%s: ending", self._ending)

    def _note_health(self, root: Root, parts: Parts) -> None:
        watcher = parts.watcher
        health = {
            "pid": os.getpid(),
            "round_at": time.time(),
            "watcher": watcher.kind,
            "watcher_note": watcher.note,
            "disk_note": parts.space.note,
            "workers_note": parts.far_note,
        }
        note_health(root, json.dumps(health))
