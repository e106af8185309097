"""How many values a format of the struct module stands for, which psd-tools asks with each number that it reads.

It counts them by a regular expression each time, for its limit of objects, which is a quarter of what opening a small
design costs. There are some dozens of formats: each is counted once.
`quicken` has it remembered, for this process. Reads nothing, writes nothing.
"""

from __future__ import annotations

import functools

from psd_tools.psd import bin_utils

_NAME = "_format_objects"  # its own name for it, in psd-tools 1.26: where there is none, nothing is remembered


def quicken() -> None:
    """Have psd-tools remember its counts."""
    count = getattr(bin_utils, _NAME, None)
    if count is not None and not hasattr(count, "cache_info"):
        setattr(bin_utils, _NAME, functools.lru_cache(maxsize=256)(count))
