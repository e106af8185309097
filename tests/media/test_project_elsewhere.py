"""A project whose footage lies elsewhere: nothing but the paths changes, in both forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects_made import Studio

from hotfolderd.errors import JobError
from hotfolderd.media import rifx
from hotfolderd.media.project import read_template
from hotfolderd.media.project.differences import addresses
from hotfolderd.media.project.elsewhere import first_frame, relinked, write_as
from hotfolderd.media.project_file import read_tree


@pytest.fixture
def project(tmp_path: Path) -> Path:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_text("title")
    comp.add(studio.footage("a.png"))
    comp.add(studio.footage("b.png"))
    comp.display_start_frame = 86400
    return studio.saved()


@pytest.mark.parametrize(
    "place", ["/Volumes/Jobs/now ü/a.png", "Z:/jobs/a.png", "//server/share/a.png", 'C:\\a "b"\\a.png']
)
@pytest.mark.parametrize("form", ["aep", "aepx"])
def test_only_the_path_of_that_footage_changes(project: Path, tmp_path: Path, place: str, form: str) -> None:
    tree, count = relinked(project, lambda old: place if old.endswith("a.png") else None)
    assert count == 1
    out = tmp_path / f"out.{form}"
    write_as(tree, out)
    assert read_tree(out)[0] == form
    before, after = addresses(read_tree(project)[1]), addresses(read_tree(out)[1])
    changed = [address for address in before if before[address] != after[address]]
    assert before.keys() == after.keys()
    assert len(changed) == 1
    assert changed[0].endswith("/Pin[0]/Als2[0]/alas[0]")
    shown = {one.name: one.path for one in read_template(out).footage}
    assert shown["a.png"] == place
    assert str(shown["b.png"]).endswith("/old/b.png")


def test_nothing_changes_where_nothing_moved(project: Path) -> None:
    tree, count = relinked(project, lambda old: old)
    assert (count, rifx.dump(tree)) == (0, project.read_bytes())


def test_a_damaged_path_is_the_fault_of_the_file(project: Path) -> None:
    _, tree = read_tree(project)
    chunk = next(chunk for _, item in rifx.items(tree) for chunk in rifx.at(item, "Pin/Als2/alas"))
    rifx.replace_data(chunk, b'{"fullpath": 3}')
    project.write_bytes(rifx.dump(tree))
    with pytest.raises(JobError, match=r"template.aep: alas should be"):
        relinked(project, lambda _: None)


def test_the_first_frame_is_as_after_effects_counts(project: Path) -> None:
    """A comp that begins at an hour: its first frame is not 0, and aerender wants that number."""
    template = read_template(project)
    assert first_frame(project, template.main_comp) == 86400
