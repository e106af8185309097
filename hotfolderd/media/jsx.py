"""The script that populates a template inside After Effects (12 to 26).

Reads values of the model, gives the text of `populate.jsx`: a header, the order as literals, and a fixed body
(`populate.jsx` beside this module). Nothing of a job ever becomes code: every string is an ASCII JSON literal, and
objects are lists of pairs, so that no key can be `__proto__`. The script is written for ES3 and has been run against a
model of After Effects only, which the tests build from project files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath, PureWindowsPath

from hotfolderd.errors import JobError
from hotfolderd.media.project.orders import Rename
from hotfolderd.model import Match, Placeholder, Template

RESULT_NAME = "populate.result.json"

_Pairs = list[list[object]]


@dataclass(frozen=True, slots=True)
class ScriptPicture:
    """A picture for a placeholder, as it was prepared for the project that is written without After Effects.

    `path` is relative to the script; `width` and `height` are its pixels. `item_name` is what the footage item is
    called whose own source is exchanged; None: the picture is imported for this layer, because others use the old one.
    """

    path: str
    width: int
    height: int
    item_name: str | None = None


def populate_script(
    *,
    job: str,
    template: Template,
    matches: Iterable[Match],
    pictures: Mapping[str, ScriptPicture],
    output_name: str,
    template_file: str,
    left: Mapping[str, str] | None = None,
    renames: Iterable[Rename] = (),
    project_name: str = "",
    design: str = "",
    generated: str = "",
) -> str:
    """The text of the script, pure ASCII, lines ending in LF.

    `pictures` has one for each image placeholder by the placeholder's id. Their paths and `template_file` are relative
    to the folder that the script will lie in (`template/spring.aepx`), where it saves `output_name` and writes
    `populate.result.json`. `left` says by placeholder id why a text is left as it is, `renames` which names change at
    the end. Matches without layer and text are left out.

    Raises JobError if no match is left, or a match names a placeholder or picture that is not there; ValueError for a
    path that is not relative.
    """
    by_id = {one.id: one for one in template.placeholders}
    actions: list[_Pairs] = []
    for match in matches:
        if match.layer is None and match.value is None:
            continue
        placeholder = by_id.get(match.placeholder_id)
        if placeholder is None:
            raise JobError(
                f"{job}: the template has no placeholder {match.placeholder!r} in {match.comp!r}. "
                "Return the job to the review."
            )
        actions.append(_action(job, match, placeholder, pictures, left or {}))
    if not actions:
        raise JobError(f"{job}: No approved matches found. Return the job to the review and choose a layer.")
    actions += map(_renaming, sorted(renames, key=lambda one: one.layer_id is None))
    order: _Pairs = [["job", job], ["template", _relative(template_file)], ["output", _file_name(output_name)]]
    main_comp = next((comp.name for comp in template.comps if comp.item_id == template.main_comp), "")
    header = [
        ("job", job),
        ("project", project_name),
        ("design", design),
        ("template", PurePosixPath(template_file).name),
        ("comp", main_comp),
        ("saved by After Effects", template.version),
        ("output", output_name),
        ("generated", generated),
    ]
    lines = [f"// {what}: {_literal(text)}" for what, text in header if text]
    body = files("hotfolderd.media").joinpath("populate.jsx").read_text(encoding="ascii")
    return "\n".join(
        [
            "// Populates an After Effects template. Run it with File > Scripts > Run Script File.",
            *lines,
            "",
            "(function () {",
            f"var ORDER = {_order(order, actions)};",
            "",
            body.rstrip(),
            "}());",
            "",
        ]
    )


def _action(
    job: str,
    match: Match,
    placeholder: Placeholder,
    pictures: Mapping[str, ScriptPicture],
    left: Mapping[str, str],
) -> _Pairs:
    found: _Pairs = [
        ["kind", placeholder.kind],
        ["placeholder", placeholder.name],
        ["comp", placeholder.comp],
        ["comp_id", placeholder.comp_id],
        ["layer_id", placeholder.layer_id],
        ["index", placeholder.index],
    ]
    if placeholder.id in left:
        return [["kind", "left"], *found[1:], ["why", left[placeholder.id]]]
    if placeholder.kind == "text":
        if match.value is None:
            raise JobError(f"{job}: there is no text for {match.placeholder!r}. Write its `value:` in the review.")
        return [*found, ["text", match.value]]
    picture = pictures.get(placeholder.id)
    if picture is None:
        raise JobError(
            f"{job}: there is no picture of layer {match.layer!r} for {match.placeholder!r}. Choose another layer."
        )
    return [
        *found,
        ["picture", _relative(picture.path)],
        ["width", picture.width],
        ["height", picture.height],
        ["item_name", picture.item_name],
    ]


def _renaming(one: Rename) -> _Pairs:
    return [
        ["kind", "rename"],
        ["placeholder", None if one.layer_id is None else one.was],
        ["comp", one.comp],
        ["comp_id", one.comp_id],
        ["layer_id", one.layer_id],
        ["index", None],
        ["now", one.now],
    ]


def _order(head: _Pairs, actions: list[_Pairs]) -> str:
    """The order as one literal, a line for each action."""
    lines = [f"    {_literal(pair)}," for pair in head]
    listed = ",\n".join(f"        {_literal(action)}" for action in actions)
    return "\n".join(["[", *lines, '    ["actions", [', listed, "    ]]", "]"])


def _literal(value: object) -> str:
    """A JavaScript literal in ASCII. `<` is escaped too, so that the script can lie in a page."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")


def _relative(path: str) -> str:
    """The path with forward slashes; ValueError unless it is relative on every system."""
    plain = path.replace("\\", "/")
    if not plain or PurePosixPath(plain).is_absolute() or PureWindowsPath(plain).anchor or plain.startswith("~"):
        raise ValueError(f"a path in the script must be relative to its folder, found {path!r}")
    return plain


def _file_name(name: str) -> str:
    if not name or name in (".", "..") or any(char in name for char in "/\\:"):
        raise ValueError(f"the output must be a file name, found {name!r}")
    return name
