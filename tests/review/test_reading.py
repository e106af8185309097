"""Sidecars read: every fault is told with its place and what to write; nothing is followed or waited for."""

from __future__ import annotations

import getpass
import hashlib
import os
import time
from pathlib import Path

import pytest

from hotfolderd.records import Job, Question
from hotfolderd.review.decision import check_reviewer, check_round, decider
from hotfolderd.review.models import ApprovalSidecar, ControlSidecar, OverrideSidecar, ReviewSidecar, Sidecar
from hotfolderd.review.nearest import nearest, one_of
from hotfolderd.review.reading import (
    SidecarRefusedError,
    Written,
    as_address,
    fingerprint,
    owner_of,
    parse,
    read_written,
    refuse_empty,
)
from hotfolderd.review.strict_yaml import MAX_BYTES

WHOLE = """\
for: {job: J1, revision: 1}
decision: approve
by:
matches:
  - {placeholder: title, layer: TITLE, value: 2026, confidence: 0.9, why: x, or: [OTHER 0.41]}
  - placeholder: logo
    layer: null
    fit: fill
unused_layers: [Background]
notes: ""
end: true
"""


def problems(text: str | bytes, model: type = ReviewSidecar) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(SidecarRefusedError) as caught:
        parse(data, model, "review.yaml")
    return caught.value.problems


def test_a_whole_sidecar_is_read() -> None:
    sidecar = parse(WHOLE.encode(), ReviewSidecar, "review.yaml")
    assert sidecar.for_ is not None
    assert (sidecar.for_.job, sidecar.for_.revision) == ("J1", 1)
    assert sidecar.decision == "approve"
    assert sidecar.matches is not None
    assert [(m.placeholder, m.layer, m.value, m.fit) for m in sidecar.matches] == [
        ("title", "TITLE", "2026", None),
        ("logo", None, None, "fill"),
    ]
    assert sidecar.matches[0].or_ == ["OTHER 0.41"]
    assert (sidecar.by, sidecar.notes) == ("", "")


def test_a_file_is_read_to_its_end_where_the_disk_gives_little_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As network file systems may: the head of an answer can be an answer too."""
    whole = os.pread
    monkeypatch.setattr(os, "pread", lambda handle, size, at: whole(handle, min(size, 40), at))
    path = tmp_path / "review.yaml"
    path.write_text(WHOLE)
    assert read_written(path).data == WHOLE.encode()
    path.write_bytes(b"x" * (MAX_BYTES + 100))
    with pytest.raises(SidecarRefusedError):
        read_written(path)


def test_an_empty_file_is_pending() -> None:
    for data in (b"", b"\n\n", b"# only a comment\n", b"\xef\xbb\xbf"):
        assert parse(data, ReviewSidecar, "review.yaml").decision == "pending"


def test_texts_that_yaml_takes_for_something_else_stay_texts() -> None:
    text = (
        "decision: approve\nby: 007\nnotes: yes\nreason: 1.50\nmatches:\n  - {placeholder: 12, value: true, layer: 3}\n"
    )
    sidecar = parse(text.encode(), ReviewSidecar, "x")
    assert (sidecar.by, sidecar.notes, sidecar.reason) == ("007", "yes", "1.50")
    assert sidecar.matches is not None
    assert (sidecar.matches[0].placeholder, sidecar.matches[0].value, sidecar.matches[0].layer) == ("12", "true", "3")


def test_every_fault_is_told_at_once_each_with_its_place() -> None:
    text = WHOLE.replace("decision: approve", "decison: approve").replace("fit: fill", "fit: filll")
    found = problems(text)
    assert found == [
        "review.yaml, line 2, column 1: the key `decison` is not known here. Did you mean `decision`?",
        (
            "review.yaml, line 8, column 10: `matches.1.fit` is 'filll'. Should be 'fit', 'fill' or 'stretch'. "
            "Did you mean `fill`?"
        ),
    ]


@pytest.mark.parametrize(
    ("was", "instead", "place", "words"),
    [
        ("decision: approve", "decision: yes", (2, 11), "'yes'"),
        ("decision: approve", "decision:   aprove", (2, 13), "Did you mean `approve`?"),
        ("revision: 1", "revision: one", (1, 26), "`for.revision` is 'one'"),
        ("  - placeholder: logo", "  - layre: logo", (6, 5), "Did you mean `layer`?"),
        ("    fit: fill", "    fitt: fill", (8, 5), "Did you mean `fit`?"),
        ('notes: ""', "colour: red", (10, 1), "Write one of: for, by, notes"),
        ("{placeholder: title, layer", "{layer", (5, 5), "`matches.0.placeholder` is missing"),
        ("unused_layers: [Background]", "unused_layers: Background", (9, 16), "'Background'"),
        ("decision: approve", "decision: [approve", (2, 11), "bracket"),
        ("decision: approve", "decision:approve", (2, 9), "no space"),
        ("    fit: fill", "    skip:\n      fill: 1", (8, 5), "`matches.1.skip` is"),
    ],
)
def test_a_fault_is_named_with_its_place_and_advice(was: str, instead: str, place: tuple[int, int], words: str) -> None:
    assert WHOLE.count(was) == 1
    text = " | ".join(problems(WHOLE.replace(was, instead)))
    assert f"review.yaml, line {place[0]}, column {place[1]}: " in text
    assert words in text


def test_a_problem_can_be_written_as_editors_jump_to_it() -> None:
    (problem,) = problems("decision: aprove\nnotes: 'x, line 3, column 4: y'\n")
    assert as_address(problem).startswith("review.yaml:1:11: `decision` is 'aprove'.")
    assert as_address("review.yaml: is empty.") == "review.yaml: is empty."


@pytest.mark.parametrize(
    ("word", "near"),
    [("approv", "approve"), ("Approve", "approve"), ("hodl", "hold"), ("publish", None), ("", None)],
)
def test_a_choice_that_is_near_is_named(word: str, near: str | None) -> None:
    (problem,) = problems(f"decision: '{word}'\n")
    assert (f"Did you mean `{near}`?" in problem) is (near is not None)
    assert ("Did you mean" in problem) is (near is not None)


def test_a_name_is_told_with_the_nearest_one_and_with_all_there_are() -> None:
    assert one_of("Heading1", ["Title", "Heading 1"]) == "Did you mean `Heading 1`? Write one of: Title, Heading 1."
    assert one_of("xyz", ["Title"]) == "Write one of: Title."
    many = one_of("L77", [f"L{n}" for n in range(100)])
    assert many.startswith("Did you mean `L77`? Write one of: L0, L1,")
    assert many.endswith("L39 and 60 more.")
    assert nearest("LOGO", ["logo", "Logotype"]) == "logo"
    assert nearest("logo", []) is None


def test_a_sidecar_without_its_last_line_may_be_half_written() -> None:
    for end in range(WHOLE.index("by:"), WHOLE.index("end: true") + len("end: tru")):
        with pytest.raises(SidecarRefusedError):
            parse(WHOLE[:end].encode(), ReviewSidecar, "review.yaml")
    (problem,) = problems(WHOLE.replace("end: true\n", ""))
    assert "the last line `end: true` is missing" in problem


def test_a_list_or_a_word_is_no_sidecar() -> None:
    assert "keys" in problems("- approve\n")[0]
    assert "keys" in problems("approve\n")[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_fault_has_the_same_place_in_every_encoding(encoding: str, newline: str) -> None:
    text = WHOLE.replace("decision: approve", "decision: aprove # für").replace("\n", newline)
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    assert problems(data)[0].startswith("review.yaml, line 2, column 11: `decision` is 'aprove'.")


def test_another_encoding_is_told_with_its_line() -> None:
    (problem,) = problems(WHOLE.replace('notes: ""', "notes: für").encode("latin-1"))
    assert problem.startswith("review.yaml, line 10, column 9: ")
    assert "UTF-8" in problem


def test_reasons_are_demanded_where_they_are_needed() -> None:
    assert "Override reason is required" in problems("decision: override\n", OverrideSidecar)[0]
    assert (
        "at least 10 characters, `too short` has 9"
        in problems("decision: override\nreason: '  too short  '\n", OverrideSidecar)[0]
    )
    assert parse(b"decision: override\nreason: ten chars!\n", OverrideSidecar, "x").reason == "ten chars!"
    assert parse(b"decision: return\n", OverrideSidecar, "x").decision == "return"
    assert parse(b"decision: return_to_matching\n", OverrideSidecar, "x").decision == "return"
    for decision in ("reject", "force_approve"):
        assert f"A reason is required for {decision}" in problems(f"decision: {decision}\n", ApprovalSidecar)[0]
    assert parse(b"decision: approve\n", ApprovalSidecar, "x").return_to == "2-review"


def test_a_priority_is_demanded_with_the_order_to_change_it() -> None:
    assert "priority: high" in problems("action: priority\n", ControlSidecar)[0]
    order = parse(b"action: retry\nfrom: match\n", ControlSidecar, "x")
    assert (order.action, order.from_) == ("retry", "match")


# the file -----------------------------------------------------------------------------------------------------------


def test_a_file_is_read_with_its_owner_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    path.write_bytes(b"decision: hold\n")
    written = read_written(path)
    assert written.data == b"decision: hold\n"
    assert written.sha256 == hashlib.sha256(b"decision: hold\n").hexdigest()
    assert written.owner == getpass.getuser() == owner_of(path)
    assert written.fingerprint == fingerprint(path)


def test_an_owner_without_a_name_has_a_number(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    path.touch()
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, 54321, -1)
    assert owner_of(path) == read_written(path).owner == "uid54321"


def test_every_save_changes_the_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    assert fingerprint(path) is None
    path.write_text("a")
    seen = {fingerprint(path)}
    time.sleep(0.01)
    os.utime(path, (1, 1))
    seen.add(fingerprint(path))
    path.write_text("ab")
    seen.add(fingerprint(path))
    beside = tmp_path / "new"
    beside.write_text("ab")
    beside.replace(path)
    seen.add(fingerprint(path))
    assert len(seen) == 4
    assert None not in seen


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder", "huge", "gone"])
def test_what_is_no_plain_small_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "review.yaml"
    match kind:
        case "link":
            (tmp_path / "other").write_text("decision: approve\n")
            path.symlink_to(tmp_path / "other")
        case "dangling link":
            path.symlink_to(tmp_path / "nowhere")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "huge":
            path.write_bytes(b"#" * (MAX_BYTES + 1))
    if kind != "gone":
        assert fingerprint(path) is not None, "it is noticed"
    began = time.monotonic()
    with pytest.raises(SidecarRefusedError) as caught:
        read_written(path)
    assert time.monotonic() - began < 10
    assert caught.value.problems[0].startswith("review.yaml: ")


def test_the_largest_file_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    path.write_bytes(b"#" * MAX_BYTES)
    assert len(read_written(path).data) == MAX_BYTES


# who and which round --------------------------------------------------------------------------------------------------

AT = "2026-11-20T10:00:00.000Z"
ASKED = Job("J1", "t", "u", "B", "2-review", "awaiting_review", AT, AT, question=Question("review", 2, 0, AT))


def check(text: str) -> None:
    written = Written(text.encode(), "", "anna", (0, 0, 0, 0))
    check_round(parse(written.data, ReviewSidecar, "x"), written, ASKED, "review", "review.yaml")


def test_only_an_answer_to_what_was_asked_counts() -> None:
    check("for: {job: J1, revision: 2}\nend: true\n")
    check("")
    for job, revision, words in (
        ("J2", 2, "line 3, column 8: is for the job `J2`"),
        ("J1", 1, "line 4, column 13: answers round 1"),
        ("J1", 3, "line 4, column 13: answers round 3"),
    ):
        with pytest.raises(SidecarRefusedError, match=words):
            check(f"# seen\nfor:\n  job: {job}\n  revision: {revision}\nend: true\n")


@pytest.mark.parametrize(
    ("model", "text", "where"),
    [
        (OverrideSidecar, "decision: override\nnotes: x\n", "x, line 1, column 11: Override reason is required"),
        (
            OverrideSidecar,
            "decision: override\nnotes: x\nreason: ''\n",
            "x, line 3, column 9: Override reason is required",
        ),
        (
            OverrideSidecar,
            "notes: x\nreason: short\ndecision: override\n",
            "x, line 2, column 9: Reason must be at least 10",
        ),
        (ApprovalSidecar, "notes: x\ndecision: reject\n", "x, line 2, column 11: A reason is required for reject"),
        (ReviewSidecar, "for: {job: J, revision: 1}\nend: false\n", "x, line 2, column 6: `end` is False"),
        (ControlSidecar, "by: anna\naction: priority\n", "x, line 2, column 9: `action: priority` needs"),
    ],
)
def test_a_rule_about_several_keys_is_told_with_the_place_of_one_of_them(
    model: type[Sidecar], text: str, where: str
) -> None:
    with pytest.raises(SidecarRefusedError) as caught:
        parse(text.encode(), model, "x")
    assert caught.value.problems[0].startswith(where)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"\xef\xbb\xbf", b"---\n...\n"])
def test_a_file_without_any_key_can_be_told_from_one_that_decides_nothing(data: bytes) -> None:
    with pytest.raises(SidecarRefusedError, match=r"review\.yaml: is empty.*deleting"):
        refuse_empty(data, "review.yaml")


@pytest.mark.parametrize("data", [b"decision: pending\n", b"by:\n", b"[broken", b"\xff"])
def test_a_file_that_holds_something_is_not_empty(data: bytes) -> None:
    refuse_empty(data, "review.yaml")


def test_a_list_of_reviewers_lets_nobody_else_decide() -> None:
    allowed = {"review": ("anna", "ben"), "approval": ()}
    check_reviewer("ben", allowed, "review", "x")
    check_reviewer("eve", allowed, "approval", "x")
    check_reviewer("eve", allowed, "override", "x")
    for name in ("eve", "", "Anna", "anna "):
        with pytest.raises(SidecarRefusedError, match="anna, ben"):
            check_reviewer(name, allowed, "review", "x")


def test_the_name_in_the_file_comes_before_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    written = read_written(path)
    assert decider(ReviewSidecar(by=" anna "), written) == "anna"
    assert decider(ReviewSidecar(by="  "), written) == getpass.getuser()
