"""Hostile `.aepx` files, made of a whole one."""

from __future__ import annotations

from corpus import Case

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
ROOT = b"<AfterEffectsProject "
END = b"</AfterEffectsProject>"


def cases(whole: bytes) -> list[Case]:
    """About three dozen; `whole` is an `.aepx` as our own writer makes it."""

    def doctype(declarations: str, use: str = "") -> bytes:
        head = f"<!DOCTYPE AfterEffectsProject [{declarations}]>\n".encode()
        return whole.replace(DECLARATION, DECLARATION + head).replace(END, f"<string>{use}</string>".encode() + END)

    def inside(xml: bytes) -> bytes:
        return whole.replace(END, xml + END)

    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = whole.decode("utf-8")
    middle = len(whole) // 2
    first_hex = whole.index(b'bdata="') + 7
    return [
        Case("xxe of a file", doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")),
        Case("xxe by a parameter entity", doctype('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;')),
        Case("xxe over the network", doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', "&x;")),
        Case(
            "external DTD", whole.replace(DECLARATION, DECLARATION + b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">')
        ),
        Case("public DTD", whole.replace(DECLARATION, DECLARATION + b'<!DOCTYPE a PUBLIC "-//x" "file:///etc/hosts">')),
        Case("lower case doctype", whole.replace(DECLARATION, DECLARATION + b"<!doctype a>")),
        Case("billion laughs", doctype(f'<!ENTITY l0 "ha">{laughs}', "&l9;")),
        Case("quadratic blowup", doctype(f'<!ENTITY a "{"a" * 50_000}">', "&a;" * 50_000)),
        Case("entity that nobody declared", inside(b"<string>&ghost;</string>")),
        Case("100,000 levels", inside(b"<Fold>" * 100_000 + b"</Fold>" * 100_000)),
        Case("257 levels", inside(b"<Fold>" * 257 + b"</Fold>" * 257)),
        Case("11 MB in one attribute", inside(b'<abcd bdata="' + b"00" * (11 << 19) + b'"/>'), None),
        Case("11 MB that are no digits", inside(b'<abcd bdata="' + b"zz" * (11 << 19) + b'"/>')),
        Case("UTF-16 with a mark", text.replace("UTF-8", "UTF-16").encode("utf-16")),
        Case("UTF-16 without a mark", text.encode("utf-16-le")),
        Case("UTF-16 that says UTF-8", text.encode("utf-16-be")),
        Case("UTF-32", text.encode("utf-32")),
        Case("Latin-1 that says so", whole.replace(b"UTF-8", b"ISO-8859-1").replace(b"<string>", b"<string>\xe4", 1)),
        Case("Latin-1 that says UTF-8", whole.replace(b"<string>", b"<string>\xe4", 1)),
        Case("UTF-7", whole.replace(b"UTF-8", b"UTF-7")),
        Case("an overlong slash", whole.replace(b"<string>", b"<string>\xc0\xaf", 1)),
        Case("a lone surrogate", whole.replace(b"<string>", b"<string>\xed\xa0\x80", 1)),
        Case("a NUL", whole[:middle] + b"\0" + whole[middle:]),
        Case("a NUL as a reference", inside(b"<string>&#0;</string>")),
        Case("a character beyond Unicode", inside(b"<string>&#x110000;</string>")),
        Case("cut in the middle", whole[:middle]),
        Case("cut in the last tag", whole[: -len(END)] + END[:9]),
        Case("cut after the declaration", DECLARATION * 20),
        Case("a web page", b"<html><body><script>alert(1)</script>" + b"<p>hello</p>" * 50 + b"</body></html>"),
        Case(
            "a drawing", DECLARATION + b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>' * 3
        ),
        Case("plain words", b"this is not a project at all, " * 20),
        Case("half a hexadecimal digit", whole[:first_hex] + b"0" + whole[first_hex:]),
        Case("no hexadecimal digits", whole[:first_hex] + b"xy" + whole[first_hex:]),
        Case("a count of thirty digits", inside(b'<fileReference ascendcount_base="' + b"9" * 30 + b'"/>')),
        Case("numS out of range", inside(b"<numS><string>4294967296</string></numS>")),
        Case("a million empty elements", inside(b"<abcd/>" * 1_050_000)),
        Case("100,000 attributes", inside(b"<abcd " + b"".join(b'a%d="" ' % n for n in range(100_000)) + b"/>")),
        Case("10,000 namespaces", inside(b"<abcd " + b"".join(b'xmlns:a%d="u" ' % n for n in range(10_000)) + b"/>")),
        Case("a name of a megabyte", inside(b"<" + b"a" * (1 << 20) + b"/>")),
        Case(
            "a style sheet", whole.replace(DECLARATION, DECLARATION + b'<?xml-stylesheet href="file:///etc/passwd"?>')
        ),
        Case("an inclusion", inside(b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>')),
        Case("XML 1.1", whole.replace(b'version="1.0" enc', b'version="1.1" enc')),
        Case("a second root", whole + b"<a/>"),
        Case("a comment of 10 MB", inside(b"<!--" + b"x" * (10 << 20) + b"-->"), True),
        Case("another version of the root", whole.replace(b'majorVersion="1"', b'majorVersion="2"')),
        Case("a file path that climbs", inside(b'<fileReference fullpath="../../../etc/passwd"/>')),
        Case("text between elements", inside(b"</Fold>oops<Fold>")),
        Case("51 MB of spaces", whole + b" " * (51 << 20)),
    ]
