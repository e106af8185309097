"""What people hear of a film's segments, by a real web hook: each event by its name, once, with the right picture."""

from __future__ import annotations

import base64
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from films import clip, drop, review, wait_for_round
from house import House
from receivers import Hook

from hotfolderd.notify.matrix import MATRIX

FILM_EVENTS = [event for event in MATRIX if "segment" in event or event.startswith("compile")]


@pytest.fixture
def hook() -> Iterator[Hook]:
    service = Hook()
    yield service
    service.stop()


@pytest.fixture
def house(tmp_path: Path, hook: Hook) -> Iterator[House]:
    tags = [f"event:{event}" for event in FILM_EVENTS]
    notify = {"urls": [{"url": hook.url, "tags": tags}], "gather_s": 0.5, "max_per_minute": 0}
    with House(tmp_path, notify=notify, episodes={"base_s": 0.1}, retry={"base_s": 0.2}) as house:
        yield house


def heard(house: House, hook: Hook, title: str) -> dict[str, Any]:
    """Wait until the hook hears it, and until all that waits was sent: then a kill repeats nothing."""
    house.wait_until(lambda: title in hook.titles(), f"{title!r} in {hook.titles()}", within_s=30)
    outbox = house.root / ".hotfolderd" / "outbox"
    house.wait_until(lambda: not list(outbox.glob("*.json")), "the outbox to be empty", within_s=30)
    return next(one for one in hook.heard if one["title"] == title)


def pictures(message: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(one["base64"]) for one in message["attachments"]]


def thumbnail(folder: Path, segment: int, version: int) -> bytes:
    return clip(folder, segment, version).with_name("thumbnail.jpg").read_bytes()


def killed(house: House) -> None:
    house.stop(signal.SIGKILL)
    house.start()


def test_every_event_of_a_film_is_told_once_though_the_daemon_is_killed_again_and_again(
    house: House, hook: Hook
) -> None:
    drop(house, "light", 2, plain=True)
    folder = wait_for_round(house, "light", 1)
    first = heard(house, hook, "light for ACME: Segment 1 completed! Ready for review.")
    assert pictures(first) == [thumbnail(folder, 1, 1)]
    assert f"Write in: {folder}/review.yaml" in first["message"]
    assert "Who: everybody who can write the file" in first["message"]
    killed(house)
    review(house, "light", {"segment": 1, "decision": "approve"})
    wait_for_round(house, "light", 2)
    told = heard(house, hook, "light: Segment 1 approved! Generating Segment 2/2…")
    assert "Decided at " in told["message"]
    second = heard(house, hook, "light for ACME: Segment 2 completed! Ready for review.")
    assert pictures(second) == [thumbnail(folder, 2, 1)] != pictures(first)
    killed(house)
    changes = {"prompt": "by day"}
    review(house, "light", {"segment": 2, "decision": "reject", "reason": "far too dark", "changes": changes})
    wait_for_round(house, "light", 3)
    told = heard(house, hook, "light: Regenerating Segment 2 with your feedback…")
    assert "far too dark\nChanges: prompt: by day" in told["message"]
    third = heard(house, hook, "light for ACME: Segment 2: New version ready for review!")
    assert pictures(third) == [thumbnail(folder, 2, 2)]
    killed(house)
    review(house, "light", {"segment": 2, "decision": "regenerate", "changes": {"seed": 5}})
    wait_for_round(house, "light", 4)
    heard(house, hook, "light: Segment 2: Regenerating with new parameters…")
    review(house, "light", {"segment": 2, "decision": "rollback", "to_version": 2})
    wait_for_round(house, "light", 5)
    heard(house, hook, "light: Segment 2 is version 2 again.")
    review(house, "light", {"segment": 1, "decision": "note", "feedback": "fine"}, approve=[2])
    wait_for_round(house, "light", 6)
    heard(house, hook, "light for ACME: All 2 segments approved! Ready to compile final video?")
    killed(house)
    review(house, "light", decision="compile")
    house.wait_for("6-approval/light/approval.yaml")
    done = heard(house, hook, "light for ACME: Final video ready!")
    assert pictures(done) == [(house.root / "6-approval/light/output/light_final.jpg").read_bytes()]
    assert Counter(hook.titles()) == Counter(
        {
            "light for ACME: Starting segment-by-segment generation…": 1,
            "light: Generating Segment 1/2…": 1,
            "light for ACME: Segment 1 completed! Ready for review.": 1,
            "light: Segment 1 approved! Generating Segment 2/2…": 1,
            "light: Generating Segment 2/2…": 3,  # three versions
            "light for ACME: Segment 2 completed! Ready for review.": 1,
            "light: Regenerating Segment 2 with your feedback…": 1,
            "light for ACME: Segment 2: New version ready for review!": 2,  # the second and the third
            "light: Segment 2: Regenerating with new parameters…": 1,
            "light: Segment 2 is version 2 again.": 1,
            "light: Segment 2 approved!": 1,
            "light: Segment 1: noted.": 1,
            "light for ACME: All 2 segments approved! Ready to compile final video?": 1,
            "light: Compiling…": 1,
            "light for ACME: Final video ready!": 1,
        }
    )


def test_who_approves_all_that_is_shown_is_not_told_of_matches(house: House, hook: Hook) -> None:
    """The words for what follows are those of the kind of job."""
    drop(house, "light", 1)
    wait_for_round(house, "light", 1)
    review(house, "light", decision="approve")
    told = heard(house, hook, "light: Segment 1 approved!")
    assert "Decided at " in told["message"]
    assert "Matching" not in told["message"]


def test_several_that_are_ready_at_once_are_one_message_with_their_pictures_and_what_fails_is_told(
    house: House, hook: Hook
) -> None:
    house.stop()
    house.settings["episodes"] = {"base_s": 0.1, "attempts": 2, "test": {"by_scene": {2: "fail"}}}
    house.start()
    drop(house, "light", 3, generation={"gating": "none", "generator": "test"})
    folder = wait_for_round(house, "light", 1)
    ready = heard(house, hook, "2 segments completed for ACME! Ready for review.")
    assert sorted(pictures(ready)) == sorted(thumbnail(folder, number, 1) for number in (1, 3))
    lines = [line for line in ready["message"].splitlines() if line.startswith("- ")]
    assert sorted(lines) == ["- light: Segment 1", "- light: Segment 3"]
    failed = heard(house, hook, "light for ACME: Segment 2 failed")
    assert "told to fail at attempt 2" in failed["message"]
    assert "Write 'decision: regenerate' for it." in failed["message"]


def test_a_film_that_cannot_be_compiled_is_told_as_such(house: House, hook: Hook) -> None:
    drop(house, "light", 1)
    folder = wait_for_round(house, "light", 1)
    review(house, "light", {"segment": 1, "decision": "approve"})
    wait_for_round(house, "light", 2)
    whole = clip(folder, 1, 1)
    whole.write_bytes(b"x" * whole.stat().st_size)
    review(house, "light", decision="compile")
    house.wait_for("4-override/light/override.yaml")
    house.wait_until(lambda: house.status("light")["status"] == "awaiting_validation_review", "the arrival")
    override = house.root / "4-override/light/override.yaml"
    house.edit(override, decision="override", reason='"let us see what happens"', by="anna")
    house.wait_for("failed/light")
    told = heard(house, hook, "light for ACME: the video could not be compiled")
    assert "hotfolderd retry light" in told["message"]


def test_a_film_that_nobody_is_asked_about_tells_of_its_progress_alone(house: House, hook: Hook) -> None:
    drop(house, "light", 2, workflow="monolithic")
    house.wait_until(lambda: house.where("light") == "7-completed", "the film")
    heard(house, hook, "light: Compiling…")
    assert sorted(hook.titles()) == [
        "light: Compiling…",
        "light: Generating Segment 1/2…",
        "light: Generating Segment 2/2…",
    ]
    assert (house.folder("light") / "previews/thumbnail.jpg").is_file()
