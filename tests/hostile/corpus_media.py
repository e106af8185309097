"""Hostile clips: names that ffmpeg takes for options or protocols, and playlists that lead elsewhere."""

from __future__ import annotations

from corpus import Case

SECRET = "the-secret-of-another-folder"
NAMES = [
    "-y.mp4",
    "-i.mp4",
    "-filter_complex.mp4",
    "a:b.mp4",
    "concat:a.mp4|b.mp4",
    "subfile,,start,0,end,9,,:a.mp4",
    "pipe:0.mp4",
    "data:video;base64,AAAA.mp4",
    "%03d.mp4",
    "a'b\"c.mp4",
    "$(id).mp4",
    "`id`;rm -rf x.mp4",
    "line\nfeed.mp4",
    "ünï 🎬.mp4",
    "[in]drawtext=x.mp4",
    "file:x.mp4",
]


def cases(secret: str, port: int, whole: bytes) -> list[tuple[str, Case]]:
    """File name and case; `secret` is the path of a clip that none may open, `port` of a server none may call."""
    there = f"http://127.0.0.1:{port}/x.mp4"
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
    smil = '<smil><body><video src="{}"/></body></smil>'
    return [
        *((name, Case(f"the name {name!a}", whole, True)) for name in NAMES),
        ("ffconcat.mp4", Case("a list of clips", f"ffconcat version 1.0\nfile '{secret}'\n".encode())),
        ("ffconcat3.mp4", Case("a list of its neighbours", b"ffconcat version 1.0\nfile neighbour.mp4\n")),
        ("hls4.mp4", Case("a playlist of its neighbours", hls.format("neighbour.mp4").encode())),
        ("ffconcat2.mp4", Case("a list of addresses", f"ffconcat version 1.0\nfile '{there}'\n".encode())),
        ("hls.mp4", Case("a playlist of an address", hls.format(there).encode())),
        ("hls2.mov", Case("a playlist of a file", hls.format(f"file://{secret}").encode())),
        ("hls3.mp4", Case("a playlist of a concatenation", hls.format(f"concat:{secret}|{secret}").encode())),
        (
            "sdp.mp4",
            Case("a session", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"),
        ),
        ("dash.mp4", Case("a manifest", f"<MPD><BaseURL>{there}</BaseURL></MPD>".encode())),
        ("smil.mp4", Case("a presentation", smil.format(there).encode())),
        ("image2.mp4", Case("a pattern", b"/etc/%03d.png")),
        ("avs.mp4", Case("a script", f'DirectShowSource("{secret}")'.encode())),
        ("lavfi.mp4", Case("a graph", b"movie=/etc/passwd")),
        ("txt.mp4", Case("words", b"hello world\n" * 100)),
        ("empty.mp4", Case("nothing", b"")),
        ("cut.mp4", Case("cut in the middle", whole[: len(whole) // 2])),
        ("zero.mp4", Case("zero bytes only", bytes(100_000))),
        ("moov.mp4", Case("boxes that lie", whole.replace(b"moov", b"mo\xffv").replace(b"mdat", b"mdaX"))),
        ("box.mp4", Case("a box of 4 GiB", b"\0\0\0\x18ftypisom" + bytes(12) + b"\xff\xff\xff\xffmoov" + bytes(60))),
        ("png.mp4", Case("a picture", b"\x89PNG\r\n\x1a\n" + bytes(100))),
    ]
