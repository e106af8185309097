"""A worker keeps freed memory while it draws, and is small again when it waits; what stays is looked through once."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from PIL import Image
from hotfolderd.engine import heap

def resident_mib():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20

heap.hold()
pictures = [Image.new("RGBA", (1000, 1000), "red") for _ in range(20)]
full = resident_mib()
del pictures
held = resident_mib()
heap.let_go()
print(full, held, resident_mib())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the allocator of another system is left alone")
def test_memory_is_held_while_a_worker_draws_and_let_go_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    full, held, idle = map(float, done.stdout.split())
    assert full - held < 10, "it is kept for the next picture"
    assert full - idle > 60, "a worker that waits is small"


def test_a_worker_looks_for_rubbish_among_what_came_later_only() -> None:
    code = """
import gc
from hotfolderd.engine import heap
heap.hold()
kept, loop = gc.get_freeze_count(), []
loop.append(loop)
del loop
print(kept > 1000, gc.collect() > 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True True\n"


def test_what_stays_is_looked_through_once_and_again_only_when_it_is_settled_anew() -> None:
    code = """
import gc, weakref
from hotfolderd.engine import heap
class Job: pass
job = Job()
job.itself, seen = job, weakref.ref(job)
heap.settle()
del job
left_alone = gc.collect() == 0 and seen() is not None
heap.settle()
print(left_alone, seen() is None, gc.get_freeze_count() > 1000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True True True\n"
