"""One small job's files, made once by our own code, and ways to lay out drops of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hotfolderd.demo.batch import make_small_batch


@pytest.fixture(scope="session")
def job_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `design.psd`, `template.aepx`, `template.aep` and the template's footage `footage/tiny_bg.png`."""
    folder = tmp_path_factory.mktemp("job_files")
    make_small_batch(folder / "a", 1, template="template.aepx", share_design=True)
    make_small_batch(folder / "b", 1, template="template.aep", share_design=True)
    made = folder / "files"
    (made / "footage").mkdir(parents=True)
    shutil.copyfile(folder / "a" / "tiny.psd", made / "design.psd")
    shutil.copyfile(folder / "a" / "template.aepx", made / "template.aepx")
    shutil.copyfile(folder / "b" / "template.aep", made / "template.aep")
    shutil.copyfile(folder / "a" / "footage" / "tiny_bg.png", made / "footage" / "tiny_bg.png")
    return made


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "0-inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def lay(job_files: Path, inbox: Path) -> Callable[..., Path]:
    """Puts copies of the job's files into the inbox: `lay("x/design.psd", "x/t.aep")`, told apart by their suffixes."""

    def lay(*names: str) -> Path:
        sources = {
            ".psd": "design.psd",
            ".aepx": "template.aepx",
            ".aep": "template.aep",
            ".png": "footage/tiny_bg.png",
        }
        for name in names:
            target = inbox / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = sources.get(target.suffix.lower())
            if source:
                shutil.copyfile(job_files / source, target)
            else:
                target.write_bytes(b"x")
        return inbox

    return lay
