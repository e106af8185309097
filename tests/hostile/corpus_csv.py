"""Hostile tables. The files that a right row names are `design.psd` and `template.aepx`."""

from __future__ import annotations

from corpus import Case

HEADER = "job_id,psd_path,aepx_path"
ROW = "J1,design.psd,template.aepx"
WHOLE = f"{HEADER}\n{ROW}\n"


def cases() -> list[Case]:
    """More than fifty."""

    def row(line: str, header: str = HEADER) -> bytes:
        return f"{header}\n{line}\n".encode("utf-8", "surrogatepass")

    named = [
        ("/etc/passwd", "an absolute path"),
        ("../../../etc/passwd.psd", "a path that climbs"),
        ("a/../../design.psd", "a path that climbs in the middle"),
        ("..\\..\\design.psd", "a path that climbs backwards"),
        ("C:\\Windows\\design.psd", "a drive"),
        ("c:design.psd", "a drive without a slash"),
        ("\\\\server\\share\\design.psd", "another machine"),
        ("//server/share/design.psd", "another machine with slashes"),
        ("file:///etc/passwd.psd", "an address"),
        ("http://127.0.0.1/design.psd", "an address in the network"),
        ("smb://server/design.psd", "a share"),
        ("~/design.psd", "somebody's home"),
        ("~root/design.psd", "root's home"),
        ("%2e%2e/design.psd", "dots in per cent"),
        ("design.psd:stream.psd", "a stream of Windows"),
        ("CON.psd", "a device of Windows"),
        ("design.psd ", "a space at the end"),
        ("design.psd/", "a folder"),
        ("design.psd\x00.psd", "a NUL in a name"),
        ("\u202edsp.ngised", "letters turned round"),
        ("|id.psd", "a pipe"),
        ("$(id).psd", "a shell's command"),
        (".psd", "a suffix only"),
        ("-rf.psd", "an option"),
        ("x" * 300 + ".psd", "a name too long"),
        ("/".join(["a"] * 200) + "/design.psd", "200 folders"),
    ]
    return [
        Case("right", WHOLE.encode(), True),
        *(Case(what, row(f'J1,"{path}",template.aepx'), what == "a space at the end") for path, what in named),
        Case("nothing", b""),
        Case("one byte", b"x"),
        Case("a mark only", b"\xef\xbb\xbf"),
        Case("zero bytes only", bytes(1000)),
        Case("a NUL in a row", row("J\x001,design.psd,template.aepx")),
        Case("the header twice", row(ROW, HEADER + ",job_id")),
        Case("a ragged row", row("J1,design.psd")),
        Case("too many cells", row(ROW + ",x,y,z")),
        Case("no final newline", WHOLE.rstrip().encode(), True),
        Case("cut in a name", WHOLE.rstrip()[:-4].encode()),
        Case("a quote that is never closed", row('J1,"design.psd,template.aepx')),
        Case("a quote in the middle", row('J1,des"ign.psd,template.aepx')),
        Case("100,000 quotes", row('"' * 100_000)),
        Case("a cell of a megabyte", row(f"J1,design.psd,{'x' * (1 << 20)}.aepx")),
        Case("100,000 columns", row("," * 100_000, "a," * 100_000 + "b")),
        Case("100,000 rows", (HEADER + "\n" + (ROW + "\n") * 100_000).encode()),
        Case("a million empty lines", (WHOLE + "\n" * 1_000_000).encode(), None),
        Case("1,001 rows", (HEADER + "\n" + "".join(f"J{n},design.psd,template.aepx\n" for n in range(1001))).encode()),
        Case("51 MB", (WHOLE + "#" * (51 << 20)).encode()),
        Case("UTF-16", WHOLE.encode("utf-16"), True),
        Case("UTF-16 without a mark", WHOLE.encode("utf-16-le")),
        Case("UTF-16 cut in a letter", WHOLE.encode("utf-16")[:-1]),
        Case("UTF-32", WHOLE.encode("utf-32")),
        Case("Windows-1252", row("Zoë,design.psd,template.aepx").decode().encode("cp1252")),
        Case("line ends CR only", WHOLE.replace("\n", "\r").encode(), True),
        Case("line ends U+2028", WHOLE.replace("\n", "\u2028").encode()),
        Case("semicolons", WHOLE.replace(",", ";").encode(), True),
        Case("sep=;", b"sep=;\n" + WHOLE.replace(",", ";").encode(), True),
        Case("sep=x", b"sep=x\n" + WHOLE.encode()),
        Case("a formula as an id", row('=HYPERLINK("x"),design.psd,template.aepx')),
        Case("a command as an id", row("\"=cmd|' /C calc'!A0\",design.psd,template.aepx")),
        Case("an id that climbs", row("../../J1,design.psd,template.aepx")),
        Case("an id of control characters", row("\x1b[2JJ1,design.psd,template.aepx")),
        Case("the same id twice", f"{WHOLE}{ROW}\n".encode()),
        Case("a client that climbs", row(ROW + ",../../etc", HEADER + ",client_name")),
        Case("an output that climbs", row(ROW + ",../x.aep", HEADER + ",output_name")),
        Case("a text for __proto__", row(ROW + ",x", HEADER + ",text:__proto__")),
        Case("a workbook", b"PK\x03\x04" + bytes(1000)),
        Case("a design", b"8BPS" + bytes(1000)),
        Case("a web page", b"<html><table><tr><td>job_id</td></tr></table></html>"),
        Case("a picture", b"\x89PNG\r\n\x1a\n" + bytes(1000)),
        Case("random bytes", bytes((n * 7919 + n // 13) % 256 for n in range(4000))),
        Case("separators only", b",,,,,,\n" * 100),
        Case("a header only", f"{HEADER}\n".encode()),
    ]
