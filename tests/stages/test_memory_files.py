"""What an approval leaves behind, and the answers that are made of it: files in a root, without a daemon."""

from __future__ import annotations

import dataclasses
import errno
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotfolderd import disk
from hotfolderd.matching.memory import Structure, recall, structure_of
from hotfolderd.model import Box, Comp, Design, DesignLayer, Match, Matching, Placeholder, Template, TextLook, to_json
from hotfolderd.records import Answer, Job, Question
from hotfolderd.review.models import ReviewSidecar
from hotfolderd.review.reading import parse
from hotfolderd.root import Root, make_root
from hotfolderd.stages.template.memory import answers_for, keep, memory_of
from hotfolderd.stages.template.replies import SYSTEM, answer_review
from hotfolderd.work import WORK

SHA = "c" * 64
OFF = {"review": {"auto_approve_above": None}}
ON = {"review": {"auto_approve_above": 0.9}}
TEMPLATE = Template(
    "t.aep",
    "aep",
    "25",
    (Comp(1, "main", 100, 100, 25.0, 1.0, 2),),
    (Placeholder("1:1", "title", "text", "main", 1, 1, 1), Placeholder("1:2", "photo", "image", "main", 1, 2, 2)),
    (),
    1,
)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    made = make_root(tmp_path / "folders")
    (made.batches / "B1").mkdir()
    return made


def a_design(text: str) -> Design:
    look = TextLook(text, "Inter", 12)
    layers = (
        DesignLayer("photo", "photo", "image", Box(0, 0, 50, 50), True, 1.0, 0),
        DesignLayer(text, text, "text", Box(10, 10, 50, 12), True, 1.0, 1, look),
    )
    return Design("assets/a.psd", 100, 100, "RGB", 8, layers)


def matches(text: str | None, photo: str | None = "photo", **more: Any) -> Matching:
    return Matching(
        (
            Match("title", "1:1", "main", "text", text, text, None, 0.97, "much alike", **more),
            Match("photo", "1:2", "main", "image", photo, None, "fill" if photo else None, 0.99, "much alike", **more),
        ),
        () if photo else ("photo",),
    )


def a_job(root: Root, name: str, text: str, proposal: Matching | None = None, **more: Any) -> tuple[Path, Job]:
    """A job that waits for its review, as the steps have left it."""
    folder = root.path / "2-review" / name
    for step in ("match", "read-design"):
        (folder / WORK / step).mkdir(parents=True)
    (folder / WORK / "match" / "structure.json").write_text(to_json(structure_of(a_design(text), SHA)))
    (folder / WORK / "match" / "matches.json").write_text(to_json(proposal or matches(text)))
    (folder / WORK / "read-design" / "design.json").write_text(to_json(a_design(text)))
    order = {"job": name, "batch": "B1", "design": "assets/a.psd", "template": "assets/t.aep", "output_name": "a.aep"}
    (folder / "job.yaml").write_text(yaml.safe_dump({**order, "texts": more.pop("texts", {})}))
    asked = Question("review", 1, 0, "2026-11-20T09:00:00.000Z")
    job = Job(name, "template", f"uid-{name}", "B1", "2-review", "awaiting_review", "", "", question=asked, **more)
    return folder, job


def approve(root: Root, folder: Path, job: Job, approved: Matching, *, shared: bool = True, by: str = "anna") -> None:
    """What the daemon does when a review is approved."""
    (folder / ".job" / "approved.json").write_text(to_json(approved))
    at = f"2026-11-20T10:00:{job.decisions:02d}.000Z"
    answer = Answer("review", "approve", "3-validation", by, at, 1, "sha", shared=shared)
    keep(root, folder, dataclasses.replace(job, answer=answer))


def reply_to(root: Root, folder: Path, job: Job, facts: dict[str, Any] = OFF) -> tuple[ReviewSidecar, str] | None:
    """The answer as the desk will read it, and why."""
    reply = answer_review(root, folder, job, facts)
    return reply and (parse(reply.text.encode(), ReviewSidecar, "review.yaml"), reply.why)


# learning ---------------------------------------------------------------------------------------------------------


def test_what_was_approved_is_known_for_the_template_and_twice_is_once(root: Root) -> None:
    folder, job = a_job(root, "A", "ANNA")
    for _ in range(2):
        approve(root, folder, job, matches("ANNA"))
    memory = memory_of(root.learned, SHA)
    assert [(one.job, one.by) for one in memory.approvals] == [("A", "anna")]
    design = a_design("BEN")
    found = recall(memory, structure_of(design, SHA), design, TEMPLATE, {})
    assert [(one.layer, one.value, one.fit, one.confidence) for one in found] == [
        ("BEN", "BEN", None, 0.97),
        ("photo", None, "fill", 0.99),
    ]
    assert not memory_of(root.learned, "d" * 64).approvals


def test_what_came_from_memory_and_stayed_so_teaches_nothing(root: Root) -> None:
    """So the person who approved it is remembered, not the rule that did so after."""
    approve(root, *a_job(root, "A", "ANNA"), matches("ANNA"))
    approve(root, *a_job(root, "B", "BEN"), matches("BEN", remembered=True), by=SYSTEM)
    assert [one.by for one in memory_of(root.learned, SHA).approvals] == ["anna"]


def test_texts_that_people_wrote_go_to_the_batch_and_not_into_memory(root: Root) -> None:
    folder, job = a_job(root, "A", "ANNA", matches(None))
    approved = matches(None)
    written = dataclasses.replace(approved.matches[0], value="a secret")
    approve(root, folder, job, Matching((written, approved.matches[1])))
    assert "a secret" in (root.batches / "B1" / "answers" / "review-A.json").read_text()
    assert "a secret" not in (root.learned / f"{SHA}.json").read_text()


def test_a_disk_that_refuses_the_memory_stops_nothing_and_is_told_of(
    root: Root, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(name: str, path: Path) -> None:
        if root.learned in (path, path.parent):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    disk.set_failpoint(refuse)
    try:
        with caplog.at_level(logging.WARNING):
            approve(root, *a_job(root, "A", "ANNA"), matches("ANNA"))
    finally:
        disk.set_failpoint(None)
    assert "is not remembered" in caplog.text
    assert len(answers_for(root, a_job(root, "B", "BEN")[1], "review")) == 1


def test_a_disk_that_refuses_the_answer_for_the_batch_is_not_passed_over(root: Root) -> None:
    def refuse(name: str, path: Path) -> None:
        if path.parent.name == "answers":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

    folder, job = a_job(root, "A", "ANNA")
    disk.set_failpoint(refuse)
    try:
        with pytest.raises(OSError, match="No space"):
            approve(root, folder, job, matches("ANNA"))
    finally:
        disk.set_failpoint(None)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe{", id="no text"),
        pytest.param(b"[" * 100_000, id="very deep"),
        pytest.param(b'{"approvals": [1]}', id="something else"),
        pytest.param(b'{"approvals": [{"job": "A", "pairs": []}]}', id="half"),
        pytest.param(b" " * (33 << 20), id="very large"),
        pytest.param(None, id="a folder"),
    ],
)
def test_files_that_are_none_of_ours_count_as_none(
    root: Root, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    answers = root.batches / "B1" / "answers"
    answers.mkdir()
    root.learned.mkdir()
    for path in (root.learned / f"{SHA}.json", answers / "review-X.json"):
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
    folder, job = a_job(root, "A", "ANNA")
    with caplog.at_level(logging.WARNING):
        assert memory_of(root.learned, SHA).approvals == ()
        assert answers_for(root, job, "review") == []
    assert caplog.text.count("It may be deleted") == 2
    assert reply_to(root, folder, job) is None
    approve(root, folder, job, matches("ANNA"))
    assert len(answers_for(root, job, "review")) == 1
    if content is not None:
        assert len(memory_of(root.learned, SHA).approvals) == 1


def test_a_job_that_was_matched_by_an_earlier_version_leaves_nothing_behind(root: Root) -> None:
    folder, job = a_job(root, "A", "ANNA")
    (folder / WORK / "match" / "structure.json").unlink()
    approve(root, folder, job, matches("ANNA"))
    assert not root.learned.exists()
    assert not (root.batches / "B1" / "answers").exists()


@pytest.mark.parametrize("batch", ["", "..", "../2-review/A", ".hidden", "GONE"])
def test_a_batch_that_is_no_folder_of_ours_gets_no_answer(root: Root, batch: str) -> None:
    folder, job = a_job(root, "A", "ANNA")
    before = sorted(root.path.rglob("answers"))
    approve(root, folder, dataclasses.replace(job, batch=batch), matches("ANNA"))
    assert sorted(root.path.rglob("answers")) == before
    assert memory_of(root.learned, SHA).approvals


# answering --------------------------------------------------------------------------------------------------------


def test_the_answer_is_the_sidecar_that_a_person_would_write(root: Root) -> None:
    approve(root, *a_job(root, "A", "ANNA"), matches("ANNA", None))
    folder, job = a_job(root, "B", "BEN")
    found = reply_to(root, folder, job)
    assert found is not None
    sidecar, why = found
    assert why == "as in A, apply_to: batch"
    assert (sidecar.decision, sidecar.by, sidecar.notes, sidecar.apply_to) == ("approve", "anna", why, "job")
    assert [(one.layer, one.value) for one in sidecar.matches or ()] == [("BEN", "BEN"), (None, None)]
    assert sidecar.unused_layers == ["photo"]
    assert sidecar.for_ is not None
    assert (sidecar.for_.job, sidecar.for_.revision) == ("B", 1)
    assert reply_to(root, folder, job) == found


def test_the_newest_answer_that_fits_is_taken_and_none_answers_itself(root: Root) -> None:
    first, second = a_job(root, "A", "ANNA"), a_job(root, "B", "BEN", decisions=5)
    approve(root, *first, matches("ANNA"), by="anna")
    assert reply_to(root, *first) is None
    approve(root, *second, matches("BEN", None), by="ben")
    found = reply_to(root, *a_job(root, "C", "CARL"))
    assert found is not None
    assert found[0].by == "ben"


def test_an_answer_for_one_job_is_none_for_the_batch(root: Root) -> None:
    approve(root, *a_job(root, "A", "ANNA"), matches("ANNA"), shared=False)
    assert reply_to(root, *a_job(root, "B", "BEN")) is None


def test_a_job_with_another_template_or_layers_is_not_answered(root: Root) -> None:
    approve(root, *a_job(root, "A", "ANNA"), matches("ANNA"))
    folder, job = a_job(root, "B", "BEN")
    path = folder / WORK / "match" / "structure.json"
    own = structure_of(a_design("BEN"), SHA)
    for other in (Structure("d" * 64, own.layers), Structure(SHA, own.layers[1:])):
        path.write_text(to_json(other))
        assert reply_to(root, folder, job) is None
    path.write_text(to_json(own))
    assert reply_to(root, folder, job) is not None


def test_the_texts_of_the_csv_stay_the_jobs_own(root: Root) -> None:
    approve(root, *a_job(root, "A", "ANNA"), matches("ANNA"))
    folder, job = a_job(root, "B", "BEN", matches(None), texts={"title": "From the CSV"})
    found = reply_to(root, folder, job)
    assert found is not None
    assert next((one.layer, one.value) for one in found[0].matches or ()) == ("BEN", "From the CSV")


# the rule ---------------------------------------------------------------------------------------------------------


def test_the_rule_approves_what_people_have_approved_before(root: Root) -> None:
    folder, job = a_job(root, "A", "ANNA", matches("ANNA", remembered=True))
    assert reply_to(root, folder, job) is None
    found = reply_to(root, folder, job, ON)
    assert found is not None
    assert (found[0].by, found[0].decision) == ("hotfolderd", "approve")
    assert found[1] == "review.auto_approve_above: 0.9; all matches were approved before, the least sure has 0.97"


@pytest.mark.parametrize(
    ("proposal", "more", "least"),
    [
        pytest.param(matches("ANNA"), {}, 0.9, id="from the matcher"),
        pytest.param(matches("ANNA", remembered=True), {"warnings": 1}, 0.9, id="a warning is open"),
        pytest.param(matches("ANNA", remembered=True), {}, 0.98, id="not sure enough"),
        pytest.param(matches(None, None, remembered=True), {}, 0.9, id="nothing would be filled"),
        pytest.param(
            Matching((matches("ANNA", remembered=True).matches[0], matches("ANNA").matches[1])),
            {},
            0.9,
            id="one is new",
        ),
    ],
)
def test_all_else_is_for_people(root: Root, proposal: Matching, more: dict[str, Any], least: float) -> None:
    folder, job = a_job(root, "A", "ANNA", proposal, **more)
    assert reply_to(root, folder, job, {"review": {"auto_approve_above": least}}) is None


def test_what_people_left_as_it_is_needs_no_confidence(root: Root) -> None:
    left = matches("ANNA", remembered=True)
    nothing = dataclasses.replace(left.matches[1], layer=None, fit=None, confidence=0.0)
    folder, job = a_job(root, "A", "ANNA", Matching((left.matches[0], nothing)))
    assert reply_to(root, folder, job, ON) is not None


def test_a_person_goes_before_the_rule(root: Root) -> None:
    approve(root, *a_job(root, "A", "ANNA"), matches("ANNA"))
    found = reply_to(root, *a_job(root, "B", "BEN", matches("BEN", remembered=True)), ON)
    assert found is not None
    assert found[0].by == "anna"
    assert json.loads((root.batches / "B1" / "answers" / "review-A.json").read_text())["by"] == "anna"
