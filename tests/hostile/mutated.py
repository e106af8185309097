"""Reads many damaged copies of one kind of file in a process with limits, and prints what became of each as JSON.

Called by the tests as a program: `mutated.py KIND SEED HOW_MANY FILE…`. Each case has an alarm of ten seconds of
processor time.
"""

from __future__ import annotations

import collections
import json
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from corpus import unreadable
from mutations import damaged

from hotfolderd.errors import JobError, RefusedError, ToolError
from hotfolderd.inbox.batch import Limits
from hotfolderd.inbox.examine import examine
from hotfolderd.inbox.report import as_text, as_yaml, rejected_csv

LIMIT_S = 10.0
MEMORY_BYTES = 6 << 30  # as a worker has


def read_design(path: Path) -> None:
    from hotfolderd.media import psd  # noqa: PLC0415

    psd.read_design(path, path.parent / "out")


def read_template(path: Path) -> None:
    from hotfolderd.media.project import read_template as read  # noqa: PLC0415

    read(path)


def read_picture(path: Path) -> None:
    from hotfolderd.media import pictures, video  # noqa: PLC0415

    video.picture_size(path)
    video.open_picture(path)
    pictures.open_picture(path)


def read_table(path: Path) -> None:
    report = examine(path, frozenset(), Limits(), batch="B1")
    as_text(report).encode()
    as_yaml(report).encode()
    rejected_csv(report, path.read_bytes())
    faults = [*report.errors, *(error for row in report.rows for error in row.errors)]
    if faults:
        raise JobError(f"{path.name}: {faults[0]}")


def read_sidecar(path: Path) -> None:
    from hotfolderd.review.models import ReviewSidecar  # noqa: PLC0415
    from hotfolderd.review.reading import parse, read_written, refuse_empty  # noqa: PLC0415

    data = read_written(path).data
    refuse_empty(data, path.name)
    parse(data, ReviewSidecar, path.name)


def read_font(path: Path) -> None:
    from hotfolderd.media import fonts  # noqa: PLC0415
    from hotfolderd.media.typeset import TextBlock, typeset  # noqa: PLC0415

    for face in fonts.faces_in(path.parent)[:4]:
        typeset(TextBlock("Hamburg 12", face.postscript_name, 30, 36, (0, 0, 0)), 1.0, (path.parent,))


READERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "psd": ("design.psd", read_design),
    "aep": ("template.aep", read_template),
    "aepx": ("template.aepx", read_template),
    "png": ("picture.png", read_picture),
    "jpeg": ("picture.jpg", read_picture),
    "csv": ("orders.csv", read_table),
    "yaml": ("review.yaml", read_sidecar),
    "ttf": ("font.ttf", read_font),
}
TEXTS = {"aepx", "csv", "yaml"}


def main(kind: str, seed: int, many: int, sources: list[Path]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    warnings.simplefilter("error")
    name, read = READERS[kind]
    dice, ended, slowest, faults = random.Random(f"{kind} {seed}"), collections.Counter[str](), 0.0, []
    whole = [source.read_bytes() for source in sources]

    def too_long(_number: int, _frame: object) -> None:
        raise TimeoutError(f"not done after {LIMIT_S} s")

    signal.signal(signal.SIGVTALRM, too_long)
    with tempfile.TemporaryDirectory() as place:
        for number in range(many):
            path = Path(place, str(number), name)
            path.parent.mkdir()
            path.write_bytes(damaged(dice.choice(whole), dice.choice(whole), dice, text=kind in TEXTS))
            began = time.process_time()
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
            try:
                read(path)
                ended["read"] += 1
            except (JobError, RefusedError) as error:
                ended["refused"] += 1
                if why := unreadable(str(error), name):
                    faults.append(f"{number}: {why}: {str(error)[:600]}")
            except ToolError as error:
                faults.append(f"{number}: no fault of a tool: {error}")
            except BaseException as error:  # noqa: BLE001 - this is what is being looked for
                faults.append(f"{number}: {type(error).__name__}: {error}")
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            slowest = max(slowest, time.process_time() - began)
            path.unlink()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({"ended": ended, "slowest_s": slowest, "peak_mib": peak_mib, "faults": faults}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), [Path(name) for name in sys.argv[4:]])
