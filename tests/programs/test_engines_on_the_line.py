"""The whole way with a real daemon, its guard and its workers: After Effects' stand-ins and a real nexrender server."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from farm import SECRET, Farm, copied, local
from house import House, write_csv

from hotfolderd.demo.design import PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.disk import sha256_of
from hotfolderd.media.project import read_template
from hotfolderd.media.video import probe

SIZE = (200, 250)
QUICK = {"attempts": 2, "base_s": 0.1, "cap_s": 0.1}


def drop(inbox: Path, *jobs: str, suffix: str = "aep") -> None:
    """Jobs with one template; their footage lies where the template was made, and is gone from there."""
    (inbox / "footage").mkdir()
    stadium(*SIZE).save(inbox / "img_bg.png")
    stadium(40, 50).save(inbox / "footage" / "frame.png")
    layers = (
        CompPicture(inbox / "img_bg.png"),
        CompPicture(inbox / "footage" / "frame.png"),
        CompText("txt_title", "Title", 10, 25, size_px=24.0),
    )
    make_template(inbox / f"tiny.{suffix}", comps=[CompSpec("render_tiny", SIZE, layers, duration_s=1.0)])
    for job in jobs:
        blue = PictureSpec("img_bg", 0, 0, *SIZE, "#1d5fd1")
        make_design(inbox / f"{job}.psd", size=SIZE, layers=[blue, TextSpec("title", f"Hello {job}", 10, 25, 24.0)])
    write_csv(inbox / "tiny.csv", [(job, f"{job}.psd", f"tiny.{suffix}", f"{job}.aep") for job in jobs])


def opened(path: Path, **render: Any) -> House:
    return House(path, render=render, retry=QUICK)


def approve(house: House, *jobs: str) -> None:
    for job in jobs:
        house.edit(house.wait_for(f"2-review/{job}/review.yaml"), decision="approve", by="anna")


def failed(house: House, job: str) -> dict[str, Any]:
    house.wait_until(lambda: house.where(job) == "failed", f"{job} to fail")
    failure: dict[str, Any] = house.status(job)["failure"]
    return failure


def retry(house: House, job: str) -> None:
    (house.folder(job) / "control.yaml").write_text("action: retry\n")


def test_a_rendered_comp_is_shown_as_such_and_delivered(program: Any, tmp_path: Path) -> None:
    """aerender fails in two ways first: each time the job fails and says why; a good one brings it to its delivery."""
    path = program("aerender_exits_0_with_missing_fonts_in_its_log", called="aerender")
    house = opened(tmp_path, preview="aerender", deliver_video="aerender", aerender=path, silence_s=15.0)
    drop(house.inbox, "J1")
    with house, house.watched():
        approve(house, "J1")
        failure = failed(house, "J1")
        assert (failure["error_class"], failure["attempts"], failure["step"]) == ("JobError", 1, "render-comp")
        assert "missing fonts. Install the fonts of the template" in failure["message"]
        story = (house.folder("J1") / failure["log"]).read_text()
        assert "PROGRESS: Launching After Effects" in story, "the log of aerender is there to read"

        program("aerender_leaves_half_the_frames", called="aerender")
        retry(house, "J1")
        house.wait_until(lambda: ("failed", "5-generation") in house.moves("J1"), "the first retry")
        house.wait_until(lambda: house.where("J1") == "failed", "J1 to fail again")
        failure = failed(house, "J1")
        assert (failure["error_class"], failure["attempts"]) == ("ToolError", 2)
        assert "it should last 1 s" in failure["message"]

        program("aerender_is_good", called="aerender")
        retry(house, "J1")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        job = approval.parent
        page = re.sub(r"<[^>]+>", "", (job / "approval.html").read_text())
        assert "rendered by After Effects 25.2" in page
        assert "approximate preview" not in page
        metrics = json.loads((job / "previews/metrics.json").read_bytes())
        assert (metrics["renderer"], metrics["preview_size"]) == ("After Effects 25.2", list(SIZE))
        assert "approximate" not in (job / "output/report.txt").read_text()
        assert "preview_simulated" not in (job / ".job/record.json").read_text()
        movie = probe(job / "output/J1.mov", decode=True)
        assert (movie.width, movie.height, movie.duration_s) == (*SIZE, 1.0)
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")
        house.wait_until(lambda: "deployed" in house.status("J1"), "the delivery")
    delivery = Path(house.status("J1")["deployed"])
    manifest = {one["path"]: one["sha256"] for one in json.loads((delivery / "manifest.json").read_bytes())["files"]}
    assert manifest["J1.mov"] == sha256_of(delivery / "J1.mov")


def test_a_renderer_that_hangs_costs_its_job_and_not_the_line(program: Any, tmp_path: Path) -> None:
    """While it hangs another job goes on to its review; then the job fails, and nothing of the program is left."""
    path = program("aerender_hangs", called="aerender")
    house = opened(tmp_path, preview="aerender", aerender=path, silence_s=4.0)
    drop(house.inbox, "J1", "J2")
    with house:
        approve(house, "J1")
        house.wait_until(lambda: "Rendering" in house.status("J1").get("doing", ""), "the rendering to begin")
        house.wait_for("2-review/J2/review.yaml")
        failure = failed(house, "J1")
        assert (failure["error_class"], failure["attempts"]) == ("ToolError", 2)
        assert "said nothing for 4 s and was ended" in failure["message"]
        assert house.where("J2") == "2-review"
    left = subprocess.run(["pgrep", "-f", path], capture_output=True, check=False, text=True)
    assert left.stdout == ""


def test_after_effects_makes_the_final_project(program: Any, tmp_path: Path) -> None:
    """What it saved is delivered in both forms, names its footage in the delivery, and is read and proved again."""
    path = program("afterfx_sets_another_text", called="AfterFX")
    house = opened(tmp_path, project="afterfx", afterfx=path)
    drop(house.inbox, "J1", suffix="aepx")
    with house, house.watched():
        approve(house, "J1")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        assert house.status("J1")["status"] == "validation_failed", "another text than was approved"
        report = (approval.parent / "output/report.txt").read_text()
        assert "should say 'Hello J1', found 'SOMETHING ELSE'" in report
        assert "1 of 2 placeholders are as ordered" in report

        program("afterfx_is_good", called="AfterFX")
        house.edit(approval, decision="regenerate", by="bert")
        house.wait_until(lambda: ("6-approval", "5-generation") in house.moves("J1"), "the second round")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        house.wait_until(lambda: "revision: 2" in approval.read_text(), "the second question")
        job = approval.parent
        assert house.status("J1")["status"] == "awaiting_approval", (job / "output/report.txt").read_text()
        page = re.sub(r"<[^>]+>", "", (job / "approval.html").read_text())
        assert "The project was saved by After Effects 25.2." in page
        assert "2 of 2 placeholders are as ordered" in page
        assert "final_project_headless" not in _issues_open(job)
        assert "footage_not_relinked" not in _issues_open(job)
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")
        house.wait_until(lambda: "deployed" in house.status("J1"), "the delivery")
    delivery = Path(house.status("J1")["deployed"])
    assert json.loads((delivery / "manifest.json").read_bytes())["project_written_by"] == "After Effects 25.2"
    for name in ("J1.aep", "J1.aepx"):
        final = read_template(delivery / name)
        assert {one.text.text for one in final.placeholders if one.text} == {"Hello J1"}
        shown = {one.path for one in final.footage if one.users}
        assert shown == {str(delivery / "footage" / one) for one in ("img_bg.png", "frame.png")}
        assert all(Path(str(one)).is_file() for one in shown)


def _issues_open(job: Path) -> str:
    rows = json.loads((job / ".job/record.json").read_bytes())["warnings"].values()
    return json.dumps([row for row in rows if not row.get("resolved")])


def test_a_nexrender_server_renders_and_its_secret_is_nowhere(farm: Farm, tmp_path: Path) -> None:
    """Killed while a worker of the server renders, the daemon takes that job back and orders it anew."""
    place = {"url": farm.url, "secret": SECRET, "poll_s": 0.1}
    house = opened(tmp_path, preview="nexrender", deliver_video="nexrender", nexrender=place, format="mp4")
    drop(house.inbox, "J1")
    movie = tmp_path / "result.mp4"
    _render(movie)
    with house:
        approve(house, "J1")
        house.wait_until(farm.jobs, "the job on the server")
        (lost,) = farm.jobs()
        house.stop(signal.SIGKILL)
        house.start()

        def work(farm: Farm, job: dict[str, Any]) -> None:
            farm.tell(job)
            project = read_template(local(job["template"]["src"]))
            assert all(Path(str(one.path)).is_file() for one in project.footage if one.users), "all footage is there"
            farm.tell(job, state="render:dorender", renderProgress=50)
            copied(job, movie)
            farm.tell(job, state="finished")

        house.wait_until(lambda: [job for job in farm.jobs() if job["uid"] != lost["uid"]], "the new order")
        with farm.worker(work):
            approval = house.wait_for("6-approval/J1/approval.yaml")
        assert [job["uid"] for job in farm.seen] != [lost["uid"]]
        assert "rendered by After Effects, by nexrender" in re.sub(
            r"<[^>]+>", "", (approval.parent / "approval.html").read_text()
        )
        assert list((house.root / ".hotfolderd/renders").iterdir()) == []
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")
        house.wait_until(lambda: "deployed" in house.status("J1"), "the delivery")
    assert (Path(house.status("J1")["deployed"]) / "J1.mp4").read_bytes() == movie.read_bytes()
    written = [path for path in [*house.root.rglob("*"), house.log] if path.is_file()]
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []


def _render(movie: Path) -> None:
    """A movie as a worker of nexrender would leave it."""
    code = f"from pretend import movie; from pathlib import Path; movie(Path({str(movie)!r}), 200, 250, 25.0, 25)"
    here = Path(__file__).parent / "stand_ins"
    subprocess.run([sys.executable, "-c", code], cwd=here, check=True, capture_output=True)


def test_a_program_that_is_not_there_is_told_when_the_daemon_starts(tmp_path: Path) -> None:
    house = opened(tmp_path, preview="aerender", aerender="/gone/aerender")
    house.config.write_text(json.dumps(house.settings))
    done = house.command("run", "--until-idle")
    assert done.returncode == 2
    assert "render.aerender: /gone/aerender is not there. Write the full path" in done.stderr
