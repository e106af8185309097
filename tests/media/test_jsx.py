"""The populate script: what it is made of, and what it does to a stand-in for After Effects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import esprima
import pytest
from after_effects import Studio, World
from PIL import Image

from hotfolderd.errors import JobError
from hotfolderd.media.jsx import ScriptPicture, populate_script
from hotfolderd.media.project import Rename
from hotfolderd.model import Box, Comp, Footage, Match, Placeholder, Template, TextLook


def named(words: str) -> frozenset[str]:
    return frozenset(words.split())


HOSTILE = [
    '"; pwn(); "',
    "'); pwn(); //",
    "\\",
    '\\"; pwn(); //',
    "line\nfeed",
    "carriage\rreturn",
    "\u2028pwn()\u2029",
    "</script><script>pwn()</script>",
    "*/ pwn(); /*",
    "__proto__",
    "constructor",
    "${pwn()}",
    "{{pwn()}}",
    "%s %d %(job)s {job}",
    "\x00\x01\x1f\x7f",
    "😀 emoji, Ünïcödé, 日本語",
    "\ud800 lone surrogate",
    "#include '/etc/passwd'",
    "//@include '/etc/passwd'",
    "@JSXBIN@ES@2.0@",
    "--> <!-- pwn()",
    "<![CDATA[",
    "`pwn()`",
    "$1$& $$ $`",
    "../../../../etc/passwd",
    "a" * 5000,
    "",
]

# ECMA-262, 3rd edition, 7.5.2 and 7.5.3, with the literals.
ES3_RESERVED = named(
    "break else new var case finally return void catch for switch while continue function this with default if "
    "throw delete in try do instanceof typeof abstract enum int short boolean export interface static byte extends "
    "long super char final native synchronized class float package throws const goto private transient debugger "
    "implements protected volatile double import public null true false"
)
ES3_NODES = named(
    "Program FunctionDeclaration FunctionExpression VariableDeclaration VariableDeclarator ExpressionStatement "
    "CallExpression MemberExpression Identifier Literal ArrayExpression ObjectExpression Property IfStatement "
    "ForStatement WhileStatement ReturnStatement ThrowStatement TryStatement CatchClause NewExpression "
    "BinaryExpression LogicalExpression AssignmentExpression UnaryExpression UpdateExpression ConditionalExpression "
    "BlockStatement BreakStatement ContinueStatement"
)
LATER_OR_FORBIDDEN = named(
    "JSON alert confirm prompt eval Function forEach map filter reduce some every indexOf lastIndexOf trim bind keys "
    "create defineProperty isArray getPrototypeOf freeze now toISOString executeCommand callSystem evalFile evalScript "
    "openDialog saveDialog selectDialog Window Socket execute quit includes startsWith endsWith "
    "padStart repeat find"
)


def placeholder(number: int, name: str, kind: str, comp: str = "main", comp_id: int = 1) -> Placeholder:
    source = Footage(41, "cutout.png", "/Users/x/cutout.png", 120, 150) if kind == "image" else None
    look = TextLook("sample", "RUSHFLOW") if kind == "text" else None
    return Placeholder(
        f"{comp_id}:{number}",
        name,
        kind,
        comp,
        comp_id,
        number,
        number,
        Box(0, 0, 9, 9),
        source,
        look,  # type: ignore[arg-type]
    )


TITLE, NAME, PHOTO = placeholder(1, "title", "text"), placeholder(2, "name", "text"), placeholder(3, "photo", "image")


def template(*placeholders: Placeholder) -> Template:
    comps = (Comp(1, "main", 120, 150, 25.0, 10.0, 9), Comp(2, "other", 120, 150, 25.0, 10.0, 9))
    return Template("assets/template.aepx", "aepx", "25.5", comps, placeholders or (TITLE, NAME, PHOTO), (), 1)


def to(one: Placeholder, layer: str | None = "a layer", **more: Any) -> Match:
    return Match(one.name, one.id, one.comp, one.kind, layer, **more)


def picture(path: str = "pictures/photo.png", item_name: str | None = None) -> ScriptPicture:
    return ScriptPicture(path, 120, 150, item_name)


def script(*matches: Match, project: Template | None = None, **more: Any) -> str:
    given: dict[str, Any] = {
        "job": "TEST001",
        "template": project or template(),
        "matches": matches or (to(TITLE, value="Hello"), to(PHOTO, fit="fill")),
        "pictures": {PHOTO.id: picture()},
        "output_name": "done.aepx",
        "template_file": "../assets/template.aepx",
        **more,
    }
    return populate_script(**given)


def nodes(tree: Any) -> Iterator[Any]:
    """Every node of an esprima tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, esprima.nodes.Node):
            yield node
            stack.extend(value for key, value in vars(node).items() if key not in ("loc", "range"))


def offences(source: str, tree: Any = None) -> list[str]:
    """What in a script ExtendScript (ES3) would not take, or what our scripts must not do."""
    found = []
    for node in nodes(tree or esprima.parseScript(source)):
        if node.type not in ES3_NODES:
            found.append(f"node {node.type}")
        if node.type == "VariableDeclaration" and node.kind != "var":
            found.append(node.kind)
        if node.type == "Identifier" and node.name in ES3_RESERVED | LATER_OR_FORBIDDEN:
            found.append(f"name {node.name}")
        if node.type == "Property" and (node.kind != "init" or node.method or node.shorthand or node.computed):
            found.append("modern property")
        if node.type == "ConditionalExpression" and "ConditionalExpression" in (
            node.test.type,
            node.consequent.type,
            node.alternate.type,
        ):
            found.append("nested conditional, which ExtendScript reads from the left")
        if node.type == "BinaryExpression" and node.operator == "**":
            found.append("power")
        if node.type == "Literal" and node.regex and set(node.regex.flags) - set("gim"):
            found.append(f"regular expression {node.raw}")
    tokens = esprima.tokenize(source)
    for token, following in pairwise(tokens):
        if token.value == "," and following.value in ("]", "}", ")"):
            found.append("trailing comma")
        if token.type == "Template":
            found.append("template")
    return found


def test_the_script_holds_nothing_that_extendscript_does_not_know() -> None:
    assert offences(script()) == []


@pytest.mark.parametrize(
    "line",
    [
        "let a = 1;",
        "const a = 1;",
        "var f = () => 1;",
        "var a = [1, 2,];",
        "var a = {b: 1,};",
        "var a = `b`;",
        "var a = b.default;",
        "var a = {get b() { return 1; }};",
        "var a = {b, c};",
        "var a = JSON.stringify(b);",
        "a.forEach(b);",
        "a.trim();",
        "alert(a);",
        "var float = 1;",
        "class A {}",
        "for (var a of b) { c(); }",
        "var a = /b/u;",
        "var a = b ? c : d ? e : f;",
    ],
)
def test_the_check_for_es3_finds_what_it_looks_for(line: str) -> None:
    assert offences(line) != []


@cache
def harmless_shape() -> list[str]:
    """The kinds of the nodes of the same script with harmless texts."""
    return [node.type for node in nodes(esprima.parseScript(script(to(TITLE, value="a"), project=template(TITLE))))]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_job_becomes_code(text: str) -> None:
    """The tree of the script is the same whatever the strings say: only the literals differ."""
    bad = replace(TITLE, name=text, comp=text)
    source = script(
        to(bad, value=text),
        project=template(bad),
        job=text,
        project_name=text,
        design=text,
        generated=text,
    )
    assert source.isascii()
    assert "</" not in source
    tree = esprima.parseScript(source)
    assert offences(source, tree) == []
    assert [node.type for node in nodes(tree)] == harmless_shape()
    literals = [node.value for node in nodes(tree) if node.type == "Literal" and not node.regex]
    strings = [joined(value) for value in literals if isinstance(value, str)]
    assert strings.count(text) >= 4


def joined(text: str) -> str:
    """Surrogate pairs, which esprima leaves apart, made one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_the_header_names_what_it_was_made_for() -> None:
    head = script(design="card.psd", project_name="Spring", generated="2026-11-20T10:00:00Z").split("(function")[0]
    for line in (
        '// job: "TEST001"',
        '// project: "Spring"',
        '// design: "card.psd"',
        '// template: "template.aepx"',
        '// comp: "main"',
        '// generated: "2026-11-20T10:00:00Z"',
    ):
        assert line in head.splitlines()


def test_the_same_order_gives_the_same_script() -> None:
    assert script() == script()


def test_without_a_match_there_is_no_script() -> None:
    with pytest.raises(JobError, match="No approved matches found"):
        script(to(TITLE, None), to(PHOTO, None))


def test_a_match_that_cannot_be_carried_out_is_refused_by_name() -> None:
    with pytest.raises(JobError, match="no placeholder 'gone'"):
        script(to(replace(TITLE, name="gone", id="9:9"), value="a"))
    with pytest.raises(JobError, match="no picture of layer 'a layer' for 'photo'"):
        script(to(PHOTO), pictures={})
    with pytest.raises(JobError, match="no text for 'title'"):
        script(to(TITLE))


@pytest.mark.parametrize("path", ["/etc/passwd", "C:/a.png", "C:\\a.png", "\\\\host\\a.png", "~/a.png", ""])
def test_every_path_is_relative_to_the_script(path: str) -> None:
    with pytest.raises(ValueError, match="relative"):
        script(pictures={PHOTO.id: picture(path)})
    with pytest.raises(ValueError, match="relative"):
        script(template_file=path)


@pytest.mark.parametrize("name", ["../x.aep", "a/b.aep", "a\\b.aep", "C:x.aep", "", ".."])
def test_the_output_is_a_name_and_no_path(name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        script(output_name=name)


# ---- Run against the model of tests/media/after_effects.js; test_both_doors.py runs it on whole projects ----


def footage(item_id: int, name: str, width: int = 120, height: int = 150) -> World:
    alpha = {"hasAlpha": True, "alphaMode": "premultiplied", "invertAlpha": False}
    size = {"width": width, "height": height}
    return {"id": item_id, "type": "footage", "ownName": "", "file": f"/old/{name}", "psdLayer": "", **size, **alpha}


def text_layer(layer_id: int, name: str, *texts: str, **more: Any) -> World:
    styled = [[text, f"F{number}"] for number, text in enumerate(texts)]
    return {"id": layer_id, "ownName": name, "kind": "text", "source": None, "texts": styled, **more}


def picture_layer(layer_id: int, name: str, source: int, **more: Any) -> World:
    return {"id": layer_id, "ownName": name, "kind": "other", "source": source, "texts": [], **more}


def comp(item_id: int, name: str, *inside: World) -> World:
    size = {"width": 120, "height": 150}
    return {"id": item_id, "type": "comp", "ownName": name, "name": name, **size, "layers": list(inside)}


PROJECT: list[World] = [
    footage(41, "cutout.png"),
    comp(
        1,
        "main",
        text_layer(1, "title", "sample"),
        text_layer(2, "name", "k1", "k2", keyed=True),
        picture_layer(3, "photo", 41, locked=True),
        picture_layer(4, "shadow", 41),
    ),
    comp(2, "other", text_layer(5, "title", "stays")),
]


def run(
    folder: Path,
    source: str,
    items: list[World] | None = None,
    size: tuple[int, int] = (120, 150),
    **studio: Any,
) -> tuple[Studio, dict[str, Any] | None]:
    """Run the script in a job folder; gives the state of the project and the result file, if it was written."""
    output = folder / "a job & 100%25" / "output"
    (output / "pictures").mkdir(parents=True, exist_ok=True)
    (output.parent / "assets").mkdir()
    (output.parent / "assets" / "template.aepx").write_text("project")
    Image.new("RGBA", size, "red").save(output / "pictures" / "photo.png")
    (output / "populate.jsx").write_text(source, encoding="ascii")
    machine = Studio(world={"items": items or PROJECT}, **studio).run(output / "populate.jsx")
    assert (output / "populate.jsx").exists()
    result = output / "populate.result.json"
    assert not (output / "populate.result.json.tmp").exists()
    assert not result.exists() or result.read_bytes().isascii()
    return machine, json.loads(result.read_text(encoding="utf-8")) if result.exists() else None


def layers(machine: Studio, inside: str = "main") -> dict[str, Any]:
    """The layers of a comp by name, with their sources."""
    by_id = {one["id"]: one for one in machine.after["items"]}
    found = [one for one in machine.after["items"] if one["type"] == "comp" and one["name"] == inside]
    return {layer["name"]: {**layer, "source": by_id.get(layer["source"])} for one in found for layer in one["layers"]}


def test_texts_are_set_pictures_replaced_and_everything_else_left_alone(tmp_path: Path) -> None:
    source = script(to(TITLE, value="Line 1\nLine 2"), to(NAME, value="Ida"), to(PHOTO))
    machine, result = run(tmp_path, source)
    here, state = layers(machine), machine.state
    assert machine.failure is None
    assert here["title"]["texts"] == [["Line 1\rLine 2", "F0"]]
    assert here["name"]["texts"] == [["Ida", "F0"], ["Ida", "F1"]]
    assert here["photo"]["source"]["name"] == "photo.png"
    assert here["photo"]["source"]["alphaMode"] == "straight"
    assert here["photo"]["locked"] is True
    assert here["shadow"]["source"]["name"] == "cutout.png"
    assert layers(machine, "other")["title"]["texts"] == [["stays", "F0"]]
    assert (state["suppressed"], state["undo"], state["pwned"]) == (0, 0, False)
    assert state["opened"].endswith("/assets/template.aepx")
    assert state["saved"].endswith("/output/done.aepx")
    assert result is not None
    assert (result["job"], result["ok"], result["saved"], result["error"]) == ("TEST001", True, "done.aepx", None)
    assert [(one["placeholder"], one["ok"]) for one in result["actions"]] == [
        ("title", True),
        ("name", True),
        ("photo", True),
    ]


def alone() -> list[World]:
    """A layer whose footage nothing else uses."""
    return [footage(41, "cutout.png"), comp(1, "main", picture_layer(3, "photo", 41))]


def test_footage_that_nothing_else_uses_is_exchanged_and_nothing_imported(tmp_path: Path) -> None:
    """Its interpretation as premultiplied goes; it bears the name that the project written here has, too."""
    machine, _ = run(tmp_path, script(to(PHOTO), pictures={PHOTO.id: picture(item_name="hero")}), alone())
    source = layers(machine)["photo"]["source"]
    assert (source["id"], source["name"], source["alphaMode"]) == (41, "hero", "straight")
    assert source["file"].endswith("/pictures/photo.png")
    assert machine.state["imported"] == []
    assert len(machine.after["items"]) == 2


def test_footage_that_another_layer_uses_meanwhile_is_not_exchanged(tmp_path: Path) -> None:
    """Somebody has used it once more in the delivered template: that layer keeps it."""
    machine, result = run(tmp_path, script(to(PHOTO), pictures={PHOTO.id: picture(item_name="cutout.png")}))
    assert layers(machine)["shadow"]["source"]["file"] == "/old/cutout.png"
    assert layers(machine)["photo"]["source"]["file"].endswith("/pictures/photo.png")
    assert result is not None
    assert "so the picture was imported" in result["actions"][0]["reason"]


@pytest.mark.parametrize("item_name", [None, "cutout.png"])
def test_a_picture_that_was_exchanged_for_one_of_another_size_is_not_taken(
    tmp_path: Path, item_name: str | None
) -> None:
    """The prepared pictures have the size of what they replace; the project is not taken for finished."""
    source = script(to(PHOTO), pictures={PHOTO.id: picture(item_name=item_name)})
    machine, result = run(tmp_path, source, alone(), size=(400, 100))
    assert result is not None
    assert (result["ok"], result["saved"]) == (False, "done.incomplete.aepx")
    assert "has 400x100 pixels, 120x150 were prepared" in result["actions"][0]["reason"]
    assert machine.failure is None


def test_names_are_changed_last_and_what_is_left_is_reported(tmp_path: Path) -> None:
    source = script(
        to(TITLE, value="Hello"),
        to(NAME, value="Ida"),
        left={NAME.id: "its text changes over time"},
        renames=[
            Rename(1, None, "main", "main", "render_main", "composition"),
            Rename(1, 1, "main", "title", "txt_title", "naming"),
            Rename(1, 3, "main", "photo", "img_photo", "naming"),
        ],
    )
    machine, result = run(tmp_path, source)
    here = layers(machine, "render_main")
    assert here["txt_title"]["texts"] == [["Hello", "F0"]]
    assert here["name"]["texts"] == [["k1", "F0"], ["k2", "F1"]]
    assert here["img_photo"]["locked"] is True
    assert layers(machine, "other")["title"]["texts"] == [["stays", "F0"]]
    assert result is not None
    assert result["ok"] is True
    assert [one["kind"] for one in result["actions"]] == ["text", "left", "rename", "rename", "rename"]
    assert result["actions"][1]["reason"] == "its text changes over time"


def test_a_text_that_is_there_already_is_not_set_again(tmp_path: Path) -> None:
    """Setting it would give all of it the style of its first character."""
    items = [comp(1, "main", text_layer(1, "title", "same", locked=True))]
    machine, result = run(tmp_path, script(to(TITLE, value="same")), items)
    assert result is not None
    assert result["ok"] is True
    assert layers(machine)["title"]["texts"] == [["same", "F0"]]


def test_a_text_layer_without_a_name_keeps_the_one_it_showed(tmp_path: Path) -> None:
    items = [comp(1, "main", text_layer(1, "", "title\rand more"), text_layer(7, "", "else"))]
    machine, result = run(tmp_path, script(to(replace(TITLE, layer_id=70), value="new")), items, version=12)
    assert result is not None
    assert result["ok"] is True, result
    assert {name: one["texts"][0][0] for name, one in layers(machine).items()} == {"title": "new", "else": "else"}


def test_names_of_files_are_taken_literally_though_extendscript_reads_paths_as_addresses(tmp_path: Path) -> None:
    """`new File("a%20b")` means `a b` there, so each part of a path is encoded first."""
    output = tmp_path / "a job & 100%25" / "output"
    (output / "pictures" / "50%20 off").mkdir(parents=True)
    name = "pictures/50%20 off/ä #1?.png"
    Image.new("RGB", (120, 150)).save(output / name)
    machine, result = run(tmp_path, script(to(PHOTO), pictures={PHOTO.id: picture(name)}, output_name="50%25.aep"))
    assert result is not None
    assert result["ok"] is True, result
    assert machine.state["imported"] == [str(output / name)]
    assert (output / "50%25.aep").exists()


def test_one_picture_for_two_layers_is_imported_once(tmp_path: Path) -> None:
    shadow = replace(PHOTO, id="1:4", name="shadow", layer_id=4, index=4)
    paths = {PHOTO.id: picture(), shadow.id: picture()}
    source = script(to(PHOTO), to(shadow), project=template(PHOTO, shadow), pictures=paths)
    machine, _ = run(tmp_path, source)
    assert len(machine.state["imported"]) == 1
    assert layers(machine)["shadow"]["source"]["name"] == "photo.png"


def test_what_fails_is_reported_the_rest_is_done_and_the_project_is_not_taken_for_finished(tmp_path: Path) -> None:
    ghost = replace(NAME, name="ghost", layer_id=77)
    source = script(
        to(PHOTO),
        to(ghost, value="x"),
        to(TITLE, value="Hello"),
        project=template(TITLE, ghost, PHOTO),
        pictures={PHOTO.id: picture("pictures/none.png")},
    )
    machine, result = run(tmp_path, source)
    assert layers(machine)["title"]["texts"] == [["Hello", "F0"]]
    assert machine.state["saved"].endswith("/output/done.incomplete.aepx")
    assert result is not None
    assert (result["ok"], result["saved"]) == (False, "done.incomplete.aepx")
    reasons = [(one["ok"], one["reason"]) for one in result["actions"]]
    assert reasons[0][0] is False
    assert "pictures/none.png" in reasons[0][1]
    assert reasons[1] == (False, '0 text layers are called "ghost" in "main"')
    assert reasons[2] == (True, "")


@pytest.mark.parametrize("version", [12, 25])
def test_a_layer_is_found_by_id_or_by_name_at_its_place_and_never_guessed(tmp_path: Path, version: int) -> None:
    """Two layers of one name: the id (22 and later) or the index tells them apart; without either nothing is set."""
    items = [comp(1, "main", text_layer(1, "title", "one"), text_layer(9, "title", "two"))]
    second = replace(TITLE, layer_id=9, index=2)

    def texts(machine: Studio) -> list[str]:
        return [layer["texts"][0][0] for layer in machine.after["items"][0]["layers"]]

    first, _ = run(tmp_path / "a", script(to(second, value="new"), project=template(second)), items, version=version)
    assert texts(first) == ["one", "new"]
    moved = replace(TITLE, layer_id=9, index=5)
    other, result = run(tmp_path / "b", script(to(moved, value="new"), project=template(moved)), items, version=version)
    assert result is not None
    assert (texts(other), result["ok"]) == ((["one", "new"], True) if version >= 22 else (["one", "two"], False))


def test_an_expression_on_the_text_is_mentioned(tmp_path: Path) -> None:
    items = [comp(1, "main", text_layer(1, "title", "a", expression="'b' + value"))]
    _, result = run(tmp_path, script(to(TITLE, value="x")), items)
    assert result is not None
    assert "expression" in result["actions"][0]["reason"]
    assert result["ok"] is True


@pytest.mark.parametrize(
    ("studio", "error"),
    [
        ({"already_open": {"dirty": True}}, "another project is open"),
        ({"refuses": {"saving"}}, "did not save"),
    ],
)
def test_a_failure_of_the_whole_stands_in_the_result(tmp_path: Path, studio: dict[str, Any], error: str) -> None:
    machine, result = run(tmp_path, script(), **studio)
    assert machine.failure is None
    assert (machine.state["suppressed"], machine.state["undo"]) == (0, 0)
    assert result is not None
    assert result["ok"] is False
    assert error in result["error"]


def test_a_project_from_before_is_not_taken_for_the_new_one_and_outlives_a_failed_save(tmp_path: Path) -> None:
    output = tmp_path / "a job & 100%25" / "output"
    output.mkdir(parents=True)
    (output / "done.aepx").write_text("built without After Effects")
    _, result = run(tmp_path, script(), refuses={"saving"})
    assert result is not None
    assert (result["ok"], result["saved"]) == (False, None)
    assert (output / "done.aepx").read_text() == "built without After Effects"


def test_when_not_even_the_result_can_be_written_the_script_fails_aloud(tmp_path: Path) -> None:
    machine, result = run(tmp_path, script(), refuses={"writing"})
    assert result is None
    assert machine.failure is not None
    assert "Allow Scripts To Write Files" in machine.failure
    assert machine.state["suppressed"] == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_arrives_as_it_is(tmp_path: Path, text: str) -> None:
    """As value, as name of layer and comp, and as name of the job, there and back through the result file."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        text = "\ufffd"  # no file can hold a lone surrogate; the syntax test covers it
    name = text or "no layer is called nothing"
    bad = replace(TITLE, name=name, comp=text)
    items = [comp(1, text, text_layer(1, name, "sample"))]
    machine, result = run(tmp_path, script(to(bad, value=text), project=template(bad), job=text), items)
    assert machine.failure is None
    assert machine.state["pwned"] is False
    assert result is not None
    assert (result["ok"], result["job"], result["actions"][0]["placeholder"]) == (True, text, name)
    assert machine.after["items"][0]["layers"][0]["texts"][0][0] == text.replace("\n", "\r")
