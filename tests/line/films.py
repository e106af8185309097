"""Episodes in a house: dropped, reviewed by segment, and their films looked at."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from house import House
from PIL import Image, ImageDraw

from hotfolderd.media.video import frame_at

QUICK: dict[str, Any] = {"width": 160, "height": 90, "fps": 10}
COLOURS = {
    1: (220, 40, 40),
    2: (40, 200, 60),
    3: (50, 70, 230),
    4: (220, 210, 40),
    5: (200, 60, 200),
    6: (60, 210, 210),
}


def drop(
    house: House, name: str, scenes: int = 3, *, plain: bool = False, beside: Iterable[Path] = (), **keys: Any
) -> Path:
    """An episode of quick scenes, with copies of the files `beside` it.

    `plain`: each shows its own colour, so that one sees in a film where it stands.
    """
    building = house.root.parent / f"building-{name}"
    building.mkdir()
    for path in beside:
        shutil.copy(path, building)
    rows = []
    for number in range(1, scenes + 1):
        row: dict[str, Any] = {"number": number, "location": f"Place {number}", "description": f"It is {number}"}
        row["duration"] = 1
        if plain:
            picture = Image.new("RGB", (320, 180), COLOURS[number])
            ImageDraw.Draw(picture).line([(0, 0), (320, 180)], (20, 20, 20), 6)  # so that one sees the camera move
            picture.save(building / f"s{number}.png")
            row["image"] = f"s{number}.png"
        rows.append(row | keys.pop(f"scene_{number}", {}))
    content = {"episode": name, "client": "ACME", "video": QUICK, "scenes": rows, **keys}
    (building / "episode.yaml").write_text(yaml.safe_dump(content))
    return building.rename(house.inbox / name)


def review(house: House, job: str, *segments: dict[str, Any], **keys: Any) -> None:
    """Answer the review that waits: some lines for segments, some keys for the whole; what is not said stays."""
    path = house.root / "2-review" / job / "review.yaml"
    answer = yaml.safe_load(path.read_text())
    for said in segments:
        line = next(one for one in answer["segments"] if one["segment"] == said["segment"])
        line.update(said)
    compile_ = {**answer["compile"], **keys.pop("compile", {})}
    path.write_text(yaml.safe_dump({**answer, "by": "anna", "compile": compile_, **keys, "end": True}, sort_keys=False))


def round_of(house: House, job: str) -> int:
    """The round of the review that waits; 0 where none does."""
    path = house.root / "2-review" / job / "review.yaml"
    try:
        return int(yaml.safe_load(path.read_text())["for"]["revision"])
    except (FileNotFoundError, TypeError, KeyError):
        return 0


def wait_for_round(house: House, job: str, number: int) -> Path:
    """Wait until the review is asked in this round, and its answer is waited for."""

    def asked() -> bool:
        return round_of(house, job) >= number and house.status(job)["status"] == "awaiting_review"

    house.wait_until(asked, f"round {number} of {job}")
    return house.root / "2-review" / job


def clip(folder: Path, segment: int, version: int) -> Path:
    return folder / "segments" / f"{segment:03d}" / f"v{version}" / "segment.mp4"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digests(folder: Path, *but: int) -> dict[str, str]:
    """The sha256 of every file of all versions of all segments but these."""
    left_out = tuple(f"segments/{number:03d}/" for number in but)
    files = [path for path in sorted(folder.glob("segments/*/v*/*")) if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: digest(path) for name, path in names.items() if not name.startswith(left_out)}


def history(folder: Path, segment: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((folder / "segments" / f"{segment:03d}" / "reviews.yaml").read_text())
    return found


def colour_at(film: Path, at_s: float) -> int:
    """The number of the scene whose colour fills most of the frame; see `COLOURS`."""
    frame = frame_at(film, at_s).resize((16, 9)).convert("RGB")
    pixels = [frame.getpixel((x, y)) for x in range(4, 12) for y in range(2, 5)]
    mean = [sum(pixel[channel] for pixel in pixels) / len(pixels) for channel in range(3)]  # type: ignore[index]
    return min(COLOURS, key=lambda number: sum((mean[c] - COLOURS[number][c]) ** 2 for c in range(3)))
