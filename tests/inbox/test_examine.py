"""A drop examined with the files it names: what is found, what is waited for, what is wrong."""

from __future__ import annotations

import os
import pickle
import socket
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from hotfolderd.inbox import footage
from hotfolderd.inbox.batch import BatchReport, Limits, stop_waiting
from hotfolderd.inbox.examine import examine, examine_folder
from hotfolderd.inbox.paths import Shelf

LIMITS = Limits(warn_below_rows=0)
SAMPLES = Path(__file__).parents[2] / "../shared/samples"
Lay = Callable[..., Path]


def order(
    inbox: Path, *rows: str, header: str = "job_id,psd_path,aepx_path,priority", name: str = "spring.csv"
) -> Path:
    path = inbox / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in (header, *rows)), "utf-8")
    return path


def look(csv_path: Path, *existing: str, limits: Limits = LIMITS) -> BatchReport:
    return examine(csv_path, frozenset(existing), limits, batch="BATCH_1")


def told(report: BatchReport) -> list[str]:
    rows = [problem for row in report.rows for problem in (*row.errors, *row.missing, *row.warnings)]
    return [str(problem) for problem in (*report.errors, *report.warnings, *rows)]


def test_a_good_table_is_valid_and_says_which_files_it_uses(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx", "footage/tiny_bg.png", "fonts/Lato.ttf", "fonts/OFL.txt", "else/other.png")
    report = look(order(inbox, "T1,design.psd,template.aepx,high"))
    (row,) = report.rows
    assert told(report) == []
    assert report.valid
    assert report.verdict == "valid"
    assert (report.name, report.home, report.source) == ("spring", inbox, inbox / "spring.csv")
    assert (row.psd, row.project, row.output_name) == ("design.psd", "template.aepx", "BATCH_1_T1.aepx")
    assert row.footage == ("footage/tiny_bg.png",)
    assert row.footage_missing == ()
    assert row.fonts == ("fonts/Lato.ttf",)
    assert report.files == ("design.psd", "fonts/Lato.ttf", "footage/tiny_bg.png", "template.aepx")
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 - our own


def test_both_forms_of_a_project_and_files_in_folders_are_taken(inbox: Path, lay: Lay) -> None:
    lay("a/b/design.psd", "a/template.aep", "template.aepx")
    report = look(order(inbox, r"T1,a\b\design.psd,./a//template.aep,low", "T2,a/b/design.psd,template.aepx,low"))
    assert report.valid, told(report)
    assert [(row.psd, row.project) for row in report.rows] == [
        ("a/b/design.psd", "a/template.aep"),
        ("a/b/design.psd", "template.aepx"),
    ]


def test_a_missing_file_is_waited_for_and_later_an_error(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx")
    report = look(order(inbox, "T1,desing.psd,template.aepx,low", "T2,design.psd,other/tmplate.aep,low"))
    assert report.verdict == "waiting"
    assert not report.valid
    assert [str(problem) for problem in report.missing] == [
        (
            "row 2, column psd_path: PSD file not found: desing.psd. Did you mean design.psd? "
            "Copy the file into the inbox, or correct the name."
        ),
        (
            "row 3, column aepx_path: AEPX/AEP file not found: other/tmplate.aep. Did you mean template.aepx? "
            "Copy the file into the inbox, or correct the name."
        ),
    ]
    given_up = stop_waiting(report)
    assert given_up.verdict == "invalid"
    assert [row.errors for row in given_up.rows] == [row.missing for row in report.rows]


def test_a_file_whose_copy_runs_is_waited_for(inbox: Path, lay: Lay, job_files: Path) -> None:
    """Half-written under another name, empty, or shorter than its own header promises: no error before time."""
    lay("design.psd.part", "template.aepx")
    csv_path = order(inbox, "T1,design.psd,template.aepx,low")
    assert "design.psd.part lies there: its copy is not finished" in told(look(csv_path))[0]
    whole = (job_files / "design.psd").read_bytes()
    for length, found in (
        (0, "PSD file is empty (0 bytes)"),
        (len(whole) // 2, "it ends at byte"),
        (len(whole) - 1, "ends at"),
    ):
        (inbox / "design.psd").write_bytes(whole[:length])
        report = look(csv_path)
        assert report.verdict == "waiting"
        assert found in told(report)[0]
    (inbox / "design.psd").write_bytes(whole)
    assert look(csv_path).valid
    for name in ("template.aepx", "template.aep"):
        whole = (job_files / name).read_bytes()
        order(inbox, f"T1,design.psd,{name},low")
        for length in (len(whole) - 30, len(whole) // 2, 100):
            (inbox / name).write_bytes(whole[:length])
            report = look(csv_path)
            assert report.verdict == "waiting", told(report)
            assert "file ends in the middle" in told(report)[0]
        (inbox / name).write_bytes(whole)
        assert look(csv_path).valid


def test_broken_files_are_errors_of_every_row_that_names_them(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx")
    (inbox / "bad.psd").write_bytes(b"GIF89a" + b"x" * 2000)
    (inbox / "bad.aepx").write_text("<?xml version='1.0'?><Other></Other><!-- </AfterEffectsProject> -->" + " " * 100)
    (inbox / "bad.aep").write_bytes(b"PK\x03\x04" + b"x" * 2000)
    report = look(
        order(
            inbox,
            "T1,bad.psd,template.aepx,low",
            "T2,design.psd,bad.aepx,low",
            "T3,bad.psd,bad.aep,low",
            "T4,design.psd,template.aepx,low",
        )
    )
    assert [row.verdict for row in report.rows] == ["invalid", "invalid", "invalid", "valid"]
    assert [[problem.column for problem in row.errors] for row in report.rows] == [
        ["psd_path"],
        ["aepx_path"],
        ["psd_path", "aepx_path"],
        [],
    ]
    assert str(report.rows[0].errors[0]).startswith("row 2, column psd_path: ")
    assert "Invalid or corrupted PSD file" in told(report)[0]
    assert str(report.rows[0].errors[0]).count("Invalid or corrupted PSD file") == 1
    assert "Invalid AEPX file structure" in str(report.rows[1].errors[0])
    assert "Invalid AEP file structure" in str(report.rows[2].errors[1])


def test_a_name_in_other_case_or_form_is_found_with_a_warning(inbox: Path, lay: Lay) -> None:
    apart, composed = unicodedata.normalize("NFD", "Tür.psd"), unicodedata.normalize("NFC", "Tür.psd")
    lay(f"Art/{apart}", "Template.AEPX")
    report = look(order(inbox, f"T1,art/{composed},template.aepx,low"))
    assert report.valid, told(report)
    assert (report.rows[0].psd, report.rows[0].project) == (f"Art/{apart}", "Template.AEPX")
    assert [problem.column for problem in report.rows[0].warnings] == ["psd_path", "aepx_path", "aepx_path"]
    assert "template.aepx is called Template.AEPX in the drop" in told(report)[1]


def test_a_name_that_two_files_could_mean_is_an_error_unless_one_is_exact(inbox: Path, lay: Lay) -> None:
    lay("Design.psd", "DESIGN.PSD", "template.aepx")
    report = look(order(inbox, "T1,design.psd,template.aepx,low", "T2,Design.psd,template.aepx,low"))
    assert "PSD file is there more than once: design.psd could be DESIGN.PSD, Design.psd" in str(
        report.rows[0].errors[0]
    )
    assert report.rows[1].verdict == "valid"


def test_links_pipes_folders_and_sockets_are_no_files(inbox: Path, lay: Lay, tmp_path: Path, job_files: Path) -> None:
    lay("template.aepx", "real/design.psd")
    (inbox / "out.psd").symlink_to(job_files / "design.psd")
    (inbox / "in.psd").symlink_to("real/design.psd")
    (inbox / "linked").symlink_to(job_files)
    (inbox / "folder.psd").mkdir()
    os.mkfifo(inbox / "pipe.psd")
    os.link(inbox / "real/design.psd", inbox / "hard.psd")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(inbox / "socket.psd"))
        names = ("out.psd", "in.psd", "linked/design.psd", "folder.psd", "pipe.psd", "socket.psd", "hard.psd")
        report = look(order(inbox, *(f"T{number},{name},template.aepx,low" for number, name in enumerate(names))))
    found = [row.errors[0].what for row in report.rows]
    assert found == [
        "PSD path is not a file: out.psd (out.psd is a symbolic link)",
        "PSD path is not a file: in.psd (in.psd is a symbolic link)",
        "PSD path is not a file: linked/design.psd (linked is a symbolic link)",
        "PSD path is not a file: folder.psd (folder.psd is a folder)",
        "PSD path is not a file: pipe.psd (pipe.psd is a pipe, socket or device)",
        "PSD path is not a file: socket.psd (socket.psd is a pipe, socket or device)",
        "PSD file has 2 names (hard links): hard.psd",
    ]
    assert {row.psd for row in report.rows[:-1]} == {""}


def test_each_distinct_file_is_read_once_however_many_rows_name_it(inbox: Path, lay: Lay) -> None:
    """A thousand rows of one design and one template cost one reading of each."""
    lay("design.psd", "template.aepx")
    before = os.times().user
    look(order(inbox, "T1,design.psd,template.aepx,low"))
    once = os.times().user - before
    before = os.times().user
    report = look(order(inbox, *(f"T{number},design.psd,template.aepx,low" for number in range(1000))))
    assert report.valid
    assert os.times().user - before < once + 3


def test_sizes_beyond_the_limits_are_told(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx")
    csv_path = order(inbox, "T1,design.psd,template.aepx,low")
    small = Limits(warn_below_rows=0, psd_mib=0, project_mib=0)
    assert [problem.column for problem in look(csv_path, limits=small).rows[0].errors] == ["psd_path", "aepx_path"]
    assert "at most 0 MiB are allowed: design.psd" in told(look(csv_path, limits=small))[0]
    narrow = Limits(warn_below_rows=0, most_px=100)
    assert "is 200×250 px, at most 100 px are allowed" in str(look(csv_path, limits=narrow).rows[0].errors[0])
    wide = Limits(
        warn_below_rows=0, least_px=1000, least_ratio=2, comps=0, psd_warn_bytes=10**9, project_warn_bytes=10**9
    )
    report = look(csv_path, limits=wide)
    assert report.valid
    assert len(report.rows[0].warnings) == 6
    tiny = Limits(warn_below_rows=0, csv_mib=0)
    assert "at most 0 MiB are allowed" in str(look(csv_path, limits=tiny).errors[0])


def test_a_text_for_a_placeholder_that_is_not_there_is_an_error(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx")
    header = "job_id,psd_path,aepx_path,text:TXT_title,text:txt_tittle,text:tiny_bg.png"
    csv_path = order(inbox, "T1,design.psd,template.aepx,Hello,,", "T2,design.psd,template.aepx,a,b,c", header=header)
    report = look(csv_path)
    assert report.rows[0].texts == {"TXT_title": "Hello"}
    assert report.rows[0].verdict == "valid"
    assert [str(problem) for problem in report.rows[1].errors] == [
        (
            "row 3, column text:txt_tittle: The template template.aepx has no text placeholder txt_tittle. "
            "Did you mean txt_title?"
        ),
        (
            "row 3, column text:tiny_bg.png: The template template.aepx has no text placeholder tiny_bg.png. "
            "It is a picture's placeholder: leave the cell empty."
        ),
    ]


def test_a_blank_behind_a_placeholders_name_does_not_keep_its_text_from_it(inbox: Path, lay: Lay) -> None:
    """Nobody sees it in After Effects, and what stands in a header is trimmed."""
    template = lay("design.psd", "template.aepx") / "template.aepx"
    template.write_bytes(template.read_bytes().replace(b"<string>txt_title</string>", b"<string>txt_title </string>"))
    header = "job_id,psd_path,aepx_path,text:txt_title"
    report = look(order(inbox, "T1,design.psd,template.aepx,Hello", header=header))
    assert report.valid, told(report)


def test_a_path_that_no_cell_holds_is_missing_and_not_the_name_of_a_file_to_rename(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx")
    cut = look(order(inbox, "T1,design.psd", header="job_id,psd_path,aepx_path"))
    assert [problem.column for problem in cut.rows[0].errors] == ["aepx_path"]
    assert "The row has 2 cell(s), the header has 3" in str(cut.rows[0].errors[0])
    renamed = look(order(inbox, "T1,design.psd,template.aepx", header="job_id,design,template"))
    assert "Missing required columns: psd_path, aepx_path" in str(renamed.errors[0])
    assert [str(problem) for problem in renamed.rows[0].errors] == [
        f"row 2, column {column}: Missing {column}. There is no such column. Add it."
        for column in ("psd_path", "aepx_path")
    ]


def test_footage_is_taken_from_nearest_and_never_from_other_peoples_folders(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "a/template.aepx", "template.aep", "other/tiny_bg.png")
    csv_path = order(inbox, "T1,design.psd,a/template.aepx,low", "T2,design.psd,template.aep,low")
    assert [row.footage_missing for row in look(csv_path).rows] == [("tiny_bg.png",), ("tiny_bg.png",)]
    lay("assets/TINY_BG.png")
    assert [row.footage for row in look(csv_path).rows] == [("assets/TINY_BG.png",), ("assets/TINY_BG.png",)]
    lay("a/(Footage)/tiny_bg.png", "footage/x/tiny_bg.png")
    report = look(csv_path)
    assert [row.footage for row in report.rows] == [("a/(Footage)/tiny_bg.png",), ("footage/x/tiny_bg.png",)]
    assert report.valid
    lay("a/tiny_bg.png")
    assert "the drop holds it more than once" in told(look(csv_path))[0]


def test_a_table_in_its_own_folder_owns_all_that_lies_in_it(inbox: Path, lay: Lay) -> None:
    lay(
        "spring/design.psd",
        "spring/template.aepx",
        "spring/pictures/tiny_bg.png",
        "spring/type/fonts/A.otf",
        "tiny_bg.png",
    )
    report = look(order(inbox / "spring", "T1,design.psd,template.aepx,low"))
    assert report.home == inbox / "spring"
    assert report.rows[0].footage == ("pictures/tiny_bg.png",)
    assert report.rows[0].fonts == ("type/fonts/A.otf",)


def test_the_settings_beside_a_table_are_read_and_their_faults_told(inbox: Path, lay: Lay) -> None:
    lay("design.psd", "template.aepx")
    csv_path = order(inbox, "T1,design.psd,template.aepx,low")
    (inbox / "Spring.batch.yaml").write_text(
        "submitted_by: anna\nstart: manual\nmax_jobs: 5\non_invalid_rows: accept_valid\n"
    )
    settings = look(csv_path).settings
    assert (settings.submitted_by, settings.start, settings.max_jobs) == ("anna", "manual", 5)
    assert settings.on_invalid_rows == "accept_valid"
    (inbox / "Spring.batch.yaml").write_text("start: sometimes\nmax_job: 5\n")
    report = look(csv_path)
    assert not report.valid
    assert report.valid_rows == ()
    assert len(report.errors) == 2
    assert "Spring.batch.yaml, line 1" in told(report)[0]
    assert "Did you mean `max_jobs`?" in told(report)[1]
    (inbox / "Spring.batch.yaml").write_text("start: auto\nstart: manual\n")
    assert "line 2, column 1: the key “start” is written twice" in told(look(csv_path))[0]


def test_what_is_no_table_is_reported_and_never_raised(inbox: Path, tmp_path: Path) -> None:
    (inbox / "folder.csv").mkdir()
    (inbox / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe.csv")
    (inbox / "noise.csv").write_bytes(bytes(range(256)) * 10)
    for name in ("folder.csv", "link.csv", "pipe.csv", "noise.csv", "gone.csv"):
        report = look(inbox / name)
        assert report.verdict == "invalid"
        assert report.errors
        assert "root:" not in str(told(report))


def test_a_folder_with_one_design_and_one_project_is_one_job(inbox: Path, lay: Lay) -> None:
    lay(
        "Spring 2026/design.psd",
        "Spring 2026/x.aepx",
        "Spring 2026/footage/tiny_bg.png",
        "Spring 2026/footage/part.psd",
    )
    report = examine_folder(inbox / "Spring 2026", frozenset(), batch="BATCH_1")
    assert report.valid, told(report)
    (row,) = report.rows
    assert (row.job_id, row.psd, row.project, row.output_name) == (
        "Spring_2026",
        "design.psd",
        "x.aepx",
        "BATCH_1_Spring_2026.aepx",
    )
    assert row.footage == ("footage/tiny_bg.png",)
    assert "The job made of Spring 2026 is called Spring_2026" in told(report)[0]
    again = examine_folder(inbox / "Spring 2026", frozenset({"SPRING_2026"}))
    assert "Duplicate job_id: Spring_2026 (the job SPRING_2026 exists already)" in told(again)[0]


def test_a_twin_and_auto_saves_are_left_out_and_said_so(inbox: Path, lay: Lay) -> None:
    lay("j/design.psd", "j/x.aepx", "j/x.aep", "j/x auto-save 1.aep")
    report = examine_folder(inbox / "j")
    assert report.valid, told(report)
    assert report.rows[0].project == "x.aepx"
    assert "x auto-save 1.aep: a copy that After Effects saved by itself, left out" in told(report)[0]
    assert "x.aep and x.aepx are the same project in two forms" in told(report)[1]
    lay("k/design.psd", "k/sub/x.aep", "k/Adobe After Effects Auto-Save/x auto-save 2.aep")
    assert examine_folder(inbox / "k").rows[0].project == "sub/x.aep"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("x.aep",), "The folder has no design (.psd or .psb). Put a design (.psd or .psb) into it; found: x.aep."),
        (("a.psd",), "The folder has no After Effects project (.aepx or .aep)"),
        (("notes.txt",), "found: notes.txt"),
        (("a.psd", "b.psd", "x.aep"), "The folder has 2 designs, a job has one: a.psd, b.psd. Keep one, or drop a CSV"),
        (("a.psd", "x.aep", "y.aep"), "The folder has 2 projects, a job has one: x.aep, y.aep"),
        (("footage/a.psd", "x.aep"), "The folder has no design"),
    ],
)
def test_a_folder_with_too_little_or_too_much_is_told_what(
    names: tuple[str, ...], found: str, inbox: Path, lay: Lay
) -> None:
    lay(*(f"j/{name}" for name in names))
    report = examine_folder(inbox / "j")
    assert report.verdict == "invalid"
    assert found in " ".join(told(report))


def test_a_folder_of_designs_becomes_a_batch_where_that_is_wanted(inbox: Path, lay: Lay) -> None:
    lay("j/one.psd", "j/two.psd", "j/x.aep")
    report = examine_folder(inbox / "j", auto_csv=True, batch="B")
    assert [(row.job_id, row.project) for row in report.rows] == [("one", "x.aep"), ("two", "x.aep")]
    assert report.valid
    lay("k/one.psd", "k/two.psd", "k/one.aep", "k/two.aepx")
    report = examine_folder(inbox / "k", auto_csv=True)
    assert [(row.psd, row.project) for row in report.rows] == [("one.psd", "one.aep"), ("two.psd", "two.aepx")]
    lay("k/three.psd")
    assert "No project of the name of the design three.psd" in told(examine_folder(inbox / "k", auto_csv=True))[0]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
def test_the_sample_pair_is_valid_and_an_old_project_is_refused_by_name(inbox: Path) -> None:
    folder = SAMPLES / "pair"
    report = examine_folder(folder)
    assert report.valid, told(report)
    assert report.rows[0].project == "test-after-effects-project.aepx"
    assert set(report.rows[0].footage) >= {"cutout.png", "green_yellow_bg.png"}
    (inbox / "old.aep").write_bytes((SAMPLES / "projects" / "helperProject.aep").read_bytes())
    (inbox / "design.psd").write_bytes((folder / "test-photoshop-doc.psd").read_bytes())
    report = look(order(inbox, "T1,design.psd,old.aep,low"))
    assert report.rows[0].errors[0].column == "aepx_path"


def test_the_fonts_of_a_drop_are_looked_for_once_however_many_rows_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each row anew it took minutes with ten thousand designs."""
    looked: list[str] = []
    is_font = footage._in_fonts
    monkeypatch.setattr(footage, "_in_fonts", lambda path: looked.append(path) or is_font(path))
    for name in ("a.psd", "b.psd", "x/c.psd", "fonts/one.otf", "x/fonts/two.ttf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    stock = footage.Stock(Shelf(tmp_path), shared=False)
    found = [stock.fonts([name, "x/c.psd"]) for name in ("a.psd", "b.psd", "x/c.psd") * 10]
    assert set(found) == {("fonts/one.otf", "x/fonts/two.ttf")}
    assert looked == ["fonts/one.otf", "x/fonts/two.ttf", "x/fonts/two.ttf"], "in the drop, and in its folder x"
