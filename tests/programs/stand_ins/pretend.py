"""What the stand-ins for aerender and After Effects have in common: they read the real project and make real movies."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from hotfolderd.media.project import Fill, PictureFill, populate, read_template
from hotfolderd.media.video import picture_size
from hotfolderd.model import Comp

VERSION = "25.2x123"


def say(line: str) -> None:
    print(line, flush=True)


# aerender -----------------------------------------------------------------------------------------------------------


def call() -> argparse.Namespace:
    """The command line of aerender, and what it says first."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("project", "comp", "output", "RStemplate", "OMtemplate", "v", "close", "mfr"):
        parser.add_argument(f"-{name}")
    parser.add_argument("-s", type=int, default=0)
    parser.add_argument("-e", type=int)
    say(f"aerender version {VERSION}")
    say("PROGRESS: Launching After Effects...")
    say("PROGRESS: ...After Effects successfully launched")
    return parser.parse_args()


def comp_of(given: argparse.Namespace) -> Comp:
    """The comp as the project has it; its footage must be where the project says, as After Effects wants it."""
    template = read_template(Path(given.project))
    for footage in template.footage:
        if footage.path and footage.users and not Path(footage.path).is_file():
            error = f"Unable to Render: File Not Found {footage.path}"
            say(f"WARNING:After Effects warning: logged one error  error: {error}")
    found = [comp for comp in template.comps if comp.name == given.comp]
    if not found:
        say("aerender ERROR: No comp was found with the given name.")
        sys.exit(1)
    return found[0]


def movie(out: Path, width: int, height: int, rate: float, frames: int) -> None:
    """A real movie with moving pictures, in a codec that takes any size."""
    codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p"] if out.suffix == ".mp4" else ["-c:v", "png"]
    pictures = f"testsrc2=size={width}x{height}:rate={rate}"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", pictures]
    # The table of frames comes first: a movie that breaks off still says how long it should be.
    subprocess.run([*ffmpeg, "-frames:v", str(frames), *codec, "-movflags", "+faststart", str(out)], check=True)
    for frame in range(frames):
        say(f"PROGRESS:  0:00:00:{frame:02} ({frame + 1}): 0 Seconds")


def rendered(given: argparse.Namespace) -> Path:
    """All that is ordered, as it should be."""
    comp, out = comp_of(given), Path(given.output)
    movie(out, comp.width, comp.height, comp.frame_rate, given.e - given.s + 1)
    return out


# After Effects with the script ----------------------------------------------------------------------------------------


def order_in(script: Path) -> dict[str, Any]:
    """What `populate.jsx` orders: the pairs of its literal, `actions` as dictionaries."""
    text = script.read_text("ascii").partition("var ORDER = ")[2]
    pairs, _ = json.JSONDecoder().raw_decode(text)
    order = dict(pairs)
    order["actions"] = [dict(action) for action in order["actions"]]
    return order


def populated(script: Path, *, texts: dict[str, str] | None = None) -> None:
    """Do what the script orders, and save; `texts` replaces what is ordered for a placeholder."""
    here, order = script.parent, order_in(script)
    fills = []
    for action in order["actions"]:
        key = f"{action['comp_id']}:{action['layer_id']}"
        if action["kind"] == "text":
            fills.append(Fill(key, "text", text=(texts or {}).get(action["placeholder"], action["text"])))
        else:
            path = here / action["picture"]
            fills.append(Fill(key, "image", picture=PictureFill(path, str(path), *picture_size(path))))
    template = here / order["template"]
    for footage in read_template(template).footage:
        assert not footage.path or not footage.users or Path(footage.path).is_file(), f"{footage.path} is not there"
    populate(template, fills, here / "saved")
    form = Path(order["output"]).suffix
    (here / f"saved{form}").rename(here / order["output"])


def tell(script: Path, **changes: Any) -> None:
    """Write `populate.result.json` as the script does: beside, then renamed."""
    order = order_in(script)
    actions = [
        {"placeholder": one["placeholder"], "comp": one["comp"], "kind": one["kind"], "ok": True, "reason": ""}
        for one in order["actions"]
    ]
    result = {"job": order["job"], "ok": True, "saved": order["output"], "error": None, "after_effects": VERSION}
    part = script.parent / "populate.result.json.tmp"
    part.write_text(json.dumps({**result, "actions": actions, **changes}))
    part.rename(script.parent / "populate.result.json")


def script_named() -> Path:
    """The script that `-noui -r FILE` leads to: our starter runs `populate.jsx` beside it."""
    assert sys.argv[1:3] == ["-noui", "-r"], sys.argv
    starter = Path(sys.argv[3])
    assert "/populate.jsx" in starter.read_text()
    return starter.with_name("populate.jsx")
