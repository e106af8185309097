"""What lies in the inbox: tables, folders, episodes, and what belongs to none."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hotfolderd.inbox.drops import Drop, list_drops

Lay = Callable[..., Path]
HEADER = "job_id,psd_path,aepx_path\n"


def table(path: Path, *rows: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def seen(inbox: Path) -> list[tuple[str, str]]:
    return [(drop.kind, drop.path.relative_to(inbox).as_posix()) for drop in list_drops(inbox)]


def files(drop: Drop) -> list[str]:
    return [path.relative_to(drop.home).as_posix() for path in drop.files]


def test_an_empty_inbox_and_one_that_is_gone_hold_nothing(inbox: Path) -> None:
    (inbox / "empty").mkdir()
    assert list_drops(inbox) == []
    assert list_drops(inbox / "gone") == []


def test_a_table_in_the_inbox_owns_the_files_it_names(inbox: Path, lay: Lay) -> None:
    lay("Design.psd", "spring_files/t.aepx", "spring.batch.yaml", "footage/bg.png", "assets/other.psd", "bg2.png")
    table(inbox / "spring.csv", "T1,design.psd,spring_files/t.aepx", "T2,gone.psd,../x.aep")
    (drop,) = list_drops(inbox)
    assert (drop.kind, drop.name, drop.path, drop.home) == ("csv", "spring", inbox / "spring.csv", inbox)
    assert drop.shared
    assert files(drop) == [
        *("Design.psd", "assets/other.psd", "bg2.png", "footage/bg.png", "spring.batch.yaml", "spring.csv"),
        "spring_files/t.aepx",
    ]


def test_a_table_in_a_folder_owns_the_folder(inbox: Path, lay: Lay) -> None:
    lay("spring/design.psd", "spring/deep/er/t.aepx", "spring/.DS_Store", "spring/__MACOSX/x.psd")
    table(inbox / "spring/jobs.csv", "T1,design.psd,deep/er/t.aepx")
    (drop,) = list_drops(inbox)
    assert (drop.kind, drop.name, drop.home, drop.shared) == ("csv", "jobs", inbox / "spring", False)
    assert files(drop) == ["design.psd", "jobs.csv", "deep/er/t.aepx"]


def test_a_folder_without_a_table_is_a_drop_and_a_store_is_none(inbox: Path, lay: Lay) -> None:
    lay("job/design.psd", "job/t.aepx", "job/footage/a.png")
    stores = ("assets", "Footage", "fonts", "designs", "Templates", "files", "PSD", "media")
    lay(*(f"{name}/design.psd" for name in stores), *(f"{name}/t.aepx" for name in stores))
    assert seen(inbox) == [("folder", "job")]
    assert files(list_drops(inbox)[0]) == ["design.psd", "t.aepx", "footage/a.png"]


def test_a_folder_that_a_table_beside_it_names_is_not_a_job_of_its_own(inbox: Path, lay: Lay) -> None:
    lay("Art/design.psd", "Art/t.aepx", "job/design.psd", "job/t.aepx")
    table(inbox / "spring.csv", "T1,art/design.psd,art/t.aepx")
    assert seen(inbox) == [("csv", "spring.csv"), ("folder", "job")]
    table(inbox / "Art/own.csv", "T2,design.psd,t.aepx")
    assert ("csv", "Art/own.csv") in seen(inbox)


@pytest.mark.parametrize("name", ["4913", "sedan2027", "Photoshop Templates"])
def test_a_folder_may_be_called_what_programs_call_a_file(name: str, inbox: Path, lay: Lay) -> None:
    """An order's number, a car: it was passed over without a word, or waited for as a copy that is not finished."""
    lay(f"{name}/design.psd", f"{name}/template.aepx", f"b/{name}/footage.png", "b/design.psd", "b/template.aepx")
    whole, deep = sorted(list_drops(inbox), key=lambda drop: drop.path.name == "b")
    assert (files(whole), whole.unfinished) == (["design.psd", "template.aepx"], ())
    assert (files(deep), deep.unfinished) == (["design.psd", "template.aepx", f"{name}/footage.png"], ())


def test_litter_held_back_and_our_own_files_are_no_drops(inbox: Path, lay: Lay) -> None:
    lay(
        ".DS_Store",
        "~$spring.csv",
        "._spring.csv",
        ".hidden/a.psd",
        "__MACOSX/a.psd",
        "_later/a.psd",
        "_later.csv",
        "x.csv.part",
    )
    lay("spring.report.txt", "control.yaml", "README.txt", "rejected/a.csv", "batches/a.csv", "@eaDir/a.psd")
    assert seen(inbox) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("design.psd", "No CSV names this file"),
        ("t.aep", "No CSV names this file"),
        ("jobs.xlsx", "Save it as “CSV UTF-8”"),
        ("jobs.zip", "Unpack it"),
        ("lost.batch.yaml", "no CSV of this name"),
        ("lost.ready", "no CSV of this name"),
        ("bg.png", "belongs to no job"),
        ("a.sync-conflict-20260101-120000-ABC.csv", "kept two versions"),
    ],
)
def test_what_belongs_to_nothing_is_told_what_to_do_with(name: str, why: str, inbox: Path, lay: Lay) -> None:
    lay(name)
    (drop,) = list_drops(inbox)
    assert (drop.kind, drop.name) == ("stray", name)
    assert why in drop.why


def test_links_and_pipes_are_never_followed(inbox: Path, lay: Lay, job_files: Path) -> None:
    (inbox / "job").symlink_to(job_files)
    (inbox / "spring.csv").symlink_to(job_files / "design.psd")
    os.mkfifo(inbox / "pipe.csv")
    assert {drop.kind for drop in list_drops(inbox)} == {"stray"}
    lay("real/design.psd")
    (inbox / "real/inner").symlink_to(job_files)
    (inbox / "real/file.psd").symlink_to(job_files / "design.psd")
    real = next(drop for drop in list_drops(inbox) if drop.kind == "folder")
    assert files(real) == ["design.psd"]


def test_half_written_files_are_told_where_they_matter(inbox: Path, lay: Lay) -> None:
    """For a table only those of the files it names; in a folder all of them, because nobody says which it needs."""
    lay(
        "design.psd.part",
        "else.psd.part",
        ".t.aepx.Ab12Cd",
        "job/design.psd",
        "job/sub/x.aep.crdownload",
        "job/.DS_Store",
    )
    table(inbox / "spring.csv", "T1,design.psd,t.aepx")
    first, second = list_drops(inbox)
    assert [path.name for path in first.unfinished] == [".t.aepx.Ab12Cd", "design.psd.part"]
    assert [path.name for path in second.unfinished] == ["x.aep.crdownload"]
    lay("only/x.psd.part")
    assert [(drop.files, len(drop.unfinished)) for drop in list_drops(inbox) if drop.name == "only"] == [((), 1)]


def test_a_mark_says_that_a_drop_is_complete(inbox: Path, lay: Lay) -> None:
    lay("job/design.psd", "late/design.psd")
    table(inbox / "spring.csv", "T1,a.psd,b.aep")
    assert not any(drop.marks for drop in list_drops(inbox))
    lay("job/_READY", "spring.ready")
    marks = [(drop.name, [mark.name for mark in drop.marks]) for drop in list_drops(inbox)]
    assert marks == [("spring", ["spring.ready"]), ("job", ["_READY"]), ("late", [])]


def test_the_mark_of_a_table_lies_beside_it_in_a_folder_too(inbox: Path, lay: Lay) -> None:
    lay("own/design.psd", "own/Autumn.csv.READY")
    table(inbox / "own" / "autumn.csv", "T1,design.psd,b.aep")
    table(inbox / "own" / "winter.csv", "T2,design.psd,b.aep")
    marks = [(drop.name, [mark.name for mark in drop.marks]) for drop in list_drops(inbox)]
    assert marks == [("autumn", ["Autumn.csv.READY"]), ("winter", [])]


def test_a_manifest_is_a_mark_where_it_is_one_of_ours(inbox: Path, lay: Lay) -> None:
    """Other programs write a manifest.json too, which says nothing about a copy."""
    lay("job/design.psd", "web/design.psd")
    (inbox / "job" / "manifest.json").write_text('[{"path": "design.psd"}]')
    (inbox / "web" / "manifest.json").write_text('{"name": "web"}')
    assert [(drop.name, len(drop.marks)) for drop in list_drops(inbox)] == [("job", 1), ("web", 0)]


def test_a_template_in_a_folder_beside_a_table_waits_with_its_footage(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "art/t.aepx", "art/(Footage)/bg.png", "art/deep/er/b.png", "other/bg.png", "other/x.psd")
    table(inbox / "spring.csv", "T1,design.psd,art/t.aepx")
    found = next(drop for drop in list_drops(inbox) if drop.kind == "csv")
    assert files(found) == ["art/(Footage)/bg.png", "art/deep/er/b.png", "art/t.aepx", "design.psd", "spring.csv"]


def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path) -> None:
    """Seen by a process without the rights of root; the folder beside it is found all the same."""
    inbox = tmp_path / "0-inbox"
    for name in ("closed", "open"):
        (inbox / name).mkdir(parents=True)
        (inbox / name / "design.psd").touch()
    (inbox / "closed").chmod(0)

    def look(answer: Connection) -> None:
        os.chdir(inbox)
        if os.geteuid() == 0:
            os.setuid(65534)
        answer.send([(drop.kind, drop.name, drop.why[:28]) for drop in list_drops(Path())])

    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=look, args=(there,))
    child.start()
    assert here.poll(30)
    assert here.recv() == [("stray", "closed", "The daemon may not look into"), ("folder", "open", "")]
    child.join()
    (inbox / "closed").chmod(0o755)


def test_an_episode_is_no_folder_of_a_design(inbox: Path, lay: Lay) -> None:
    lay(
        "lighthouse/episode.yaml",
        "lighthouse/scene1.png",
        "storm.episode.yaml",
        "tale/story.txt",
        "job/a.psd",
        "job/script.txt",
    )
    assert seen(inbox) == [
        ("folder", "job"),
        ("episode", "lighthouse"),
        ("episode", "tale"),
        ("episode", "storm.episode.yaml"),
    ]


def test_a_list_of_refused_rows_is_a_table_once_it_is_corrected(inbox: Path) -> None:
    path = inbox / "spring.rejected.csv"
    path.write_text("job_id,psd_path,aepx_path,error\nT 1,a.psd,b.aep,row 2: wrong\n")
    (drop,) = list_drops(inbox)
    assert drop.kind == "stray"
    assert "delete the column “error”" in drop.why
    path.write_text("job_id,psd_path,aepx_path\nT1,a.psd,b.aep\n")
    assert seen(inbox) == [("csv", "spring.rejected.csv")]


def test_a_table_is_read_again_when_it_has_changed(inbox: Path, lay: Lay) -> None:
    lay("a.psd", "c.psd")
    table(inbox / "spring.csv", "T1,a.psd,t.aep")
    assert "a.psd" in files(list_drops(inbox)[0])
    table(inbox / "spring.csv", "T1,c.psd,t.aep")
    assert "c.psd" in files(list_drops(inbox)[0])


def test_a_large_inbox_is_listed_quickly(inbox: Path) -> None:
    """The daemon itself lists it, again and again: four times the folders take about four times as long."""
    table(inbox / "spring.csv", *(f"T{number},d{number}.psd,t.aepx" for number in range(1000)))
    spent = []
    for least, most in ((0, 2500), (2500, 10_000)):
        for number in range(least, most):
            (inbox / f"job{number}").mkdir()
            (inbox / f"job{number}" / "design.psd").touch()
        list_drops(inbox)
        begun = time.process_time()
        assert len(list_drops(inbox)) == most + 1
        spent.append(time.process_time() - begun)
    assert spent[1] < 8 * spent[0]
    assert spent[1] < 6
