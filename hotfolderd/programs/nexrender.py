"""A nexrender server: it is given a project, and its workers leave the movie in a folder that both can see.

Speaks to the one server of the configuration, over HTTP, through no proxy and after no redirect. Reads and writes the
exchange folder of one rendering. The secret goes into one header and nowhere else. Tried on `@nexrender/server` 1.38.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from hotfolderd.errors import ToolError
from hotfolderd.model import Comp, Issue
from hotfolderd.programs import movie
from hotfolderd.programs.aerender import Rendered
from hotfolderd.programs.judgement import clean, judge, with_log

NAME = "nexrender"
LOG = "aerender.log"
_ANSWER_S = 30.0
_MOST_BYTES = 4 << 20
# A share may show the last file of a worker some seconds later.
_ARRIVES_S = 15.0
_HEADER = "nexrender-secret"
_REMEDY = "See whether the nexrender server and a worker of it run, and whether render.nexrender is right."


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a job is: nexrender's word for it (queued, picked, started, render:…, finished, error)."""

    state: str
    progress: float = 0.0
    error: str = ""
    updated: str = ""


@dataclass(slots=True)
class Server:
    """One nexrender server, by its address. `secret` is in no message and no `repr`."""

    url: str
    secret: str = field(default="", repr=False)

    def health(self) -> None:
        """Raises ToolError unless the server answers and takes the secret."""
        self._ask("GET", "/health")
        self._ask("GET", "/jobs/hotfolderd-probe", unknown=True)

    def submit(self, job: Mapping[str, Any]) -> None:
        """Put a job into the queue. Raises ToolError."""
        answer = self._ask("POST", "/jobs", job)
        if not isinstance(answer, dict) or answer.get("uid") != job["uid"]:
            raise ToolError(f"{NAME}: {self.url} did not take the job: {clean(str(answer))!r}. {_REMEDY}")

    def standing(self, uid: str) -> Standing | None:
        """How far a job is; None where the server does not know it. Raises ToolError."""
        job = self._ask("GET", f"/jobs/{quote(uid, safe='')}", unknown=True)
        if not isinstance(job, dict) or job.get("uid") != uid:
            return None
        error = job.get("error")
        words = error if isinstance(error, str) else json.dumps(error) if error else ""
        progress = job.get("renderProgress")
        return Standing(
            str(job.get("state")),
            float(progress) if isinstance(progress, int | float) else 0.0,
            words,
            str(job.get("updatedAt") or ""),
        )

    def remove(self, uid: str) -> None:
        """Take a job out of the queue, known or not. Raises ToolError."""
        self._ask("DELETE", f"/jobs/{quote(uid, safe='')}")

    def _ask(self, verb: str, path: str, body: Mapping[str, Any] | None = None, *, unknown: bool = False) -> Any:
        """The answer to one request. `unknown`: an empty answer is None."""
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy, no .netrc
                with session.request(
                    verb,
                    f"{self.url}/api/v1{path}",
                    json=body,
                    headers={_HEADER: self.secret} if self.secret else {},
                    timeout=_ANSWER_S,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    said = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            why = clean(self._hidden(str(error)))
            raise ToolError(f"{NAME}: {self.url} does not answer: {why}. {_REMEDY}") from None
        text = clean(self._hidden(said[:4096].decode("utf-8", "replace")))
        if answer.status_code == requests.codes.forbidden:
            raise ToolError(
                f"{NAME}: {self.url} refuses the secret. Set render.nexrender.secret to that of the server."
            )
        if answer.status_code != requests.codes.ok or len(said) > _MOST_BYTES:
            raise ToolError(f"{NAME}: {self.url} answers {answer.status_code} to {verb} {path}: {text}. {_REMEDY}")
        if unknown and not said.strip():
            return None
        try:
            return json.loads(said)
        except ValueError:
            if said.strip() == b"ok":
                return "ok"
            raise ToolError(f"{NAME}: what {self.url} answers is no JSON: {text}. {_REMEDY}") from None

    def _hidden(self, text: str) -> str:
        return text.replace(self.secret, "***") if self.secret else text


def order(
    settings: Mapping[str, Any], uid: str, project: str, comp: Comp, leave_in: str, *, start: int, frames: int
) -> dict[str, Any]:
    """The job as nexrender wants it. `project` and `leave_in` are paths as its workers see them."""
    template = {
        "src": _file_url(project),
        "composition": comp.name,
        "settingsTemplate": settings["render_settings"] or None,
        "outputModule": settings["output_module"] or None,
        "outputExt": settings["format"],
        "frameStart": start,
        "frameEnd": start + frames - 1,
    }
    copies: list[dict[str, str]] = [{"module": "@nexrender/action-copy", "output": leave_in}]
    if settings["with_log"]:
        copies.append({"module": "@nexrender/action-copy", "input": LOG, "output": f"{leave_in}/{LOG}"})
    return {
        "uid": uid,
        "tags": "hotfolderd",
        "template": {key: value for key, value in template.items() if value is not None},
        "assets": [],
        "actions": {"prerender": [], "postrender": copies},
    }


def render(
    settings: Mapping[str, Any],
    secret: str,
    project: Path,
    comp: Comp,
    folder: Path,
    uid: str,
    *,
    frames: int,
    start: int = 0,
) -> Rendered:
    """The first `frames` frames of a comp as a movie that a worker leaves in `folder`, which must be empty.

    Raises JobError where the project is at fault, ToolError for everything else that is not a whole movie; then the
    server has no such job any more.
    """
    began = time.monotonic()
    server = Server(settings["url"], secret)
    job = order(settings, uid, there(settings, project), comp, there(settings, folder), start=start, frames=frames)
    try:
        server.submit(job)
        _follow(server, uid, settings)
        log = _log(folder, _patience_s(settings)) if settings["with_log"] else ""
        issues = judge(NAME, log, settings["tolerate"])
        path = _arrived(folder, _patience_s(settings))
        media = movie.check(NAME, path, comp, frames)
    finally:
        with contextlib.suppress(ToolError):
            server.remove(uid)
    if not settings["with_log"]:
        text = "nexrender did not hand over the log of After Effects: missing fonts would not have been noticed"
        issues.append(Issue("render_log_missing", "info", text, "Set render.nexrender.with_log"))
    by = "After Effects, by nexrender"
    return Rendered(path, by, media.frames, tuple(issues), log, time.monotonic() - began)


def there(settings: Mapping[str, Any], path: Path) -> str:
    """A path below the root as the machines of the workers see it."""
    if not settings["root_there"]:
        return str(path)
    return f"{settings['root_there']}/{path.relative_to(settings['root']).as_posix()}"


def _file_url(path: str) -> str:
    plain = path.replace("\\", "/")
    return f"file:{quote(plain)}" if plain.startswith("//") else f"file:///{quote(plain.lstrip('/'), safe='/:')}"


def _follow(server: Server, uid: str, settings: Mapping[str, Any]) -> None:
    """Wait until a job is finished. In the queue it may wait for `timeout_s`; once picked, never silently for long."""
    ends_at = time.monotonic() + settings["timeout_s"]
    last: Standing | None = None
    heard_at = time.monotonic()
    while True:
        now: Standing | None = None
        trouble = ""
        try:
            now = server.standing(uid)
        except ToolError as error:
            trouble = str(error)
        if now is None and not trouble:
            raise ToolError(f"{NAME}: {server.url} does not know the job any more: somebody removed it. {_REMEDY}")
        if now is not None and now.state == "error":
            words = clean(now.error) or "no reason given"
            judge(NAME, now.error, settings["tolerate"])
            raise with_log(ToolError(f"{NAME}: the rendering failed: {words}. {_REMEDY}"), now.error)
        if now is not None and now.state == "finished":
            return
        if now is not None and (now != last or now.state == "queued"):
            last, heard_at = now, time.monotonic()
        where = f"it was {last.state}, {last.progress:g} %" if last else "nothing was heard of it"
        if time.monotonic() >= ends_at:
            raise ToolError(f"{NAME}: not done after {settings['timeout_s']:g} s ({where}). {_REMEDY}")
        if time.monotonic() - heard_at >= settings["silence_s"]:
            raise ToolError(trouble or f"{NAME}: nothing moved for {settings['silence_s']:g} s ({where}). {_REMEDY}")
        time.sleep(settings["poll_s"])


def _patience_s(settings: Mapping[str, Any]) -> float:
    return min(_ARRIVES_S, float(settings["silence_s"]))


def _arrived(folder: Path, patience_s: float) -> Path:
    """The movie, once a share shows it; it is whole when it does not grow any more."""
    until = time.monotonic() + patience_s
    before = -1
    while True:
        try:
            path = movie.left_in(NAME, folder)
            size = path.stat().st_size
            if size == before:
                return path
            before = size
        except ToolError:
            if time.monotonic() >= until:
                raise
        time.sleep(0.3)


def _log(folder: Path, patience_s: float) -> str:
    path = folder / LOG
    until = time.monotonic() + patience_s
    while not path.is_file():
        if time.monotonic() >= until:
            text = "the worker left no aerender.log. Start it with NEXRENDER_ENABLE_AELOG_PROJECT_FOLDER=true"
            raise ToolError(f"{NAME}: {text}, or set render.nexrender.with_log: false.")
        time.sleep(0.3)
    return path.read_bytes()[-(16 << 20) :].decode("utf-8", "replace")
