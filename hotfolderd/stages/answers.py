"""The answers that every kind of job reads alike: `override.yaml` and `approval.yaml`, read against what was asked.

Reads the sidecar's bytes (handed in); writes nothing. Runs in the daemon, so it imports nothing heavy.
"""

from __future__ import annotations

from pathlib import Path

from hotfolderd.records import Job
from hotfolderd.review.decision import Decision, check_round, decider
from hotfolderd.review.models import ApprovalSidecar, OverrideSidecar
from hotfolderd.review.reading import SidecarRefusedError, Written, parse


def read_override(folder: Path, job: Job, written: Written) -> Decision:  # noqa: ARG001  all gates are read alike
    """`override.yaml`: back to the matching, or on with a reason."""
    name = "override.yaml"
    sidecar = parse(written.data, OverrideSidecar, name)
    check_round(sidecar, written, job, "override", name)
    reason = sidecar.reason.strip()
    return Decision(sidecar.decision, decider(sidecar, written), reason=reason, notes=sidecar.notes)


def read_approval(folder: Path, job: Job, written: Written) -> Decision:  # noqa: ARG001  all gates are read alike
    """`approval.yaml`: approve, force, reject or regenerate."""
    name = "approval.yaml"
    sidecar = parse(written.data, ApprovalSidecar, name)
    check_round(sidecar, written, job, "approval", name)
    if sidecar.decision == "approve" and job.verdicts.get("check-output") == "invalid":
        where = written.where(name, ("decision",))
        text = f"{where}: the output is not valid (see approval.html), so `approve` is not enough."
        raise SidecarRefusedError(
            [f"{text} Write `decision: force_approve` with a `reason:`, or `reject` with `return_to:`."]
        )
    return Decision(
        sidecar.decision,
        decider(sidecar, written),
        reason=sidecar.reason.strip(),
        notes=sidecar.notes,
        return_to=sidecar.return_to if sidecar.decision == "reject" else None,
    )
