"""How often the matcher is right, how honest its confidence is, and what it costs.

    python benchmarks/matching.py [--each 15] [--part tune|test] [--wrong FAMILY] [--fit]

Pairs are made up (see matching_pairs) in two parts with topics, words, languages and seeds of their own: the matcher
was tuned on `tune` and never on `test`. Top-1 counts placeholders, those included for which nothing is right. Beside it
two named alternatives in the same run; the cost is a ratio to the bare rapidfuzz table and assignment.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from matching_pairs.building import Pair
from matching_pairs.scenarios import make_pairs
from matching_pairs.words import TEST, TUNE
from rapidfuzz import fuzz, process
from scipy.optimize import linear_sum_assignment

from hotfolderd.matching.confidence import Leads
from hotfolderd.matching.matcher import match
from hotfolderd.matching.pairs import Pairs
from hotfolderd.matching.sides import pieces_of, slots_of
from hotfolderd.model import Box, Comp, Design, DesignLayer, Placeholder, Template, TextLook

SEEDS = {"tune": (TUNE, 1), "test": (TEST, 2)}
SURE = 0.9
Answer = dict[str, tuple[str | None, float]]


@dataclass(frozen=True)
class Said:
    """One placeholder: what was proposed with what confidence, and what is right."""

    family: str
    said: str | None
    sure: float
    right: str | None

    @property
    def is_right(self) -> bool:
        return self.said == self.right


def ours(pair: Pair) -> Answer:
    found = match(pair.design, pair.template, alike=pair.alike)
    return {one.placeholder_id: (one.layer, one.confidence) for one in found.matches}


def equal_or_contained(pair: Pair) -> Answer:
    """The first layer of the kind whose name equals or contains the placeholder's, or lies in it."""
    answer: Answer = {one.id: (None, 0.0) for one in pair.template.placeholders}
    for one in pair.template.placeholders:
        name = one.name.lower().replace(" ", "_")
        for layer in _layers_for(pair, one):
            other = layer.name.lower().replace(" ", "_")
            if name == other or name in other or other in name:
                answer[one.id] = (layer.path, 1.0)
                break
    return answer


def greedy_wratio(pair: Pair) -> Answer:
    """The best pair by WRatio first, each layer once, from 50 on."""
    answer: Answer = {one.id: (None, 0.0) for one in pair.template.placeholders}
    scored = sorted(
        (
            (fuzz.WRatio(one.name.lower(), layer.name.lower()) / 100, one.id, layer.path)
            for one in pair.template.placeholders
            for layer in _layers_for(pair, one)
        ),
        key=lambda found: -found[0],
    )
    used: set[str] = set()
    for score, placeholder, path in scored:
        if score >= 0.5 and answer[placeholder][0] is None and path not in used:
            answer[placeholder] = (path, score)
            used.add(path)
    return answer


def _layers_for(pair: Pair, placeholder: Placeholder) -> Iterable[DesignLayer]:
    wants_text = placeholder.kind == "text"
    return (
        layer
        for layer in pair.design.layers
        if layer.visible and layer.kind not in ("group", "adjustment") and (layer.kind == "text") == wants_text
    )


MATCHERS: dict[str, Callable[[Pair], Answer]] = {
    "hotfolderd": ours,
    "equal or contained names": equal_or_contained,
    "WRatio, greedy": greedy_wratio,
}


def ask(matcher: Callable[[Pair], Answer], pairs: Iterable[Pair]) -> list[Said]:
    said = []
    for pair in pairs:
        answer = matcher(pair)
        said += [Said(pair.family, *answer[key], right) for key, right in pair.truth.items()]
    return said


def top_1(said: Iterable[Said]) -> float:
    """The share of placeholders that got the right layer, or rightly none."""
    return float(np.mean([one.is_right for one in said]))


def wrong_but_sure(said: Iterable[Said]) -> tuple[int, int]:
    """How many proposals of 0.9 and more are wrong, and how many there are."""
    sure = [one for one in said if one.said is not None and one.sure >= SURE]
    return sum(not one.is_right for one in sure), len(sure)


def reliability(said: Iterable[Said]) -> list[tuple[float, int, float, float]]:
    """Lower edge of the bin, count, confidence said (mean), share that was right; of proposals only."""
    edges = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
    bins: dict[float, list[Said]] = defaultdict(list)
    for one in said:
        if one.said is not None:
            bins[max((edge for edge in edges if edge <= one.sure), default=0.0)].append(one)
    return [
        (edge, len(found), float(np.mean([one.sure for one in found])), top_1(found))
        for edge, found in sorted(bins.items())
    ]


def print_part(name: str, each: int) -> None:
    part, seed = SEEDS[name]
    pairs = make_pairs(part, seed=seed, each=each)
    count = sum(len(pair.truth) for pair in pairs)
    print(f"\n{name}: {len(pairs)} pairs, {count} placeholders")
    answers = {}
    for matcher, ask_it in MATCHERS.items():
        began = time.perf_counter()
        answers[matcher] = ask(ask_it, pairs)
        wrong, sure = wrong_but_sure(answers[matcher])
        print(
            f"  {matcher:26} top-1 {top_1(answers[matcher]):7.2%}   wrong at >= 0.9: {wrong} of {sure} "
            f"({wrong / max(1, sure):.2%})   {(time.perf_counter() - began) / len(pairs) * 1000:.1f} ms a pair"
        )
    said = answers["hotfolderd"]
    print("  confidence from   count    said    true")
    for edge, number, sure, right in reliability(said):
        print(f"  {edge:15.2f} {number:7d} {sure:7.3f} {right:7.3f}  {'#' * round(right * 40)}")
    print(f"  {'family':38} {'count':>6} {'top-1':>8}  wrong and sure")
    for family in dict.fromkeys(one.family for one in said):
        of_it = [one for one in said if one.family == family]
        wrong, _ = wrong_but_sure(of_it)
        print(f"  {family:38} {len(of_it):6d} {top_1(of_it):8.2%}  {wrong or ''}")


def large_pair(count: int) -> Pair:
    """`count` layers and placeholders, half of them with equal names, the others with something in common."""
    words = [f"{one} {two} {number}" for number in range(1, count) for one in _GROUPS for two in _WORDS][:count]
    chance = np.random.default_rng(5)
    layers = [
        DesignLayer(
            word.title(),
            word.title(),
            "text",
            Box(*chance.uniform(0, 900, 2), 90, 20),
            visible=True,
            opacity=1.0,
            order=at,
            text=TextLook(f"says {at}", "Inter", 20.0),
        )
        for at, word in enumerate(words)
    ]
    order = chance.permutation(count)
    placeholders = tuple(
        Placeholder(
            f"1:{at}",
            words[at].replace(" ", "_") if at % 2 else f"txt_{words[at].replace(' ', '')}_text",
            "text",
            "main",
            1,
            at,
            at,
            box=Box(*chance.uniform(0, 900, 2), 90, 20),
            text=TextLook("sample", "Inter", 20.0),
        )
        for at in map(int, order)
    )
    design = Design("d.psd", 1000, 1000, "RGB", 8, tuple(layers))
    template = Template("t.aepx", "aepx", "25", (Comp(1, "main", 1000, 1000, 25.0, 5.0, count),), placeholders, (), 1)
    return Pair("large", design, template, {f"1:{at}": layers[at].path for at in range(count)})


_GROUPS = ("opening", "match", "guest", "closing")
_WORDS = ("headline", "venue", "price", "speaker", "caption")


def print_cost(count: int) -> None:
    pair = large_pair(count)
    names = [one.name for one in pair.template.placeholders], [one.name for one in pair.design.layers]
    began = time.process_time()
    table = process.cdist(*names, scorer=fuzz.ratio, dtype=np.uint8)
    linear_sum_assignment(table, maximize=True)
    bare = time.process_time() - began
    began = time.process_time()
    said = ask(ours, [pair])
    taken = time.process_time() - began
    print(
        f"\n{count} x {count}: {taken:.2f} s, {taken / bare:.1f} x the bare cdist + assignment ({bare:.2f} s); "
        f"top-1 {top_1(said):.2%}"
    )


def print_wrong(name: str, each: int, family: str) -> None:
    """Every wrong answer of a family of the part to tune on."""
    part, seed = SEEDS[name]
    for pair in make_pairs(part, seed=seed, each=each, families=() if family == "all" else (family,)):
        found = match(pair.design, pair.template, alike=pair.alike)
        wrong = [one for one in found.matches if one.layer != pair.truth[one.placeholder_id]]
        if wrong:
            print(f"-- {pair.family}: {pair.template.comps[0].name}, {len(pair.truth)} placeholders")
        for one in wrong:
            right = pair.truth[one.placeholder_id]
            print(f"   {one.placeholder} ({one.comp}): said {one.layer} {one.confidence} [{one.why}]; right {right}")


def print_fit(each: int) -> None:
    """The curve of hotfolderd.matching.confidence: halfway between the share of pairs of `tune` with such a lead that
    were right (one right and one wrong added, never falling as the lead grows) and what the lead says by itself.
    """
    part, seed = SEEDS["tune"]
    leads: list[tuple[float, bool]] = []
    for pair in make_pairs(part, seed=seed, each=each):
        board = Pairs(slots_of(pair.template), pieces_of(pair.design), pair.alike)
        best = board.assignment()
        ahead = Leads(board.worth, best)
        for slot, piece in best.items():
            if slot not in board.settled:
                right = pair.truth[board.slots[slot].placeholders[0].id]
                leads.append((ahead.of(slot)[0], board.pieces[piece].layer.path == right))
    edges = (-99.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 99.0)
    least = 0.0
    for low, high in itertools.pairwise(edges):
        found = [(lead, right) for lead, right in leads if low <= lead < high]
        if found:
            least = max(least, (sum(right for _, right in found) + 1) / (len(found) + 2))
            lead = float(np.mean([lead for lead, _ in found]))
            print(
                f"    ({lead:.2f}, {(least + 1 / (1 + np.exp(-lead))) / 2:.3f}),  # {least:.3f} of {len(found)} pairs"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=15, help="pairs of each family")
    parser.add_argument("--part", choices=tuple(SEEDS), action="append")
    parser.add_argument("--wrong", metavar="FAMILY", help="print the wrong answers of a family of `tune`, or of all")
    parser.add_argument("--fit", action="store_true", help="print the curve of confidence, from `tune`")
    asked = parser.parse_args()
    if asked.fit:
        print_fit(4 * asked.each)
        return
    if asked.wrong:
        print_wrong((asked.part or ["tune"])[0], asked.each, asked.wrong)
        return
    for name in asked.part or SEEDS:
        print_part(name, asked.each)
    print_cost(1000)


if __name__ == "__main__":
    main()
