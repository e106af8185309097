"""A text spoken by espeak-ng: the library of the package `espeakng-loader`, else the program in PATH.

The library speaks in a process of its own (`python -m hotfolderd.film.speech`), because it ends the process where it
fails, and remembers its voice. Writes nothing but WAV to stdout.
"""

from __future__ import annotations

import ctypes
import importlib.util
import io
import os
import re
import shutil
import sys
import wave
from pathlib import Path

from hotfolderd.errors import ToolError
from hotfolderd.media import process

WORDS_A_MINUTE = 155
DEFAULT_VOICE = "en-us"
_MOST_CHARACTERS = 20_000
_MOST_BYTES = 200 << 20
# An English voice of espeak-ng 1.52 reads these letters by their names: "Arabic letter meem", ten times as long as the
# words. Korean, Hindi and others it gives to a voice of their own by itself.
_SCRIPTS = (
    ("ar", re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("he", re.compile(r"[\u0590-\u05ff\ufb1d-\ufb4f]")),
    ("ru", re.compile(r"[\u0400-\u052f]")),
    ("el", re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("cmn", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
)
# Letters that only another language of the same script has.
_OTHERS = (
    ("ar", "ur", re.compile(r"[\u0679\u0688\u0691\u06ba\u06d2]")),
    ("ar", "fa", re.compile(r"[\u067e\u0686\u0698\u06a9\u06af\u06cc]")),
    ("ru", "uk", re.compile(r"[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]")),
)
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF_8, _RATE = 2, 0x8000, 1, 1


def can_speak() -> bool:
    """Whether there is something here that can speak."""
    return importlib.util.find_spec("espeakng_loader") is not None or shutil.which("espeak-ng") is not None


def voice_for(text: str, *, latin: str = "") -> str | None:
    """The voice that knows the letters of a text, `latin` or the default one for Latin letters; None where none does.

    A text in several scripts gets the voice of the one with most letters. No voice reads Japanese with Chinese signs.
    """
    counts = {voice: len(letters.findall(text)) for voice, letters in _SCRIPTS}
    if counts["ja"]:
        counts["ja"] += counts.pop("cmn")
    voice = max(counts, key=lambda one: counts[one])
    if counts[voice] <= sum(letter.isalpha() and letter < "\u0250" for letter in text):
        return latin or DEFAULT_VOICE
    if voice == "ja" and dict(_SCRIPTS)["cmn"].search(text):
        return None
    return next((other for of, other, letters in _OTHERS if of == voice and letters.search(text)), voice)


def speak(text: str, voice: str, *, timeout_s: float) -> bytes:
    """The text as a WAV, one channel. Raises ToolError where nothing here can speak, or it fails."""
    words = text[:_MOST_CHARACTERS].replace("\0", " ").encode()
    voice = voice or DEFAULT_VOICE
    if importlib.util.find_spec("espeakng_loader") is not None:
        argv = [sys.executable, "-P", "-m", "hotfolderd.film.speech", voice]
    else:
        program = shutil.which("espeak-ng")
        if program is None:
            raise ToolError("speech: there is no espeak-ng. Install the package espeakng-loader or the program.")
        argv = [program, "--stdin", "--stdout", "-v", voice, "-s", str(WORDS_A_MINUTE)]
    return process.run(argv, input=words, timeout_s=timeout_s, most_bytes=_MOST_BYTES).stdout


def main() -> int:
    """Speaks what stdin holds with the voice of the first argument; its WAV goes to stdout."""
    import espeakng_loader  # noqa: PLC0415 - need not be there

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = Path(espeakng_loader.get_data_path())
    os.chdir(data.parent)  # the library keeps no more than 160 letters of a path
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DO_NOT_EXIT)
    if rate <= 0:
        print(f"espeak-ng finds no voices in {data}", file=sys.stderr)  # noqa: T201 - the last words of this process
        return 1
    sound = bytearray()

    def take(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, count * 2))
        return 0

    taken = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(take)
    library.espeak_SetSynthCallback(taken)
    if library.espeak_SetVoiceByName(sys.argv[1].encode()) != 0:
        print(f"espeak-ng has no voice {sys.argv[1]!r}", file=sys.stderr)  # noqa: T201
        return 2
    library.espeak_SetParameter(_RATE, WORDS_A_MINUTE, 0)
    words = sys.stdin.buffer.read()
    said = library.espeak_Synth(words, ctypes.c_size_t(len(words) + 1), 0, 1, 0, _UTF_8, None, None)
    if said != 0 or library.espeak_Synchronize() != 0:
        print(f"espeak-ng failed with {said}", file=sys.stderr)  # noqa: T201
        return 3
    whole = io.BytesIO()
    with wave.open(whole, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(sound))
    sys.stdout.buffer.write(whole.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
