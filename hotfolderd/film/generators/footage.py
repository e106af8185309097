"""Footage: a clip that people have put there for a scene, in the size, rate and length of the film. See `Generator`."""

from __future__ import annotations

import time
from pathlib import Path

from hotfolderd.errors import JobError
from hotfolderd.film.generators import making
from hotfolderd.film.generators.order import ClipOrder, ClipReport
from hotfolderd.media.video import probe


class Footage:
    """Cuts what is too long and repeats what is too short. See `Generator`."""

    name = "footage"

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """See `Generator`."""
        del attempt
        began = time.monotonic()
        clip = order.scene.footage
        if clip is None or not clip.is_file():
            what = f"{clip.name} is not there" if clip else "no clip is named for it"
            raise JobError(f"Missing footage in scene {order.scene.number}: {what}. Put the clip there.")
        making.normalised(order, clip, out, timeout_s=timeout_s)
        warnings = []
        given = probe(clip)
        if given.duration_s + 0.5 / order.video.fps < order.duration_s:
            warnings.append(
                f"{clip.name}: lasts {given.duration_s:g} s and was repeated to fill {order.duration_s:g} s."
            )
        width, height = given.shown
        if width < order.video.width_px * 0.75:
            warnings.append(f"{clip.name}: {width}×{height} is small for this film; it will look soft.")
        return making.report(order, out, self.name, began, warnings=tuple(warnings))
