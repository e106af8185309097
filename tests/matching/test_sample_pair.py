"""The sample pair as it lies on the disk, from the files to the issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.matching.matcher import match
from hotfolderd.media.project import read_template
from hotfolderd.media.psd import read_design
from hotfolderd.stages.template.checks import check_matches

PAIR = Path(__file__).parents[2] / "../shared/samples/pair"


@pytest.mark.parametrize("name", ["test-after-effects-project.aepx", "test-after-effects-project.aep"])
def test_the_files_of_the_sample_pair_are_matched_rightly_with_nothing_critical(tmp_path: Path, name: str) -> None:
    """None of its footage is at hand, and all of it is replaced; its one font is missing."""
    if not PAIR.is_dir():
        pytest.skip("the sample files are not beside the project")
    design = read_design(PAIR / "test-photoshop-doc.psd", tmp_path)
    template = read_template(PAIR / name)
    found = match(design, template)
    assert {one.placeholder: (one.layer, one.value) for one in found.matches} == {
        "player1fullname": ("BEN FORMAN", "Ben Forman"),
        "player2fullname": ("ELOISE GRACE", "ELOISE GRACE"),
        "player3fullname": ("EMMA LOUISE", "EMMA LOUISE"),
        "featuredimage1": ("cutout", None),
        "green_yellow_bg.png": ("green_yellow_bg", None),
    }
    assert found.unused_layers == ("Background",)
    issues = check_matches(design, template, found, fonts_available=(), footage_available=())
    assert [one.type for one in issues if one.severity != "info"] == ["missing_font"]
