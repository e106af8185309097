"""Telling people, at least once: messages are files in an outbox, sent by a thread of their own.

`Notices` keeps messages, in the words of `matrix.py`; `Postman` sends them. `Reminders` and `DailyDigest` tell by time.
Reads and writes `.hotfolderd/outbox`, `sent`, `dead`, `reminders.json` and `digest.json`, and `messages.txt` in the
root. The line waits for the disk alone, never for a network.
"""

from __future__ import annotations

from hotfolderd.notify.letters import Desk, Letter
from hotfolderd.notify.manners import Manners
from hotfolderd.notify.message import NOTHING, About
from hotfolderd.notify.outbox import Notices
from hotfolderd.notify.postman import Postman
from hotfolderd.notify.reminders import Asked, DailyDigest, Digest, Reminders
from hotfolderd.notify.targets import MESSAGES, Recipient, targets_of
from hotfolderd.notify.wording import harmless

__all__ = [
    "MESSAGES",
    "NOTHING",
    "About",
    "Asked",
    "DailyDigest",
    "Desk",
    "Digest",
    "Letter",
    "Manners",
    "Notices",
    "Postman",
    "Recipient",
    "Reminders",
    "harmless",
    "targets_of",
]
