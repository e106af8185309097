"""The configuration read and checked for another process: `settings.Reading` runs this module, and says what it gets.

The argument is a JSON list: root, file and the root that is worked on whatever the file says; each may be null. Writes
to stdout, pickled, the `Runtime` or, as a text, what is wrong.
"""

from __future__ import annotations

import dataclasses
import json
import pickle
import sys
from pathlib import Path

from hotfolderd.config import load_config
from hotfolderd.errors import ConfigError
from hotfolderd.runtime import Runtime, file_for, mark_of


def _answer(root: Path | None, file: Path | None, keep: Path | None) -> Runtime | str:
    before = _mark(file_for(root=root, file=file))
    try:
        runtime = load_config(root=root, file=file).runtime(keep)
    except ConfigError as error:
        return str(error)
    same = before == _mark(file_for(root=root, file=file))  # else somebody writes it, and nobody knows what was read
    return dataclasses.replace(runtime, accepted=before if same else "")


def _mark(file: Path) -> str:
    try:
        return mark_of(file.read_bytes())
    except OSError:
        return ""


if __name__ == "__main__":
    places = [None if one is None else Path(one) for one in json.loads(sys.argv[1])]
    sys.stdout.buffer.write(pickle.dumps(_answer(*places)))
