"""The daemon: takes its root, runs the loop, ends cleanly.

Start-up checks the root and takes its lock; the loop wakes by events, by finished work and by time; SIGTERM and SIGINT
let running steps end for a while, then stop them. What was half done is simply not done, and done again. A changed
configuration is taken in the same way, within the process: all parts are put together anew, and the lock is kept.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import math
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from hotfolderd.disk import write_atomic
from hotfolderd.engine import heap
from hotfolderd.engine.hints import EVERYTHING, Hint, Hints
from hotfolderd.lock import RootLock, ended_unasked, note_health
from hotfolderd.metrics import Metrics
from hotfolderd.notify import About
from hotfolderd.parts import Parts, put_together
from hotfolderd.review.schemas import write_schemas
from hotfolderd.root import Root, check_root, tidy_up
from hotfolderd.runtime import ACCEPTED, Runtime
from hotfolderd.service import Service
from hotfolderd.settings import SettingsFile

log = logging.getLogger(__name__)
# Looking at everything takes at most a twentieth of the time, however many jobs there are. Where changes are told,
# looking at waiting jobs takes at most a six-thousandth: with that, some hundreds are looked at each time.
_LOOKING_SHARE = 20
_SECOND_SAFETY_SHARE = 6000
_AGAIN_S = 1.0
# With `--until-idle`: for how long a sick disk is waited for.
_FAILING_S = 60.0
# Also when nothing happens: the watcher, the root and the postman are looked after, and the heartbeat is written.
_LONGEST_WAIT_S = 10.0
# The heartbeat is written at once where it says something new, otherwise in one of some rounds: see `HEARTBEAT_S`.
_BEAT_S = 10.0


class Daemon:
    """One root at work. `until_idle`: end when nothing is due; `patience_s`: how far ahead a retry may lie for that.

    `settings` is asked for a changed configuration; without it there is none. `taken` is called with each one.
    """

    def __init__(
        self,
        config: Runtime,
        *,
        until_idle: bool = False,
        patience_s: float = 0.0,
        settings: SettingsFile | None = None,
        taken: Callable[[Runtime], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._settings = settings
        self._taken = taken
        self._next: Runtime | None = None
        self._change_at = 0.0
        self._change_is_due = False
        self._service = Service()
        self._metrics = Metrics(None)
        self._until_idle = until_idle
        self._patience_s = patience_s
        self._hints = Hints()
        self._ending = ""
        self._stirred = True
        self._health: dict[str, object] = {}
        self._beat_at = 0.0

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
        tidy_up(root)
        write_schemas(root.private)
        ended = ended_unasked(lock)
        while True:
            self._work_as_set(root, lock, self._config, ended)
            if self._next is None or self._ending:
                return
            self._config, self._next, ended = self._next, None, {}
            self._change_is_due = False
            self._taken(self._config)
            log.info("the changed configuration is taken")

    def _work_as_set(self, root: Root, lock: RootLock, config: Runtime, ended: dict[str, str]) -> None:
        """Work until told to end, or until the configuration is another one. `ended`: see `_tell_of_the_end`."""
        with contextlib.suppress(OSError):  # commands then read the configuration for themselves
            write_atomic(root.private / ACCEPTED, config.accepted, durable=False)
        file = config.metrics_file
        self._metrics = Metrics(None if file is None else Path(file).expanduser())
        parts = put_together(config, root, self._hints)
        self._tell_of_the_end(parts, ended)
        parts.postman.start()
        log.info("hotfolderd works on %s (%s, %d workers)", root.path, parts.watcher.kind, config.workers.processes)
        try:
            self._loop(root, lock, parts)
        finally:
            if self._next is None:
                self._service.ending()
            parts.watcher.stop()
            parts.reconciler.drain(here=not lock.still_there())
            parts.stop_workers(config.shutdown_grace_s if self._ending else 0.5)
            if not lock.still_there():
                parts.reconciler.collect(parts.finished())
                parts.write_index()
                parts.dashboard.write(parts.look, running=self._next is not None and not self._ending)
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
        while not (self._ending or self._change_is_due):
            fault = lock.still_there()
            parts.postman.check(away=bool(fault))
            if fault:  # nothing is touched until the root is back
                if fault != wrong:
                    log.error("%s", fault)
                wrong = fault
                full_at = 0.0
                self._service.went_round(fault)
                self._hints.wait(_AGAIN_S)
                self._hints.take()
                continue
            if wrong:
                log.info("%s: the root is back", root.path)
                wrong = ""
            began = time.monotonic()
            hint = self._where_to_look(full_at, told=parts.watcher.attends)
            try:
                due_s = parts.round(hint)
                self._tell_of_round(root, parts)
            except OSError as error:  # a full disk, a share that is away: the jobs stay where they are
                log.warning("%s; everything is looked at again", error)
                full_at = 0.0
                self._service.went_round(str(error))
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
                if hint == EVERYTHING and not first:
                    log.info("nothing is due: ending")
                    return
                full_at = 0.0
            if first:
                heap.settle()
            first = False
            waits = [self._longest_wait_s(), full_at - time.monotonic(), *([] if due_s is None else [due_s])]
            self._wait(max(0.02, min(waits)), after=hint)
        if self._ending:
            log.info("%s: ending", self._ending)

    def _where_to_look(self, full_at: float, *, told: bool) -> Hint:
        """What was told since the last round; everything where that is due, or where the last round came to no end.

        `told`: changes in all jobs are told.
        """
        hint = self._hints.take()
        if hint.everything or not full_at:
            return EVERYTHING
        if time.monotonic() < full_at:
            return hint
        by_time_s = self._config.rescan_s / _SECOND_SAFETY_SHARE if told else math.inf
        return dataclasses.replace(hint, everything=True, by_time_s=by_time_s)

    def _wait(self, seconds: float, *, after: Hint) -> None:
        """Wait for a hint; before a long time, after a round with hints, what that needed of memory is given back."""
        self._stirred |= after.everything or bool(after.folders)
        if self._stirred and seconds >= _AGAIN_S:
            heap.let_go()
            self._stirred = False
        self._hints.wait(seconds)

    def _longest_wait_s(self) -> float:
        if self._change_is_due:
            return 0.0
        changing = self._settings is not None and (self._next is not None or self._settings.is_read_again)
        return _AGAIN_S if changing else _LONGEST_WAIT_S

    def _is_to_change(self, parts: Parts) -> bool:
        """Whether to go on with another configuration now: it has changed, and running steps have had time to end."""
        if self._settings is None:
            return False
        found = self._settings.changed()
        if found is not None:
            if self._next is None:
                log.info("the configuration has changed: it is taken when running steps have ended")
                self._change_at = time.monotonic() + self._config.shutdown_grace_s
                parts.reconciler.drain()
            self._next = found
        if self._next is None:
            return False
        return not parts.reconciler.running() or time.monotonic() >= self._change_at

    def _tell_of_round(self, root: Root, parts: Parts) -> None:
        """Tell monitors, and whoever started this process, that a round has ended."""
        watcher = parts.watcher
        health: dict[str, object] = {
            "pid": os.getpid(),
            "watcher": watcher.kind,
            "watcher_note": watcher.note,
            "disk_note": parts.space.note,
            "config_note": self._settings.note if self._settings else "",
            "workers_note": parts.far_note,
        }
        now = time.monotonic()
        if health != self._health or now >= self._beat_at:
            note_health(root, json.dumps({**health, "round_at": time.time()}))
            self._health, self._beat_at = health, now + _BEAT_S
        self._service.went_round(f"{parts.reconciler.running()} steps are worked on")
        self._metrics.went_round(parts.figures)
        self._change_is_due = self._is_to_change(parts)
