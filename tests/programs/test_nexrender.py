"""A real nexrender server, and a worker that finishes, fails, stalls or lies: what comes is a movie or an error."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from farm import SECRET, Farm, copied, local
from PIL import Image

from hotfolderd.errors import HotfolderError, JobError, ToolError
from hotfolderd.media.video import frames_to_video
from hotfolderd.model import Comp
from hotfolderd.programs import nexrender
from hotfolderd.programs.aerender import Rendered
from hotfolderd.programs.probing import probe

COMP = Comp(7, "render ä 1", 64, 80, 25.0, 0.4, 2)
FRAMES = 10
Does = Callable[[Farm, dict[str, Any]], None]


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("movie") / "result.mp4"
    frames_to_video((Image.new("RGB", (64, 80), (20 * n, 80, 90)) for n in range(FRAMES)), path, (64, 80), 25.0)
    return path


class Place:
    """A root with a project in the exchange folder, and an empty folder for the movie."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "exchange é" / "J1.render-comp.1"
        (self.folder / "out").mkdir(parents=True)
        self.project = self.folder / "project.aep"
        self.project.write_bytes(b"RIFX")

    def settings(self, url: str, **changes: Any) -> dict[str, Any]:
        return {
            "url": url,
            "poll_s": 0.05,
            "root": str(self.root),
            "root_there": "",
            "with_log": False,
            "silence_s": 20.0,
            "timeout_s": 60.0,
            "tolerate": (),
            "render_settings": "Best Settings",
            "output_module": "",
            "format": "mp4",
            **changes,
        }

    def render(self, url: str, secret: str = SECRET, **changes: Any) -> Rendered:
        settings = self.settings(url, **changes)
        out = self.folder / "out"
        return nexrender.render(settings, secret, self.project, COMP, out, self.folder.name, frames=FRAMES)

    def failure(self, url: str, secret: str = SECRET, **changes: Any) -> HotfolderError:
        with pytest.raises(HotfolderError) as error:
            self.render(url, secret, **changes)
        assert SECRET not in str(error.value)
        return error.value


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "root")


def finishing(movie: Path, log: str = "") -> Does:
    """A worker that renders: it tells its stages and its progress as nexrender's does."""

    def work(farm: Farm, job: dict[str, Any]) -> None:
        farm.tell(job)
        assert local(job["template"]["src"]).read_bytes() == b"RIFX"
        for state in ("render:setup", "render:download", "render:dorender"):
            farm.tell(job, state=state)
        for progress in (10, 60, 100):
            farm.tell(job, renderProgress=progress)
        copied(job, movie, log)
        farm.tell(job, state="finished")

    return work


def failing(error: Any) -> Does:
    def work(farm: Farm, job: dict[str, Any]) -> None:
        farm.tell(job)
        farm.tell(job, state="error", error=error)

    return work


def stalling(farm: Farm, job: dict[str, Any]) -> None:
    farm.tell(job)
    farm.tell(job, state="render:dorender", renderProgress=40)


def test_a_job_is_submitted_followed_and_its_movie_taken(farm: Farm, place: Place, movie: Path) -> None:
    with farm.worker(finishing(movie)):
        done = place.render(farm.url, output_module="H.264")
    assert done.movie.read_bytes() == movie.read_bytes()
    assert (done.by, done.frames) == ("After Effects, by nexrender", FRAMES)
    assert [issue.type for issue in done.issues] == ["render_log_missing"]
    (job,) = farm.seen
    wanted = {"composition": COMP.name, "settingsTemplate": "Best Settings", "outputModule": "H.264"}
    wanted |= {"outputExt": "mp4", "frameStart": 0, "frameEnd": FRAMES - 1}
    assert wanted.items() <= job["template"].items()
    assert job["tags"] == "hotfolderd"
    assert SECRET not in str(job)
    assert farm.jobs() == [], "nothing is left on the server"


def test_the_log_of_after_effects_is_read_where_the_workers_keep_it(farm: Farm, place: Place, movie: Path) -> None:
    log = "WARNING:After Effects warning: Project has missing fonts.\n"
    with farm.worker(finishing(movie, log)):
        error = place.failure(farm.url, with_log=True)
    assert isinstance(error, JobError)
    assert "missing fonts" in str(error)
    assert farm.jobs() == []


def test_a_log_without_complaints_leaves_no_issue(farm: Farm, place: Place, movie: Path) -> None:
    with farm.worker(finishing(movie, "aerender version 25.2x1\n")):
        assert place.render(farm.url, with_log=True).issues == ()


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("aerender ERROR: No comp was found with the given name.", JobError, "No comp was found"),
        ("Couldn't find a result file: /tmp/x/result.mov", ToolError, "Couldn't find a result file"),
        (["first", "second"], ToolError, "second"),
        ({}, ToolError, "no reason given"),
    ],
)
def test_a_job_that_fails_there_fails_here_with_its_reason(
    farm: Farm, place: Place, error: Any, kind: type[HotfolderError], words: str
) -> None:
    with farm.worker(failing(error)):
        found = place.failure(farm.url)
    assert type(found) is kind
    assert words in str(found)
    assert farm.jobs() == []


def test_a_worker_that_stalls_is_given_up_and_the_job_taken_back(farm: Farm, place: Place) -> None:
    with farm.worker(stalling):
        error = place.failure(farm.url, silence_s=1.5)
    assert isinstance(error, ToolError)
    assert "nothing moved for 1.5 s (it was render:dorender, 40 %)" in str(error)
    assert farm.jobs() == []


def test_a_queue_without_workers_is_left_at_the_limit_in_all(farm: Farm, place: Place) -> None:
    """In the queue it may be silent for longer than a rendering may."""
    error = place.failure(farm.url, silence_s=0.5, timeout_s=2.0)
    assert isinstance(error, ToolError)
    assert "not done after 2 s (it was queued, 0 %)" in str(error)
    assert farm.jobs() == []


def test_a_job_that_somebody_removes_is_an_error(farm: Farm, place: Place) -> None:
    def remove(farm: Farm, job: dict[str, Any]) -> None:
        farm.ask("DELETE", f"/jobs/{job['uid']}")

    with farm.worker(remove):
        error = place.failure(farm.url)
    assert isinstance(error, ToolError)
    assert "does not know the job any more" in str(error)


def test_a_job_that_is_finished_without_a_movie_is_an_error(farm: Farm, place: Place) -> None:
    with farm.worker(lambda farm, job: farm.tell(job, state="finished")):
        error = place.failure(farm.url, silence_s=1.0)
    assert isinstance(error, ToolError)
    assert "left no movie" in str(error)


def test_half_a_movie_is_an_error(farm: Farm, place: Place, movie: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.mp4"
    half.write_bytes(movie.read_bytes()[: movie.stat().st_size // 2])
    with farm.worker(finishing(half)):
        error = place.failure(farm.url)
    assert isinstance(error, ToolError)
    assert "damaged or not whole" in str(error)


def test_a_wrong_secret_is_told_and_never_shown(farm: Farm, place: Place) -> None:
    error = place.failure(farm.url, "another-secret")
    assert isinstance(error, ToolError)
    assert "refuses the secret" in str(error)
    assert "another-secret" not in str(error)
    assert farm.jobs() == []
    (probed,) = probe(nexrender=(farm.url, "another-secret"))
    assert "refuses the secret" in probed.problem
    assert "another-secret" not in f"{probed}"
    assert probe(nexrender=(farm.url, SECRET))[0].problem == ""


def test_a_server_that_is_not_there_is_an_error(farm: Farm, place: Place) -> None:
    farm.close()
    assert "does not answer" in str(place.failure(farm.url))


def test_a_server_that_goes_away_while_it_renders_is_an_error(farm: Farm, place: Place) -> None:
    def end(farm: Farm, job: dict[str, Any]) -> None:
        farm.tell(job)
        farm.close()

    with farm.worker(end):
        error = place.failure(farm.url, silence_s=1.5)
    assert isinstance(error, ToolError)
    assert "does not answer" in str(error)


def test_workers_are_told_paths_as_they_see_them(place: Place) -> None:
    settings = place.settings("http://farm:3000", root_there="Z:/jobs")
    project = nexrender.there(settings, place.project)
    job = nexrender.order(settings, "u", project, COMP, nexrender.there(settings, place.folder), start=3, frames=5)
    assert project == "Z:/jobs/exchange é/J1.render-comp.1/project.aep"
    assert job["template"]["src"] == "file:///Z:/jobs/exchange%20%C3%A9/J1.render-comp.1/project.aep"
    assert (job["template"]["frameStart"], job["template"]["frameEnd"]) == (3, 7)
    assert job["actions"]["postrender"][0]["output"] == "Z:/jobs/exchange é/J1.render-comp.1"


def test_another_server_is_never_spoken_to_whatever_this_one_says(place: Place, monkeypatch: Any) -> None:
    """No redirect is followed, and no proxy of the environment is used: the secret goes nowhere else."""
    heard: list[str] = []
    with listening(heard, 200) as other, listening([], 302, f"http://127.0.0.1:{other}/api/v1/jobs") as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{other}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{other}")
        error = place.failure(f"http://127.0.0.1:{port}")
    assert "answers 302" in str(error)
    assert heard == []


def test_a_server_that_repeats_the_secret_does_not_bring_it_into_a_message(place: Place) -> None:
    with listening([], 500, says=f"you said {SECRET}") as port:
        assert "you said ***" in str(place.failure(f"http://127.0.0.1:{port}"))


@contextmanager
def listening(heard: list[str], status: int, location: str = "", says: str = "{}") -> Iterator[int]:
    """A server that answers all with one status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            heard.append(self.path)
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-length", str(len(says)))
            self.end_headers()
            self.wfile.write(says.encode())

        do_GET = do_POST = do_DELETE = answer  # noqa: N815  the names of the library

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
