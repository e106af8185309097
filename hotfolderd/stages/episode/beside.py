"""What lies beside the scenes of an episode: music, and pictures of reference. Other files there are none of it.

Looks at names only; reads and writes nothing. The daemon asks it too, so it imports nothing heavy.
"""

from __future__ import annotations

from pathlib import Path

from hotfolderd.inbox.scene_files import CLIPS, PICTURES, SOUNDS

_REFERENCES = ("refs", "references")


def music_in(job_folder: Path) -> tuple[str, ...]:
    """The music of an episode relative to its job folder, in the order of the names."""
    found = _files(job_folder, ("music",), SOUNDS)
    return tuple(path.relative_to(job_folder).as_posix() for path in found)


def is_music(name: str) -> bool:
    """Whether a file can be the music of a film by its name: a sound, or a clip of which the sound is taken."""
    return name.lower().endswith((*SOUNDS, *CLIPS))


def references_in(job_folder: Path) -> tuple[Path, ...]:
    """The pictures and clips of reference of an episode, in the order of the names."""
    return _files(job_folder, _REFERENCES, (*PICTURES, *CLIPS))


def _files(job_folder: Path, folders: tuple[str, ...], endings: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that lie directly in folders of these names, however they are written, below the assets."""
    assets = job_folder / "assets"
    places = [path for path in assets.iterdir() if path.name.casefold() in folders] if assets.is_dir() else []
    return tuple(
        path
        for place in sorted(places)
        if place.is_dir()
        for path in sorted(place.iterdir())
        if path.is_file() and path.name[0] not in "._" and path.name.lower().endswith(endings)
    )
