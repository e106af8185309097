"""The line of an episode: its stages, steps and gates. Nothing heavy is imported here; workers import the steps."""

from __future__ import annotations

from hotfolderd.pipeline import (
    APPROVAL,
    COMPLETED,
    GENERATION,
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
from hotfolderd.stages.gates import HOLD, approval_gate, override_gate

_HERE = "hotfolderd.stages.episode"
_APPROVED = ".job/approved.json"

SCENES = Step(
    "scenes",
    f"{_HERE}.scenes:run",
    "Generating assets...",
    "script_generated",
    20,
    reads=("job.yaml", "assets/"),
)
IMAGES = Step(
    "images",
    f"{_HERE}.assets:run_images",
    "Generating assets...",
    "assets_generating",
    20,
    after=("scenes",),
    reads=("assets/",),
    timeout_s=3600.0,
    tells=True,
)
NARRATION = Step(
    "narration",
    f"{_HERE}.assets:run_narration",
    "Generating assets...",
    "assets_generating",
    35,
    after=("scenes",),
    reads=("assets/",),
    uses=("voice",),
    timeout_s=3600.0,
    tells=True,
)
CAPTIONS = Step(
    "captions",
    f"{_HERE}.assets:run_captions",
    "Generating assets...",
    "assets_generating",
    50,
    after=("scenes", "narration"),
    timeout_s=3600.0,
    tells=True,
)
CHECK_ASSETS = Step(
    "check-assets",
    f"{_HERE}.assets:run_check",
    "Validating assets...",
    "assets_generated",
    60,
    after=("scenes", "images", "narration", "captions"),
)
# Every stage that makes something begins with these: what was lost or replaced is made again, the rest is skipped.
ASSETS = (SCENES, IMAGES, NARRATION, CAPTIONS, CHECK_ASSETS)
MAKE_SEGMENTS = Step(
    "make-segments",
    f"{_HERE}.make_segments:run",
    "Generating segments…",
    "generating_segments",
    0,
    after=("scenes", "images", "narration", "captions", "check-assets"),
    reads=("job.yaml", _APPROVED),
    uses=("episodes",),
    timeout_s=86_400.0,
    tells=True,
    outside=True,
)
SEGMENTS = (*ASSETS, MAKE_SEGMENTS)
ASK_REVIEW = Step(
    "ask-review",
    f"{_HERE}.ask_review:run",
    "Preparing the review",
    "generating_segments",
    0,
    after=("scenes", "make-segments"),
    reads=(_APPROVED,),
    uses=("round",),
)
VALIDATE = Step(
    "validate",
    f"{_HERE}.validate:run",
    "Validating the segments",
    "validating",
    80,
    after=("make-segments",),
    reads=(_APPROVED,),
    uses=("round", "episodes"),
)
ASK_OVERRIDE = Step(
    "ask-override",
    f"{_HERE}.ask_override:run",
    "Preparing the validation page",
    "validating",
    80,
    after=("validate",),
    uses=("round",),
)
COMPILE = Step(
    "compile",
    f"{_HERE}.compile_film:run",
    "Rendering video...",
    "rendering",
    80,
    version=2,
    after=("scenes", "make-segments"),
    reads=("job.yaml", _APPROVED),
    uses=("build", "deployed", "delivery"),
    timeout_s=86_400.0,
    tells=True,
)
CHECK_OUTPUT = Step(
    "check-output",
    f"{_HERE}.check_film:run",
    "Checking the film",
    "rendering",
    99,
    after=("compile",),
    reads=("job.yaml", _APPROVED),
    timeout_s=3600.0,
)
ASK_APPROVAL = Step(
    "ask-approval",
    f"{_HERE}.ask_approval:run",
    "Preparing the approval",
    "rendering",
    99,
    after=("compile", "check-output"),
    reads=(_APPROVED,),
    uses=("round",),
)
DELIVER = Step(
    "deliver",
    f"{_HERE}.deliver:run",
    "Delivering",
    "ready_for_validation",
    99,
    after=("compile", "ask-approval"),
    uses=("round", "delivery", "complete_on"),
)

# What is decided of segments is done where the job stands; then the next round is asked.
_STAY = Outcome(REVIEW, steps=SEGMENTS, action="segments_decided", message="Segments decided by {by}")

REVIEW_GATE = Gate(
    name="review",
    ask=ASK_REVIEW,
    read=f"{_HERE}.decide:read_review",
    asks="approve, reject or regenerate each segment; when all are approved, decision: compile",
    outcomes={
        "segments": _STAY,
        "approve": _STAY,
        "compile": Outcome(VALIDATION, action="compile_started", message="Compiling…"),
        "hold": HOLD,
    },
    answered_by=f"{_HERE}.replies:answer_review",
)
OVERRIDE_GATE = override_gate(
    ASK_OVERRIDE,
    "return to the segments, or override with a reason",
    back=SEGMENTS,
    action="returned_to_segments",
    message="User {by} returned to the segments",
    then="Compiling…",
)
APPROVAL_GATE = approval_gate(
    ASK_APPROVAL,
    "watch the film; approve, reject, regenerate or force",
    what="Film",
    deliver=DELIVER,
    back=SEGMENTS,
    again=("film_regenerated", "User {by} asked to make the film again"),
    answered_by=f"{_HERE}.replies:answer_approval",
)

LINE = Line(
    "episode",
    {
        PROCESSING: Stage(PROCESSING, "script_generated", 20, steps=SEGMENTS, next={"": REVIEW}),
        REVIEW: Stage(REVIEW, "awaiting_review", 60, gate=REVIEW_GATE),
        VALIDATION: Stage(
            VALIDATION,
            "validating",
            80,
            steps=(*SEGMENTS, VALIDATE),
            next={"critical": OVERRIDE, "clear": GENERATION},
            says={OVERRIDE: "Critical validation issues found. Review required.", GENERATION: "Validation passed"},
        ),
        OVERRIDE: Stage(OVERRIDE, "awaiting_validation_review", 80, gate=OVERRIDE_GATE),
        GENERATION: Stage(
            GENERATION,
            "rendering",
            80,
            steps=(COMPILE, CHECK_OUTPUT),
            next={"valid": APPROVAL, "invalid": APPROVAL},
        ),
        APPROVAL: Stage(APPROVAL, "awaiting_approval", 99, gate=APPROVAL_GATE),
        COMPLETED: Stage(COMPLETED, "completed", 100, doing="Video ready!"),
    },
    failed="Processing failed",
    failures={COMPILE.name: "compile_failed"},
)
