"""The storyboard: a card or a given picture under a slowly moving camera, with the narration. See `Generator`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from PIL import Image

from hotfolderd.film.camera import framed, moving, overscan
from hotfolderd.film.card import caption_strip, ground_of, unseen_in, words_of
from hotfolderd.film.generators import making
from hotfolderd.film.generators.order import ClipOrder, ClipReport
from hotfolderd.media.pictures import flattened
from hotfolderd.media.video import open_picture


class Storyboard:
    """Draws a card where the order has no picture: its ground moves, its words stand still. See `Generator`."""

    name = "storyboard"

    def generate(self, order: ClipOrder, out: Path, *, timeout_s: float, attempt: int = 1) -> ClipReport:
        """See `Generator`."""
        del attempt
        began = time.monotonic()
        frames = making.frames_of(order)
        with making.workplace(out) as work:
            if order.pictures:
                picture = framed(
                    flattened(open_picture(order.pictures[0], upright=True), "#000000"), overscan(order.video)
                )
            else:
                size = order.video.size
                picture = ground_of(order.scene, size, look_seed=order.look_seed, seed=order.seed)
                picture = framed(picture, overscan(order.video))
            stream = moving(
                making.as_input(picture, work / "picture.rgb", order.video), order.video, frames, order.seed
            )
            if not order.pictures:
                words = words_of(
                    order.scene,
                    order.video.size,
                    title=order.title,
                    look_seed=order.look_seed,
                    seed=order.seed,
                    captioned=order.burn_captions and bool(order.captions),
                )
                for number, (band, top) in enumerate(bands(words)):
                    drawn = making.as_input(band, work / f"words{number}.rgba", order.video, **_CLEAR)
                    stream = _upon(stream, drawn, x=0, y=top)
            if order.burn_captions:
                stream = with_captions(stream, order, work)
            sound = making.narrated(order, making.length_s(order.video, frames))
            making.encode(order, stream, sound, out, timeout_s=timeout_s)
        return making.report(order, out, self.name, began, warnings=unseen(order))


_CLEAR: dict[str, Any] = {"clear": True, "pix_fmt": "yuva420p"}


def bands(words: Image.Image) -> list[tuple[Image.Image, int]]:
    """The parts of a drawing that are not clear, as wide as it is, and where each begins: less has to be laid down."""
    seen = np.flatnonzero(np.asarray(words.getchannel("A")).any(axis=1))
    if not len(seen):
        return []
    apart = np.split(seen, np.flatnonzero(np.diff(seen) > words.height // 16) + 1)
    found = []
    for rows in apart:
        top, bottom = int(rows[0]) // 2 * 2, (int(rows[-1]) + 2) // 2 * 2
        found.append((words.crop((0, top, words.width, min(bottom, words.height))), top))
    return found


def unseen(order: ClipOrder) -> tuple[str, ...]:
    """A warning where letters of the card, or of the captions in the picture, are in no font here."""
    scene = order.scene
    words = [] if order.pictures else [order.title, scene.location, scene.description, *scene.characters, scene.spoken]
    words += [line for caption in order.captions for line in caption.lines] if order.burn_captions else []
    found = unseen_in(" ".join(words))
    if not found:
        return ()
    remedy = "Install a font that has them, such as one of Noto Sans, and make the segment anew."
    return (f"scene {scene.number}: no font here has {found}, boxes stand for such letters. {remedy}",)


def with_captions(stream: Any, order: ClipOrder, work: Path) -> Any:
    """The stream with the captions of the order drawn into it."""
    for number, caption in enumerate(order.captions):
        strip, (left, top) = caption_strip(caption, order.video.size)
        drawn = making.as_input(strip, work / f"caption{number}.rgba", order.video, **_CLEAR)
        shown = f"gte(t,{caption.start_s:.3f})*lt(t,{caption.end_s:.3f})"
        stream = _upon(stream, drawn, x=left, y=top, enable=shown)
    return stream


def _upon(stream: Any, drawn: Any, **options: Any) -> Any:
    """A drawing of one frame upon a stream."""
    return ffmpeg.overlay(stream.filter("format", "yuv420p"), drawn, format="yuv420", eof_action="repeat", **options)
