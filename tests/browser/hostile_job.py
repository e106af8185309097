"""A job whose every name and text is hostile: to HTML, to scripts, to YAML, to the eye."""

from __future__ import annotations

import re
from pathlib import Path

from house import write_csv

from hotfolderd.demo.design import GroupSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import player, stadium
from hotfolderd.demo.template import CompPicture, CompSpec, CompText, make_template

JOB = "HOSTILE"
SCRIPT = "<script>window.pwned=1</script>"
LONG = ("g" * 250, "long " + "x" * 245)  # a name has at most 255 characters, a path all of its groups
TURNED = "turned\u202egnp.exe\u2066x"
LAYERS = (
    SCRIPT,
    '"><img src=x onerror="window.pwned=1">',
    "it's \"quoted\" \\ & 'so'",
    TURNED,
    "# yaml: [x] {y} - *a &b !c %d @e `f`",
    "Ж 日本 🎬 é",
)
TEXTS = (
    "</script><script>window.pwned=1</script>",
    '"; window.pwned=1; //',
    "two\nlines\t\\u0022 \\",
    "\u202etxet denrut",
    "end: true",
    "Ж 日本 🎬 é",
)
FRAME = (200, 112)


def drop_hostile(inbox: Path) -> None:
    """A design with these layers as texts and as pictures, and a template with such names; one picture does not fit."""
    stadium(*FRAME).save(inbox / "photo.png")
    texts = [
        CompText(f"{name[:80]} {number}", f"sample {name}"[:60], 10, 10 + 20 * number, size_px=12.0)
        for number, name in enumerate(LAYERS)
    ]
    layers = (CompPicture(inbox / "photo.png", f"photo {SCRIPT}", 100, 60), *texts)
    make_template(inbox / "poster.aep", comps=[CompSpec(f"comp {SCRIPT}", (400, 225), layers, duration_s=1.0)])
    design = [
        PictureSpec(f"photo {SCRIPT}", 10, 10, 100, 200, player),
        GroupSpec(LONG[0], (PictureSpec(LONG[1], 300, 20, 40, 30, "#aa6633"),)),
        *(PictureSpec(f"pic {name}", 20 * at, 60, 40, 30, "#3366aa") for at, name in enumerate(LAYERS)),
        *(
            TextSpec(f"{name} {at}", text, 10, 10 + 20 * at, size_px=12.0)
            for at, (name, text) in enumerate(zip(LAYERS, TEXTS, strict=True))
        ),
    ]
    make_design(inbox / "poster.psd", size=(400, 225), layers=design)
    header = "job_id,psd_path,aepx_path,output_name,client_name,project_name,notes"
    row = (JOB, "poster.psd", "poster.aep", "poster.aep", "Tom & Co", "Spring", '"<b>bold</b> & ""so"""')
    write_csv(inbox / "hostile.csv", [row], header)


def put(sidecar: Path, **keys: str) -> None:
    """Change top-level keys as an editor would."""
    text = sidecar.read_text()
    for key, value in keys.items():
        text, count = re.subn(rf"(?m)^{key}:.*$", lambda _, line=f"{key}: {value}": line, text)  # type: ignore[misc]
        assert count == 1
    sidecar.write_text(text)
