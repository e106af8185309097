"""Reads many damaged copies of a design in a process with little memory, and prints what became of each as JSON.

Called by the tests as a program: `psd_mutants.py SEED HOW_MANY DESIGN…`.
"""

from __future__ import annotations

import collections
import json
import random
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.media.psd import read_design

WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\0\x75\x30", b"\x80\0\0\0", b"\0\1\0\0")


def damaged(whole: bytes, dice: random.Random) -> bytes:
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(len(data) if dice.random() < 0.5 else min(len(data), 3000))
        way = dice.random()
        if way < 0.4:
            data[at] = dice.randrange(256)
        elif way < 0.8:
            data[at : at + 4] = dice.choice(WORDS)
        elif way < 0.9:
            del data[at : at + dice.randrange(1, 40)]
        else:
            data[at:at] = dice.randbytes(dice.randrange(1, 40))
    return bytes(data)


def main(seed: int, many: int, designs: list[Path]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    warnings.simplefilter("error")
    dice, ended, slowest = random.Random(seed), collections.Counter[str](), 0.0
    whole = [design.read_bytes() for design in designs]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(many):
            path = Path(folder, "mutant.psd")
            path.write_bytes(damaged(dice.choice(whole), dice))
            began = time.monotonic()
            try:
                read_design(path, Path(folder, "out"))
                ended["read"] += 1
            except JobError as error:
                ended["refused" if str(error).startswith("mutant.psd: ") else f"without its name: {error}"] += 1
            except Exception as error:  # noqa: BLE001 - this is what is being counted
                ended[f"{type(error).__name__}: {error}"] += 1
            slowest = max(slowest, time.monotonic() - began)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
    print(json.dumps({"ended": ended, "slowest_s": slowest, "peak_mib": peak_mib}))  # noqa: T201 - a program


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
