"""The strict YAML of sidecars: what is taken, what is refused in which place, and that no bomb goes off."""

from __future__ import annotations

import contextlib
import pickle
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfolderd.review.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, SidecarError, load

SIDECAR = """\
# yaml-language-server: $schema=x
for: {job: TEST001, revision: 1}
decision: pending         # approve | hold
by:
notes: ""
matches:
  - placeholder: player1fullname
    layer: BEN FORMAN     # a layer's path
    value: "Ben: #1"
    confidence: 0.94
    or: [ELOISE GRACE 0.41]
  - {placeholder: logo, layer: null, fit: fill, confidence: 1.0}
reason: |
  two lines
  \tof text
end: true
"""


def test_a_sidecar_becomes_a_dict_of_plain_values() -> None:
    assert load(SIDECAR) == {
        "for": {"job": "TEST001", "revision": 1},
        "decision": "pending",
        "by": None,
        "notes": "",
        "matches": [
            {
                "placeholder": "player1fullname",
                "layer": "BEN FORMAN",
                "value": "Ben: #1",
                "confidence": 0.94,
                "or": ["ELOISE GRACE 0.41"],
            },
            {"placeholder": "logo", "layer": None, "fit": "fill", "confidence": 1.0},
        ],
        "reason": "two lines\n\tof text\n",
        "end": True,
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("0.5", 0.5),
        ("-3.25", -3.25),
        # What would lose something, or what other readers of YAML make something else of, stays text.
        ("yes", "yes"),
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("True", "True"),
        ("NULL", "NULL"),
        ("007", "007"),
        ("+5", "+5"),
        ("-0", "-0"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o14", "0o14"),
        ("12:30:45", "12:30:45"),
        ("2026-11-20", "2026-11-20"),
        ("1.10", "1.10"),
        ("1.", "1."),
        (".5", ".5"),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("9" * 19, "9" * 19),
        ('"true"', "true"),
        ("'12'", "12"),
        ('"null"', "null"),
        ("“Ben”", "“Ben”"),
        ("=", "="),
        ("http://x.org/a", "http://x.org/a"),
    ],
)
def test_a_plain_scalar_is_a_value_only_where_nothing_is_lost(written: str, meant: object) -> None:
    value = load(f"key: {written}\n")["key"]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "~\n", "\ufeff"])
def test_a_text_without_content_is_an_empty_sidecar(text: str) -> None:
    """An editor empties a file before it writes it: that is no answer, and no error either."""
    assert load(text) == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_encodings_and_line_ends_of_all_editors_are_read(encoding: str, line_end: str) -> None:
    text = "by: Zoë\nend: true\n".replace("\n", line_end)
    marks = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}
    data = marks.get(encoding, b"") + text.encode(encoding.removesuffix("-bom"))
    assert load(data) == {"by": "Zoë", "end": True}


def bomb(kind: str) -> str:
    merge = ["a0: &a0 {k: v}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 25)]
    alias = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    return {
        "merge keys": "\n".join(merge),
        "aliases": "\n".join(alias),
        "ten thousand brackets": "a: " + "[" * 10_000,
        "ten thousand braces": "a: " + "{a: " * 10_000,
        "deep indentation": "\n".join(" " * n + "a:" for n in range(600)),
        "dashes": "a:\n  " + "- " * 5000 + "x",
        "many values": "a: [" + "1," * MAX_NODES + "]",
        "many keys": "\n".join(f"k{n}: 1" for n in range(MAX_NODES)),
        "many documents": "a: 1\n---\n" * 5000,
        "a long text": "a: " + "x" * MAX_BYTES,
        "a huge number": "a: " + "9" * 100_000,
        "unclosed quotes": 'a: "' + "x " * 100_000,
        "question marks": "? " * 20_000,
        "colons": "a: " * 20_000,
        "escapes": 'a: "' + "\\x41" * 60_000 + '"',
        "comments": "#\n" * 120_000,
    }[kind]


BOMBS = (
    *("merge keys", "aliases", "ten thousand brackets", "ten thousand braces", "deep indentation", "dashes"),
    *("many values", "many keys", "many documents", "a long text", "a huge number", "unclosed quotes"),
    *("question marks", "colons", "escapes", "comments"),
)
HARMLESS = {"a huge number", "escapes", "comments"}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_does_not_go_off(kind: str) -> None:
    """safe_load needs 25 s and 714 MB for the first. Two seconds are far above what any of them takes here."""
    begun = time.process_time()
    if kind in HARMLESS:
        load(bomb(kind))
    else:
        with pytest.raises(SidecarError):
            load(bomb(kind))
    assert time.process_time() - begun < 20


REFUSED = {
    "an alias": ("a: &x 1\nb: 2\n", (1, 4), "an anchor (&name)", "Delete it"),
    "an alias to nothing": ("a: 1\nb: *x\n", (2, 4), "alias *x", "in quotes"),
    "a tag": ("a: 1\nb: !!str 2\n", (2, 4), "a tag (!name)", "Delete it"),
    "a tag that runs code": ("a: !!python/object/apply:os.system [ls]\n", (1, 4), "a tag", "Delete it"),
    "a tag of nothing": ("a: ! x\n", (1, 4), "a tag", "Delete it"),
    "a merge key": ("a: 1\n<<: {b: 2}\n", (2, 1), "the merge key", "Write the keys out"),
    "a key twice": (
        "decision: approve\nby: x\ndecision: reject\n",
        (3, 1),
        "“decision” is written twice, first on line 1",
        "Delete",
    ),
    "a key twice inside": ("a:\n  b: 1\n  b: 2\n", (3, 3), "“b” is written twice, first on line 2", "Delete"),
    "a key twice, quoted": ("a: 1\n'a': 2\n", (2, 1), "“a” is written twice", "Delete"),
    "a second document": ("a: 1\n---\nb: 2\n", (2, 1), "a second document", "Delete the line"),
    "a directive": ("%YAML 1.1\n---\na: 1\n", (1, 1), "directive", "Delete it"),
    "a list as a key": ("a: 1\n[b, c]: 2\n", (2, 1), "brackets where a key", "in quotes"),
    "no key": ("a: 1\n: 2\n", (2, 1), "without its key", "before the colon"),
    "a list instead of keys": ("- a\n- b\n", (1, 1), "a list where keys should stand", "key: value"),
    "text instead of keys": ("approve\n", (1, 1), "text without keys", "key: value"),
    "no space behind the colon": ("decision:approve\n", (1, 9), "no space stands behind the colon", "key: value"),
    "one line without the space": (
        "a: 1\ndecision:approve\nb: 2\n",
        (2, 9),
        "no space stands behind the colon",
        "key: value",
    ),
    "an equals sign": ("decision = approve\n", (1, 10), "found “=”", "key: value"),
    "a full-width colon": ("decision：approve\n", (1, 9), "the full-width colon", "the plain colon"),
    "a full-width colon below": (
        "by: anna\ndecision： approve\nend: true\n",
        (2, 9),
        "the full-width colon",
        "plain colon",
    ),
    "smart quotes around a key": ("“decision”: approve\n", (1, 1), "the typographic quote “", "plain quotes"),
    "smart quotes that hide a colon": (
        "a: 1\nreason: “no: it is late”\n",
        (2, 9),
        "the typographic quote “",
        "plain quotes",
    ),
    "a tab to indent": ("matches:\n\t- layer: x\n", (2, 1), "a tab stands", "Use spaces"),
    "a tab behind spaces": ("a:\n  b: 1\n  \tc: 2\n", (3, 3), "a tab stands", "Use spaces"),
    "a no-break space to indent": ("a:\n  b: 1\n\u00a0\u00a0c: 2\n", (3, 1), "a no-break space", "plain spaces"),
    "a colon in a text": ("a: 1\nreason: late: again\n", (2, 13), "a second “: ”", "in quotes"),
    "a quote not closed": (
        'a: 1\nreason: "late\nend: true\n',
        (2, 9),
        "a quote is opened and not closed",
        "the same quote",
    ),
    "a bracket not closed": ("a: 1\nor: [x, y\nend: true\n", (2, 5), "a bracket is opened and not closed", "closing ]"),
    "other indentation": ("a:\n  b: 1\n c: 2\n", (3, 2), "indented differently", "same column"),
    "a text that begins with @": ("a: 1\nby: @anna\n", (2, 5), "cannot begin with '@'", "in quotes"),
    "a text that begins with a backtick": ("by: `anna`\n", (1, 5), "cannot begin with '`'", "in quotes"),
    "a hash in a text": ("a: 1\nvalue: Team #1 wins\n", (2, 13), "#1 and all behind it is a comment", "in quotes"),
    "a text that begins with a hash": ("m:\n  - value: #summer\n", (2, 12), "#summer and all", "in quotes"),
    "a hash in the second line of a text": ("reason: it is\n  late #12\n", (2, 8), "#12 and all", "in quotes"),
    "a NUL": ("a: 1\nb: x\0y\n", (2, 5), "U+0000", "Delete it"),
    "a bell": ("a: 1\nb: x\ay\n", (2, 5), "U+0007", "Delete it"),
    "a lone surrogate": ("a: 1\nb: \udc80\n", (2, 4), "U+DC80", "Delete it"),
    "Windows-1252": ("a: 1\nby: Zo\u00eb\n".encode("cp1252"), (2, 7), "byte 0xEB (“ë” in Windows-1252)", "UTF-8"),
    "UTF-16 cut off": ("by: anna\n".encode("utf-16")[:-1], (1, 1), "UTF-16 and broken", "UTF-8"),
    "UTF-16 without a mark": ("by: anna\n".encode("utf-16-le"), (1, 2), "U+0000", "Delete it"),
    "UTF-32": ("by: anna\n".encode("utf-32"), (1, 1), "UTF-32", "UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n", (1, 1), "byte 0x89", "UTF-8"),
    "too much": ("# " + "x" * MAX_BYTES, (1, 1), f"at most {MAX_BYTES}", "Keep only"),
    "too deep": ("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, (1, 19), f"nested deeper than {MAX_DEPTH}", "indent less"),
    "too many values": ("a: [" + "x," * MAX_NODES + "]", (1, 39999), f"more than {MAX_NODES} values", "Keep only"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_told_with_its_place_what_was_found_and_what_to_write(kind: str) -> None:
    data, (line, column), found, advice = REFUSED[kind]
    with pytest.raises(SidecarError) as caught:
        load(data)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert found in str(caught.value)
    assert advice in str(caught.value)


def test_as_deep_and_as_many_as_allowed_are_taken() -> None:
    """The limits themselves are still within them: the refusals above come from one more."""
    inner = MAX_DEPTH - 1
    assert load("a: " + "[" * inner + "]" * inner)
    assert len(load("a: [" + ",".join("x" * (MAX_NODES - 3)) + "]")["a"]) == MAX_NODES - 3
    assert load("# " + "x" * (MAX_BYTES - 2)) == {}


def test_signs_that_only_look_wrong_are_no_error() -> None:
    """Hints are for texts that cannot be read; a design may say such things."""
    text = (
        "value: “Hello”\nreason: ：\nnotes: |\n  \tindented\n  a:b\nlayer: a:b\nurl: http://x\nby: 名前：x\nüber: 1\n"
    )
    assert load(text) == {
        "value": "“Hello”",
        "reason": "：",
        "notes": "\tindented\na:b\n",
        "layer": "a:b",
        "url": "http://x",
        "by": "名前：x",
        "über": 1,
    }


def test_a_comment_behind_a_text_is_a_comment() -> None:
    text = "value: Ben # as on the poster\nnotes: 'x'  #y\nreason: a#b\nlayer:   ## none\ndecision: hold #for Anna\n"
    assert load(text) == {"value": "Ben", "notes": "x", "reason": "a#b", "layer": None, "decision": "hold"}


def test_the_error_crosses_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(SidecarError(3, 7, "found x. Write y.")))  # noqa: S301 - our own
    assert (error.line, error.column, error.message) == (3, 7, "found x. Write y.")
    assert str(error) == "line 3, column 7: found x. Write y."


# PyYAML writes U+0085 in a way in which it does not read it back; its own loader loses it as well.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x85"), max_size=30)
# Keys of our files are words; signs that only look like YAML's own are refused in them.
keys = st.text("abcxyzABC_-0123456789 /.:#'\"", min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(keys, values, max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_pyyaml_writes_is_read_back_as_it_was(content: dict[str, object]) -> None:
    """The daemon writes its sidecars with PyYAML: everything it can write must be readable, and mean the same."""
    assert load(yaml.dump(content, Dumper=_WithoutAliases, allow_unicode=True)) == content


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,?~\n \t：“”", max_size=80))
@settings(max_examples=400, deadline=None)
def test_nothing_but_a_sidecar_error_comes_of_any_bytes(data: bytes | str) -> None:
    with contextlib.suppress(SidecarError):
        assert isinstance(load(data), dict)
