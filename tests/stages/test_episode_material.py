"""What a segment is made of: narration, captions and the generator's own sound, on the real steps of the line."""

from __future__ import annotations

import json
from pathlib import Path

from hotfolderd.film.assets import make_captions, make_narration
from hotfolderd.film.scene import Scene
from hotfolderd.stages.episode.assets import narration_facts, narration_of


def test_the_pauses_of_a_voice_are_kept_for_the_captions(tmp_path: Path) -> None:
    """What the step `narration` has measured goes to the captions by way of a file; they end where the voice pauses."""
    scene = Scene(
        1, dialogue="The storm comes from the west. " * 2 + "It will be here before the night, I am afraid. Run!"
    )
    made = make_narration(scene, tmp_path / "voice.wav")
    assert made.pauses
    told = json.loads(json.dumps(narration_facts(made)))
    assert narration_of(told, made.path) == made
    assert make_captions(scene, narration_of(told, made.path)) == make_captions(scene, made)
