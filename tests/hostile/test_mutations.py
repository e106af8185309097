"""Three thousand damaged files: each is read or refused in words; none hangs, none ends the process.

`HOSTILE_MUTATIONS` multiplies their number, `HOSTILE_SEED` chooses others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from corpus import TALLY
from corpus_pictures import saved
from test_corpus_of_media import small_font

from hotfolderd.demo.design import GroupSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template
from hotfolderd.model import Candidate, Match
from hotfolderd.review.writing import review_text

TIMES = int(os.environ.get("HOSTILE_MUTATIONS", "1"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
# How many of each; together 3,000.
MANY = {"psd": 450, "aep": 350, "aepx": 350, "png": 400, "jpeg": 400, "csv": 400, "yaml": 400, "ttf": 250}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`psd.1`, `psd.2`, `aep.1` and so on: two whole files of each kind, small ones so that damage tells."""
    folder = tmp_path_factory.mktemp("sources")

    def put(kind: str, *contents: bytes) -> None:
        for number, data in enumerate(contents, start=1):
            (folder / f"{kind}.{number}").write_bytes(data)

    designs, projects = [], {".aep": [], ".aepx": []}
    (folder / "bg.png").write_bytes(saved("PNG"))
    for number, size in enumerate(((40, 30), (60, 50)), start=1):
        words = GroupSpec("Words", (TextSpec(f"name{number}", f"Name {number}", 4, 20, size_px=9.0),))
        layers = [PictureSpec("bg", 0, 0, *size, "#1d5fd1"), words, TextSpec("title", "Title", 2, 4, size_px=8.0)]
        designs.append(make_design(folder / f"{number}.psd", size=size, layers=layers).read_bytes())
        comp = CompSpec("tiny", size, (CompPicture(folder / "bg.png"), CompText("txt", "Title", 4, 9, size_px=9.0)))
        for suffix, made in projects.items():
            made.append(make_template(folder / f"{number}{suffix}", comps=[comp]).read_bytes())
    match = Match("title", "1", "main", "text", "TITLE", "Hello", None, 0.9, "why", (Candidate("OTHER", 0.4),))
    whole = review_text("J1", 1, [match, match], ["Background"])
    rows = "".join(f'J{number},design.psd,template.aepx,"a, b"\n' for number in range(6))
    put("psd", *designs)
    put("aep", *projects[".aep"])
    put("aepx", *projects[".aepx"])
    put("png", saved("PNG"), saved("PNG", (9, 70)))
    put("jpeg", saved("JPEG"), saved("JPEG", (70, 9), progressive=True))
    put(
        "csv",
        f"job_id,psd_path,aepx_path,notes\n{rows}".encode(),
        b"sep=;\njob_id;psd_path;aepx_path\r\nA;b.psd;c.aep\r\n",
    )
    put("yaml", whole.encode(), whole.replace("pending", "approve").encode("utf-16"))
    put("ttf", small_font(), small_font())
    return folder


@pytest.mark.parametrize("kind", MANY)
def test_damaged_files_are_read_or_refused(sources: Path, kind: str) -> None:
    program = Path(__file__).with_name("mutated.py")
    many = MANY[kind] * TIMES
    argv = [sys.executable, str(program), kind, str(SEED), str(many), *map(str, sorted(sources.glob(f"{kind}.*")))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120 + many, check=False)
    assert done.returncode == 0, f"the process ended with {done.returncode}: {done.stderr[-2000:]}"
    found = json.loads(done.stdout)
    assert not found["faults"], "\n".join(found["faults"][:40])
    assert sum(found["ended"].values()) == many
    assert found["ended"].get("refused", 0) > 0 or kind == "ttf"
    assert found["slowest_s"] < 10
    assert found["peak_mib"] < 4096
    TALLY.mutations += many


def test_there_are_three_thousand() -> None:
    assert sum(MANY.values()) >= 3000
