"""A small line with the real gates and steps of no weight: text files instead of pictures and projects.

The folder `assets/` says how a job behaves: `letter.txt` is its content (the word `bad` in it is critical, `broken`
makes the output invalid), and `<step>.fault` makes a step fail in the way that the file says (`JobError`, `ToolError`,
`bug`, `exit`, `killed`, `hang`, `memory`, `errno-28`; with a number behind it only so many times). `runs.log` in the
job folder counts what was run. With `draw.later` the step `draw` goes on at the time that it holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotfolderd.disk import make_folder, write_atomic
from hotfolderd.errors import JobError, ToolError
from hotfolderd.model import Issue, Notice
from hotfolderd.pipeline import (
    APPROVAL,
    COMPLETED,
    GENERATION,
    ON_HOLD,
    OVERRIDE,
    PROCESSING,
    REVIEW,
    VALIDATION,
    Gate,
    Line,
    Outcome,
    Stage,
    Step,
)
from hotfolderd.records import Job
from hotfolderd.review.decision import Decision, Reply, check_round, decider
from hotfolderd.review.editing import set_keys
from hotfolderd.review.models import ReviewSidecar
from hotfolderd.review.reading import Written, parse
from hotfolderd.review.writing import approval_text, override_text, review_text
from hotfolderd.root import Root
from hotfolderd.work import Result, Workbench

APPROVED = ".job/approved.json"


def runs(job: Path) -> list[str]:
    """The names of all steps that were begun, in order."""
    log = job / "runs.log"
    return log.read_text().split() if log.exists() else []


def _behave(bench: Workbench, step: str) -> None:
    with (bench.job / "runs.log").open("a") as log:
        log.write(f"{step}\n")
    order = bench.job / "assets" / f"{step}.fault"
    if not order.exists():
        return
    fault, _, times = order.read_text().strip().partition(" ")
    if times and runs(bench.job).count(step) > int(times):
        return
    match fault:
        case "JobError":
            raise JobError("letter.txt: is unreadable. Write it again.")
        case "ToolError":
            raise ToolError("press: is jammed. Clear it.")
        case "bug":
            raise ValueError("nobody thought of this")
        case "exit":
            os._exit(7)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(60)
        case "memory":
            raise MemoryError
        case _ if fault.startswith("errno-"):
            code = int(fault.removeprefix("errno-"))
            raise OSError(code, os.strerror(code), "letter.txt")
        case _:
            raise AssertionError(fault)


def _letter(bench: Workbench) -> str:
    return (bench.job / "assets" / "letter.txt").read_text()


def identify(bench: Workbench) -> Result:
    _behave(bench, "identify")
    stock = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((bench.job / "assets").iterdir())}
    (bench.out / "stock.json").write_text(json.dumps(stock))
    return Result()


def read(bench: Workbench) -> Result:
    _behave(bench, "read")
    (bench.out / "words.json").write_text(json.dumps(_letter(bench).split()))
    return Result(issues=(Issue("missing_font", "warning", "Missing font: Futura", "Install it."),))


def draw(bench: Workbench) -> Result:
    _behave(bench, "draw")
    later = bench.job / "assets" / "draw.later"
    if later.exists():
        return Result(message="the ink is wet", unfinished=True, again_at=float(later.read_text()))
    (bench.out / "previews").mkdir()
    for word in json.loads((bench.result_of("read") / "words.json").read_bytes()):
        (bench.out / "previews" / f"{word}.txt").write_text(f"{word} in {bench.facts['colour']}")
    return Result(message="drawn", notices=(Notice("stage_transition", "drawn", {"said": "The words are drawn"}),))


def redraw(bench: Workbench) -> Result:
    _behave(bench, "redraw")
    number = bench.facts["round"]["decisions"]
    (bench.out / "previews").mkdir()
    (bench.out / "previews" / f"again-{number}.txt").write_text(str(number))
    return Result(events=(("redrawn", f"for decision {number}"),))


def ask_review(bench: Workbench) -> Result:
    _behave(bench, "ask-review")
    revision = bench.facts["round"]["revision"]
    (bench.out / "review.yaml").write_text(review_text(bench.job.name, revision, [], []))
    (bench.out / "review.html").write_text(f"round {revision}")
    return Result(facts={"says": f"round {revision} is ready", "progress": 30 + revision})


def validate(bench: Workbench) -> Result:
    _behave(bench, "validate")
    approved = json.loads((bench.job / APPROVED).read_bytes())
    bad = "bad" in approved["letter"]
    issues = (Issue("aspect_ratio_mismatch", "critical", "It is bad", "Mend it."),) if bad else ()
    return Result(verdict="critical" if bad else "clear", issues=issues)


def ask_override(bench: Workbench) -> Result:
    _behave(bench, "ask-override")
    issue = Issue("aspect_ratio_mismatch", "critical", "It is bad", "Mend it.")
    (bench.out / "override.yaml").write_text(override_text(bench.job.name, bench.facts["round"]["revision"], [issue]))
    (bench.out / "override.html").write_text("override")
    return Result()


def build(bench: Workbench) -> Result:
    _behave(bench, "build")
    (bench.out / "output").mkdir()
    (bench.out / "output" / "result.txt").write_text(_letter(bench).upper())
    return Result()


def check_output(bench: Workbench) -> Result:
    _behave(bench, "check-output")
    return Result(verdict="invalid" if "broken" in _letter(bench) else "valid")


def ask_approval(bench: Workbench) -> Result:
    _behave(bench, "ask-approval")
    critical = int("broken" in _letter(bench))
    text = approval_text(
        bench.job.name, bench.facts["round"]["revision"], {"ready": not critical, "critical": critical}
    )
    (bench.out / "approval.yaml").write_text(text)
    (bench.out / "approval.html").write_text("approval")
    if critical:
        return Result()
    words = [Notice("question", f"page {n}", {"gate": f"page {n}", "asks": "Read it."}, f"page {n}") for n in (1, 2)]
    return Result(notices=tuple(words))


def deliver(bench: Workbench) -> Result:
    _behave(bench, "deliver")
    place = Path(bench.facts["deployed"]) / "ACME" / bench.job.name
    place.mkdir(parents=True, exist_ok=True)
    (place / "result.txt").write_bytes((bench.job / "output" / "result.txt").read_bytes())
    letter = (place / "result.txt").read_text().casefold()
    return Result(facts={"deployed": str(place), "complete_on": "download" if "download" in letter else "deploy"})


def read_review(folder: Path, job: Job, written: Written) -> Decision:
    """See `hotfolderd.stages.template.decide.read_review`; approves the letter as it was shown."""
    sidecar = parse(written.data, ReviewSidecar, "review.yaml")
    check_round(sidecar, written, job, "review", "review.yaml")
    by = decider(sidecar, written)
    if sidecar.decision == "pending" and sidecar.notes.startswith("again"):
        said = f"Redrawing for {by}"
        notices = (Notice("stage_transition", "again", {"said": said}),)
        return Decision("again", by, notes=sidecar.notes, said=said, events=(("redrawn", by),), notices=notices)
    if sidecar.decision != "approve":
        return Decision(sidecar.decision, by, notes=sidecar.notes)
    approved = json.dumps({"letter": (folder / "assets" / "letter.txt").read_text(), "notes": sidecar.notes})
    resolved = tuple(one.id for one in sidecar.resolve_warnings)
    shared = sidecar.apply_to == "batch"
    return Decision("approve", by, notes=sidecar.notes, approved=approved, resolved=resolved, shared=shared)


def keep(root: Root, folder: Path, job: Job) -> None:
    """Lay out an answer for the batch; it goes for equal letters."""
    assert job.answer is not None
    if job.answer.shared:
        answers = root.batches / job.batch / "answers"
        make_folder(answers)
        content = {"job": job.job, "letter": (folder / "assets" / "letter.txt").read_text(), "by": job.answer.by}
        write_atomic(answers / f"review-{job.job}.json", json.dumps(content))


def answer_review(root: Root, folder: Path, job: Job, facts: Mapping[str, Any]) -> Reply | None:
    """As another letter of the batch, or by the rule that letters with a certain word need nobody."""
    letter = (folder / "assets" / "letter.txt").read_text()
    for path in sorted((root.batches / job.batch / "answers").glob("review-*.json")):
        answer = json.loads(path.read_bytes())
        if answer["letter"] == letter and answer["job"] != job.job:
            return _reply(job, answer["by"], f"as in {answer['job']}")
    if facts["rule"] and facts["rule"] in letter:
        return _reply(job, "hotfolderd", f"it says {facts['rule']}", by_rule=True)
    return None


def _reply(job: Job, by: str, why: str, *, by_rule: bool = False) -> Reply:
    assert job.question is not None
    text = review_text(job.job, job.question.revision, [], [])
    return Reply(set_keys(text, {"decision": "approve", "by": by, "notes": why}), by, why, by_rule)


HOLD = Outcome(ON_HOLD, action="held", message="Put on hold by {by}")
IDENTIFY = Step("identify", "toy_line:identify", "Taking stock", "processing", 5, reads=("assets/",))
READ = Step("read", "toy_line:read", "Reading", "processing", 10, after=("identify",))
DRAW = Step("draw", "toy_line:draw", "Drawing", "processing", 20, after=("read",), uses=("colour",))
REDRAW = Step("redraw", "toy_line:redraw", "Drawing again", "processing", 22, after=("read",), uses=("round",))
ASK_REVIEW = Step("ask-review", "toy_line:ask_review", "Asking", "processing", 28, after=("draw",), uses=("round",))
VALIDATE = Step("validate", "toy_line:validate", "Validating", "validating", 40, after=("read",), reads=(APPROVED,))
ASK_OVERRIDE = Step("ask-override", "toy_line:ask_override", "Asking", "validating", 43, uses=("round",))
BUILD = Step(
    "build",
    "toy_line:build",
    "Building",
    "generating_extendscript",
    50,
    after=("read",),
    reads=(APPROVED,),
    uses=("build",),
)
CHECK_OUTPUT = Step("check-output", "toy_line:check_output", "Checking", "rendering_preview", 80, after=("build",))
ASK_APPROVAL = Step("ask-approval", "toy_line:ask_approval", "Asking", "rendering_preview", 84, uses=("round",))
DELIVER = Step(
    "deliver",
    "toy_line:deliver",
    "Delivering",
    "ready_for_validation",
    95,
    after=("build",),
    uses=("round", "deployed"),
)

_ANSWERS = "hotfolderd.stages.answers"
REVIEW_GATE = Gate(
    "review",
    ASK_REVIEW,
    "toy_line:read_review",
    {
        "approve": Outcome(
            VALIDATION, after="toy_line:keep", action="stage_approved", message="Stage 2 approved by {by}"
        ),
        "again": Outcome(REVIEW, steps=(REDRAW,), action="asked_to_redraw", message="Again for {by}"),
        "hold": HOLD,
    },
    "confirm the letter",
    "toy_line:answer_review",
)
OVERRIDE_GATE = Gate(
    "override",
    ASK_OVERRIDE,
    f"{_ANSWERS}:read_override",
    {
        "return": Outcome(REVIEW, action="returned_to_matching", message="User {by} returned to Stage 2"),
        "override": Outcome(
            GENERATION, needs_reason=True, action="validation_overridden", message="User {by} overrode: {reason}"
        ),
        "hold": HOLD,
    },
    "return or override",
)
APPROVAL_GATE = Gate(
    "approval",
    ASK_APPROVAL,
    f"{_ANSWERS}:read_approval",
    {
        "approve": Outcome(COMPLETED, (DELIVER,), action="preview_approved", message="Preview approved by {by}"),
        "force_approve": Outcome(
            COMPLETED, (DELIVER,), needs_reason=True, action="signoff_forced", message="User {by} forced: {reason}"
        ),
        "reject": Outcome(
            None, needs_reason=True, rebuild=True, action="preview_rejected", message="REJECTED: {reason}"
        ),
        "regenerate": Outcome(GENERATION, rebuild=True, action="extendscript_regenerated", message="Again for {by}"),
        "hold": HOLD,
    },
    "watch the preview",
)

LINE = Line(
    "toy",
    {
        PROCESSING: Stage(PROCESSING, "processing", 5, steps=(IDENTIFY, READ, DRAW), next={"": REVIEW}),
        REVIEW: Stage(REVIEW, "awaiting_review", 30, gate=REVIEW_GATE),
        VALIDATION: Stage(
            VALIDATION,
            "validating",
            40,
            steps=(VALIDATE,),
            next={"critical": OVERRIDE, "clear": GENERATION},
            says={OVERRIDE: "Critical validation issues found. Review required.", GENERATION: "Validation passed"},
        ),
        OVERRIDE: Stage(OVERRIDE, "awaiting_validation_review", 45, gate=OVERRIDE_GATE),
        GENERATION: Stage(
            GENERATION,
            "generating_extendscript",
            50,
            steps=(BUILD, CHECK_OUTPUT),
            next={"valid": APPROVAL, "invalid": APPROVAL},
        ),
        APPROVAL: Stage(APPROVAL, "awaiting_approval", 85, gate=APPROVAL_GATE),
        COMPLETED: Stage(COMPLETED, "completed", 100),
    },
    failures={"build": "compile_failed"},
)
