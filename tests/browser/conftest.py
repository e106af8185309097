from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "line")]

from chromium import HOW_TO_INSTALL, Browser, Page, find_browser  # noqa: E402
from hostile_job import JOB, drop_hostile, put  # noqa: E402  it needs what lies in tests/line
from house import GATES, House  # noqa: E402


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if find_browser() is None:
        pytest.skip(HOW_TO_INSTALL)
    with Browser(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.page()
    yield made
    made.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of one hostile job as the daemon made them, by gate; the review also in its second round.

    Each lies in a copy of its whole job folder.
    """
    folder = tmp_path_factory.mktemp("pages")
    house = House(folder)
    drop_hostile(house.inbox)
    found: dict[str, Path] = {}

    def keep(stage: str, name: str) -> None:
        house.run_until_idle()
        assert house.where(JOB) == stage, house.status(JOB)
        shutil.copytree(house.folder(JOB), folder / name)
        found[name] = folder / name / f"{GATES[stage]}.html"

    keep("2-review", "review")
    house.edit(house.root / "2-review" / JOB / "review.yaml", decision="approve")
    keep("4-override", "override")
    house.edit(house.root / "4-override" / JOB / "override.yaml", decision="return")
    keep("2-review", "review again")
    house.edit(house.root / "2-review" / JOB / "review.yaml", decision="approve")
    house.run_until_idle()
    put(house.root / "4-override" / JOB / "override.yaml", decision="override", reason="'the client wants it so'")
    keep("6-approval", "approval")
    return found
