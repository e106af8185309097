"""`report.txt`: every change is in it, those of a new item on one line."""

from __future__ import annotations

from hotfolderd.stages.template.report import gathered


def test_the_chunks_of_a_new_item_are_one_line_and_all_others_one_each() -> None:
    changes = [
        "head[0]: 1 of 20 bytes changed, from byte 15 on (the next free id)",
        "Fold[0]/Item#22: new, 0 bytes (imported picture)",
        "Fold[0]/Item#22/iide[0]: new, 4 bytes (imported picture)",
        "Fold[0]/Item#22+fvdv[0]: new, 4 bytes (imported picture)",
        "Fold[0]/Item#23: new, 0 bytes (imported picture)",
        "Fold[0]/Item#16/Pin[0]/Utf8[1]: new, 0 bytes (replaced for hero)",
    ]
    assert gathered(changes) == [
        changes[0],
        "Fold[0]/Item#22: a new item of 3 chunks (imported picture)",
        "Fold[0]/Item#23: a new item of 1 chunks (imported picture)",
        changes[5],
    ]
