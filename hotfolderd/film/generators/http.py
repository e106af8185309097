"""A server that makes a clip: asked by POST, looked at until it is done, and fetched. See `Generator`.

It talks to the hosts of the allow-list only, follows no redirect to another, uses no proxy, and has a limit for the
time and the size of everything. What the server says:

- to the POST: the clip itself (`Content-Type: video/…`), or JSON with `status_url`, `video_url` or both;
- at `status_url`: JSON with `status` (`done`, `failed`, anything else: not yet), `video_url`, `error`, `retry`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from hotfolderd.errors import ConfigError, JobError, MachineError, ToolError
from hotfolderd.film.generators import making
from hotfolderd.film.generators.limiter import LaterError
from hotfolderd.film.generators.order import ClipOrder, ClipReport, prompt_of

_PATIENCE_S = 30.0
_MOST_JSON = 1 << 20
_PIECE = 1 << 16
_LATER = (408, 425, 429)
_DONE, _FAILED = ("done", "completed", "succeeded"), ("failed", "error", "cancelled", "canceled")
_REMEDY = "Look at generators.http in the configuration."


class Http:
    """See `Generator`."""

    name = "http"

    def __init__(
        self,
        url: str,
        *,
        allow_hosts: tuple[str, ...],
        key_env: str = "",
        poll_s: float = 2.0,
        max_mib: int = 512,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url, self.allow_hosts = url, {host.casefold() for host in allow_hosts}
        self.poll_s, self.most_bytes, self.sleep = max(0.05, poll_s), max_mib << 20, sleep
        wrong = self._refusal(url)
        if wrong:
            raise ConfigError(f"generators.http.url: {wrong}")
        self.headers = {"Accept": "application/json, video/*", "User-Agent": "hotfolderd"}
        if key_env:
            key = os.environ.get(key_env, "").strip()
            if not key:
                raise ConfigError(
                    f"generators.http.key_env: the environment has no {key_env}. Set it, or leave it out."
                )
            self.headers["Authorization"] = f"Bearer {key}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """See `Generator`."""
        began = time.monotonic()
        until = began + timeout_s
        with making.workplace(out) as work:
            fetched = work / "fetched.mp4"
            log: list[str] = []
            body = json.dumps(_asked(order, attempt)).encode()
            answer = self._ask(self.url, until, fetched, log, body)
            while answer is not None:
                address = self._next(answer, self.url)
                if address is None:
                    self.sleep(min(self.poll_s, max(0.0, until - time.monotonic())))
                    address = urljoin(self.url, str(answer["status_url"]))
                status_url = answer.get("status_url")
                answer = self._ask(address, until, fetched, log)
                if answer is not None and status_url and not answer.get("status_url"):
                    answer = {**answer, "status_url": status_url}
            try:
                left = max(10.0, until - time.monotonic())
                stands_s = making.normalised(order, fetched, out, timeout_s=left, loop=False)
            except JobError as error:
                raise ToolError(f"{self.url}: sent what is no clip: {error}") from error
            return making.report(order, out, self.name, began, log="\n".join(log), stands_s=stands_s)

    def _next(self, answer: Mapping[str, Any], base: str) -> str | None:
        """Where to fetch the clip; None while it is not done. Raises what the server says is wrong."""
        status = str(answer.get("status", "")).casefold()
        if status in _FAILED:
            error = str(answer.get("error") or "it says no more")[:400]
            kind = JobError if answer.get("retry") is False else ToolError
            raise kind(f"{base}: the server could not make the clip: {error}. Change the scene, or try again.")
        if answer.get("video_url") and (status in _DONE or not status):
            return urljoin(base, str(answer["video_url"]))
        if not answer.get("status_url"):
            raise ToolError(f"{base}: the answer holds neither status_url nor video_url. {_REMEDY}")
        return None

    def _ask(
        self, url: str, until: float, fetched: Path, log: list[str], body: bytes | None = None
    ) -> Mapping[str, Any] | None:
        """The JSON at an address; None where it was the clip, which then lies in `fetched`."""
        wrong = self._refusal(url)
        if wrong:
            raise JobError(f"generators.http: the server names an address that is not allowed: {wrong}")
        left = until - time.monotonic()
        if left <= 0:
            raise ToolError(f"{self.url}: not done after the time limit. Raise the limit, or look at the server.")
        headers = self.headers | ({"Content-Type": "application/json"} if body is not None else {})
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - _refusal has looked at it
        try:
            with self.opener.open(request, timeout=min(_PATIENCE_S, left)) as response:
                log.append(f"{request.get_method()} {_shown(url)}: {response.status}")
                kind = response.headers.get_content_type()
                if kind.startswith("video/") or kind == "application/octet-stream":
                    self._fetch(response, fetched, until)
                    return None
                data = b"".join(self._pieces(response, until, _MOST_JSON))
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(url, error) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            text = f"{_shown(url)}: cannot be reached: {reason}. Is the server running? {_REMEDY}"
            raise ToolError(text) from None  # its cause would be taken for a fault of this machine
        return _json(url, data)

    def _fetch(self, response: Any, fetched: Path, until: float) -> None:
        with fetched.open("wb") as stream:
            for piece in self._pieces(response, until, self.most_bytes):
                with _on_the_disk(fetched):
                    stream.write(piece)
            with _on_the_disk(fetched):
                stream.flush()

    def _pieces(self, response: Any, until: float, most: int) -> Any:
        size = 0
        while piece := response.read1(_PIECE):
            size += len(piece)
            if size > most:
                raise JobError(f"{self.url}: sent more than {most / (1 << 20):g} MiB. Raise generators.http.max_mib.")
            if time.monotonic() > until:
                raise ToolError(f"{self.url}: not done after the time limit. Raise the limit, or look at the server.")
            yield piece
        if response.length:  # `read1` takes an answer that ends too early for a whole one
            raise ToolError(f"{self.url}: ended its answer {response.length} bytes too early. {_REMEDY}")

    def _refusal(self, url: str) -> str:
        """Why an address is not asked; empty where it may be."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            return f"{url[:200]!r} is no address ({error}). Write it as http://host:port/path."
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            return f"{_shown(url)!r} is no address of http or https. Write it as http://host:port/path."
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        if not {host.casefold(), f"{host.casefold()}:{port}"} & self.allow_hosts:
            return f"{host} is not among generators.http.allow_hosts. Add it there if it may be asked."
        return ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: who is moved has to be named by its new address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """None: the redirect becomes an HTTPError."""


def _asked(order: ClipOrder, attempt: int) -> dict[str, object]:
    scene = order.scene
    return {
        "prompt": prompt_of(order),
        "duration": order.duration_s,
        "seed": order.seed,
        "width": order.video.width_px,
        "height": order.video.height_px,
        "fps": order.video.fps,
        "style": scene.style,
        "scene": {
            "number": scene.number,
            "location": scene.location,
            "description": scene.description,
            "characters": list(scene.characters),
            "dialogue": scene.dialogue,
        },
        "params": dict(order.params),
        "attempt": attempt,
    }


@contextlib.contextmanager
def _on_the_disk(path: Path) -> Iterator[None]:
    """What fails in here is no fault of the server."""
    try:
        yield
    except OSError as error:
        raise MachineError(f"{path.name}: {error.strerror}. Look at the disk and the folder's permissions.") from error


def _refused(url: str, error: urllib.error.HTTPError) -> ToolError | JobError:
    code = error.code
    try:
        words = error.read(400).decode("utf-8", "replace").strip()
    except OSError:
        words = ""
    message = f"{_shown(url)}: answered {code} {error.reason}{f': {words}' if words else ''}. {_REMEDY}"
    if code in _LATER or (code == 503 and error.headers.get("Retry-After")):
        return LaterError(message, _after_s(error.headers.get("Retry-After")))
    if 300 <= code < 500:
        return JobError(message)
    return ToolError(message)


def _after_s(said: str | None) -> float:
    try:
        seconds = float(said or "")
    except ValueError:
        return 60.0
    return min(86_400.0, max(1.0, seconds)) if math.isfinite(seconds) else 60.0


def _json(url: str, data: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise ToolError(f"{_shown(url)}: answered with neither JSON nor a clip. {_REMEDY}") from None
    if not isinstance(answer, dict):
        raise ToolError(f"{_shown(url)}: answered with JSON that is no object. {_REMEDY}")
    return answer


def _shown(url: str) -> str:
    """An address without what may be a key in it."""
    return url.split("?", 1)[0].split("#", 1)[0][:200]
