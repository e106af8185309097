"""The corpus of hostile inputs: each goes through the real doors, and none may kill a worker, last, or puzzle a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import corpus_csv
import corpus_psd
import corpus_rifx
import corpus_xml
import corpus_yaml
import pytest
from corpus import Case, unreadable
from hostile_doors import Outcome

from hotfolderd.model import Match
from hotfolderd.review.models import ReviewSidecar
from hotfolderd.review.reading import SidecarRefusedError, parse
from hotfolderd.review.writing import review_text
from hotfolderd.work import Broken

SLOWEST_S = 10.0
Through = Callable[[Mapping[str, tuple[str, str]]], dict[str, Any]]


@dataclass
class Tally:
    """What was seen of all cases, for the summary at the end."""

    count: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    slowest: tuple[float, str] = (0.0, "")

    def add(self, kind: str, name: str, *, accepted: bool, seconds: float) -> None:
        self.count[kind] = self.count.get(kind, 0) + 1
        self.accepted += accepted
        self.slowest = max(self.slowest, (seconds, f"{kind}: {name}"))


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Prints the summary once all are through."""
    seen = Tally()
    yield seen
    kinds = ", ".join(f"{count} {kind}" for kind, count in seen.count.items())
    text = (
        f"hostile corpus: {sum(seen.count.values())} cases ({kinds}), {seen.accepted} accepted, "
        f"slowest {seen.slowest[0]:.1f} s ({seen.slowest[1]})"
    )
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(text)


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


def run_all(
    through: Through, tally: Tally, kind: str, cases: list[Case], file: str, places: Mapping[str, list[Path]]
) -> None:
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
        tally.add(kind, case.name, accepted=accepted, seconds=seconds)
    assert not faults, "\n".join(faults)


def test_projects_as_xml(
    files: Path, drop_with: Callable[..., Path], job_with: Callable[..., Path], through: Through, tally: Tally
) -> None:
    cases = corpus_xml.cases((files / "template.aepx").read_bytes())
    assert len(cases) >= 20
    places = {
        "drop": [drop_with(f"d{at}", {"template.aepx": case.data}) for at, case in enumerate(cases)],
        "read_template": [job_with(f"j{at}", {"template.aepx": case.data}) for at, case in enumerate(cases)],
    }
    run_all(through, tally, "XML", cases, "template.aepx", places)


def test_projects_as_chunks(
    files: Path, drop_with: Callable[..., Path], job_with: Callable[..., Path], through: Through, tally: Tally
) -> None:
    cases = corpus_rifx.cases((files / "template.aep").read_bytes())
    assert len(cases) >= 15
    more = {"template": "template.aep"}
    places = {
        "drop": [drop_with(f"d{at}", {"template.aep": case.data}, **more) for at, case in enumerate(cases)],
        "read_template": [job_with(f"j{at}", {"template.aep": case.data}, **more) for at, case in enumerate(cases)],
    }
    run_all(through, tally, "RIFX", cases, "template.aep", places)


def test_designs(
    files: Path, drop_with: Callable[..., Path], job_with: Callable[..., Path], through: Through, tally: Tally
) -> None:
    cases = corpus_psd.cases((files / "design.psd").read_bytes())
    assert len(cases) >= 30
    places = {
        "drop": [drop_with(f"d{at}", {"design.psd": case.data}) for at, case in enumerate(cases)],
        "read_design": [job_with(f"j{at}", {"design.psd": case.data}) for at, case in enumerate(cases)],
    }
    run_all(through, tally, "PSD", cases, "design.psd", places)


def test_tables(drop_with: Callable[..., Path], through: Through, tally: Tally) -> None:
    cases = corpus_csv.cases()
    assert len(cases) >= 30
    places = {"drop": [drop_with(f"d{at}", {"orders.csv": case.data}) for at, case in enumerate(cases)]}
    run_all(through, tally, "CSV", cases, "", places)


def test_sidecars(tally: Tally) -> None:
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
        tally.add("YAML", case.name, accepted=accepted, seconds=outcome.seconds)
    assert not faults, "\n".join(faults)
