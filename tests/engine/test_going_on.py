"""A job that has done a step goes on with the next one in the same writing, unless something must be asked first."""

from __future__ import annotations

from studio import Studio

from hotfolderd.pipeline import ON_HOLD, REVIEW


def writings(studio: Studio) -> list[str]:
    """Has each record that is written noted, by the name of its job."""
    found: list[str] = []
    saved = studio.store.saved
    studio.store.saved = lambda job: (found.append(job), saved(job))[1]
    return found


def test_the_end_of_a_step_and_the_beginning_of_the_next_are_one_writing_with_both_events(studio: Studio) -> None:
    """The attempt of the next step is counted with it, before a worker has it."""
    place = studio.order("J1")
    studio.turn()
    first = studio.reconciler.seats.of("J1").running.name  # type: ignore[union-attr]
    found = writings(studio)
    studio.turn()
    following = studio.reconciler.seats.of("J1").running.name  # type: ignore[union-attr]
    assert following != first
    assert found == ["J1"]
    assert studio.record("J1").attempts == 1
    assert list(studio.record("J1").finished) == [first]
    events = (place / ".job/events.jsonl").read_text().splitlines()[-2:]
    assert f"{first}: done" in events[0]
    assert "started" in events[1]
    studio.work()
    assert studio.stage("J1") == REVIEW


def test_an_order_that_lies_there_comes_before_the_next_step(studio: Studio) -> None:
    studio.order("J1")
    studio.turn()
    studio.control("J1", action="hold", by="anna")
    studio.work()
    assert studio.stage("J1") == ON_HOLD


def test_a_job_of_higher_priority_gets_the_worker_that_is_free(studio: Studio) -> None:
    studio.order("J1", priority="low")
    studio.turn()
    studio.order("J2", priority="high")
    for _ in range(3):
        studio.turn()
        if len(studio.record("J2").finished):
            break
    assert studio.record("J2").finished
