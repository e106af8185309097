"""Names: litter, temporary names, safe names, and the same name written differently."""

from __future__ import annotations

import unicodedata

import pytest

from hotfolderd.errors import RefusedError
from hotfolderd.inbox.names import (
    check_job_id,
    check_output_name,
    final_name,
    is_conflict,
    is_litter,
    is_temporary,
    job_id_from,
    name_fault,
)
from hotfolderd.media.same_names import fold

LITTER = (
    *(".DS_Store", "._design.psd", "Thumbs.db", "THUMBS.DB", "ehthumbs.db", "desktop.ini", "Icon\r", "~$jobs.xlsx"),
    *(
        ".~lock.spring.csv#",
        "spring.csv.lock",
        "~design.psd",
        "design.psd~",
        "#design#",
        ".#design",
        "4913",
        "a.swp",
        "a.swx",
    ),
    *(
        "a.tmp",
        "a.TEMP",
        "a.bak",
        "a.psd.part",
        "a.partial",
        "a.filepart",
        "a.crdownload",
        "a.download",
        "a.opdownload",
    ),
    *("a.!ut", "a.!qB", "a.aria2", "a.dtapart", ".goutputstream-ABC", ".syncthing.a.psd.tmp", "~syncthing~a.psd.tmp"),
    *(
        ".stfolder",
        ".stversions",
        "a.sync-conflict-20260101-1-X.psd",
        ".smbdeleteAAA12",
        ".nfs000000000012",
        ".fuse_hidden01",
    ),
    *(
        ".afpDeleted1",
        ".AppleDouble",
        ".apdisk",
        ".sb-1a2b-x",
        ".TemporaryItems",
        ".Trashes",
        ".Trash-1000",
        ".localized",
    ),
    *(".Spotlight-V100", ".fseventsd", "__MACOSX", "@eaDir", "#recycle", "#snapshot", "$RECYCLE.BIN", ".dropbox.cache"),
    *(
        "System Volume Information",
        "Network Trash Folder",
        "a.gstmp",
        ".in.a.psd.",
        ".pureftpd-upload.51a",
        "sedAb12cD",
    ),
    *(".a.psd.Xy12Zw", "Photoshop Temp12345", "ps12ab.tmp", "line\nbreak.part"),
)
CLEAN = (
    *(
        "design.psd",
        "spring.csv",
        "Icon",
        "sedatives",
        "seduce",
        "4913.psd",
        "party.psd",
        "temp",
        "tmp",
        "lock",
        "swap.swatch",
    ),
    *(
        "a.part.psd",
        "back~up.psd",
        "#1.psd",
        "Photoshop.psd",
        "Photoshop Template.psd",
        "Photoshop templates",
        "intro.swf",
        "downloads",
        "_READY",
        "design.psb",
        "a.bakery",
        "e.swift",
    ),
)


@pytest.mark.parametrize("name", LITTER)
def test_what_systems_and_programs_leave_is_litter_in_any_case(name: str) -> None:
    assert is_litter(name)
    assert is_litter(name.upper()) or name.startswith("sed")


@pytest.mark.parametrize("name", CLEAN)
def test_what_people_name_their_files_is_no_litter(name: str) -> None:
    assert not is_litter(name)
    assert not is_temporary(name)


@pytest.mark.parametrize(
    ("name", "final"),
    [
        ("x.psd.part", "x.psd"),
        ("X.PSD.CRDOWNLOAD", "X.PSD"),
        ("x.psd.tmp", "x.psd"),
        (".syncthing.x.psd.tmp", "x.psd"),
        ("~syncthing~x.psd.tmp", "x.psd"),
        (".x.psd.Ab12Cd", "x.psd"),
        (".in.x.psd.", "x.psd"),
        (".incoming-x.psd", "x.psd"),
        (".goutputstream-AB12", None),
        ("ps12ab.tmp", None),
    ],
)
def test_a_temporary_file_tells_the_name_it_will_bear(name: str, final: str | None) -> None:
    assert is_temporary(name)
    assert final_name(name) == final


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", ".~lock.a.csv#", "a.bak", "design.psd", "~$a.xlsx"])
def test_other_litter_blocks_nothing(name: str) -> None:
    assert not is_temporary(name)
    assert final_name(name) is None


@pytest.mark.parametrize("name", ["a.sync-conflict-20260101-X.csv", "a (Anna's conflicted copy 2026-01-01).psd"])
def test_a_sync_conflict_is_seen(name: str) -> None:
    assert is_conflict(name)
    assert not is_conflict("conflict.psd")


@pytest.mark.parametrize("name", ["TEST001", "a", "A-b_c", "_x", "x" * 100])
def test_a_plain_name_can_be_a_job_id(name: str) -> None:
    check_job_id(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "a\n", "a.b", "ä", "-a", "x" * 101, "nul", "COM1", "LPT9", "4913", "sedAB12cd", "a/b"]
)
def test_a_name_that_some_system_cannot_have_is_no_job_id(name: str) -> None:
    with pytest.raises(RefusedError, match="job_id"):
        check_job_id(name)


@pytest.mark.parametrize(
    "name", ["", "a.aep\n", "a b.aep", "a.b.aep", ".aep", "a.AEP", "-a.aep", "a.aepxx", "con.aep", "ä.aep"]
)
def test_an_output_name_is_a_plain_name_and_a_suffix(name: str) -> None:
    with pytest.raises(RefusedError, match="output_name"):
        check_output_name(name)
    check_output_name("test001_final.aep")
    check_output_name("A-1.aepx")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Été 2026", "Ete_2026"),
        ("a  b", "a_b"),
        ("TEST001", "TEST001"),
        ("日本", ""),
        ("con", "job_con"),
        ("--x--", "x"),
    ],
)
def test_a_job_id_is_made_of_any_name_that_leaves_something(name: str, made: str) -> None:
    assert job_id_from(name) == made
    if made:
        check_job_id(made)


def test_names_are_the_same_whatever_their_case_or_the_form_of_their_accents() -> None:
    composed, apart = unicodedata.normalize("NFC", "Tür.psd"), unicodedata.normalize("NFD", "Tür.psd")
    assert composed != apart
    assert fold(composed) == fold(apart) == fold("TÜR.PSD")
    assert fold("straße") == fold("STRASSE")
    assert fold("a.psd") != fold("b.psd")


@pytest.mark.parametrize(
    "name",
    [
        'a"b',
        "a<b",
        "a|b",
        "a?b",
        "a*b",
        "a:b",
        "a\\b",
        "a\tb",
        "a\u202eb",
        "a\u200bb",
        "a ",
        "a.",
        "..",
        "aux.psd",
        "é" * 101,
    ],
)
def test_a_name_that_not_every_system_can_have_is_told(name: str) -> None:
    assert name_fault(name)
    assert name_fault("50% off – Tür (2).psd") == ""
