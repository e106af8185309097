"""A report as lines, as a CSV with a row for each job, and as a page that opens from the disk. Gives texts."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from hotfolderd.report.figures import Figures

Table = tuple[str, list[str], list[list[str]]]
_NONE = "–"
# A spreadsheet would calculate what begins so; a client's name must stay a name.
_CALCULATED = ("=", "+", "-", "@", "\t", "\r")


def duration(seconds: float | None) -> str:
    """A time as people say it: `38 ms`, `1.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`, `1 d 4 h`."""
    if seconds is None:
        return _NONE
    if seconds < 0.0005:
        return "0 s"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def share(rate: float | None) -> str:
    """A ratio as per cent."""
    return _NONE if rate is None else f"{rate:.0%}"


def local(stamp: str | None) -> str:
    """A time of a report as a clock on this machine's wall shows it."""
    return datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M") if stamp else _NONE


def summary_lines(report: Figures) -> list[tuple[str, str]]:
    """The figures that stand at the top: what, and how much."""
    jobs, through = report["jobs"], report["throughput"]
    first, override = report["first_time"], report["override"]
    per_hour, span = through["per_hour"], duration(through["span_s"])
    sent_on = (
        f"{override['overridden']} of {override['validated']} validated; {override['critical']} had critical issues"
    )
    return [
        ("jobs", f"{jobs['total']}: {_counted(jobs)}"),
        ("throughput", _NONE if per_hour is None else f"{per_hour:.1f} jobs an hour, over {span}"),
        ("from drop to done", f"{duration(through['mean_s'])} on average, half within {duration(through['p50_s'])}"),
        ("right at first", f"{share(first['rate'])} ({first['at_first']} of {first['completed']} completed)"),
        ("overridden", f"{share(override['rate'])} ({sent_on})"),
    ]


def _counted(jobs: Figures) -> str:
    words = ("completed", "in_progress", "failed", "cancelled")
    return ", ".join(f"{jobs[word]} {word.replace('_', ' ')}" for word in words if jobs[word]) or "none"


def as_text(report: Figures) -> str:
    """The report as lines for a terminal or a mail."""
    lines = [f"Report on {report['of']}, {local(report['at'])}", ""]
    lines += [f"{name:<18} {value}" for name, value in summary_lines(report)]
    return "\n".join([*lines, *as_lines(tables(report))]) + "\n"


def as_lines(found: list[Table]) -> list[str]:
    """Tables as lines, each with its title; those without a row are left out."""
    lines = []
    for title, heads, rows in found:
        if rows:
            lines += ["", title, *_columns([heads, *rows])]
    return lines


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        lines.append("  " + "  ".join(cells))
    return lines


def tables(report: Figures) -> list[Table]:
    """The tables of a report, or of the statistics, which have only some: title, heads, rows."""
    stages = [
        [row["stage"], str(row["stays"]), *(duration(row[key]) for key in ("machine_s", "human_s", "p50_s", "p95_s"))]
        for row in report["stages"]
    ]
    pairs = [
        [f"{row['from']:.0%} to {row['to']:.0%}", str(row["pairs"]), str(row["kept"]), share(row["rate"])]
        for row in report.get("confidence", [])
        if row["pairs"]
    ]
    warnings = [[row["type"], str(row["count"]), str(row["jobs"])] for row in report.get("warnings", [])]
    etas = [[row["job"], row["stage"], duration(row["left_s"]), local(row["at"])] for row in report["eta"]]
    return [
        ("Time in each stage", ["stage", "stays", "machine", "people", "half within", "95 % within"], stages),
        ("How sure the proposals were, and how many were approved", ["sure", "pairs", "kept", "share"], pairs),
        ("Most frequent warnings", ["warning", "times", "jobs"], warnings),
        ("When open jobs will be done, if all takes what is usual here", ["job", "stage", "left", "at about"], etas),
        timing_table(report.get("timing", [])),
    ]


def timing_table(timing: list[Figures]) -> Table:
    """How long the steps took."""
    rows = [
        [row["step"], str(row["runs"]), *(duration((row[key] or 0) / 1000) for key in ("p50_ms", "p95_ms", "p99_ms"))]
        for row in timing
    ]
    return "Time of each step", ["step", "runs", "p50", "p95", "p99"], rows


def stats_lines(stats: Figures) -> list[str]:
    """The statistics of a root as lines."""
    summary = stats["summary"]
    lines = [f"{summary['total']} jobs: {_counted(summary)}"]
    lines.append(f"from drop to done: {duration(summary['avg_completion_time'])} on average")
    lines += [f"  {stage:<14} {count}" for stage, count in stats["stage_counts"].items() if count]
    for one in stats["recent_batches"]:
        done = f"{one['completed']} of {one['jobs']} completed"
        lines += [f"{one['batch']}  {one['status']}  {one['name']}  {done}"]
    return lines


def as_csv(report: Figures) -> str:
    """One row for each job."""
    stream = io.StringIO()
    rows: list[dict[str, Any]] = report["each"]
    names = list(rows[0]) if rows else ["job"]
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_CALCULATED):
        return f"'{value}"
    return "" if value is None else value


def as_html(report: Figures) -> str:
    """The report as one page, complete in itself."""
    shown = [(title, heads, rows) for title, heads, rows in tables(report) if rows]
    return str(_page().render(report=report, at=local(report["at"]), summary=summary_lines(report), tables=shown))


@cache
def _page() -> Any:
    import jinja2  # noqa: PLC0415  only where a page is asked for

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((files("hotfolderd.report") / "report.html").read_text("utf-8"))
