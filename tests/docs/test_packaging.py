"""The package as somebody installs it: the wheel holds everything, and works in an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import hotfolderd

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "hotfolderd"


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(PACKAGE, source / "hotfolderd", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(REPOSITORY / name, source)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source, cwd=folder)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Texts, pages, schemas, service files and scripts too; nothing of the tests."""
    with zipfile.ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    wanted = {str(path.relative_to(REPOSITORY)) for path in PACKAGE.rglob("*") if path.is_file()}
    assert there == {name for name in wanted if "__pycache__" not in name}
    assert wheel.name == f"hotfolderd-{hotfolderd.__version__}-py3-none-any.whl"


def test_the_wheel_is_installed_into_a_new_environment_and_works_there(wheel: Path, tmp_path: Path) -> None:
    """Its libraries are those that are here already; the program is that of the wheel."""
    place = tmp_path / "environment"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=tmp_path)
    (packages,) = place.glob("lib/python*/site-packages")
    here = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (packages / "libraries.pth").write_text(f"{here}\n")
    program = place / "bin" / "hotfolderd"
    where = run(python, "-c", "import hotfolderd; print(hotfolderd.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(packages)
    assert run(program, "--version", cwd=tmp_path).strip() == hotfolderd.__version__
    run(program, "init", "folders", cwd=tmp_path)
    assert "decision" in run(program, "schema", "review", cwd=tmp_path)
    run(program, "run", "--until-idle", cwd=tmp_path)
    unit = run(program, "install-service", "--print", "--system", "systemd", cwd=tmp_path)
    assert f'ExecStart="{program}"' in unit
    run(program, "report", "--since", "1d", "--format", "html", "--out", "report.html", cwd=tmp_path)
    assert (tmp_path / "folders/dashboard.html").is_file()
