"""A text spoken by espeak-ng: the library of the package `espeakng-loader`, else the program in PATH.

The library speaks in a process of its own (`python -m hotfolderd.film.speech`), because it ends the process where it
fails, and remembers its voice. Writes nothing but WAV to stdout.
"""

from __future__ import annotations

import ctypes
import importlib.util
import io
import os
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
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF_8, _RATE = 2, 0x8000, 1, 1


def can_speak() -> bool:
    """Whether there is something here that can speak."""
    return importlib.util.find_spec("espeakng_loader") is not None or shutil.which("espeak-ng") is not None


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
