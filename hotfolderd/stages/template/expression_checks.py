"""Expressions of the final project that do more than compute a value: they run files, or start programs.

Reads the chunk tree of a project; gives issues and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotfolderd.media import rifx
from hotfolderd.media.project.expressions import expressions, reaching_out
from hotfolderd.model import Issue


def check_expressions(tree: rifx.Tree) -> Iterator[Issue]:
    """An issue for each layer with an enabled expression that reaches out of After Effects."""
    for _, item in rifx.items(tree):
        for _, layer in rifx.layers(item):
            found = {word: one for one in expressions(layer) for word in reaching_out(one.text)}
            if found:
                yield _issue(_name(layer), _name(item), sorted(found), next(iter(found.values())).match_name)


def _issue(layer: str, comp: str, words: list[str], prop: str) -> Issue:
    where = f"layer '{layer}' of '{comp}'" if layer else f"a layer of '{comp}'"
    return Issue(
        "expression_runs_code",
        "warning",
        f"An expression of {where} runs code outside the project: {', '.join(words)} ({prop})",
        "Read it before the project is opened; whatever it names runs on the machine with After Effects",
        placeholder=layer or None,
        details={"category": "output", "layer_name": layer, "composition_name": comp, "calls": words},
    )


def _name(owner: rifx.Chunk) -> str:
    data = next((chunk.data for chunk in owner.children if chunk.id == "Utf8"), b"")
    return data.decode("utf-8", "replace")
