"""A whole drop examined: every row of its table, every file that the rows name, and what the files hold.

Reads the CSV, its settings and the named files; writes nothing. Made to run in a worker: files of strangers are parsed.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path

from hotfolderd.errors import RefusedError
from hotfolderd.foreign import below
from hotfolderd.inbox.batch import BatchReport, Content, Limits, Row, Terms
from hotfolderd.inbox.batch_settings import read_batch_settings
from hotfolderd.inbox.bounds import check_bytes, check_shape
from hotfolderd.inbox.columns import PROJECT_SUFFIXES, PSD_SUFFIXES, TEXT_PREFIX
from hotfolderd.inbox.contents import Contents
from hotfolderd.inbox.drops import Examination
from hotfolderd.inbox.footage import Stock
from hotfolderd.inbox.manifest import lacking
from hotfolderd.inbox.names import check_job_id, is_conflict, job_id_from, settings_files
from hotfolderd.inbox.pairing import choose
from hotfolderd.inbox.paths import Shelf, check_path, read_small_file
from hotfolderd.inbox.problem import Problem, did_you_mean, listed, shown
from hotfolderd.inbox.table import REJECTED_SUFFIX, read_table
from hotfolderd.matching.given import asked
from hotfolderd.media.same_names import fold
from hotfolderd.model import Template
from hotfolderd.pipeline import INBOX
from hotfolderd.review.reading import SidecarRefusedError

_MIB = 1 << 20
_STANDARD = Limits()
_NOTHING: Mapping[str, Content] = {}


def examine_drop(order: Examination) -> BatchReport:
    """The report on a drop. See `examine` and `examine_folder`."""
    with below(order.drop.home):
        if order.drop.kind == "episode":
            from hotfolderd.inbox.episode_drop import examine_episode  # noqa: PLC0415  it judges names as is done here

            return examine_episode(order.drop.path, order.existing, order.limits)
        if order.drop.kind == "folder":
            return examine_folder(order.drop.path, order.existing, order.limits, batch=order.batch, seen=order.seen)
        return examine(order.drop.path, order.existing, order.limits, batch=order.batch, seen=order.seen)


def examine(
    csv_path: Path,
    existing_jobs: frozenset[str],
    limits: Limits = _STANDARD,
    *,
    batch: str = "",
    seen: Mapping[str, Content] = _NOTHING,
) -> BatchReport:
    """The report on a CSV and the files it names, with all errors of all rows; never raises for what a person dropped.

    `existing_jobs` are the ids that are taken; `batch` is the batch's id for the default output names (default: the
    CSV's name), `seen` what was said of designs already. A file that is not there yet is listed in `missing` and is no
    error: see `batch.stop_waiting`.
    """
    home, name = csv_path.parent, csv_path.stem
    shelf = Shelf(home, depth=limits.depth)
    settings, settings_errors = _settings(home, csv_path.name, shelf)
    try:
        data = read_small_file(csv_path, limits.csv_mib * _MIB)
    except RefusedError as error:
        return BatchReport(name, csv_path, home, errors=(Problem(str(error), ""), *settings_errors), settings=settings)
    shared = home.name == INBOX
    if not shared and (too_many := check_shape(shelf, limits)):
        return BatchReport(name, csv_path, home, errors=(*too_many, *settings_errors), settings=settings)
    awaited, wrong = ((), ()) if shared else lacking(shelf)
    corrected = csv_path.name.lower().endswith(REJECTED_SUFFIX)
    table = read_table(data, existing_jobs, limits, batch or job_id_from(name) or "batch", corrected=corrected)
    examiner = _Examiner(shelf, Contents(home, limits, seen), Stock(shelf, shared=shared))
    rows = tuple(examiner.examine(row) for row in table.rows)
    wrong = (*wrong, *check_bytes(home, {name for row in rows for name in row.files}, limits))
    return BatchReport(
        name,
        csv_path,
        home,
        rows=rows,
        errors=(*table.errors, *settings_errors, *wrong),
        warnings=(*table.warnings, *_conflicts(shelf, examiner.stock)),
        awaited=awaited,
        cut_off=table.cut_off,
        settings=settings,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def examine_folder(
    folder: Path,
    existing_jobs: frozenset[str] = frozenset(),
    limits: Limits = _STANDARD,
    *,
    batch: str = "",
    auto_csv: bool = False,
    seen: Mapping[str, Content] = _NOTHING,
) -> BatchReport:
    """The report on a folder without a CSV: one design and one project in it are one job, named after the folder.

    With `auto_csv` several designs are several jobs, named after the designs: each with the project of its own name, or
    all with the only project there is.
    """
    shelf = Shelf(folder, depth=limits.depth)
    if too_many := check_shape(shelf, limits):
        return BatchReport(folder.name, folder, folder, errors=tuple(too_many))
    examiner = _Examiner(shelf, Contents(folder, limits, seen), Stock(shelf, shared=False))
    pairs, errors, warnings = choose(shelf, auto_csv=auto_csv)
    taken = {fold(job): job for job in existing_jobs}
    rows: list[Row] = []
    for number, (design, project) in enumerate(pairs, start=1):
        called = folder.name if len(pairs) == 1 else Path(design).stem
        job_id = job_id_from(called)
        output = f"{batch or job_id_from(folder.name) or 'batch'}_{job_id}{Path(project).suffix.lower()}"
        row = Row(number, job_id, psd_path=design, aepx_path=project, output_name=output)
        row = judge_name(row, called, taken, {fold(other.job_id) for other in rows})
        rows.append(examiner.examine(row))
    awaited, wrong = lacking(shelf)
    wrong = (*wrong, *check_bytes(folder, {name for row in rows for name in row.files}, limits))
    return BatchReport(
        folder.name,
        folder,
        folder,
        tuple(rows),
        (*errors, *wrong),
        (*warnings, *_conflicts(shelf, examiner.stock)),
        awaited=awaited,
    )


def judge_name(row: Row, called: str, taken: dict[str, str], before: set[str]) -> Row:
    """The row with the errors and warnings about its job id, which was made of the name `called`."""
    errors, warnings = [], []
    try:
        check_job_id(row.job_id)
    except RefusedError:
        found = f"No job_id can be made of the name {shown(called)}"
        errors.append(Problem(found, "Rename it with letters, digits, dash and underscore.", row.number, "job_id"))
    if fold(row.job_id) in taken:
        found = f"Duplicate job_id: {shown(row.job_id)} (the job {taken[fold(row.job_id)]} exists already)"
        errors.append(Problem(found, f"Rename {shown(called)}.", row.number, "job_id"))
    if fold(row.job_id) in before:
        found = f"Duplicate job_id: {shown(row.job_id)} (made of the name {shown(called)})"
        errors.append(Problem(found, "Rename one of the files.", row.number, "job_id"))
    if row.job_id and row.job_id != called:
        found = f"The job made of {shown(called)} is called {row.job_id}"
        warnings.append(Problem(found, "A job's name has letters, digits, dash and underscore.", row.number, "job_id"))
    return dataclasses.replace(row, errors=tuple(errors), warnings=tuple(warnings))


def _settings(home: Path, csv_name: str, shelf: Shelf) -> tuple[Terms, tuple[Problem, ...]]:
    names = {fold(name): name for name, kind in shelf.entries("").items() if kind in {"file", "link"}}
    for wanted in settings_files(csv_name):
        if fold(wanted) in names:
            try:
                return Terms(**read_batch_settings(home / names[fold(wanted)]).model_dump()), ()
            except SidecarRefusedError as error:
                return Terms(), tuple(Problem(text, "") for text in error.problems)
    return Terms(), ()


def _conflicts(shelf: Shelf, stock: Stock) -> list[Problem]:
    """A warning for each second copy that a sync program has kept; in the inbox itself people are told otherwise."""
    folders = [] if stock.shared else ["", *sorted({path.rpartition("/")[0] for path in shelf.files()} - {""})]
    found = [
        f"{folder}/{name}" if folder else name
        for folder in folders
        for name in sorted(shelf.entries(folder))
        if is_conflict(name)
    ]
    advice = "It is not used. Look whether it is the right one, then delete the other."
    return [Problem(f"A sync program kept two versions of a file: {shown(path)}", advice) for path in found]


class _Examiner:
    """Adds to a row what its files say. Every distinct file is looked into once, however many rows name it."""

    def __init__(self, shelf: Shelf, contents: Contents, stock: Stock) -> None:
        self.shelf, self.contents, self.stock = shelf, contents, stock

    def examine(self, row: Row) -> Row:
        """The row with the files that were found and everything that is wrong with them."""
        found = _Findings(row)
        psd = self._locate(found, "psd_path", row.psd_path, "PSD", PSD_SUFFIXES)
        project = self._locate(found, "aepx_path", row.aepx_path, "AEPX/AEP", PROJECT_SUFFIXES)
        if psd:
            found.add("psd_path", self.contents.design(psd))
        content = self.contents.project(project) if project else Content()
        found.add("aepx_path", content)
        row = dataclasses.replace(
            row,
            psd=psd,
            project=project,
            fonts=self.stock.fonts(name for name in (psd, project) if name),
        )
        if content.template is not None:
            footage = self.stock.footage(project, content.template)
            row = dataclasses.replace(row, footage=footage.found, footage_missing=footage.missing)
            for name in footage.found:
                found.add("aepx_path", self.contents.footage(name))
            if footage.missing:
                what = f"The template uses footage that the drop does not hold: {listed(footage.missing)}"
                found.warn("aepx_path", what, "Drop it too, unless a layer of the design takes its place.")
            for name, chosen in footage.doubtful:
                what = f"The template uses {shown(name)}, and the drop holds it more than once: {listed(chosen)}"
                found.warn("aepx_path", what, f"{shown(chosen[0])} is taken; delete the others if that is wrong.")
            _check_texts(found, row, content.template)
        for name in row.fonts:
            found.add("aepx_path", self.contents.font(name))
        return dataclasses.replace(
            row, errors=tuple(found.errors), missing=tuple(found.missing), warnings=tuple(found.warnings)
        )

    def _locate(self, found: _Findings, column: str, written: str, kind: str, suffixes: tuple[str, ...]) -> str:
        """The file's path on the shelf, or empty with the reason in `found`."""
        if not written:
            if not found.told:
                found.fail(column, f"Missing {column}", "There is no such column. Add it.")
            return ""
        try:
            wanted = check_path(written)
        except RefusedError as error:
            if not any(problem.column == column for problem in found.errors):  # a table has said so already
                found.fail(column, f"{kind} file: {error}", "Rename the file.")
            return ""
        if not wanted.lower().endswith(suffixes):
            return ""
        place = self.shelf.find(wanted)
        if place.state == "file":
            if place.other_case:
                advice = "It is taken; write the name as the file has it."
                found.warn(column, f"{shown(written)} is called {shown(place.path)} in the drop", advice)
            return place.path
        if place.state == "missing":
            meant = "" if place.note else self.shelf.nearest_file(wanted, suffixes)
            advice = place.note or (f"Did you mean {shown(meant)}?" if meant else "")
            advice = f"{advice} Copy the file into the inbox, or correct the name.".lstrip()
            found.miss(column, f"{kind} file not found: {shown(written)}", advice)
        elif place.state == "ambiguous":
            what = f"{kind} file is there more than once: {shown(written)} could be {place.note}"
            found.fail(column, what, "Write the name exactly, or delete one of the files.")
        else:
            is_a = {"folder": "a folder", "link": "a symbolic link", "special": "a pipe, socket or device"}[place.state]
            what = f"{kind} path is not a file: {shown(written)} ({shown(place.path)} is {is_a})"
            found.fail(column, what, "Copy the file itself into the inbox.")
        return ""


class _Findings:
    """Gathers what is wrong with one row."""

    def __init__(self, row: Row) -> None:
        self.number = row.number
        self.told = bool(row.errors)  # by the table, which says of an empty cell or a cut row all that is to be said
        self.errors, self.missing, self.warnings = list(row.errors), list(row.missing), list(row.warnings)

    def fail(self, column: str, what: str, advice: str) -> None:
        self.errors.append(Problem(what, advice, self.number, column))

    def miss(self, column: str, what: str, advice: str) -> None:
        self.missing.append(Problem(what, advice, self.number, column))

    def warn(self, column: str, what: str, advice: str) -> None:
        self.warnings.append(Problem(what, advice, self.number, column))

    def add(self, column: str, content: Content) -> None:
        for what, advice in content.errors:
            self.fail(column, what, advice)
        for what, advice in content.unfinished:
            self.miss(column, what, advice)
        for what, advice in content.warnings:
            self.warn(column, what, advice)


def _check_texts(found: _Findings, row: Row, template: Template) -> None:
    """A text that was ordered for a placeholder which the template does not have would be lost without a word."""
    texts = {place.name for place in template.placeholders if place.kind == "text"}
    pictures = {place.name for place in template.placeholders if place.kind == "image"}
    for name in row.texts:
        if asked(name) in map(asked, texts):
            continue
        what = f"The template {shown(row.project)} has no text placeholder {shown(name)}"
        if asked(name) in map(asked, pictures):
            advice = "It is a picture's placeholder: leave the cell empty."
        else:
            advice = did_you_mean(name, texts) or f"It has: {listed(sorted(texts)) or 'none'}."
        found.fail(TEXT_PREFIX + name, what, advice)
