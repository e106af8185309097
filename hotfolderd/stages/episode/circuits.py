"""The circuits of generators, over all jobs and processes of a root: each stands in a file.

Reads and writes `.hotfolderd/generators/<name>.circuit`, one process at a time; never waits for a generator.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hotfolderd.disk import make_folder, write_atomic
from hotfolderd.film.generators.circuit import CircuitPolicy, GeneratorCircuit
from hotfolderd.inbox.problem import printable
from hotfolderd.model import from_json, to_json

GENERATORS = ("command", "http")  # what is outside of this program, and may be away as a whole
_ENDING = "circuit"
_LONGEST_MESSAGE = 300


class SharedCircuit:
    """The circuit of one generator. `clip` names a clip among all of a root. `clock`: seconds since 1970."""

    def __init__(self, folder: Path, name: str, policy: CircuitPolicy, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._name, self._policy, self._clock = folder, name, policy, clock

    def seen(self) -> GeneratorCircuit:
        """The circuit as it was written last; closed where nothing was, or where that cannot be read."""
        try:
            return from_json(GeneratorCircuit, (self._folder / f"{self._name}.{_ENDING}").read_bytes())
        except (OSError, ValueError):
            return GeneratorCircuit()

    def waits_until(self, clip: str) -> float | None:
        """When a clip may be begun; None where it may be at once."""
        return self.seen().waits_until(clip, self._clock(), self._policy)

    def begin(self, clip: str, longest_s: float) -> bool:
        """Begin a clip that takes `longest_s` seconds at most; False where it has to wait."""
        with self._alone():
            seen, now = self.seen(), self._clock()
            if seen.waits_until(clip, now, self._policy) is not None:
                return False
            self._write(seen, seen.begun(clip, now, longest_s))
        return True

    def worked(self) -> None:
        """The generator has made a clip: nobody waits any more."""
        with self._alone():
            self._write(self.seen(), GeneratorCircuit())

    def broke(self, clip: str, message: str) -> None:
        """The generator has failed, and asking again could mend it."""
        with self._alone():
            seen = self.seen()
            self._write(seen, seen.broke(clip, message[:_LONGEST_MESSAGE], self._clock(), self._policy))

    def left(self, clip: str) -> None:
        """A clip has ended without saying anything of the generator."""
        with self._alone():
            seen = self.seen()
            self._write(seen, seen.left(clip))

    def _write(self, seen: GeneratorCircuit, circuit: GeneratorCircuit) -> None:
        if circuit != seen:
            write_atomic(self._folder / f"{self._name}.{_ENDING}", to_json(circuit), durable=False)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        make_folder(self._folder)
        with (self._folder / f"{self._name}.{_ENDING}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def open_circuits(folder: Path) -> dict[str, GeneratorCircuit]:
    """The generators that are left alone at present, by name."""
    found = {name: SharedCircuit(folder, name, CircuitPolicy()).seen() for name in GENERATORS}
    return {name: circuit for name, circuit in found.items() if circuit.open}


def said_of(name: str, circuit: GeneratorCircuit, now: float) -> str:
    """What people read of a generator that is left alone."""
    left_s = max(0.0, circuit.until - now)
    then = f"one of them tries in {left_s:.0f} s" if left_s else "one of them tries now, or with the next scene"
    return f"The generator {name} fails for every scene: {printable(circuit.message)} Its scenes wait; {then}."
