"""The report of the validation: its keys, its verdict, and that every setting reaches the check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hotfolderd.config import Config, ValidationSettings
from hotfolderd.model import (
    Box,
    Comp,
    Design,
    DesignLayer,
    Footage,
    Match,
    Matching,
    Paragraph,
    Placeholder,
    Template,
    TextLook,
    to_json,
)
from hotfolderd.stages.template import validate
from hotfolderd.work import WORK, Workbench

from test_text_room import make_font  # isort: skip

SOURCE = Footage(41, "p.jpg", "/x/p.jpg", 400, 400)
PHOTO = Placeholder("1:1", "photo", "image", "main", 1, 1, 1, source=SOURCE)
TITLE = Placeholder(
    *("1:2", "title", "text", "main", 1, 2, 2),
    text=TextLook("x", "Nowhere-Font", 40, fonts=("Nowhere-Font",)),
    paragraph=Paragraph(100, 50, 40, 48),
)
TEMPLATE = Template("t.aep", "aep", "25", (Comp(1, "main", 400, 500, 25, 4, 2),), (PHOTO, TITLE), (SOURCE,), 1)


def validated(folder: Path, side: tuple[int, int], text: str = "Hello", **settings: Any) -> tuple[str, dict[str, Any]]:
    layers = (
        DesignLayer("p", "p", "image", Box(0, 0, *side), True, 1.0, 0),
        DesignLayer("T", "T", "text", Box(0, 0, 9, 9), True, 1.0, 1, TextLook(text)),
    )
    design = Design("assets/d.psd", 800, 1000, "RGB", 8, layers)
    matches = (
        Match("photo", "1:1", "main", "image", "p", confidence=0.9),
        Match("title", "1:2", "main", "text", "T", text, confidence=0.9),
    )
    for path, value in {
        ".job/approved.json": Matching(matches),
        f"{WORK}/read-design/design.json": design,
        f"{WORK}/read-template/template.json": TEMPLATE,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(to_json(value))
    (folder / "job.yaml").write_text(
        "job: J1\nbatch: B\ndesign: assets/d.psd\ntemplate: assets/t.aep\noutput_name: o.aep\n"
    )
    facts = {"validation": ValidationSettings(**settings).model_dump()}
    result = validate.run(Workbench(folder, folder, facts))
    return result.verdict, json.loads((folder / validate.VALIDATION).read_bytes())


def types(report: dict[str, Any], severity: str) -> list[str]:
    return [one["type"] for one in report[severity]]


def test_the_report_says_whether_it_is_valid_of_which_job_and_when(tmp_path: Path) -> None:
    verdict, report = validated(tmp_path, (400, 400))
    assert (verdict, report["valid"], report["critical_issues"], report["job_id"]) == ("clear", True, [], "J1")
    assert report["validated_at"].endswith("Z")
    assert types(report, "warnings") == ["missing_font"]
    assert report["document"]["recommendation"] == "none"
    assert report["document"]["comp"] == "main"
    verdict, report = validated(tmp_path, (100, 400))
    assert (verdict, report["valid"]) == ("critical", False)
    assert types(report, "critical_issues") == ["aspect_ratio_mismatch", "resolution_critical"]


@pytest.mark.parametrize(
    ("side", "text", "settings", "severity", "kind"),
    [
        ((450, 400), "", {"aspect_tolerance": 0.13}, "critical_issues", "aspect_ratio_mismatch"),
        ((300, 300), "", {"upscale_warning": 1.4}, "warnings", "resolution_warning"),
        ((150, 150), "", {"upscale_critical": 2.7}, "critical_issues", "resolution_critical"),
        ((150, 150), "", {"block_on": ["missing_asset"]}, "critical_issues", "resolution_critical"),
        ((900, 900), "", {"downscale_info": 0.4}, "info", "resolution_info"),
        ((400, 400), "y" * 60, {"text_warning": 60}, "warnings", "text_overflow"),
        ((400, 400), "y" * 110, {"text_critical": 110}, "critical_issues", "text_overflow"),
    ],
)
def test_a_limit_is_the_one_of_the_configuration(
    tmp_path: Path, side: tuple[int, int], text: str, settings: dict[str, Any], severity: str, kind: str
) -> None:
    assert kind in types(validated(tmp_path, side, text or "Hello")[1], severity)
    assert kind not in types(validated(tmp_path, side, text or "Hello", **settings)[1], severity)


def test_a_text_is_measured_with_the_font_that_lies_in_the_job(tmp_path: Path) -> None:
    """Five letters of 20 px are 100 px, as wide as the box; six are a fifth too wide, seven more."""
    make_font(tmp_path / "assets/fonts/here.ttf", "Nowhere-Font")
    assert types(validated(tmp_path, (400, 400), "abcde")[1], "warnings") == []
    report = validated(tmp_path, (400, 400), "abcdef")[1]
    assert (types(report, "warnings"), report["warnings"][0]["details"]["overflow_percent"]) == (
        ["text_overflow"],
        20.0,
    )
    assert types(validated(tmp_path, (400, 400), "abcdefg")[1], "critical_issues") == ["text_overflow"]
    strict = {"text_overflow_warning": 0.5, "text_overflow_critical": 0.6}
    assert types(validated(tmp_path, (400, 400), "abcdefg", **strict)[1], "critical_issues") == []


def test_stricter_limits_find_more(tmp_path: Path) -> None:
    for settings, kind in (
        ({"low_confidence": 0.95}, "low_confidence_match"),
        ({"font_size_warning_px": 39}, "font_size"),
        ({"reference": "composition"}, "resolution_warning"),
    ):
        assert kind not in types(validated(tmp_path, (400, 400))[1], "warnings")
        assert kind in types(validated(tmp_path, (400, 400), **settings)[1], "warnings")
    assert "font_size" in types(validated(tmp_path, (400, 400), font_size_info_px=41)[1], "info")


def test_every_setting_of_the_validation_is_handed_on() -> None:
    """A setting that nothing reads would be a promise that nobody keeps."""

    class Seen(dict[str, Any]):
        asked: ClassVar[set[str]] = set()

        def __getitem__(self, key: str) -> Any:
            self.asked.add(key)
            return super().__getitem__(key)

    settings = Seen(Config().facts()["validation"])
    validate.limits_of(Workbench(Path(), Path(), {"validation": settings}))
    assert settings.asked == set(ValidationSettings.model_fields)
