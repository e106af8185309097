"""Critical issues, returns, overrides, rejections: what people decide and what comes of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from house import House, write_csv, write_font

from hotfolderd.demo.design import PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import player, stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.records import read_job

WIDE = (400, 225)


def drop_framed(inbox: Path, jobs: list[str]) -> None:
    """Posters whose landscape placeholder is smaller than the canvas."""
    frame = (200, 112)
    stadium(*frame).save(inbox / "photo.png")
    layers = (
        CompPicture(inbox / "photo.png", "hero_photo", 100, 60),
        CompText("txt_title", "Title", 10, 20, size_px=24.0),
    )
    make_template(inbox / "poster.aep", comps=[CompSpec("poster", WIDE, layers, duration_s=1.0)])
    for job in jobs:
        design = [
            PictureSpec("upright", 10, 10, 100, 200, player),
            PictureSpec("hero photo", 100, 60, *frame, stadium),
            TextSpec("title", f"Hello {job}", 10, 20, size_px=24.0),
        ]
        make_design(inbox / f"{job}.psd", size=WIDE, layers=design)
    write_csv(inbox / "posters.csv", [(job, f"{job}.psd", "poster.aep", f"{job}.aep") for job in jobs])


def choose_portrait(house: House, job: str) -> None:
    """Approve with the portrait layer in the landscape placeholder."""
    sidecar = house.wait_for(f"2-review/{job}/review.yaml")
    house.rematch(sidecar, "hero_photo", "upright")
    house.edit(sidecar, decision="approve", by="anna")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_critical_issues_stop_a_job_at_the_override_and_a_return_leads_back_with_the_matches_kept(house: House) -> None:
    """A portrait in a landscape frame stops at 4, the message names the file; after return and fix 4 is skipped."""
    with house, house.watched():
        drop_framed(house.inbox, ["J1"])
        choose_portrait(house, "J1")
        override = house.wait_for("4-override/J1/override.yaml")
        assert house.status("J1")["status"] == "awaiting_validation_review"
        assert "aspect_ratio_mismatch" in override.read_text()
        house.told(str(override))
        assert house.receipts("J1")[0]["message"] == "Critical validation issues found. Review required."
        assert house.receipts("J1")[0]["stage"] == "4-override"

        house.edit(override, decision="return", by="bert")
        review = house.wait_for("2-review/J1/review.yaml")
        assert "revision: 2" in review.read_text()
        assert "layer: upright" in review.read_text()
        assert "returned_to_matching" in [one["action"] for one in house.events("J1")]

        house.rematch(review, "hero_photo", "hero photo")
        house.edit(review, decision="approve", by="anna")
        house.wait_for("6-approval/J1/approval.yaml")
        assert [target for _, target in house.moves("J1")].count("4-override") == 1


def test_an_override_needs_a_reason_of_ten_characters(house: House) -> None:
    """Empty and nine characters are refused with exact words; ten are taken, kept and told."""
    with house:
        drop_framed(house.inbox, ["J1"])
        choose_portrait(house, "J1")
        override = house.wait_for("4-override/J1/override.yaml")
        problems = override.parent / "override.problems.txt"
        house.edit(override, decision="override", by="bert")
        house.wait_until(problems.exists, "the refusal")
        assert "Override reason is required" in problems.read_text()
        house.edit(override, reason="123456789")
        house.wait_until(lambda: "at least 10 characters" in problems.read_text(), "the second refusal")
        assert house.where("J1") == "4-override"
        house.edit(override, reason="'1234567890'")
        house.wait_for("6-approval/J1/approval.yaml")
        assert not list(house.folder("J1").glob("*.problems.txt"))
        told = [one for one in house.events("J1") if one["action"] == "validation_overridden"]
        assert [one["message"] for one in told] == ["User bert overrode validation: 1234567890"]
        record = json.loads((house.folder("J1") / ".job/record.json").read_text())
        decisions = [row["reason"] for row in record["decisions"].values()]
        assert "1234567890" in decisions


def test_three_jobs_are_reviewed_one_after_the_other(house: House) -> None:
    """Each receipt names the next job; after the last one people are told that nothing is left."""
    with house:
        drop_framed(house.inbox, ["J1", "J2", "J3"])
        for job in ("J1", "J2", "J3"):
            house.wait_for(f"2-review/{job}/review.yaml")
        choose_portrait(house, "J1")
        override = house.wait_for("4-override/J1/override.yaml")
        assert house.receipts("J1")[0]["next"]["job"] == "J2"
        house.wait_until(lambda: (house.root / "2-review/NEXT.txt").read_text() == "J2\n", "NEXT.txt to name J2")
        house.edit(override, decision="override", reason="it is meant to be so", by="bert")
        house.wait_for("6-approval/J1/approval.yaml")
        assert house.receipts("J1")[1]["next"] == {"job": "J2", "file": "2-review/J2/review.yaml"}
        house.edit(house.root / "2-review/J2/review.yaml", decision="approve", by="anna")
        house.wait_for("6-approval/J2/approval.yaml")
        assert "4-override" not in [target for _, target in house.moves("J2")]
        assert house.receipts("J2")[0]["next"]["job"] == "J3"
        house.edit(house.root / "2-review/J3/review.yaml", decision="approve", by="anna")
        house.wait_for("6-approval/J3/approval.yaml")
        assert house.receipts("J3")[0]["next"] is None
        house.told("No more Stage 2 jobs. Excellent work!")


def test_only_the_named_reviewers_decide_and_the_warnings_that_they_leave_open_are_counted(tmp_path: Path) -> None:
    """Who is not on the list is told who is; an approval with a missing font is one with warnings, in the event too."""
    house = House(tmp_path, reviewers={"review": ["anna"]})
    with house:
        drop_framed(house.inbox, ["J1"])
        sidecar = house.wait_for("2-review/J1/review.yaml")
        house.edit(sidecar, decision="approve", by="bert")
        problems = house.wait_for("2-review/J1/review.problems.txt")
        assert "anna" in problems.read_text()
        assert house.where("J1") == "2-review"
        house.edit(sidecar, by="anna")
        house.edit(house.wait_for("6-approval/J1/approval.yaml"), decision="approve")
        house.wait_for("7-completed/J1")
        told = [one["message"] for one in house.events("J1") if one["action"] == "approved_with_warnings"]
        record = json.loads((house.folder("J1") / ".job/record.json").read_text())
        found = [row for row in record["warnings"].values() if row["type"] == "missing_font"]
        assert found
        counted = [one["approved_with_warnings"] for one in record["job"].values()]
        assert told == [f"Approved WITH {counted[0]} warnings"]
        assert counted[0] >= len(found)


def test_a_rejected_output_goes_back_with_a_new_round_and_an_old_answer_is_refused(house: House) -> None:
    """Reject needs a reason; regenerate makes everything again; a file of an earlier round is never applied."""
    with house, house.watched():
        drop_framed(house.inbox, ["J1"])
        house.edit(house.wait_for("2-review/J1/review.yaml"), decision="approve")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        first = approval.read_text()
        house.edit(approval, decision="reject")
        problems = house.wait_for("6-approval/J1/approval.problems.txt")
        assert "reason" in problems.read_text()
        house.edit(approval, decision="regenerate", by="bert")
        house.wait_until(lambda: len(house.receipts("J1")) == 2, "the receipt")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        assert "revision: 2" in approval.read_text()
        approval.write_text(first.replace("decision: pending", "decision: approve"))
        problems = house.wait_for("6-approval/J1/approval.problems.txt")
        assert "round 1" in problems.read_text()
        approval.write_text(first.replace("revision: 1", "revision: 2"))
        house.edit(approval, decision="reject", reason="the name is misspelt", return_to="2-review")
        review = house.wait_for("2-review/J1/review.yaml")
        assert "revision: 2" in review.read_text()
        house.wait_until(lambda: not (review.parent / "approval.html").exists(), "the old page to be gone")


def test_a_font_that_is_added_after_the_return_is_noticed_by_the_next_validation(house: House) -> None:
    """What the validation asked for and got, it does not ask for again, although the matches are the same."""
    with house:
        drop_framed(house.inbox, ["J1"])
        choose_portrait(house, "J1")
        override = house.wait_for("4-override/J1/override.yaml")
        assert "missing_font" in override.read_text()
        font = name_of_missing_font(override.read_text())
        fonts = override.parent / "assets" / "fonts"
        fonts.mkdir(exist_ok=True)
        write_font(fonts / "made.ttf", font)
        house.edit(override, decision="return", by="bert")
        house.edit(house.wait_for("2-review/J1/review.yaml"), decision="approve", by="anna")
        override = house.wait_for("4-override/J1/override.yaml")
        assert "revision: 2" in override.read_text()
        assert "missing_font" not in override.read_text()


def name_of_missing_font(sidecar: str) -> str:
    found = re.search(r"Missing font: (\S+)", sidecar)
    assert found is not None
    return found.group(1)


def test_an_output_that_was_changed_while_it_waited_is_not_delivered_but_made_anew(house: House) -> None:
    """The approval holds for what was shown; a retry builds it again and asks again."""
    with house:
        drop_framed(house.inbox, ["J1"])
        house.edit(house.wait_for("2-review/J1/review.yaml"), decision="approve")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        project = approval.parent / "output/J1.aep"
        good = project.read_bytes()
        project.write_bytes(good[:-1] + b"?")
        house.edit(approval, decision="approve", by="bert")
        house.wait_until(lambda: house.where("J1") == "failed", "the job to fail")
        failure = house.status("J1")["failure"]
        assert "output/J1.aep: changed after it was shown" in failure["message"]
        assert failure["stage"] == "5-generation"
        assert not list(house.root.glob("deployed/*/*/J1*"))
        (house.folder("J1") / "control.yaml").write_text("action: retry\n")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        assert "revision: 2" in approval.read_text()
        assert (approval.parent / "output/J1.aep").read_bytes() == good
        house.edit(approval, decision="approve", by="bert")
        house.wait_for("7-completed/J1")
        assert list(house.root.glob("deployed/*/*/J1/manifest.json"))


def test_the_approver_sees_what_was_overridden_and_why(house: House) -> None:
    """The page names the critical issue and the reason; the reviewer sees the reason of a rejection."""
    with house:
        drop_framed(house.inbox, ["J1"])
        choose_portrait(house, "J1")
        override = house.wait_for("4-override/J1/override.yaml")
        house.edit(override, decision="override", by="chef", reason="the client wants the portrait")
        approval = house.wait_for("6-approval/J1/approval.yaml")
        page = (approval.parent / "approval.html").read_text()
        assert "Overridden" in page
        assert "will be distorted in landscape" in page
        assert "the client wants the portrait" in page
        house.edit(approval, decision="reject", by="dora", reason="headline is far too small")
        review = house.wait_for("2-review/J1/review.yaml")
        assert "headline is far too small" in (review.parent / "review.html").read_text()


def test_corrections_made_before_a_hold_are_shown_again_when_the_job_is_resumed(house: House) -> None:
    with house:
        drop_framed(house.inbox, ["J1"])
        sidecar = house.wait_for("2-review/J1/review.yaml")
        house.rematch(sidecar, "hero_photo", "upright")
        house.edit(sidecar, decision="hold", by="anna")
        house.wait_for("on-hold/J1/decisions/0001-review.receipt.yaml")
        assert house.command("resume", "J1").returncode == 0
        sidecar = house.wait_for("2-review/J1/review.yaml")
        assert "layer: upright" in sidecar.read_text()
        assert "decision: pending" in sidecar.read_text()
        house.edit(sidecar, decision="approve")
        house.wait_for("4-override/J1/override.yaml")
        assert "layer: upright" in (house.folder("J1") / "decisions" / "0002-review.yaml").read_text()


def test_a_review_that_would_fill_nothing_is_refused(house: House) -> None:
    """Every layer taken out: nothing to build, so it is said in the review and not later."""
    with house:
        drop_framed(house.inbox, ["J1"])
        review = house.wait_for("2-review/J1/review.yaml")
        review.write_text(re.sub(r"(?m)^    (layer|value): .*$", r"    \1: null", review.read_text()))
        house.edit(review, decision="approve")
        problems = house.wait_for("2-review/J1/review.problems.txt")
        assert "no placeholder would be filled" in problems.read_text()
        assert house.where("J1") == "2-review"


def test_who_may_not_give_orders_may_not_give_them_by_dragging(house: House) -> None:
    """reviewers.control is not got round with a file manager."""
    house.settings["reviewers"] = {"control": ["chef"]}
    with house:
        drop_framed(house.inbox, ["J1"])
        review = house.wait_for("2-review/J1/review.yaml")
        house.wait_until(lambda: read_job(review.parent).stage == "2-review", "the arrival to be noted")
        review.parent.rename(house.root / "archive" / "J1")
        house.told("put back to 2-review")
        assert house.where("J1") == "2-review"
