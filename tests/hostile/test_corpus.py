"""Hostile drops and sidecars through their real doors: none may kill a worker, take long, or puzzle a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import corpus_csv
import corpus_psd
import corpus_rifx
import corpus_xml
import corpus_yaml
from corpus import TALLY, Case, unreadable
from hostile_doors import Outcome

from hotfolderd.model import Match
from hotfolderd.review.models import ReviewSidecar
from hotfolderd.review.reading import SidecarRefusedError, parse
from hotfolderd.review.writing import review_text
from hotfolderd.work import Broken

SLOWEST_S = 10.0
Through = Callable[[Mapping[str, tuple[str, str]]], dict[str, Any]]


def faults_of(case: Case, found: Any, file: str) -> list[str]:
    """What is wrong with the answer to one case."""
    if isinstance(found, Broken):
        return [f"{case.name}: the worker died or hung: {found.message}"]
    assert isinstance(found, Outcome)
    faults = [found.wrong] if found.wrong else []
    if found.seconds > SLOWEST_S:
        faults.append(f"took {found.seconds:.1f} s")
    if case.accepted and not found.accepted:
        faults.append(f"should have been accepted: {found.sentences}")
    if not found.accepted and not found.sentences and not found.wrong:
        faults.append("was refused without a word")
    faults += [f"{why}: {text!r}" for text in found.sentences if (why := unreadable(text, file))]
    return [f"{case.name}: {fault}" for fault in faults]


def run_all(through: Through, kind: str, cases: list[Case], file: str, places: Mapping[str, list[Path]]) -> None:
    """Every case through each door (`places`: a folder for each case, by door), then all faults at once."""
    tasks = {
        f"{door} {at}": (door, str(folder)) for door, folders in places.items() for at, folder in enumerate(folders)
    }
    found = through(tasks)
    faults = []
    for at, case in enumerate(cases):
        answers = [found[f"{door} {at}"] for door in places]
        for door, answer in zip(places, answers, strict=True):
            faults += [f"{door}: {fault}" for fault in faults_of(case, answer, file)]
        good = [answer for answer in answers if isinstance(answer, Outcome)]
        seconds = max((answer.seconds for answer in good), default=0.0)
        accepted = bool(good) and all(answer.accepted for answer in good)
        if accepted and case.accepted is False:
            faults.append(f"{case.name}: every door has accepted it")
        TALLY.add(kind, case.name, accepted=accepted, seconds=seconds)
    assert not faults, "\n".join(faults)


def test_projects_as_xml(
    files: Path, drop_with: Callable[..., Path], job_with: Callable[..., Path], through: Through
) -> None:
    cases = corpus_xml.cases((files / "template.aepx").read_bytes())
    assert len(cases) >= 20
    places = {
        "drop": [drop_with(f"d{at}", {"template.aepx": case.data}) for at, case in enumerate(cases)],
        "read_template": [job_with(f"j{at}", {"template.aepx": case.data}) for at, case in enumerate(cases)],
    }
    run_all(through, "XML", cases, "template.aepx", places)


def test_projects_as_chunks(
    files: Path, drop_with: Callable[..., Path], job_with: Callable[..., Path], through: Through
) -> None:
    cases = corpus_rifx.cases((files / "template.aep").read_bytes())
    assert len(cases) >= 15
    more = {"template": "template.aep"}
    places = {
        "drop": [drop_with(f"d{at}", {"template.aep": case.data}, **more) for at, case in enumerate(cases)],
        "read_template": [job_with(f"j{at}", {"template.aep": case.data}, **more) for at, case in enumerate(cases)],
    }
    run_all(through, "RIFX", cases, "template.aep", places)


def test_designs(files: Path, drop_with: Callable[..., Path], job_with: Callable[..., Path], through: Through) -> None:
    cases = corpus_psd.cases((files / "design.psd").read_bytes())
    assert len(cases) >= 30
    places = {
        "drop": [drop_with(f"d{at}", {"design.psd": case.data}) for at, case in enumerate(cases)],
        "read_design": [job_with(f"j{at}", {"design.psd": case.data}) for at, case in enumerate(cases)],
    }
    run_all(through, "PSD", cases, "design.psd", places)


def test_tables(drop_with: Callable[..., Path], through: Through) -> None:
    cases = corpus_csv.cases()
    assert len(cases) >= 30
    places = {"drop": [drop_with(f"d{at}", {"orders.csv": case.data}) for at, case in enumerate(cases)]}
    run_all(through, "CSV", cases, "", places)


def test_sidecars() -> None:
    """These are read in the daemon itself."""
    match = Match("title", "1:1", "main", "text", "TITLE", value="Hello", confidence=0.9, why="same name")
    whole = review_text("J1", 1, [match], ["Background"]).replace("decision: pending", "decision: approve")
    cases = [Case("right", whole.encode(), True), *corpus_yaml.cases(whole)]
    assert len(cases) >= 40
    faults = []
    for case in cases:
        began = time.monotonic()
        try:
            accepted, sentences = parse(case.data, ReviewSidecar, "review.yaml").decision == "approve", ()
        except SidecarRefusedError as error:
            accepted, sentences = False, tuple(error.problems)
        if not accepted and not sentences:
            sentences = ("review.yaml: decides nothing. Write a decision.",)
        outcome = Outcome(accepted, sentences, time.monotonic() - began)
        faults += faults_of(case, outcome, "review.yaml")
        if accepted and case.accepted is False:
            faults.append(f"{case.name}: was accepted")
        TALLY.add("YAML", case.name, accepted=accepted, seconds=outcome.seconds)
    assert not faults, "\n".join(faults)
