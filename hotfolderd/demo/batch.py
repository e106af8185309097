"""Makes batches to drop into an inbox: a good-looking one for the demonstration, and many tiny jobs for tests of scale.

Reads nothing and writes designs, templates, their footage and the CSV into one folder, the CSV last. Never overwrites a
file. The designs of the sample batch are named as designers name things, not as the templates do; what belongs together
all the same says `expected_matches`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from hotfolderd.demo.design import GroupSpec, LayerSpec, PictureSpec, TextSpec, make_design
from hotfolderd.demo.drawing import badge, player, stadium, veil
from hotfolderd.demo.template import (
    CompNested,
    CompNull,
    CompPicture,
    CompSolid,
    CompSpec,
    CompText,
    Motion,
    make_template,
)

POSTER = (1080, 1350)
CARD = (1280, 720)
GOLD = "#ffb71b"
COLUMNS = (
    "job_id",
    "psd_path",
    "aepx_path",
    "output_name",
    "client_name",
    "project_name",
    "priority",
    "notes",
)

_POSTER_MATCHES: dict[str, str | None] = {
    "txt_headline": "Big title",
    "player1fullname": "Line-up/Captain",
    "player2fullname": "Line-up/Striker",
    "player3fullname": "Line-up/Keeper",
    "txt_kickoff": "kickoff time",
    "featured_player": "cutout",
    "night_stadium.png": "floodlights",
}
_CARD_MATCHES: dict[str, str | None] = {
    "txt_score": "Score line",
    "txt_player_of_the_match": "MIRA LINDQVIST",
    "team_photo": "team photo upright",
    "pitch.png": "pitch",
    "sponsor_logo": None,
}
_MATCHES = {"MATCH001": _POSTER_MATCHES, "MATCH002": _POSTER_MATCHES, "MATCH003": _CARD_MATCHES}


def expected_matches(job_id: str) -> dict[str, str | None]:
    """What a person would answer for a job of the sample batch: placeholder name to layer path, None for no layer.

    Raises KeyError for another job.
    """
    return dict(_MATCHES[job_id])


def make_sample_batch(folder: Path) -> list[Path]:
    """Write three match-day jobs of a fictional club into `folder` and return the files, the CSV `matchday.csv` last.

    MATCH001 and MATCH002 share one `.aepx` template and their layers' names; MATCH003 has an `.aep` template and one
    critical fault: a picture in portrait format for a placeholder in landscape format.
    """
    footage = folder / "footage"
    footage.mkdir(parents=True, exist_ok=True)
    pictures = {
        "cutout.png": player(640, 860, shirt="#8a93a6", skin="#9aa1ad", hair="#4d5563", number="0"),
        "night_stadium.png": stadium(*POSTER, sky="#10131c", glow="#4a5468", seed=7),
        "team.png": stadium(800, 450, sky="#1c1f2b", glow="#6b7487", seed=8),
        "pitch.png": stadium(*CARD, sky="#10131c", glow="#4a5468", seed=9),
        "sponsor.png": badge(240, 96, text="SPONSOR", colour="#b8bec9"),
    }
    for name, picture in pictures.items():
        with (footage / name).open("xb") as file:
            picture.save(file, format="PNG")
    files = [footage / name for name in pictures]
    files.append(make_template(folder / "match_poster.aepx", comps=_poster_comps(footage)))
    files.append(make_template(folder / "half_time_card.aep", comps=_card_comps(footage)))
    first = _poster("MATCH DAY", ("Ada Okonkwo", "Mira Lindqvist", "Jo Ferreira"), "Saturday 12 April, 15:00")
    files.append(make_design(folder / "match001.psd", size=POSTER, layers=first))
    second = _poster(
        "DERBY NIGHT",
        ("Tess Moreau", "Noor Haddad", "Lin Castellano"),
        "Friday 25 April, 19:30",
        shirt="#1d5fd1",
        skin="#8d5a3b",
        number="7",
        sky="#1a0b2e",
        glow="#8a3d7e",
    )
    files.append(make_design(folder / "match002.psd", size=POSTER, layers=second))
    files.append(make_design(folder / "match003.psd", size=CARD, layers=_card()))
    files.append(_write_csv(folder / "matchday.csv", _sample_rows()))
    return files


def make_small_batch(
    folder: Path,
    count: int,
    *,
    size: tuple[int, int] = (200, 250),
    template: str = "tiny.aep",
    share_design: bool = False,
) -> list[Path]:
    """Write `count` tiny jobs (TINY0001 on) with one template for all; return the files, the CSV `tiny.csv` last.

    Every job has a design of its own with its number in it, or the one `tiny.psd` with `share_design`. `template` is
    the template's file name and chooses its form.
    """
    width, height = size
    footage = folder / "footage"
    footage.mkdir(parents=True, exist_ok=True)
    picture = footage / "tiny_bg.png"
    with picture.open("xb") as file:
        stadium(width, height).save(file, format="PNG")
    layers = (
        CompPicture(picture),
        CompText("txt_title", "Title", 10, height * 0.1, size_px=24.0),
        CompText("txt_name", "Name", 10, height * 0.5, size_px=16.0),
    )
    files = [picture, make_template(folder / template, comps=[CompSpec("tiny", size, layers, duration_s=1.0)])]
    jobs = [f"TINY{number:04d}" for number in range(1, count + 1)]
    designs = ["tiny"] if share_design else [job.lower() for job in jobs]
    files += [make_design(folder / f"{name}.psd", size=size, layers=_tiny(name, size)) for name in designs]
    rows = [
        (job, f"{'tiny' if share_design else job.lower()}.psd", template, f"{job.lower()}_final.aep", "", "", "low", "")
        for job in jobs
    ]
    files.append(_write_csv(folder / "tiny.csv", rows))
    return files


def _poster(
    title: str,
    names: Sequence[str],
    when: str,
    *,
    shirt: str = "#d7263d",
    skin: str = "#b97a56",
    number: str = "9",
    sky: str = "#0b1030",
    glow: str = "#2f6fb2",
) -> list[LayerSpec]:
    """A match-day poster: a title, three names from the top to the bottom, a player and the stadium behind."""
    line_up = [
        TextSpec(role, name, 72, 440 + 92 * index, size_px=54.0)
        for index, (role, name) in enumerate(zip(("Captain", "Striker", "Keeper"), names, strict=True))
    ]
    return [
        PictureSpec("Background", 0, 0, *POSTER, "#0d1b2a"),
        PictureSpec("floodlights", 0, 0, *POSTER, partial(stadium, sky=sky, glow=glow)),
        PictureSpec("cutout", 410, 490, 640, 860, partial(player, shirt=shirt, skin=skin, number=number)),
        PictureSpec("shade", 0, 0, 720, 1350, veil, opacity=0.8),
        GroupSpec("Line-up", tuple(reversed(line_up))),
        TextSpec("kickoff time", when, 72, 1262, size_px=30.0, colour=GOLD),
        TextSpec("Big title", title, 68, 72, size_px=132.0, colour=GOLD),
        TextSpec("old sponsor line", "presented by nobody yet", 72, 1306, size_px=24.0, hidden=True),
    ]


def _card() -> list[LayerSpec]:
    """A half-time card whose only picture is a portrait."""
    portrait = partial(player, shirt="#0f8b6d", skin="#e0ac84", hair="#6b3e1d", number="4")
    return [
        PictureSpec("Background", 0, 0, *CARD, "#0d1b2a"),
        PictureSpec("pitch", 0, 0, *CARD, partial(stadium, sky="#06231f", glow="#1d8f83", seed=3)),
        PictureSpec("team photo upright", 790, 110, 440, 610, portrait),
        TextSpec("MIRA LINDQVIST", "Mira Lindqvist", 72, 500, size_px=54.0),
        TextSpec("Score line", "2 : 1", 68, 235, size_px=180.0, colour=GOLD),
    ]


def _poster_comps(footage: Path) -> list[CompSpec]:
    strip = CompSpec(
        "when_strip",
        (700, 80),
        (CompSolid("strip", "#0d1b2a"), CompText("txt_kickoff", "Weekday 00 Month, 00:00", 12, 22, 30.0, GOLD)),
    )
    names = [
        CompText(
            f"player{index}fullname",
            f"Player {word} Name",
            72,
            348 + 92 * index,
            54.0,
            motion=Motion(offset=((0.4 + 0.2 * index, -700.0, 0.0), (0.9 + 0.2 * index, 0.0, 0.0))),
        )
        for index, word in enumerate(("One", "Two", "Three"), start=1)
    ]
    poster = CompSpec(
        "render_match_poster",
        POSTER,
        (
            CompSolid("backdrop", "#0d1b2a"),
            CompPicture(footage / "night_stadium.png", motion=Motion(opacity=((0.0, 0.0), (0.5, 100.0)))),
            CompPicture(footage / "cutout.png", "featured_player", 410, 490),
            CompSolid("grade", "#ffffff", adjustment=True),
            *reversed(names),
            CompText("txt_headline", "HEADLINE", 68, 72, 132.0, GOLD, motion=Motion(((0.2, 0.0), (0.7, 100.0)))),
            CompNested("when_strip", left=60, top=1240, motion=Motion(((1.6, 0.0), (2.0, 100.0)))),
            CompNull("camera rig"),
            CompSolid("safe area guide", "#00ff00", guide=True),
        ),
    )
    return [strip, poster]


def _card_comps(footage: Path) -> list[CompSpec]:
    layers = (
        CompSolid("backdrop", "#0d1b2a"),
        CompPicture(footage / "pitch.png", motion=Motion(opacity=((0.0, 0.0), (0.5, 100.0)))),
        CompPicture(footage / "team.png", "team_photo", 440, 200),
        CompPicture(footage / "sponsor.png", "sponsor_logo", 72, 590),
        CompText("txt_player_of_the_match", "Player Fullname", 72, 500, 54.0),
        CompText("txt_score", "0 : 0", 68, 235, 180.0, GOLD, motion=Motion(((0.2, 0.0), (0.7, 100.0)))),
        CompNull("camera rig"),
    )
    return [CompSpec("render_half_time_card", CARD, layers, frame_rate=30.0, duration_s=6.0)]


def _tiny(name: str, size: tuple[int, int]) -> list[LayerSpec]:
    width, height = size
    return [
        PictureSpec("tiny_bg", 0, 0, width, height, "#1d5fd1"),
        PictureSpec("dot", width // 2, height // 2, width // 4, height // 4, GOLD),
        GroupSpec("Words", (TextSpec("name", f"Name {name}", 10, height // 2, size_px=16.0),)),
        TextSpec("title", f"Title {name}", 10, height // 10, size_px=24.0),
    ]


def _sample_rows() -> list[tuple[str, ...]]:
    club, project = "Kestrel Rovers", "Spring fixtures"
    return [
        ("MATCH001", "match001.psd", "match_poster.aepx", "match001_final.aepx", club, project, "high", "opening day"),
        ("MATCH002", "match002.psd", "match_poster.aepx", "match002_final.aep", club, project, "medium", ""),
        ("MATCH003", "match003.psd", "half_time_card.aep", "match003_final.aep", club, project, "low", "one portrait"),
    ]


def _write_csv(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return path
