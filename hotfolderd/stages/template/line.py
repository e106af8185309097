"""The line of a template job: its stages, steps and gates. Nothing heavy is imported here; workers import the steps."""

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

_HERE = "hotfolderd.stages.template"
APPROVED = ".job/approved.json"
# Beyond the longest `render.timeout_s`, by which these steps end what they wait for.
_OUTSIDE_S = 2 * 86400.0
# What `identify` notes of these two: a footage file that was replaced makes nobody read the design again.
THE_DESIGN = ".job/work/identify/design.sha256"
THE_TEMPLATE = ".job/work/identify/template.sha256"

IDENTIFY = Step(
    "identify", f"{_HERE}.identify:run", "Taking stock of the files", "processing", 5, reads=("job.yaml", "assets/")
)
READ_DESIGN = Step(
    "read-design",
    f"{_HERE}.read:run_design",
    "Reading the design",
    "processing",
    8,
    version=3,
    reads=(THE_DESIGN,),
    uses=("fonts",),
    shared_by=f"{_HERE}.read:design_file",
)
READ_TEMPLATE = Step(
    "read-template",
    f"{_HERE}.read:run_template",
    "Reading the template",
    "processing",
    15,
    version=3,
    reads=(THE_TEMPLATE,),
    shared_by=f"{_HERE}.read:template_file",
)
# Every machine's stage begins with these: a file that was replaced meanwhile is read again, others are skipped.
READ_FILES = (IDENTIFY, READ_DESIGN, READ_TEMPLATE)
MATCH = Step(
    "match",
    f"{_HERE}.match:run",
    "Matching layers to placeholders",
    "processing",
    20,
    version=5,
    after=("identify", "read-design", "read-template"),
    uses=("validation", "fonts", "learned"),
)
DRAW_REVIEW = Step(
    "draw-review",
    f"{_HERE}.draw_review:run",
    "Drawing the pictures for the review",
    "processing",
    25,
    version=3,
    after=("identify", "read-design", "read-template", "match"),
    uses=("fonts",),
    shared_by=f"{_HERE}.draw_review:files_drawn",
)
# Before a job goes back to its review: what was replaced meanwhile is matched and drawn anew, the rest is skipped.
MATCHING = (*READ_FILES, MATCH, DRAW_REVIEW)
ASK_REVIEW = Step(
    "ask-review",
    f"{_HERE}.ask_review:run",
    "Preparing the review",
    "processing",
    28,
    version=2,
    after=("match", "draw-review"),
    reads=(APPROVED,),
    uses=("round",),
)
# It also looks for footage where the template says, outside the job: after each decision it looks again.
VALIDATE = Step(
    "validate",
    f"{_HERE}.validate:run",
    "Validating the matches",
    "validating",
    40,
    version=2,
    after=("identify", "read-design", "read-template"),
    reads=(APPROVED,),
    uses=("validation", "fonts", "round"),
)
ASK_OVERRIDE = Step(
    "ask-override",
    f"{_HERE}.ask_override:run",
    "Preparing the validation page",
    "validating",
    43,
    version=2,
    after=("validate", "draw-review"),
    uses=("round",),
)
BUILD_PROJECT = Step(
    "build-project",
    f"{_HERE}.build_project:run",
    "Building the final project",
    "generating_extendscript",
    50,
    version=4,
    after=("identify", "read-design", "read-template"),
    reads=(APPROVED, "job.yaml"),
    uses=("build", "deployed", "delivery", "path_map", "auto_fix", "project_by"),
)
WRITE_SCRIPT = Step(
    "write-script",
    f"{_HERE}.write_script:run",
    "Writing the script",
    "generating_extendscript",
    56,
    version=2,
    after=("read-template", "build-project"),
    reads=(APPROVED, "job.yaml"),
    uses=("build",),
)
RUN_SCRIPT = Step(
    "run-script",
    f"{_HERE}.run_script:run",
    "Running the script in After Effects",
    "generating_extendscript",
    58,
    after=("read-template", "build-project", "write-script"),
    reads=(APPROVED,),
    uses=("build", "afterfx"),
    timeout_s=_OUTSIDE_S,
    when="afterfx",
    outside=True,
)
RENDER_COMP = Step(
    "render-comp",
    f"{_HERE}.render_comp:run",
    "Rendering the comp in After Effects",
    "rendering_preview",
    59,
    after=("identify", "read-template", "build-project", "run-script"),
    reads=("job.yaml",),
    uses=("build", "preview", "rendering"),
    timeout_s=_OUTSIDE_S,
    when="rendering",
    outside=True,
    keys=("nexrender_secret",),
)
DRAW_PREVIEW = Step(
    "draw-preview",
    f"{_HERE}.draw_preview:run",
    "Drawing the preview video",
    "rendering_preview",
    60,
    version=3,
    after=("identify", "read-design", "read-template", "build-project", "run-script", "render-comp"),
    uses=("build", "preview", "fonts", "rendering"),
    timeout_s=1200.0,
)
CHECK_OUTPUT = Step(
    "check-output",
    f"{_HERE}.check_output:run",
    "Checking the output",
    "rendering_preview",
    80,
    version=3,
    after=("identify", "read-template", "write-script", "build-project", "run-script", "render-comp", "draw-preview"),
    reads=(APPROVED, "job.yaml"),
    uses=("output", "preview", "fonts", "rendering"),
)
ASK_APPROVAL = Step(
    "ask-approval",
    f"{_HERE}.ask_approval:run",
    "Preparing the approval",
    "rendering_preview",
    84,
    version=3,
    after=("check-output",),
    uses=("round",),
)
DELIVER = Step(
    "deliver",
    f"{_HERE}.deliver:run",
    "Delivering",
    "ready_for_validation",
    95,
    version=2,
    after=("read-template", "build-project", "check-output", "ask-approval"),
    uses=("round", "delivery", "complete_on"),
)

REVIEW_GATE = Gate(
    name="review",
    ask=ASK_REVIEW,
    read=f"{_HERE}.decide:read_review",
    asks="confirm or correct the matches, then set decision: approve",
    outcomes={
        "approve": Outcome(
            VALIDATION,
            after=f"{_HERE}.memory:keep",
            action="stage_approved",
            message="Stage 2 approved by {by}",
            then="Matching approved! Generating preview…",
        ),
        "hold": HOLD,
    },
    answered_by=f"{_HERE}.replies:answer_review",
)
OVERRIDE_GATE = override_gate(
    ASK_OVERRIDE,
    "return to the matching, or override with a reason",
    back=MATCHING,
    action="returned_to_matching",
    message="User {by} returned to Stage 2 to fix matches",
    then="Proceeding to ExtendScript generation…",
)
APPROVAL_GATE = approval_gate(
    ASK_APPROVAL,
    "watch the preview; approve, reject, regenerate or force",
    what="Preview",
    deliver=DELIVER,
    back=MATCHING,
    again=("extendscript_regenerated", "User {by} asked to generate again"),
)

LINE = Line(
    "template",
    {
        PROCESSING: Stage(
            PROCESSING,
            "processing",
            5,
            steps=MATCHING,
            next={"": REVIEW},
        ),
        REVIEW: Stage(REVIEW, "awaiting_review", 30, gate=REVIEW_GATE),
        VALIDATION: Stage(
            VALIDATION,
            "validating",
            40,
            steps=(*READ_FILES, VALIDATE),
            next={"critical": OVERRIDE, "clear": GENERATION},
            says={
                OVERRIDE: "Critical validation issues found. Review required.",
                GENERATION: "Validation passed - proceeding to ExtendScript generation",
            },
        ),
        OVERRIDE: Stage(OVERRIDE, "awaiting_validation_review", 45, gate=OVERRIDE_GATE),
        GENERATION: Stage(
            GENERATION,
            "generating_extendscript",
            50,
            steps=(*READ_FILES, BUILD_PROJECT, WRITE_SCRIPT, RUN_SCRIPT, RENDER_COMP, DRAW_PREVIEW, CHECK_OUTPUT),
            next={"": APPROVAL, "valid": APPROVAL, "invalid": APPROVAL},
        ),
        APPROVAL: Stage(APPROVAL, "awaiting_approval", 85, gate=APPROVAL_GATE),
        COMPLETED: Stage(COMPLETED, "completed", 100),
    },
)
