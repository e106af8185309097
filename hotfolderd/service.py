"""What the system's service manager is told: ready, still at work, ending (systemd's `sd_notify` protocol).

Sends datagrams to the socket that `NOTIFY_SOCKET` names; where nothing is named, nobody is told. A daemon that hangs
says nothing, for it is told from the loop itself, never by a clock of its own.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Service:
    """The service manager that has started this process, if one has."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._ready = False
        self._status = ""

    def went_round(self, status: str) -> None:
        """A round of the loop has ended: the first means that all is ready, each feeds the watchdog.

        `status` is what `systemctl status` shows.
        """
        words = ["WATCHDOG=1"]
        if not self._ready:
            words.append("READY=1")
        if status != self._status:
            words.append(f"STATUS={' '.join(status.split())}")
        if self._send(words):
            self._ready = True
            self._status = status

    def ending(self) -> None:
        """The daemon lets running steps end, and will be gone."""
        self._send(["STOPPING=1"])

    def _send(self, words: list[str]) -> bool:
        if not self._address:
            return False
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)  # the line never waits for whoever listens
            channel.sendto("\n".join(words).encode(), address)
            return True
        return False
