"""One version of one segment: asked of a generator, tried again where that helps, measured, and put in its place.

Reads the assets; writes `segments/NNN/vK/` by one rename, and beside it what attempts have failed until it is there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from hotfolderd.disk import make_folder, remove_file, remove_tree, rename_new, sha256_of, sync_tree, write_atomic
from hotfolderd.errors import ConfigError, JobError, ToolError
from hotfolderd.film.assets import Narration, clip_length_s, make_captions, make_narration, make_picture
from hotfolderd.film.captions import Caption
from hotfolderd.film.generators.choice import (
    CommandSettings,
    GeneratorSettings,
    HttpSettings,
    TestSettings,
    generator_named,
)
from hotfolderd.film.generators.limiter import LaterError
from hotfolderd.film.generators.order import ClipOrder, ClipReport, Generator
from hotfolderd.film.quality import Expected, quality_of
from hotfolderd.film.scene import Scene
from hotfolderd.media.video import thumbnail
from hotfolderd.model import from_json, to_json
from hotfolderd.records import stamp
from hotfolderd.stages.episode.assets import caption_list, look_seed, narration_of, pictures_of, sound_of
from hotfolderd.stages.episode.beside import references_in
from hotfolderd.stages.episode.board import Attempt, Made, Segment, Version, clip_of, place_of
from hotfolderd.stages.episode.each_scene import known_of
from hotfolderd.stages.episode.ordered import EpisodeOrder
from hotfolderd.stages.episode.turns import PutOffError, Turns, is_of_the_machine
from hotfolderd.stages.episode.waiting import Waiting
from hotfolderd.work import Workbench

MADE = "made.json"
_WITH_SOUND = (
    "footage",
    "command",
    "http",
)  # their clips have a sound of their own, heard as it is where nobody speaks


@dataclasses.dataclass(frozen=True, slots=True)
class _Material:
    """What a version is made of. Without pictures the generator draws its own card, whose words stand still."""

    scene: Scene
    pictures: tuple[Path, ...]
    narration: Narration
    captions: tuple[Caption, ...]
    duration_s: float


class Maker:
    """Makes versions. May be asked from several threads; each version has a folder of its own."""

    def __init__(
        self,
        bench: Workbench,
        order: EpisodeOrder,
        scenes: Mapping[int, Scene],
        settings: Mapping[str, Any],
        *,
        stop: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bench, self._order, self._scenes, self._settings = bench, order, scenes, settings
        self._stop, self._clock = stop, clock
        self._narrations = known_of(bench, "narration")
        self._captions = known_of(bench, "captions")
        self._generators: dict[str, Generator] = {}
        place, job = bench.here(settings["generators"]), f"{order.batch}/{order.job}"
        self._turns = Turns(place, job, settings, stop=stop, sleep=sleep, clock=clock)
        self._lock = threading.Lock()
        self.at_once = settings["max_parallel"]

    def found(self, number: int, version: Version) -> Version | None:
        """A version as it lies in its place, whole; None where it has to be made."""
        place = self._bench.job / place_of(number, version.version)
        try:
            made = from_json(Made, (place / MADE).read_bytes())
        except (OSError, ValueError):
            return None
        clip = self._bench.job / clip_of(number, version.version)
        if made.params != _text(version) or not clip.is_file() or clip.stat().st_size != made.size_bytes:
            return None
        return dataclasses.replace(version, state="made", made=made)

    def waiting(self, segments: Iterable[Segment]) -> Waiting:
        """Segments that wait to be made, each until its generator may be asked."""
        return Waiting(segments, lambda one: self._turns.until(self._name_of(one.number), one.number), stop=self._stop)

    def says_of(self, segment: Segment, at: float) -> str:
        """What people read of a segment that waits for its generator until a time (seconds since 1970)."""
        until = stamp(datetime.fromtimestamp(at, UTC))
        name = self._name_of(segment.number)
        return f"Segment {segment.number}: waiting for {name}, which fails again and again, until {until}"

    def make(self, segment: Segment, version: Version, tell: Callable[[], None]) -> Version | None:
        """The version as it was made, or with all its failed attempts. Raises OSError where the machine is at fault.

        None where it has to wait, because its generator is left alone or somebody has an order for the job: that is no
        attempt.
        """
        there = self.found(segment.number, version)
        if there is not None:
            return there
        attempts = self._attempts(segment.number, version.version)
        while True:
            if attempts and (not attempts[-1].transient or len(attempts) >= self._settings["attempts"]):
                return dataclasses.replace(version, state="failed", attempts=attempts)
            began, started = self._clock(), stamp(datetime.now(UTC))
            try:
                self._turns.wait(self._name_of(segment.number), segment.number, attempts, self._teller(segment.number))
                began, started = self._clock(), stamp(datetime.now(UTC))
                with self._lock:
                    tell()
                made = self._once(segment, version, len(attempts) + 1)
            except PutOffError:
                return None
            except (JobError, ToolError, ConfigError) as error:
                if is_of_the_machine(error):
                    raise
                ended = self._clock()
                failed = Attempt(
                    len(attempts) + 1,
                    started,
                    ended,
                    round(ended - began, 3),
                    type(error).__name__,
                    str(error),
                    isinstance(error, ToolError),
                    error.after_s if isinstance(error, LaterError) else 0.0,
                )
                attempts = (*attempts, failed)
                self._note(segment.number, version.version, attempts)
            else:
                return dataclasses.replace(version, state="made", made=made, attempts=attempts)

    # attempts ------------------------------------------------------------------------------------------------------

    def _attempts(self, number: int, version: int) -> tuple[Attempt, ...]:
        try:
            rows = json.loads(self._attempts_file(number, version).read_bytes())
            return tuple(Attempt(**row) for row in rows)
        except (OSError, ValueError, TypeError):
            return ()

    def _attempts_file(self, number: int, version: int) -> Path:
        return self._bench.job / f"{place_of(number, version)}.attempts.json"

    def _note(self, number: int, version: int, attempts: tuple[Attempt, ...]) -> None:
        self._folder(number)
        rows = [dataclasses.asdict(one) for one in attempts]
        write_atomic(self._attempts_file(number, version), json.dumps(rows, indent=1))

    def _teller(self, number: int) -> Callable[[float], None]:
        """Says until when a segment waits for the limits of its generator."""

        def tell(at: float) -> None:
            until = stamp(datetime.fromtimestamp(at, UTC))
            with self._lock:
                name = self._name_of(number)
                self._bench.tell(60, f"Segment {number}: waiting for the rate limit of {name} until {until}")

        return tell

    # making --------------------------------------------------------------------------------------------------------

    def _once(self, segment: Segment, version: Version, attempt: int) -> Made:
        out = self._bench.out / f"{segment.number:03d}-v{version.version}"
        remove_tree(out)
        make_folder(out)
        material = self._material(segment, version, out)
        generator = self._generator(self._name(material.scene))
        timeout_s = self._settings["seconds_per_clip_second"] * material.duration_s + 60
        order, clip = self._clip_order(version, material), out / "segment.mp4"
        with self._turns.asking(self._name_of(segment.number), segment.number, timeout_s):
            report = generator.generate(order, clip, timeout_s=timeout_s, attempt=attempt)
        made = self._judged(segment, version, material, report)
        self._write(out, segment, version, report, made)
        sync_tree(out)
        self._folder(segment.number)
        place = self._bench.job / place_of(segment.number, version.version)
        remove_tree(place)  # what is left of one that lost its clip
        rename_new(out, place)
        remove_file(self._attempts_file(segment.number, version.version))
        return made

    def _material(self, segment: Segment, version: Version, out: Path) -> _Material:
        base, params = self._scenes[segment.number], version.params
        scene = dataclasses.replace(
            base,
            description=params.prompt or base.description,
            dialogue=params.dialogue or base.dialogue,
            style=params.style or base.style,
            seed=params.seed,
        )
        number = segment.number
        changed = (scene.description, scene.style, params.seed) != (base.description, base.style, base.chosen_seed)
        pictures = tuple(self._bench.job / path for path in pictures_of(base))
        if base.image is None and self._name(base) == "storyboard":
            pictures = ()
        elif base.image is None and changed:
            pictures = (out / "picture.png",)
            title = self._order.called
            make_picture(scene, pictures[0], self._order.format, title=scene.location, look_seed=look_seed(title))
        if scene.dialogue != base.dialogue and not base.audio:
            narration = make_narration(scene, out / "narration.wav")
            captions = make_captions(scene, narration)
        else:
            narration = narration_of(self._narrations[number], self._bench.job / sound_of(number))
            known = caption_list(self._captions[number]["captions"])
            captions = known if scene.dialogue == base.dialogue else make_captions(scene, narration)
        duration_s = clip_length_s(scene, narration) if params.duration_s is None else params.duration_s
        return _Material(scene, pictures, narration, captions, duration_s)

    def _clip_order(self, version: Version, material: _Material) -> ClipOrder:
        own_sound = self._name(material.scene) in _WITH_SOUND and material.narration.origin == "silent"
        params = version.params
        asked = {"feedback": params.feedback, "prompt": params.prompt} | (
            {"style": params.style} if params.style else {}
        )
        return ClipOrder(
            scene=material.scene,
            video=self._order.format,
            duration_s=material.duration_s,
            seed=params.seed,
            title=self._order.called,
            look_seed=look_seed(self._order.called),
            pictures=material.pictures,
            narration=None if own_sound else material.narration.path,
            captions=material.captions,
            burn_captions=self._settings["burn_captions"],
            references=references_in(self._bench.job),
            params=asked if any(asked.values()) else {},
        )

    def _judged(self, segment: Segment, version: Version, material: _Material, report: ClipReport) -> Made:
        expected = Expected(
            material.duration_s,
            self._order.format,
            sound=material.narration.origin != "silent",
            motion=report.generator != "slideshow",
            stands_s=report.stands_s,
            voice_s=material.narration.voice_end_s,
        )
        parent = segment.version(version.parent)
        before = self._bench.job / clip_of(segment.number, parent.version) if parent and parent.playable else None
        previous = before if before is not None and before.is_file() else None
        quality = quality_of(report.path, expected, references=references_in(self._bench.job), previous=previous)
        return Made(
            sha256=sha256_of(report.path),
            size_bytes=report.path.stat().st_size,
            duration_s=report.duration_s,
            fps=report.fps,
            width_px=report.width_px,
            height_px=report.height_px,
            seconds=round(report.seconds, 3),
            at=stamp(datetime.now(UTC)),
            generator=report.generator,
            quality=quality.as_dict(),
            captions=tuple((one.start_s, one.end_s, tuple(one.lines)) for one in material.captions),
            warnings=report.warnings,
            params=_text(version),
        )

    @staticmethod
    def _write(out: Path, segment: Segment, version: Version, report: ClipReport, made: Made) -> None:
        remove_file(out / "picture.png")
        remove_file(out / "narration.wav")
        with contextlib.suppress(JobError):  # a clip that cannot be read is flagged, and shown without a picture
            thumbnail(report.path, out / "thumbnail.jpg", min(1.0, made.duration_s / 2), max_side_px=320)
        params: dict[str, Any] = {"segment": segment.number, "version": version.version, "parent": version.parent}
        params |= {"generator": made.generator, "made_at": made.at, **dataclasses.asdict(version.params)}
        (out / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False, allow_unicode=True), "utf-8")
        (out / "metrics.json").write_text(json.dumps(dict(made.quality), indent=1), "utf-8")
        (out / "generator.log").write_text(report.log or "(it said nothing)\n", "utf-8")
        (out / MADE).write_text(to_json(made), "utf-8")

    def _folder(self, number: int) -> None:
        """The folder of a segment; nothing may grow where the job folder was moved away."""
        for folder in (self._bench.job / "segments", self._bench.job / "segments" / f"{number:03d}"):
            if not folder.is_dir():
                if not folder.parent.is_dir():
                    raise FileNotFoundError(2, "the job folder is not here any more", str(folder.parent))
                make_folder(folder)

    def _name_of(self, number: int) -> str:
        return self._name(self._scenes[number])

    def _name(self, scene: Scene) -> str:
        """What makes the clip of a scene: a clip that is given is taken, whatever the others are made by.

        A storyboard would show the first of several pictures only.
        """
        name = str(self._order.generation["generator"])
        if scene.footage is not None:
            return "footage"
        return "slideshow" if scene.images and name == "storyboard" else name

    def _generator(self, name: str) -> Generator:
        if name not in self._generators:
            given = self._settings
            settings = GeneratorSettings(
                CommandSettings(tuple(given["command"]["argv"]), tuple(given["command"]["busy_codes"])),
                HttpSettings(
                    given["http"]["url"],
                    tuple(given["http"]["allow_hosts"]),
                    given["http"]["key_env"],
                    given["http"]["poll_s"],
                    given["http"]["max_mib"],
                ),
                TestSettings(given["test"]["defect"], given["test"]["fail_times"], dict(given["test"]["by_scene"])),
            )
            self._generators[name] = generator_named(name, settings)  # type: ignore[arg-type]  # the model has checked it
        return self._generators[name]


def _text(version: Version) -> str:
    """The parameters of a version as they are compared."""
    return json.dumps(dataclasses.asdict(version.params), sort_keys=True)
