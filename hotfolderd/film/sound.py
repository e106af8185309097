"""Sounds as clips need them: 48 kHz stereo, measured for where a voice is heard.

Reads sounds of people and our own; writes WAV files.
"""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media.graph import SOUND_FORMATS, examine, execute, file_name, put, source

RATE_HZ = 48_000
LONGEST_S = 1800.0
QUIET_DB = -45
_PAUSE_S = 0.12
_SILENCE = re.compile(r"silence_(start|end): (-?[\d.]+)")
_LOUDNESS = re.compile(r"Integrated loudness:\s+I:\s+(-?[\d.]+|-?inf|nan) LUFS")
_PEAK = re.compile(r"(?:True|Sample) peak:\s+Peak:\s+(-?[\d.]+|-?inf|nan) dBFS")
_NOTHING_LUFS = -70.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What was measured in a sound. `silences` are its quiet parts, start and end in seconds.

    Loudness is in LUFS, None where there is nothing to be heard; `true_peak_db` in dBFS.
    """

    duration_s: float
    silences: tuple[tuple[float, float], ...]
    loudness_lufs: float | None
    true_peak_db: float | None

    @property
    def silent_s(self) -> float:
        """How long nothing is heard."""
        return sum(end - start for start, end in self.silences)

    @property
    def voice(self) -> tuple[float, float]:
        """From when to when something is heard; both 0 where nothing is."""
        start, end = 0.0, self.duration_s
        if self.silences and self.silences[0][0] <= 0.01:
            start = self.silences[0][1]
        if self.silences and self.silences[-1][1] >= self.duration_s - 0.01:
            end = self.silences[-1][0]
        return (start, end) if end > start else (0.0, 0.0)


def listen(sound: Path, *, timeout_s: float = 120) -> Heard:
    """What is heard in a sound, or in the sound of a clip. Raises JobError for a file that cannot be read."""
    audio = source(sound, formats=SOUND_FORMATS)["a:0"].filter("aformat", channel_layouts="stereo")
    audio = audio.filter("ebur128", peak="true", framelog="quiet").filter(
        "silencedetect", n=f"{QUIET_DB}dB", d=_PAUSE_S
    )
    graph = ffmpeg.output(audio, "-", f="null", progress="pipe:1")
    done = examine(graph, timeout_s=timeout_s)
    if done.code != 0:
        raise JobError(f"{sound.name}: ffmpeg cannot read it as sound. Replace it by a WAV or an MP3.")
    times = re.findall(r"^out_time_us=(\d+)", done.stdout.decode("ascii", "replace"), re.MULTILINE)
    return heard_in(done.stderr, int(times[-1]) / 1e6 if times else 0.0)


def heard_in(words: str, duration_s: float) -> Heard:
    """What ffmpeg's `ebur128` and `silencedetect` have said; a silence that it says no end of lasts to the end."""
    silences: list[tuple[float, float]] = []
    start: float | None = None
    for kind, at in _SILENCE.findall(words):
        if kind == "start":
            start = max(0.0, float(at))
        elif start is not None:
            silences.append((start, min(float(at), duration_s)))
            start = None
    if start is not None and duration_s > start:
        silences.append((start, duration_s))
    return Heard(duration_s, tuple(silences), _level(_LOUDNESS, words), _level(_PEAK, words))


def _level(pattern: re.Pattern[str], words: str) -> float | None:
    found = pattern.findall(words)
    if not found or "inf" in found[-1] or found[-1] == "nan" or float(found[-1]) <= _NOTHING_LUFS:
        return None
    return float(found[-1])


def to_wav(sound: Path, out: Path, *, gain_db: float = 0.0, timeout_s: float = 120) -> None:
    """`out` is the sound as WAV, 48 kHz stereo, 16 bits, cut after `LONGEST_S`. Raises JobError."""
    audio = source(sound, formats=SOUND_FORMATS)["a:0"].filter("aresample", RATE_HZ)
    if gain_db:
        audio = audio.filter("volume", f"{gain_db:.3f}dB")

    def convert(part: Path) -> None:
        how = {"f": "wav", "acodec": "pcm_s16le", "ar": RATE_HZ, "ac": 2, "t": LONGEST_S, "map_metadata": -1}
        execute(ffmpeg.output(audio, file_name(part), fflags="+bitexact", **how), timeout_s=timeout_s)

    try:
        put(out, convert)
    except ToolError as error:
        if type(error) is not ToolError or "was ended" in str(error):
            raise
        raise JobError(f"{sound.name}: cannot be read as sound. Replace it by a WAV or an MP3. ({error})") from error


def write_silence(out: Path, duration_s: float) -> None:
    """`out` is a WAV in which nothing is heard."""

    def write(part: Path) -> None:
        with wave.open(str(part), "wb") as stream:
            stream.setnchannels(2)
            stream.setsampwidth(2)
            stream.setframerate(RATE_HZ)
            for _ in range(int(duration_s)):
                stream.writeframesraw(b"\0" * (RATE_HZ * 4))
            stream.writeframes(b"\0" * (round((duration_s - int(duration_s)) * RATE_HZ) * 4))

    put(out, write)
