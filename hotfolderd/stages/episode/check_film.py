"""The film checked: read back, as long as its parts say, as loud as it was ordered. Writes `output_validation.json`.

Its verdict is `valid` or `invalid`; an invalid film needs a sign-off.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hotfolderd.errors import JobError
from hotfolderd.film.quality import Expected, Quality, quality_of
from hotfolderd.model import Issue
from hotfolderd.stages.episode.compile_film import FILM
from hotfolderd.stages.episode.ordered import read_order
from hotfolderd.stages.episode.validate import demand_board
from hotfolderd.work import Result, Workbench

OUTPUT_VALIDATION = "output_validation.json"
_WITHIN_S = 0.15
_WITHIN_LU = 1.5
_AGAIN = "`regenerate` makes the film again, `reject` goes back to the segments."
# A quiet or a still film may be meant so; what was asked of each segment is not asked of the whole again.
_GRAVE = frozenset({"unreadable", "empty", "wrong_format"})


def run(bench: Workbench) -> Result:
    """What is wrong with the film."""
    order, board = read_order(bench.job), demand_board(bench)
    film = json.loads((bench.result_of("compile") / FILM).read_bytes())
    plan = board.film
    assert plan is not None
    path = bench.job / film["film"]
    if not path.is_file():
        raise JobError(f"{film['film']} is not there any more. A retry makes it anew.")
    quality = quality_of(path, Expected(film["duration_s"], order.format, sound=False, motion=False))
    issues = list(_issues(film, quality, [list(one) for one in plan.order], plan))
    critical = [one for one in issues if one.severity == "critical"]
    warnings = [one for one in issues if one.severity == "warning"]
    score = max(0, 100 - 40 * len(critical) - 5 * len(warnings))
    validation = {
        "ready": not critical,
        "critical": len(critical),
        "warnings": len(warnings),
        "info": 0,
        "score": score,
        "grade": next(
            grade for least, grade in ((90, "A"), (80, "B"), (70, "C"), (60, "D"), (0, "F")) if score >= least
        ),
    }
    content = {**validation, "quality": quality.as_dict(), "issues": [asdict(one) for one in issues]}
    bench.save(content, OUTPUT_VALIDATION)
    return Result(
        verdict="invalid" if critical else "valid",
        issues=tuple(issues),
        message=f"{len(critical)} critical",
        facts={"output_validation": validation},
    )


def _issues(film: dict[str, Any], quality: Quality, order: list[list[int]], plan: Any) -> list[Issue]:
    found = []
    measured = quality.measured
    grave = sorted(set(quality.flags) & _GRAVE)
    if measured is None or grave:
        words = ", ".join(grave) or "unreadable"
        return [Issue("film_unreadable", "critical", f"The film cannot be played: {words}", _AGAIN)]
    last = max((part["out_s"] for part in film["parts"]), default=0.0)
    if abs(measured.duration_s - last) > max(_WITHIN_S, 2 / max(1.0, measured.fps)):
        text = f"The film lasts {measured.duration_s:.2f} s, its parts end at {last:.2f} s"
        found.append(Issue("film_duration", "critical", text, _AGAIN))
    if [[part["segment"], part["version"]] for part in film["parts"]] != order:
        found.append(Issue("film_order", "critical", "The film does not hold its segments in the order", _AGAIN))
    loud = measured.loudness_lufs
    if plan.normalize and loud is not None and abs(loud - plan.target_lufs) > _WITHIN_LU:
        text = f"The film has {loud:.1f} LUFS, ordered were {plan.target_lufs:g}"
        found.append(Issue("film_loudness", "warning", text, "A film that is nearly silent cannot be made louder."))
    flags = sorted(set(quality.flags) - _GRAVE)
    if flags:
        found.append(Issue("film_quality", "warning", f"The film: {', '.join(flags)}", "Watch it."))
    return found
