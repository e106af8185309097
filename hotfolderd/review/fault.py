"""What a rule about several keys says where it is broken: a model raises it, `checking` finds its place."""

from __future__ import annotations


class FaultError(ValueError):
    """A rule about several keys is broken. `keys`, or paths of keys, say where; the first that is written counts."""

    def __init__(self, message: str, *keys: str | tuple[int | str, ...]) -> None:
        super().__init__(message)
        self.keys = [key if isinstance(key, tuple) else (key,) for key in keys]
