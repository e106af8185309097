"""A film out of clips: what is ordered, and what came out of it.

`compile_film` reads clips and music; it writes the film, its captions and its manifest into one folder.
"""

from __future__ import annotations

import functools
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import ffmpeg

from hotfolderd.disk import sha256_of
from hotfolderd.errors import JobError, ToolError
from hotfolderd.film import joining, mixing
from hotfolderd.film.captions import Caption, moved, write_srt, write_vtt
from hotfolderd.film.joints import Plan, Transition, check_once, planned
from hotfolderd.film.manifest import Manifest, PlacedPart, write_manifest
from hotfolderd.film.scene import VideoFormat
from hotfolderd.film.sound import Heard, heard_in
from hotfolderd.media.graph import examine, frame_count, rate_of, source
from hotfolderd.media.video import Media, probe, thumbnail

__all__ = ["Film", "FilmOrder", "FilmPart", "PlacedPart", "Transition", "compile_film"]

_OUT_TIME = re.compile(rb"out_time_us=(\d+)")
_WITHIN_LU = 0.5
_WITHIN_S = 0.05
AT_ONCE = 30
_THUMBNAIL_PX = 640


@dataclass(frozen=True, slots=True)
class FilmPart:
    """One clip of a film: the segment that it is, in which version, and what is said in it, in the clip's own time."""

    segment: int
    clip: Path
    version: int = 1
    title: str = ""
    captions: tuple[Caption, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmOrder:
    """A film to be made: `parts` in the order in which they are shown.

    `joints` say it otherwise for single joints: `{"2-3": "cut"}` is the one where segment 3 follows segment 2.
    `music` is looped, lowered while somebody speaks (`duck`), and faded out.
    """

    parts: tuple[FilmPart, ...]
    video: VideoFormat
    title: str = ""
    transition: Transition = "cut"
    transition_s: float = 0.5
    joints: Mapping[str, Transition] = field(default_factory=dict)
    music: Path | None = None
    music_volume: float = 0.3
    duck: bool = True
    normalize: bool = True
    target_lufs: float = -16.0
    allow_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Film:
    """A film that was made and read back. `captions` is an SRT, None where nothing is said."""

    path: Path
    manifest: Path
    captions: Path | None
    thumbnail: Path
    duration_s: float
    frames: int
    size_bytes: int
    sha256: str
    loudness_lufs: float | None
    true_peak_db: float | None
    parts: tuple[PlacedPart, ...]
    stream_copied: bool
    warnings: tuple[str, ...] = ()


def compile_film(
    order: FilmOrder,
    folder: Path,
    name: str,
    *,
    timeout_s: float = 1800,
    progress: Callable[[float], None] = lambda _: None,
    at_once: int = AT_ONCE,
) -> Film:
    """`folder` holds `<name>.mp4`, `<name>.srt`, `<name>.vtt`, `<name>.jpg` and `<name>.manifest.yaml` afterwards.

    `progress` is told a share from 0 to 1, growing. Raises JobError for an order that cannot be (a clip that cannot be
    read, a segment twice, a joint that does not exist), ToolError where ffmpeg fails. `at_once`: how many clips are
    open together; a longer film is made in pieces.
    """
    return _Compiling(order, folder, name, time.monotonic() + timeout_s, progress, at_once).run()


class _Compiling:
    """One film on its way."""

    def __init__(
        self,
        order: FilmOrder,
        folder: Path,
        name: str,
        until: float,
        progress: Callable[[float], None],
        at_once: int,
    ) -> None:
        self.order, self.folder, self.name, self.at_once = order, folder, name, at_once
        self.until, self.progress = until, progress
        self.rate = rate_of(order.video.fps)
        self.out = folder / f"{name}.mp4"
        self.warnings: list[str] = []

    def run(self) -> Film:
        check_once([part.segment for part in self.order.parts], allow_repeat=self.order.allow_repeat)
        self.progress(0.0)
        clips = self._clips()
        plan = self._plan([media for _, media in clips])
        self.progress(0.04)
        with tempfile.TemporaryDirectory(prefix=f".{self.name}-", dir=self.folder) as work:
            copied = self._join(clips, plan, Path(work))
        try:
            heard = self._verified(plan)
        except ToolError:
            self.out.unlink(missing_ok=True)
            raise
        film = self._described(clips, plan, heard, copied=copied)
        self.progress(1.0)
        return film

    def _left_s(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise ToolError(f"{self.out.name}: not done after the time limit. Raise the limit, or free the machine.")
        return left

    def _clips(self) -> list[tuple[Path, Media]]:
        known: dict[Path, Media] = {}
        for part in self.order.parts:
            if part.clip not in known:
                known[part.clip] = probe(part.clip, timeout_s=self._left_s())
            if not known[part.clip].frames:
                raise JobError(f"{part.clip.name}: segment {part.segment} holds no picture. Make it anew.")
        return [(part.clip, known[part.clip]) for part in self.order.parts]

    def _plan(self, clips: list[Media]) -> Plan:
        lengths = [
            frame_count(self.order.video.fps, one.frames / one.fps if one.fps else one.duration_s) for one in clips
        ]
        takes = round(max(0.0, self.order.transition_s) * self.rate)
        segments = [part.segment for part in self.order.parts]
        plan = planned(segments, lengths, self.order.transition, takes, self.order.joints)
        self.warnings += plan.warnings
        return plan

    def _join(self, clips: list[tuple[Path, Media]], plan: Plan, work: Path) -> bool:
        """Writes the film; whether its pictures were copied."""
        sound = self._sound(clips, plan, work)
        self.progress(0.14)
        metadata = work / "chapters.txt"
        metadata.write_text(joining.ffmetadata(self.order.title, self._chapters(plan)), encoding="utf-8", newline="\n")
        rest = joining.Rest(sound, metadata, functools.partial(self._heard, plan.total))
        if plan.is_cut and joining.alike(clips, self.order.video, timeout_s=self._left_s()):
            paths = [clip for clip, _ in clips]
            joining.copy(paths, plan.lengths, self.rate, rest, self.out, before=0, timeout_s=self._left_s())
            return True
        joining.encode(clips, plan, self.order.video, rest, self.out, at_once=self.at_once, timeout_s=self._left_s())
        return False

    def _sound(self, clips: list[tuple[Path, Media]], plan: Plan, work: Path) -> Path:
        order = self.order
        if order.music is not None and not order.music.is_file():
            raise JobError(f"music: {order.music.name} is not there. Put it there, or write music: false.")
        music = mixing.Music(order.music, order.music_volume, order.duck) if order.music else None
        parts = [(clip, media.audio_codec is not None) for clip, media in clips]
        mixed = work / "mixed.wav"
        heard = mixing.mix(parts, plan, self.rate, music, mixed, at_once=self.at_once, timeout_s=self._left_s())
        self.progress(0.09)
        if not order.normalize:
            return mixed
        if heard.loudness_lufs is None:
            self.warnings.append("sound: nothing is heard in the film, so it was not made louder.")
            return mixed
        loud = work / "loud.wav"
        mixing.as_loud_as(mixed, heard, order.target_lufs, loud, timeout_s=self._left_s())
        return loud

    def _heard(self, total: int, before: int) -> joining.Heard:
        """What is told of a film of so many frames while the next piece is made, so many frames being there."""
        length_s, done_s = self._seconds(total), self._seconds(before)
        rest = b""

        def hear(data: bytes) -> None:
            nonlocal rest
            rest = (rest + data)[-4096:]
            times = _OUT_TIME.findall(rest)
            if times:
                self.progress(round(0.14 + 0.78 * min(1.0, (done_s + int(times[-1]) / 1e6) / length_s), 3))

        return hear

    def _chapters(self, plan: Plan) -> list[tuple[float, float, str]]:
        """Each part from where it begins to where the next one does."""
        starts = [*map(self._seconds, plan.starts), self._seconds(plan.total)]
        titles = [part.title or f"{part.segment}" for part in self.order.parts]
        return [(start, end, title) for (start, end), title in zip(pairwise(starts), titles, strict=True)]

    def _seconds(self, frames: int) -> float:
        return round(float(frames / self.rate), 4)

    def _verified(self, plan: Plan) -> Heard:
        """What is heard in the film. Raises ToolError where it is not what was planned, or key frames are damaged."""
        opened = source(self.out, xerror=None, err_detect="explode", skip_frame="nokey")
        sound = opened["a:0"].filter("ebur128", peak="true", framelog="quiet")
        done = examine(ffmpeg.output(opened["v:0"], sound, "-", f="null"), timeout_s=self._left_s())
        try:
            media = probe(self.out, timeout_s=self._left_s())
        except JobError as error:
            raise ToolError(f"{error} It was just written by ffmpeg. Try again, or free the disk.") from error
        size = self.order.video.size
        far = abs(media.duration_s - self._seconds(plan.total)) > max(_WITHIN_S, 1 / self.order.video.fps)
        wrong = done.code != 0 or media.audio_codec is None or media.frames != plan.total or far
        if wrong or (media.width, media.height) != size:
            found = f"{media.frames} frames of {media.width}×{media.height}, {media.duration_s:g} s"
            wanted = f"{plan.total} of {size[0]}×{size[1]}, {self._seconds(plan.total):g} s"
            raise ToolError(f"{self.out.name}: ffmpeg wrote {found}, not {wanted}. Try again, or free the disk.")
        heard = heard_in(done.stderr, media.duration_s)
        self.progress(0.97)
        aside = abs((heard.loudness_lufs or 0.0) - self.order.target_lufs)
        if self.order.normalize and heard.loudness_lufs is not None and aside > _WITHIN_LU:
            self.warnings.append(f"sound: is {heard.loudness_lufs:.1f} LUFS, not {self.order.target_lufs:g}.")
        return heard

    def _described(self, clips: list[tuple[Path, Media]], plan: Plan, heard: Heard, *, copied: bool) -> Film:
        order, out = self.order, self.out
        # Where two parts dissolve into each other, what is said in the first one ends where the second begins.
        shown = [end - start for start, end in pairwise([*plan.starts, plan.total])]
        captions = [
            caption
            for part, start, length in zip(order.parts, plan.starts, shown, strict=True)
            for caption in moved(part.captions, self._seconds(start), self._seconds(length))
        ]
        subtitles = self.folder / f"{self.name}.srt" if captions else None
        if subtitles is not None:
            write_srt(captions, subtitles)
            write_vtt(captions, subtitles.with_suffix(".vtt"))
        length = self._seconds(plan.total)
        still = self.folder / f"{self.name}.jpg"
        thumbnail(out, still, min(1.0, length / 2), _THUMBNAIL_PX)
        digests = {clip: sha256_of(clip) for clip, _ in clips}
        parts = tuple(
            PlacedPart(
                part.segment, part.version, part.title, self._seconds(start), self._seconds(start + long),
                digests[part.clip],
            )
            for part, start, long in zip(order.parts, plan.starts, plan.lengths, strict=True)
        )  # fmt: skip
        film = Film(
            path=out,
            manifest=self.folder / f"{self.name}.manifest.yaml",
            captions=subtitles,
            thumbnail=still,
            duration_s=length,
            frames=plan.total,
            size_bytes=out.stat().st_size,
            sha256=sha256_of(out),
            loudness_lufs=heard.loudness_lufs,
            true_peak_db=heard.true_peak_db,
            parts=parts,
            stream_copied=copied,
            warnings=tuple(self.warnings),
        )
        write_manifest(self._manifest(film, plan), film.manifest)
        return film

    def _manifest(self, film: Film, plan: Plan) -> Manifest:
        order = self.order
        return Manifest(
            film=film.path.name,
            title=order.title,
            duration_s=film.duration_s,
            frames=film.frames,
            width_px=order.video.width_px,
            height_px=order.video.height_px,
            fps=order.video.fps,
            size_bytes=film.size_bytes,
            sha256=film.sha256,
            loudness_lufs=film.loudness_lufs,
            true_peak_db=film.true_peak_db,
            target_lufs=order.target_lufs if order.normalize else None,
            music=order.music.name if order.music else None,
            stream_copied=film.stream_copied,
            parts=film.parts,
            joints=tuple((joint.kind, self._seconds(joint.frames)) for joint in plan.joints),
            warnings=film.warnings,
        )
