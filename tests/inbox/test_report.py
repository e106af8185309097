"""The report in words: what stands on the terminal, in the YAML, and in the list of refused rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from hotfolderd.inbox.batch import BatchReport, Limits, stop_waiting
from hotfolderd.inbox.examine import examine
from hotfolderd.inbox.report import as_text, as_yaml, rejected_csv

HEADER = "job_id;psd_path;aepx_path;priority;notes;text:txt_title"
ROWS = (
    "T1;design.psd;template.aepx;high;fine;",
    "T 2;gone.psd;template.aepx;urgent;=cmd|' /C calc'!A0;+49 30",
    "T3;desing.psd;template.aepx;low;-;",
)


@pytest.fixture
def report(inbox: Path, lay: Callable[..., Path]) -> BatchReport:
    lay("design.psd", "template.aepx")
    (inbox / "spring.csv").write_text("\n".join((HEADER, *ROWS)) + "\n", "utf-8")
    return examine(inbox / "spring.csv", frozenset(), Limits(warn_below_rows=0))


def test_the_text_lists_every_row_with_its_faults_and_the_sums(report: BatchReport) -> None:
    footage = (
        "   ⚠️ column aepx_path: The template uses footage that the drop does not hold: tiny_bg.png. "
        "Drop it too, unless a layer of the design takes its place."
    )
    assert as_text(report).splitlines() == [
        "BATCH VALIDATION: spring.csv",
        "=" * 60,
        "✅ Row 2: T1",
        footage,
        "❌ Row 3: T 2 - 1 error(s)",
        "   • column job_id: Invalid job_id format: T 2 (use alphanumeric, underscore, dash only). Write T_2.",
        "   • column psd_path: PSD file not found: gone.psd. Copy the file into the inbox, or correct the name.",
        "   ⚠️ column priority: Invalid priority 'urgent', defaulting to 'medium'. Write high, medium or low.",
        footage,
        "⏳ Row 4: T3 - waiting for 1 file(s)",
        (
            "   • column psd_path: PSD file not found: desing.psd. Did you mean design.psd? "
            "Copy the file into the inbox, or correct the name."
        ),
        footage,
        "=" * 60,
        "Total jobs: 3",
        "Valid: 1",
        "Invalid: 1",
        "Waiting for files: 1",
        "Warnings: 4",
        "❌ BATCH VALIDATION FAILED",
        "Fix errors and re-upload CSV",
    ]


def test_the_last_line_says_what_happens(inbox: Path, report: BatchReport) -> None:
    (inbox / "spring.csv").write_text(f"{HEADER}\n{ROWS[0]}\n")
    assert as_text(examine(inbox / "spring.csv", frozenset())).endswith("✅ BATCH READY FOR INGESTION\n")
    (inbox / "spring.csv").write_text(f"{HEADER}\n{ROWS[2]}\n")
    assert as_text(examine(inbox / "spring.csv", frozenset())).endswith("⏳ WAITING FOR 1 FILE(S)\n")
    (inbox / "spring.csv").write_text("\n".join((HEADER, *ROWS)))
    (inbox / "spring.batch.yaml").write_text("on_invalid_rows: accept_valid\n")
    assert "⚠️ 1 OF 3 JOBS READY FOR INGESTION" in as_text(examine(inbox / "spring.csv", frozenset()))


def test_the_yaml_holds_the_same_for_programs(report: BatchReport) -> None:
    content = yaml.safe_load(as_yaml(report))
    assert (content["valid"], content["total_jobs"], content["valid_jobs"], content["invalid_jobs"]) == (False, 3, 1, 1)
    assert [(entry["job_id"], entry["row"], len(entry["errors"])) for entry in content["errors"]] == [("T 2", 3, 1)]
    assert len(content["missing"]) == 2
    assert content["jobs"][0]["psd"] == "design.psd"
    assert len(content["sha256"]) == 64


def test_refused_rows_can_be_opened_safely_corrected_and_dropped_again(inbox: Path, report: BatchReport) -> None:
    """No cell runs in a spreadsheet, and nothing that was ordered is lost on the way there and back."""
    data = rejected_csv(stop_waiting(report), (inbox / "spring.csv").read_bytes())
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == [*HEADER.split(";"), "error"]
    assert [line[0] for line in lines[1:]] == ["T 2", "T3"]
    assert not [cell for line in lines for cell in line if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert "row 3, column job_id: Invalid job_id format" in lines[1][-1]
    assert "PSD file not found: gone.psd" in lines[1][-1]
    fixed = data.replace(b"T 2", b"T2").replace(b"gone.psd", b"design.psd").replace(b"desing", b"design")
    (inbox / "spring.rejected.csv").write_bytes(fixed)
    again = examine(inbox / "spring.rejected.csv", frozenset())
    assert again.valid, as_text(again)
    assert [(row.notes, row.texts) for row in again.rows] == [
        ("=cmd|' /C calc'!A0", {"txt_title": "+49 30"}),
        ("-", {}),
    ]


def test_rows_that_could_not_be_taken_apart_are_given_back_too(inbox: Path, report: BatchReport) -> None:
    original = f'{HEADER}\nT0;"design.psd;template.aepx;;;\nT2;a;b;c;d;e;too;much\nT3;a\n\n{ROWS[0]}\n'.encode()
    (inbox / "spring.csv").write_bytes(original)
    report = examine(inbox / "spring.csv", frozenset(), Limits(warn_below_rows=0))
    lines = list(csv.reader(io.StringIO(rejected_csv(report, original).decode("utf-8-sig")), delimiter=";"))
    assert [len(line) for line in lines] == [7, 7, 7, 7]
    assert [line[0] for line in lines] == ["job_id", "T0", "T2", "T3"]
    assert "too much: too;much" in lines[2][-1]
    assert rejected_csv(report, b"") == b""
