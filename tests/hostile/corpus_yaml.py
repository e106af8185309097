"""Hostile sidecars, made of a prepared one whose `decision: pending` a person has changed to `approve`."""

from __future__ import annotations

from corpus import Case


def cases(whole: str) -> list[Case]:
    """More than sixty; `whole` is a `review.yaml` as the daemon writes it, approved."""
    end = "end: true\n"
    body = whole.removesuffix(end)
    decision = "decision: approve"

    def decided(line: str) -> bytes:
        return whole.replace(decision, line).encode("utf-8", "surrogatepass")

    def added(text: str) -> bytes:
        return (body + text + end).encode("utf-8", "surrogatepass")

    merge = "a0: &a0 {k: v}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9)
    )
    alias = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    return [
        Case("merge bomb", added(merge)),
        Case("alias bomb", added(alias)),
        Case("an anchor", decided("decision: &x approve")),
        Case("an alias to nothing", decided("decision: *x")),
        Case("a merge key", added("<<: {by: eve}\n")),
        Case("python object", added("notes: !!python/object/apply:os.system [id]\n")),
        Case("python name", decided("decision: !!python/name:os.system")),
        Case("a tag of its own", decided("decision: !yes approve")),
        Case("a binary", added("reason: !!binary aGVsbG8=\n")),
        Case("a tag directive", b"%TAG ! tag:x,2000:\n---\n" + whole.encode()),
        Case("a version directive", b"%YAML 1.1\n---\n" + whole.encode()),
        Case("the decision twice", added("decision: hold\n")),
        Case("a key twice within brackets", decided("decision: approve\nfor: {job: J1, job: J2, revision: 1}")),
        Case("a key twice in a match", whole.replace("    kind: text", "    kind: text\n    layer: X", 1).encode()),
        Case("a key twice in quotes", added('"by": eve\n')),
        Case("1,000 levels of brackets", added("notes: " + "[" * 1000 + "]" * 1000 + "\n")),
        Case("10,000 open brackets", added("notes: " + "[" * 10_000)),
        Case("10,000 braces", added("notes: " + "{a: " * 10_000)),
        Case("5,000 levels by indentation", added("".join(" " * n + f"k{n}:\n" for n in range(600)))),
        Case("a megabyte", added("notes: " + "x" * (1 << 20) + "\n")),
        Case("200 KB in one word", added("reason: " + "x" * 200_000 + "\n"), True),
        Case("30,000 values", added("unused: [" + "a, " * 30_000 + "b]\n")),
        Case("100,000 empty lines", added("\n" * 100_000), True),
        Case("a UTF-8 mark", whole.encode("utf-8-sig"), True),
        Case("a UTF-8 mark in the middle", decided("\ufeffdecision: approve")),
        Case("UTF-16 with a mark", whole.encode("utf-16"), True),
        Case("UTF-16 without a mark", whole.encode("utf-16-le")),
        Case("UTF-16 cut in a letter", whole.encode("utf-16")[:-1]),
        Case("UTF-32", whole.encode("utf-32")),
        Case("Windows-1252", added("notes: für Zoë\n").decode().encode("cp1252")),
        Case("Shift-JIS", added("notes: 日本\n").decode().encode("shift-jis")),
        Case("zero bytes only", bytes(500)),
        Case("a NUL", decided("decision: app\0rove")),
        Case("a bell", decided("decision: approve\a")),
        Case("a lone surrogate", decided("decision: approve\nreason: \ud800")),
        Case("a private noncharacter", decided("decision: approve\nreason: \ufffe")),
        Case("no-break space as indentation", decided("decision: approve\n\u00a0by: eve")),
        Case("no-break space behind the colon", decided("decision:\u00a0approve")),
        Case("smart quotes", decided("decision: “approve”")),
        Case("smart quotes round the key", decided("“decision”: approve")),
        Case("full-width colon", decided("decision： approve")),
        Case("full-width letters", decided("decision: ａｐｐｒｏｖｅ")),
        Case("Cyrillic letters", decided("decision: аpprove")),
        Case("a zero-width space", decided("decision: approve\u200b")),
        Case("letters turned round", decided("decision: \u202eevorppa")),
        Case("a tab as indentation", decided("decision: approve\n\tby: eve")),
        Case("a tab behind the colon", decided("decision:\tapprove"), None),
        Case("approved: yes", decided("approved: yes")),
        Case("decision: yes", decided("decision: yes")),
        Case("decision: NO", decided("decision: NO")),
        Case("decision: true", decided("decision: true")),
        Case("decision: 1", decided("decision: 1")),
        Case("decision: null", decided("decision: null")),
        Case("decision in capitals", decided("decision: APPROVE")),
        Case("decision as a list", decided("decision: [approve]")),
        Case("decision as keys", decided("decision: {approve: true}")),
        Case("decision in a block", decided("decision: |\n  approve\n  hold")),
        Case("no space behind the colon", decided("decision:approve")),
        Case("an equals sign", decided("decision = approve")),
        Case("a number as a name", decided("decision: approve\nby: 007").replace(b"\nby:\n", b"\n"), None),
        Case("times and dates as names", added("reason: 12:30:45\n").replace(b"reason: \n", b""), None),
        Case("two documents", whole.encode() + b"---\n" + whole.encode()),
        Case("a document behind dots", whole.encode() + b"...\ndecision: approve\n"),
        Case("without its last line", body.encode()),
        Case("the last line half written", (body + "end: tr").encode()),
        Case("the last line false", (body + "end: false\n").encode()),
        Case("the last line in quotes", (body + 'end: "true"\n').encode()),
        Case("another round", whole.replace("revision: 1", "revision: one").encode()),
        Case("a round of 400 digits", whole.replace("revision: 1", "revision: " + "9" * 400).encode()),
        Case("a round that is true", whole.replace("revision: 1", "revision: true").encode(), None),
        Case("line ends CR LF", whole.replace("\n", "\r\n").encode(), True),
        Case("line ends CR only", whole.replace("\n", "\r").encode(), True),
        Case("line ends NEL", whole.replace("\n", "\x85").encode(), None),
        Case("line ends U+2028", whole.replace("\n", "\u2028").encode(), None),
        Case("line ends U+2029 in a text", added("reason: a\u2029decision: reject\n"), None),
        Case("a misspelt key", decided("decison: approve")),
        Case("an unknown key", added("approve_all: true\n")),
        Case("__proto__ and friends", added("__proto__: {decision: approve}\n")),
        Case("__class__", added("__class__: os\n")),
        Case("a key that is a list", added("? [a, b]\n: c\n")),
        Case("a key that is nothing", added(": x\n")),
        Case("a list", b"- approve\n- by: eve\n"),
        Case("a word", b"approve\n"),
        Case("JSON", b'{"decision": "approve", "end": true}', True),
        Case("a half-closed quote", decided('decision: "approve')),
        Case("a percent sign first", decided("decision: %approve")),
        Case("an at sign first", decided("decision: @approve")),
        Case("a backtick first", decided("decision: `approve`")),
        Case("rich text", b"{\\rtf1\\ansi decision: approve}"),
        Case("a web page", b"<html><body>decision: approve</body></html>"),
        Case("a spreadsheet", b"PK\x03\x04" + bytes(200)),
    ]
