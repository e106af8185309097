"""Many small jobs at once."""

from __future__ import annotations

from pathlib import Path

from house import House

from hotfolderd.demo.batch import make_small_batch

COUNT = 120


def test_120_jobs_of_one_csv_are_all_reviewed_and_delivered_in_little_memory(tmp_path: Path) -> None:
    """All reach the review, are approved by writing files, and are delivered; the daemon stays below 200 MiB."""
    with House(tmp_path, workers={"processes": 2}) as house, house.watched():
        make_small_batch(house.inbox, COUNT)

        def standing(stage: str) -> list[Path]:
            return [path for path in (house.root / stage).iterdir() if path.is_dir()]

        house.wait_until(lambda: len(standing("2-review")) == COUNT, "all reviews", within_s=240)
        early = house.memory_mib()
        for job in standing("2-review"):
            house.edit(job / "review.yaml", decision="approve")
        house.wait_until(lambda: len(standing("6-approval")) == COUNT, "all approvals", within_s=480)
        for job in standing("6-approval"):
            house.edit(job / "approval.yaml", decision="approve")
        house.wait_until(lambda: len(standing("7-completed")) == COUNT, "all deliveries", within_s=240)
        late = house.memory_mib()
        assert late < 200
        assert late < early + 40
        assert standing("failed") == []
        assert len(list(house.root.glob("deployed/*/*/TINY*/manifest.json"))) == COUNT
        house.wait_until(lambda: "status: complete" in _batch(house), "the batch to be complete")


def _batch(house: House) -> str:
    return next(house.root.glob("batches/*/batch.yaml")).read_text()
