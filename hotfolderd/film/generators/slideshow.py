"""The slideshow: several pictures of a scene, each under a slowly moving camera, dissolving into the next.

See `Generator`.
"""

from __future__ import annotations

import time
from pathlib import Path

import ffmpeg

from hotfolderd.errors import JobError
from hotfolderd.film.camera import framed, moving, overscan
from hotfolderd.film.generators import making
from hotfolderd.film.generators.order import ClipOrder, ClipReport
from hotfolderd.film.generators.storyboard import Storyboard, unseen, with_captions
from hotfolderd.media.graph import rate_of
from hotfolderd.media.pictures import flattened
from hotfolderd.media.video import open_picture

MOST_PICTURES = 60
_DISSOLVE_S = 0.6


class Slideshow:
    """Shows all pictures of the order equally long; with one or none it is a storyboard. See `Generator`."""

    name = "slideshow"

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """See `Generator`."""
        if len(order.pictures) < 2:
            made = Storyboard().generate(order, out, timeout_s=timeout_s, attempt=attempt)
            return making.report(order, out, self.name, time.monotonic() - made.seconds, warnings=made.warnings)
        began = time.monotonic()
        frames = making.frames_of(order)
        count = len(order.pictures)
        if count > min(MOST_PICTURES, frames):
            raise JobError(
                f"scene {order.scene.number}: {count} pictures are too many for {order.duration_s:g} s. Leave some out."
            )
        rate = rate_of(order.video.fps)
        # Between two pictures lies a dissolve, in which both are seen: each is on screen for a share of what that adds.
        dissolve = min(round(_DISSOLVE_S * rate), frames // count // 2)
        each = [(frames + dissolve * (count - 1)) * (at + 1) // count for at in range(count)]
        lengths = [end - start for start, end in zip([0, *each[:-1]], each, strict=True)]
        with making.workplace(out) as work:
            stream = None
            shown = 0
            for at, (picture, length) in enumerate(zip(order.pictures, lengths, strict=True)):
                still = framed(flattened(open_picture(picture, upright=True), "#000000"), overscan(order.video))
                opened = making.as_input(still, work / f"picture{at}.rgb", order.video)
                slide = moving(opened, order.video, length, order.seed + at).filter("format", "yuv420p")
                if stream is None:
                    stream, shown = slide, length
                    continue
                if dissolve:
                    how = {
                        "duration": f"{float(dissolve / rate):.6f}",
                        "offset": f"{float((shown - dissolve) / rate):.6f}",
                    }
                    stream = ffmpeg.filter([stream, slide], "xfade", transition="fade", **how)
                else:
                    stream = ffmpeg.concat(stream, slide)
                shown += length - dissolve
            if order.burn_captions:
                stream = with_captions(stream, order, work)
            sound = making.narrated(order, making.length_s(order.video, frames))
            making.encode(order, stream, sound, out, timeout_s=timeout_s)
        return making.report(order, out, self.name, began, warnings=unseen(order))
