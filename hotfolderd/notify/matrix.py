"""The matrix: of what people are told, in which words, how grave it is, and which picture shows it. Pure.

One row for each event. A new kind of job adds its events here, and names them by a `model.Notice` in the result of a
step or in a decision: the engine tells them at the right moment, once.
Names in braces are `job`, `for_client` (" for ACME" or nothing), `project`, and the facts that the caller gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hotfolderd.pipeline import GENERATION, PROCESSING, VALIDATION

Gravity = Literal["info", "warning", "critical"]
GRAVITY: tuple[Gravity, ...] = ("info", "warning", "critical")
# ask: somebody must decide. done: that was asked, and is decided. progress: only for who wants to hear it.
Kind = Literal["ask", "done", "news", "trouble", "progress"]


@dataclass(frozen=True, slots=True)
class Row:
    """One event. `title` says what to decide, of which job, for which client; `body` what to know, shortly.

    With `many` messages of one batch that come together are one, with this title: of `{count}` jobs. They wait for
    each other as long as jobs of the batch are in the folders `awaits`, on their way to the same question. `picture`
    lies below the job's folder; `pictures`: how many of them several messages show at most. Where the caller gives a
    title or a body of its own, that is said.
    """

    kind: Kind
    severity: Gravity
    title: str = "{job}"
    body: str = ""
    many: str = ""
    picture: str = ""
    pictures: int = 1
    awaits: tuple[str, ...] = ()


_TOLD = Row("news", "info")
_MOST_SEGMENTS = 12

MATRIX: dict[str, Row] = {
    # people must decide
    "review_ready": Row(
        "ask",
        "info",
        "Review needed: {job}{for_client}",
        "Confirm or correct the matches, then write `decision: approve`.",
        many="Review needed: {count} jobs{for_client}",
        picture="previews/contact_sheet.png",
        awaits=(PROCESSING,),
    ),
    "validation_issues": Row(
        "ask",
        "warning",
        "Return or override? {job}{for_client}: {issues}",
        "Critical validation issues found. Review required.\n"
        "Write `decision: return` to choose other layers, or `decision: override` and a reason.",
        many="Return or override? {count} jobs{for_client} have critical issues",
        picture="previews/contact_sheet.png",
        awaits=(VALIDATION,),
    ),
    "preview_ready": Row(
        "ask",
        "info",
        "Approve the preview? {job}{for_client}",
        "Watch the preview, then write `decision: approve`, or `reject` and a reason.",
        many="Approve the previews? {count} jobs{for_client}",
        picture="previews/thumbnail.jpg",
        awaits=(VALIDATION, GENERATION),
    ),
    "output_validation_failed": Row(
        "ask",
        "warning",
        "Sign-off needed: {job}{for_client}, its output has {issues}",
        "The output did not pass its validation.\n"
        "Write `decision: force_approve` and a reason to deliver it all the same, or `reject` and a reason.",
        many="Sign-off needed: {count} jobs{for_client}, their outputs did not pass",
        picture="previews/thumbnail.jpg",
        awaits=(VALIDATION, GENERATION),
    ),
    "question": Row(
        "ask",
        "info",
        "Decision needed: {job}{for_client}: {gate}",
        "{asks}",
        many="Decision needed: {count} jobs{for_client}",
        picture="previews/thumbnail.jpg",
        awaits=(PROCESSING,),
    ),
    "reminder": Row(
        "ask",
        "info",
        "Reminder {level}: the {gate} of {count}{for_client} waits since {since}",
        "{list}",
    ),
    # it was decided
    "decision_taken": Row("done", "info", "{job}: {said}", "{then}", many="{count} jobs{for_client}: {said}"),
    "no_more_reviews": Row("done", "info", "No more Stage 2 jobs. Excellent work!"),
    "validation_passed": Row("news", "info", "{job}: {said}", many="{count} jobs{for_client}: {said}"),
    "stage_transition": Row("news", "info", "{job}: {said}", many="{count} jobs{for_client}: {said}"),
    # it is done
    "deployed": Row(
        "news",
        "info",
        "Delivered: {job}{for_client}. Ready to download",
        "{deployed}",
        many="Delivered: {count} jobs{for_client}. Ready to download",
        picture="previews/thumbnail.jpg",
    ),
    "batch_validated": Row("news", "info", "{name}: batch {batch} taken in, {jobs}{refused}", "{warnings}"),
    "batch_complete": Row("news", "info", "{name}: batch {batch} complete, {jobs}"),
    "batch_partially_complete": Row(
        "news",
        "warning",
        "{name}: batch {batch} partially complete, {good} of {jobs} delivered",
        "Not delivered: {rest}",
    ),
    "batch_failed": Row(
        "trouble", "warning", "{name}: batch {batch} came to nothing, none of {jobs} delivered", "Not delivered: {rest}"
    ),
    "digest": Row("news", "info", "Daily digest: {summary}", "{list}"),
    # something is wrong
    "job_failed": Row(
        "trouble",
        "warning",
        "Failed: {job}{for_client} ({step})",
        "{why}\n{what_to_do}\nThen write `action: retry` into control.yaml, or `hotfolderd retry {job}`.",
        many="Failed: {count} jobs{for_client}",
    ),
    "sidecar_refused": Row("trouble", "warning"),
    "batch_rejected": Row("trouble", "warning"),
    "drop_rejected": Row("trouble", "warning"),
    "drop_waiting": Row("trouble", "warning"),
    "illegal_move": Row("trouble", "warning"),
    "job_gone": Row("trouble", "warning"),
    "job_stuck": Row("trouble", "critical"),
    "step_stuck": Row("trouble", "critical"),
    "step_works_again": Row("news", "info"),
    "machine_fault": Row("trouble", "critical"),
    "machine_well": Row("news", "info"),
    "disk_low": Row("trouble", "critical"),
    "disk_has_room": Row("news", "info"),
    "daemon_came_back": Row(
        "trouble",
        "critical",
        "hotfolderd works again on {host}: it had ended without being told to",
        "{who}. Nothing is lost: what was under way is done again. The system's log may say why it ended.",
    ),
    "test": Row("news", "info", "A test of hotfolderd", "Messages about {root} arrive here. Nothing needs to be done."),
    # films
    "segments_begin": Row(
        "news", "info", "{job}{for_client}: Starting segment-by-segment generation…", "Total segments: {total}"
    ),
    "segment_progress": Row("progress", "info", "{job}: Generating Segment {number}/{total}…"),
    "segment_ready": Row(
        "ask",
        "info",
        "{job}{for_client}: Segment {number} completed! Ready for review.",
        "Watch it, then write `decision: approve`, or `reject` with a reason and what to change.",
        many="{count} segments completed{for_client}! Ready for review.",
        pictures=_MOST_SEGMENTS,
    ),
    "segment_version_ready": Row(
        "ask",
        "info",
        "{job}{for_client}: Segment {number}: New version ready for review!",
        "Watch version {version}, then write `decision: approve`, or `reject` with a reason and what to change.",
        many="{count} segments{for_client}: New versions ready for review!",
        pictures=_MOST_SEGMENTS,
    ),
    "segment_approved": Row("done", "info", "{job}: {segments} approved!{next}"),
    "segment_rejected": Row("done", "info", "{job}: Regenerating Segment {number} with your feedback…", "{feedback}"),
    "segment_edited": Row("done", "info", "{job}: Segment {number}: Regenerating with new parameters…", "{feedback}"),
    "segment_rolled_back": Row("done", "info", "{job}: Segment {number} is version {version} again."),
    "segment_noted": Row("done", "info", "{job}: {segments}: noted."),
    "segment_failed": Row("trouble", "warning", "{job}{for_client}: Segment {number} failed", "{why}\n{what_to_do}"),
    "all_segments_approved": Row(
        "ask",
        "info",
        "{job}{for_client}: All {total} segments approved! Ready to compile final video?",
        "Write `decision: compile`, with the order and what joins them.",
    ),
    "compile_started": Row("done", "info", "{job}: Compiling…"),
    "compile_done": Row(
        "ask",
        "info",
        "{job}{for_client}: Final video ready!",
        "Watch the film, then write `decision: approve`, or `reject` and a reason.",
        picture="previews/thumbnail.jpg",
    ),
    "compile_failed": Row(
        "trouble",
        "warning",
        "{job}{for_client}: the video could not be compiled",
        "{why}\n{what_to_do}\nThen write `action: retry` into control.yaml, or `hotfolderd retry {job}`.",
    ),
}


def row_of(event: str) -> Row:
    """The row of an event; one that has none is news, in the words of who tells it."""
    return MATRIX.get(event, _TOLD)
