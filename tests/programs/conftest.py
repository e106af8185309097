"""Programs that behave, and misbehave, as those of After Effects do; a project for them; a real nexrender server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from farm import Farm, installed

sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

STAND_INS = Path(__file__).parent / "stand_ins"

Program = Callable[[str], str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Gives a program by the name of its stand-in, in a folder of its own outside the system's."""
    folder = tmp_path / "Adobe After Effects 2025"

    def made(name: str, called: str = "") -> str:
        folder.mkdir(exist_ok=True)
        (folder / "pretend.py").write_bytes((STAND_INS / "pretend.py").read_bytes())
        path = folder / (called or name)
        path.write_text(f"#!{sys.executable}\n{(STAND_INS / f'{name}.py').read_text()}")
        path.chmod(0o755)
        return str(path)

    return made


@pytest.fixture(scope="session")
def package(request: pytest.FixtureRequest) -> Path:
    """Where the nexrender server is installed; tests are skipped where it cannot be."""
    assert request.config.cache is not None
    folder = Path(request.config.cache.mkdir("nexrender-server"))
    why_not = installed(folder)
    if why_not:
        pytest.skip(why_not)
    return folder


@pytest.fixture
def farm(package: Path, tmp_path: Path) -> Iterator[Farm]:
    folder = tmp_path / "farm"
    folder.mkdir()
    with Farm(package, folder).open() as open_farm:
        yield open_farm
