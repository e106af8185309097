"""The log of After Effects: each of its known complaints is one, whatever the exit code was."""

from __future__ import annotations

import pytest

from hotfolderd.errors import HotfolderError, JobError, ToolError
from hotfolderd.programs.judgement import MOST_WARNINGS, findings, judge

PROGRESS = "aerender version 25.2x123\nPROGRESS:  0:00:00:01 (2): 0 Seconds\nPROGRESS:  Total Time Elapsed: 1 Seconds\n"


@pytest.mark.parametrize(
    ("line", "kind", "error"),
    [
        ("aerender ERROR: No comp was found with the given name.", "comp_not_found", JobError),
        ("aerender ERROR: comp render_x could not be found", "comp_not_found", JobError),
        ("After Effects warning: logged one error  error: File Not Found C:\\a.jpg", "missing_footage", JobError),
        ("WARNING:After Effects warning: 2 files are missing since you last saved this project.",
         "missing_footage", JobError),
        ("WARNING:After Effects warning: Project has missing fonts.", "missing_fonts", JobError),
        ("Grouped_Message_{some layers have missing dependencies.###@0}Text Layer: Font family: Bebas", "missing_fonts",
         JobError),
        ("WARNING:After Effects warning: this project contains a reference to a missing effect", "missing_effects",
         JobError),
        ("aerender ERROR: After Effects error: rendering error ( -1610153459 )", "codec", ToolError),
        ("aerender ERROR: After Effects error: out of memory. (37k requested)", "memory", ToolError),
        ("WARNING:After Effects warning: logged 12 errors", "logged_errors", ToolError),
        ("aerender ERROR: internal verification failure", "error", ToolError),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_each_complaint_is_known_for_what_it_is(line: str, kind: str, error: type[HotfolderError], ending: str) -> None:
    log = f"{PROGRESS}{line}{ending}{PROGRESS}"
    assert [one.kind for one in findings(log)] == [kind]
    with pytest.raises(error):
        judge("aerender", log)


def test_what_after_effects_says_of_its_machine_is_no_complaint() -> None:
    said = 'Using DXGI: Device: "NVIDIA GeForce GTX 1060 6GB" has dedicated video RAM (MB): 6052\n'
    said += "2019-04-29 22:50:53 : INFO  Environment: Scale factor from PP is 1.000000\n"
    said += "PROGRESS: Rendering comp 'out of memory', output to /missing footage/fonts are missing.mov\n"
    assert judge("aerender", PROGRESS + said) == []


def test_other_warnings_are_told_but_do_not_stop() -> None:
    text = "WARNING:After Effects warning: timeSpanStart of -0.87 seconds will cause render to have blank frames."
    (issue,) = judge("aerender", f"{PROGRESS}{text}\n{text}\n")
    assert (issue.type, issue.severity) == ("render_warning", "warning")
    assert "blank frames" in issue.message


def test_the_gravest_names_the_failure() -> None:
    log = "WARNING:After Effects warning: Project has missing fonts.\naerender ERROR: No comp was found\n"
    log += "aerender ERROR: No comp was found with the given name.\n"
    with pytest.raises(JobError, match="No comp was found with the given name"):
        judge("aerender", log, {"missing_fonts"})


def test_a_flood_of_warnings_with_control_characters_is_cut() -> None:
    log = "".join(f"WARNING:After Effects warning: \x1b[2J{number} {'x' * 5000}\n" for number in range(500))
    issues = judge("aerender", log)
    assert len(issues) == MOST_WARNINGS + 1
    assert "480 more warnings" in issues[-1].message
    assert all(len(issue.message) < 400 and issue.message.isprintable() for issue in issues)
