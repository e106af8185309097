"""A program that makes a clip; what it wrote is then made as large, as fast and as long as ordered. See `Generator`.

It is started without a shell, in a folder of its own beside the clip.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

from hotfolderd.errors import ConfigError, JobError, ToolError
from hotfolderd.film.generators import making
from hotfolderd.film.generators.limiter import LaterError
from hotfolderd.film.generators.order import ClipOrder, ClipReport, prompt_of
from hotfolderd.film.scene import VideoFormat
from hotfolderd.media import process

_NOT_AGAIN = (64, 65, 66)  # sysexits.h: wrong use, wrong data, no input
_BUSY_S = 60.0
_PLACES = re.compile(r"(\{[a-z_]+\})")
_REMEDY = "Look at generators.command in the configuration."


class Command:
    """See `Generator`. Exit codes 64, 65 and 66 say that asking again is useless, `busy_codes` that it is too early."""

    name = "command"

    def __init__(self, argv: Sequence[str], busy_codes: Sequence[int] = ()) -> None:
        if not argv:
            raise ConfigError("generators.command.argv: is empty. Name a program and what it is told.")
        if not any("{output}" in word for word in argv):
            raise ConfigError("generators.command.argv: no word holds {output}. Tell the program where to write.")
        self.argv, self.busy_codes = tuple(argv), tuple(busy_codes)

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """See `Generator`."""
        del attempt
        began = time.monotonic()
        with making.workplace(out) as work:
            made = work / "made.mp4"
            argv = filled(self.argv, order, made)
            done = process.run(argv, timeout_s=timeout_s, cwd=work, accept=lambda _: True, remedy=_REMEDY)
            log = f"{done.stdout.decode('utf-8', 'replace')}{done.stderr}"
            self._judge(argv[0], done, log)
            if not made.is_file() or not made.stat().st_size:
                raise ToolError(f"{Path(argv[0]).name}: ended well but wrote nothing to {{output}}. {_REMEDY}")
            left = max(10.0, timeout_s - (time.monotonic() - began))
            try:
                stands_s = making.normalised(order, made, out, timeout_s=left, loop=False)
            except JobError as error:
                raise ToolError(f"{Path(argv[0]).name}: wrote what is no clip: {error}") from error
            return making.report(order, out, self.name, began, log=log, stands_s=stands_s)

    def _judge(self, program: str, done: process.Finished, log: str) -> None:
        if done.code == 0:
            return
        last = " | ".join(line.strip() for line in log.splitlines()[-5:] if line.strip())[-600:] or "nothing"
        found = f"ended with exit code {done.code}" if done.code > 0 else f"was killed by signal {-done.code}"
        message = f"{Path(program).name}: {found}. Its last words: {last}. {_REMEDY}"
        if done.code in self.busy_codes:
            raise LaterError(message, _BUSY_S)
        raise (JobError if done.code in _NOT_AGAIN else ToolError)(message)


def filled(argv: Sequence[str], order: ClipOrder, made: Path) -> list[str]:
    """The words of the command with what they stand for; what is filled in is not looked at again."""
    video: VideoFormat = order.video
    values = {
        "{prompt}": prompt_of(order),
        "{duration}": f"{order.duration_s:g}",
        "{seed}": str(order.seed),
        "{width}": str(video.width_px),
        "{height}": str(video.height_px),
        "{fps}": f"{video.fps:g}",
        "{refs}": ",".join(map(str, order.references)),
        "{params_json}": json.dumps(dict(order.params), ensure_ascii=False, sort_keys=True),
        "{output}": str(made),
    }
    words: list[str] = []
    for word in argv:
        if word == "{refs}":
            words += map(str, order.references)
            continue
        parts = _PLACES.split(word)
        words.append("".join(values.get(part, part) for part in parts))
    return words
