"""What comes out is checked before anybody is asked: against what was approved, and against Plainly's rules."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from house import House, write_csv

from hotfolderd.config import OutputSettings, PreviewSettings
from hotfolderd.demo.design import PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.errors import ToolError
from hotfolderd.media import rifx
from hotfolderd.media.png import write_png
from hotfolderd.media.project import Fill, populate, read_template
from hotfolderd.media.project_file import read_tree
from hotfolderd.media.video import still_to_video
from hotfolderd.stages.template import check_output
from hotfolderd.stages.template.check_output import OUTPUT_VALIDATION
from hotfolderd.work import Result, Workbench

SIZE = (200, 250)


def drop(inbox: Path, *jobs: str, title: str = "txt_title", comp: str = "render_tiny", suffix: str = "aep") -> None:
    """Jobs with one template; `title` is what its text layer is called."""
    stadium(*SIZE).save(inbox / "img_bg.png")
    layers = (CompPicture(inbox / "img_bg.png"), CompText(title, "Title", 10, 25, size_px=24.0))
    make_template(inbox / f"tiny.{suffix}", comps=[CompSpec(comp, SIZE, layers, duration_s=1.0)])
    for job in jobs:
        blue = PictureSpec("img_bg", 0, 0, *SIZE, "#1d5fd1")
        make_design(inbox / f"{job}.psd", size=SIZE, layers=[blue, TextSpec("title", f"Hello {job}", 10, 25, 24.0)])
    write_csv(inbox / "tiny.csv", [(job, f"{job}.psd", f"tiny.{suffix}", f"{job}.aep") for job in jobs])


def approve_matches(house: House, job: str) -> Path:
    """Approve the matches; the sidecar of the approval."""
    house.edit(house.wait_for(f"2-review/{job}/review.yaml"), decision="approve", by="anna")
    return house.wait_for(f"6-approval/{job}/approval.yaml")


def validation_of(house: House, job: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((house.folder(job) / "output/plainly_report.json").read_bytes())
    return content


# T7: the whole way with a real daemon ------------------------------------------------------------------------------


def test_an_output_that_is_not_valid_needs_a_sign_off(tmp_path: Path) -> None:
    """A layer with a name that is not English: `approve` is refused, a short reason too, a good one delivers."""
    house = House(tmp_path)
    drop(house.inbox, "J1", title="txt_título")
    with house, house.watched():
        approval = approve_matches(house, "J1")
        assert house.status("J1")["status"] == "validation_failed"
        assert "decision: pending         # force_approve | reject" in approval.read_text()
        assert "ready: false" in approval.read_text()
        assert "txt_título" in (approval.parent / "approval.html").read_text()

        problems = approval.parent / "approval.problems.txt"
        house.edit(approval, decision="approve", by="bert")
        house.wait_until(problems.exists, "the refusal")
        assert "force_approve" in problems.read_text()
        assert house.status("J1")["status"] == "validation_failed"
        house.edit(approval, decision="force_approve", reason="too short")
        house.wait_until(lambda: "at least 10 characters" in problems.read_text(), "the second refusal")
        assert house.where("J1") == "6-approval"
        house.edit(approval, reason="the client knows and wants it so")
        house.wait_for("7-completed/J1")
        house.wait_until(lambda: house.status("J1")["status"] == "completed", "the arrival")

    told = {one["action"]: one["message"] for one in house.events("J1")}
    assert told["signoff_forced"] == "User bert forced the approval: the client knows and wants it so"
    assert told["approved_with_warnings"].startswith("Approved WITH")
    record = json.loads((house.folder("J1") / ".job/record.json").read_text())
    found = [(row["type"], row["severity"]) for row in record["warnings"].values()]
    assert ("plainly_characters", "critical") in found
    delivery = Path(house.status("J1")["deployed"])
    assert json.loads((delivery / "plainly_report.json").read_text())["is_valid"] is False
    assert "txt_título" in (delivery / "plainly_report.html").read_text()
    assert "txt_título" in (delivery / "report.txt").read_text()


def test_nobody_gets_round_the_sign_off_by_dragging(tmp_path: Path) -> None:
    """Dragged to 7-completed, the job comes back to its question and nothing is delivered."""
    house = House(tmp_path)
    drop(house.inbox, "J1", title="txt_título")
    with house:
        approval = approve_matches(house, "J1")
        house.wait_until(lambda: ("5-generation", "6-approval") in house.moves("J1"), "the arrival to be noted")
        approval.parent.rename(house.root / "7-completed/J1")
        house.wait_until(lambda: house.where("J1") == "6-approval", "the job to come back")
        problems = house.wait_for("6-approval/J1/approval.problems.txt")
        assert "force_approve" in problems.read_text()
        assert house.status("J1")["status"] == "validation_failed"
        assert not list(house.root.glob("deployed/*/*/J1*"))


@pytest.mark.parametrize(("stage", "folder"), [("5", "5-generation"), ("2", "2-review")])
def test_an_output_that_is_not_valid_can_be_sent_back(tmp_path: Path, stage: str, folder: str) -> None:
    """fix_and_reprocess leads to 2 or 5; with a mended template the output is valid and `approve` is enough."""
    house, workshop = House(tmp_path), tmp_path / "workshop"
    workshop.mkdir()
    drop(house.inbox, "J1", title="txt_título")
    with house:
        approval = approve_matches(house, "J1")
        drop(workshop, "J1")
        (workshop / "tiny.aep").replace(approval.parent / "assets/tiny.aep")
        text = approval.read_text().replace("return_to:", "return_to_stage:", 1).replace("2-review", stage, 1)
        approval.write_text(text)
        house.edit(approval, decision="fix_and_reprocess", by="bert")
        house.wait_until(lambda: ("6-approval", folder) in house.moves("J1"), f"the way back to {folder}")
        if stage == "2":
            approve_matches(house, "J1")
        house.wait_until(lambda: house.where("J1") == "6-approval", "the second round")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        assert "revision: 2" in approval.read_text()
        assert house.status("J1")["status"] == "awaiting_approval"
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")


def test_a_clean_output_is_delivered_at_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    drop(house.inbox, "J1", suffix="aepx")
    with house, house.watched():
        approval = approve_matches(house, "J1")
        assert house.status("J1")["status"] == "awaiting_approval"
        assert "decision: pending         # approve | reject" in approval.read_text()
        validation = validation_of(house, "J1")
        assert (validation["ready"], validation["is_valid"], validation["critical"]) == (True, True, 0)
        shown = house.status("J1")["output_validation"]
        assert shown == {
            "valid": True,
            **{key: validation[key] for key in ("plainly_ready", "grade", "score")},
        }
        assert {"score", "grade", "warnings", "info", "plainly_ready", "issues", "files"} <= set(validation)
        assert set(validation["files"]) >= {"output/J1.aep", "output/J1.aepx", "previews/side_by_side.mp4"}
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")


def test_the_house_decides_what_needs_a_sign_off(tmp_path: Path) -> None:
    """Lowered to a warning it passes; more than two warnings do not where that is asked for, prefixes apart."""
    lenient = {"output": {"severity": {"characters": "warning"}}}
    house = House(tmp_path, **lenient)
    drop(house.inbox, "J1", title="título", comp="tiny")
    house.run_until_idle()
    house.edit(house.root / "2-review/J1/review.yaml", decision="approve")
    house.run_until_idle()
    assert house.status("J1")["status"] == "awaiting_approval"
    validation = validation_of(house, "J1")
    assert [one["severity"] for one in validation["issues"]["characters"]] == ["warning"]
    assert len(validation["issues"]["naming"]) == 1
    assert validation["plainly_ready"] is False


def test_names_are_mended_where_the_house_wants_that(tmp_path: Path) -> None:
    """The layer that would need a sign-off gets another name; each change is told, the template stays as it is."""
    house = House(tmp_path, output={"auto_fix": True})
    drop(house.inbox, "J1", title="título", comp="tiny", suffix="aepx")
    template = (house.inbox / "tiny.aepx").read_bytes()
    with house:
        approval = approve_matches(house, "J1")
        assert house.status("J1")["status"] == "awaiting_approval"
        report = (approval.parent / "output/report.txt").read_text()
        assert "renamed: título is called txt_titulo now" in report
        assert "renamed: tiny is called render_tiny now" in report
        validation = validation_of(house, "J1")
        told = [one for kind in validation["issues"].values() for one in kind if one["type"] == "auto_fixed"]
        assert {one["details"]["was"] for one in told} == {"título", "tiny"}
        assert {one["severity"] for one in told} == {"info"}
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")
        house.wait_until(lambda: "deployed" in house.status("J1"), "the arrival")
    delivery = Path(house.status("J1")["deployed"])
    assert (delivery / "template/tiny.aepx").read_bytes() == template
    for name in ("J1.aep", "J1.aepx"):
        final = read_template(delivery / name)
        assert final.comp(final.main_comp).name == "render_tiny"
        assert {one.name: one.text.text for one in final.placeholders if one.text} == {"txt_titulo": "Hello J1"}


def test_a_validator_that_cannot_do_its_work_is_tried_again_and_never_taken_for_a_yes(tmp_path: Path) -> None:
    """It exits 2: the step is tried again, then the job fails; once it works, a retry goes on."""
    program = tmp_path / "check.py"
    program.write_text("import sys; print('no licence', file=sys.stderr); sys.exit(2)\n")
    command = [sys.executable, str(program), "{project}"]
    house = House(tmp_path, output={"validator": command}, retry={"attempts": 2, "base_s": 0.1, "cap_s": 0.1})
    drop(house.inbox, "J1")
    with house:
        house.edit(house.wait_for("2-review/J1/review.yaml"), decision="approve", by="anna")
        house.wait_until(lambda: house.where("J1") == "failed", "the job to fail")
        failure = house.status("J1")["failure"]
        assert (failure["error_class"], failure["attempts"]) == ("ToolError", 2)
        assert "no licence" in failure["message"]
        program.write_text(
            "import json, pathlib, sys\n"
            "assert pathlib.Path(sys.argv[1]).read_bytes()[:4] == b'RIFX'\n"
            "print(json.dumps({'issues': [{'severity': 'error', 'message': 'no <b>logo</b>', 'layer': 'x'}]}))\n"
        )
        (house.folder("J1") / "control.yaml").write_text("action: retry\n")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        assert house.status("J1")["status"] == "validation_failed"
        page = (approval.parent / "output/plainly_report.html").read_text()
        assert "no &lt;b&gt;logo&lt;/b&gt;" in page


# the step alone, on a job that the daemon has brought to its approval ------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job that waits for its approval."""
    house = House(tmp_path_factory.mktemp("built"))
    drop(house.inbox, "J1", suffix="aepx")
    house.run_until_idle()
    house.edit(house.root / "2-review/J1/review.yaml", decision="approve")
    house.run_until_idle()
    return house.folder("J1")


@pytest.fixture
def job(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(built, tmp_path / "J1", symlinks=True))


def checked(job: Path, **settings: Any) -> tuple[Result, dict[str, Any]]:
    """What the step says of the job now."""
    out = job.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    facts = {"output": OutputSettings(**settings).model_dump(), "preview": PreviewSettings().model_dump()}
    facts["rendering"] = None
    result = check_output.run(Workbench(job, out, facts))
    return result, json.loads((out / OUTPUT_VALIDATION).read_bytes())


def critical(job: Path) -> dict[str, str]:
    """The critical issues: the type, and what is said."""
    result, validation = checked(job)
    assert result.verdict == ("valid" if validation["ready"] else "invalid")
    return {one.type: one.message for one in result.issues if one.severity == "critical"}


def test_an_output_as_it_was_made_has_nothing_critical(job: Path) -> None:
    assert critical(job) == {}


@pytest.mark.parametrize(
    "name",
    ["output/J1.aep", "output/J1.aepx", "output/populate.jsx", "output/footage/img_bg.png", "previews/metrics.json"],
)
@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_file_that_is_missing_or_empty_is_told(job: Path, name: str, how: str) -> None:
    (job / name).unlink()
    if how == "empty":
        (job / name).touch()
    assert name in critical(job)["output_missing"]


@pytest.mark.parametrize("name", ["J1.aep", "J1.aepx"])
def test_a_project_that_cannot_be_read_again_is_told(job: Path, name: str) -> None:
    """It can be made again from the approval; the job does not fail for it."""
    path = job / "output" / name
    path.write_bytes(path.read_bytes()[:-100])
    assert set(critical(job)) == {"output_changed", "output_broken"}


def test_a_file_that_was_changed_is_told(job: Path) -> None:
    with (job / "output/populate.jsx").open("a") as script:
        script.write("// one more line\n")
    assert critical(job) == {"output_changed": "output/populate.jsx was changed after it was made"}


def fills(job: Path) -> list[Fill]:
    approved = json.loads((job / ".job/approved.json").read_text())["matches"]
    return [Fill(one["placeholder_id"], "text", text="Something else") for one in approved if one["kind"] == "text"]


def test_a_project_that_says_something_else_than_was_approved_is_told(job: Path) -> None:
    for name in ("J1.aep", "J1.aepx"):
        (job / "output" / name).unlink()
    populate(job / "assets/tiny.aepx", fills(job), job / "output/J1")
    found = critical(job)
    assert "img_bg.png" in found["output_differs"]
    _, validation = checked(job)
    said = [one["message"] for one in validation["issues"]["output"] if one["type"] == "output_differs"]
    assert len(said) == 2
    assert any("should say 'Hello J1', found 'Something else'" in text for text in said)


def test_two_forms_that_hold_two_projects_are_told(job: Path) -> None:
    _, tree = read_tree(job / "output/J1.aep")
    tree.root.children.append(rifx.Chunk("Utf8", b"extra"))
    (job / "output/J1.aep").write_bytes(rifx.dump(tree))
    assert critical(job)["output_differs"] == "J1.aepx holds another project than J1.aep"


@pytest.mark.parametrize("name", ["side_by_side.mp4", "ae_render.mp4", "psd_flat.mp4"])
def test_a_video_that_breaks_off_is_told(job: Path, name: str) -> None:
    video = job / "previews" / name
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    assert name in critical(job)["preview_broken"]


def test_a_video_whose_pictures_are_damaged_is_told(job: Path) -> None:
    """Its head and its packets are whole: only who decodes it notices."""
    video = job / "previews/side_by_side.mp4"
    data = bytearray(video.read_bytes())
    start = data.index(b"mdat") + 4 + 800
    data[start : start + 200] = bytes(200)
    video.write_bytes(data)
    assert "side_by_side.mp4 cannot be played" in critical(job)["preview_broken"]


def test_a_video_that_is_too_short_is_told(job: Path) -> None:
    write_png(stadium(*SIZE), job / "a.png")
    still_to_video(job / "a.png", job / "previews/side_by_side.mp4", SIZE, 10, 0.3)
    assert "is 0.3 s long, should be 1 s" in critical(job)["preview_broken"]


def test_figures_of_another_comp_are_told(job: Path) -> None:
    path = job / "previews/metrics.json"
    metrics = json.loads(path.read_bytes())
    path.write_text(json.dumps({**metrics, "comp": "another"}))
    assert "another" in critical(job)["preview_broken"]
    del metrics["render_time"]
    path.write_text(json.dumps(metrics))
    assert "render_time" in critical(job)["preview_broken"]


def test_more_than_two_warnings_need_a_sign_off_where_the_house_says_so(job: Path, tmp_path: Path) -> None:
    program = tmp_path / "many.py"
    program.write_text('print(\'["a", "b"]\')')
    command = (sys.executable, str(program))
    for signoff_when, ready in (("critical", True), ("not_ready", False)):
        _, validation = checked(job, validator=command, signoff_when=signoff_when)
        assert validation["warnings"] > 2
        assert (validation["is_valid"], validation["plainly_ready"], validation["ready"]) == (True, False, ready)


def test_the_score_is_that_of_the_counts(job: Path, tmp_path: Path) -> None:
    _, before = checked(job)
    program = tmp_path / "some.py"
    issues = [{"severity": word, "message": "x"} for word in ("critical", "warning", "info")]
    program.write_text(f"print({json.dumps(json.dumps(issues))})")
    _, after = checked(job, validator=(sys.executable, str(program)))
    assert before["score"] - after["score"] == 26
    assert after["score"] == 100 - 20 * after["critical"] - 5 * after["warnings"] - after["info"]


@pytest.mark.parametrize(
    ("score", "letter"), [(100, "A"), (90, "A"), (89, "B"), (80, "B"), (79, "C"), (70, "C"), (60, "D"), (59, "F")]
)
def test_grades_are_those_of_the_order(score: int, letter: str) -> None:
    infos = [check_output.of_the_output("info", "x", "x")] * (100 - score)
    assert check_output.grade(infos)["grade"] == letter


def test_more_issues_than_anybody_reads_are_counted(job: Path, tmp_path: Path) -> None:
    program = tmp_path / "many.py"
    program.write_text("import json; print(json.dumps([f'issue {i}' for i in range(1000)]))")
    result, validation = checked(job, validator=(sys.executable, str(program)))
    shown = validation["issues"]["validator"]
    assert len(shown) == check_output.MOST_OF_A_KIND + 1
    assert "more" in shown[-1]["message"]
    assert len(result.issues) < 100


def test_a_validator_that_fails_fails_the_step(job: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="program not found"):
        checked(job, validator=(str(tmp_path / "nothing"), "{project}"))
