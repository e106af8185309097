"""The log of a process: to stderr, without secrets, and one record on one line whatever a name holds.

Sets up the handlers of `logging`, and has uncaught errors and warnings go through them too. Reads and writes no file.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import quote, quote_plus, unquote, unquote_plus

LINES = "%(asctime)s %(levelname)s %(message)s"
_LEAST_SECRET = 6
_HIDDEN = "***"
# They tell addresses, or every event of a folder.
_TALKATIVE = ("apprise", "urllib3", "requests", "watchdog")


def set_up(level: int, *, lines: str = LINES, addresses: Iterable[str] = (), as_json: bool = False) -> None:
    """Log to stderr from a level upwards; what the addresses (of messages) hold of secrets is replaced by `***`.

    `as_json`: each record is one object on one line.
    """
    logging.basicConfig(level=level, format=lines, force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    discreet = Discreet(addresses)
    for handler in logging.getLogger().handlers:
        handler.addFilter(discreet)
        if as_json:
            handler.setFormatter(_AsJson())
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class _AsJson(logging.Formatter):
    """A record as one object: `at` (UTC), `level`, `room`, `message`, and `trace` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`; `Discreet` has rewritten the record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"at": at, "level": record.levelname, "room": record.name, "message": record.getMessage()}
        trace = "\n".join(text for text in (record.exc_text, record.stack_info) if text)
        return json.dumps({**told, "trace": trace} if trace else told)


class Discreet(logging.Filter):
    """Rewrites records: no secret of the addresses, no control or bidi character, tracebacks indented.

    Secrets are each whole address and the parts of it (user, password, host without a dot, path, values of the query)
    that have 6 characters or more, in each way in which they may be written.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        super().__init__()
        secrets = {way for address in addresses for part in _parts(address) for way in _ways(part)}
        longest_first = sorted(secrets, key=lambda one: (-len(one), one))
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite one record, and let it pass."""
        record.msg, record.args = visible(self._secret.sub(_HIDDEN, _said(record))), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        record.exc_text = self._indented(record.exc_text)
        record.stack_info = self._indented(record.stack_info)
        return True

    def _indented(self, text: str | None) -> str | None:
        lines = self._secret.sub(_HIDDEN, text or "").split("\n")
        return "\n".join(f"    {visible(line.removeprefix('    '))}" for line in lines) if text else None


def visible(text: str) -> str:
    """A text on one line, with what is not seen (control, bidi and zero-width characters) written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a record whose arguments do not fit: what it holds is said all the same
        return f"{record.msg} {record.args}"


def _parts(address: str) -> Iterator[str]:
    """An address, and what of it may be secret. It may be no address at all: each piece between signs counts then."""
    yield address
    scheme, marked, rest = address.partition("://")
    rest = rest if marked else scheme
    yield rest
    rest, _, query = rest.partition("?")
    place, _, path = rest.partition("/")
    user, signed, host = place.rpartition("@")
    if signed:
        yield base64.b64encode(unquote(user).encode()).decode()
        yield from (user, *user.split(":"))
    yield from (piece for piece in host.split(":") if "." not in piece and piece != "localhost")
    yield from (path, *path.split("/"), *re.split(r"[/@:,]", path))
    yield from (piece for pair in query.split("&") for piece in (pair, pair.partition("=")[2]))


def _ways(part: str) -> set[str]:
    """The ways in which a part may be written; none for one that is too short to be a secret."""
    plain = {part, unquote(part), unquote_plus(part)}
    ways = {way for one in plain for way in (one, quote(one, safe=""), quote(one), quote_plus(one))}
    ways |= {json.dumps(one)[1:-1] for one in ways} | {repr(one)[1:-1] for one in ways}
    return {way for way in ways if len(way) >= _LEAST_SECRET}


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("ended by an error", exc_info=(kind, error, trace))


def _uncaught_in_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_value is not None:
        name = what.thread.name if what.thread else "?"
        trace = (what.exc_type, what.exc_value, what.exc_traceback)
        logging.getLogger(__name__).error("the thread %s has died", name, exc_info=trace)
