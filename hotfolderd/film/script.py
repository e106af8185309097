"""Scenes out of a plain text: HOOK, BODY and CTA, "SCENE 1", INT. and EXT. headings, or paragraphs.

Reads and writes no files.
"""

from __future__ import annotations

from hotfolderd.film.scene import Scene


def scenes_of(text: str, *, style: str = "") -> tuple[Scene, ...]:
    """The scenes of a story or a script, numbered from 1; each as long as its words take to be read aloud.

    Raises JobError for a text without a word in it.
    """
    raise NotImplementedError
