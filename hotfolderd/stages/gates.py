"""The gates that all kinds of jobs share: the override and the approval. What is asked and done there differs.

Nothing heavy is imported here, and nothing is read or written.
"""

from __future__ import annotations

from hotfolderd.pipeline import COMPLETED, GENERATION, ON_HOLD, REVIEW, Gate, Outcome, Step

_ANSWERS = "hotfolderd.stages.answers"
HOLD = Outcome(ON_HOLD, action="held", message="Put on hold by {by}")


def override_gate(ask: Step, asks: str, *, back: tuple[Step, ...], action: str, message: str, then: str) -> Gate:
    """What is critical: back to the review, or on with a reason.

    `back` are the steps before it goes back; `action` and `message` say in the history that it did. `then` is what
    follows where it goes on.
    """
    return Gate(
        name="override",
        ask=ask,
        read=f"{_ANSWERS}:read_override",
        asks=asks,
        outcomes={
            "return": Outcome(REVIEW, steps=back, action=action, message=message, then="Returning to Stage 2..."),
            "override": Outcome(
                GENERATION,
                needs_reason=True,
                settles=True,
                action="validation_overridden",
                message="User {by} overrode validation: {reason}",
                then=then,
            ),
            "hold": HOLD,
        },
    )


def approval_gate(
    ask: Step,
    asks: str,
    *,
    what: str,
    deliver: Step,
    back: tuple[Step, ...],
    again: tuple[str, str],
    answered_by: str = "",
) -> Gate:
    """What was made: delivered, sent back, or made again.

    `what` it is called, `back` the steps before it is rejected to another stage, `again` the action and the message
    of the history when it is made again. See `Gate` for `answered_by`.
    """
    action, message = again
    return Gate(
        name="approval",
        ask=ask,
        read=f"{_ANSWERS}:read_approval",
        asks=asks,
        outcomes={
            "approve": Outcome(
                COMPLETED,
                steps=(deliver,),
                mend_in=GENERATION,
                action="preview_approved",
                message=f"{what} approved by {{by}}",
            ),
            "force_approve": Outcome(
                COMPLETED,
                steps=(deliver,),
                mend_in=GENERATION,
                needs_reason=True,
                action="signoff_forced",
                message="User {by} forced the approval: {reason}",
            ),
            "reject": Outcome(
                None,
                steps=back,
                needs_reason=True,
                rebuild=True,
                action="preview_rejected",
                message="REJECTED by {by}: {reason}",
            ),
            "regenerate": Outcome(GENERATION, rebuild=True, action=action, message=message),
            "hold": HOLD,
        },
        answered_by=answered_by,
    )
