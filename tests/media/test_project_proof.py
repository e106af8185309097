"""The proof fails when a written project is anything but the template with the orders in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from projects_made import Studio, make_picture, named, picture_for, text_for

from hotfolderd.errors import ToolError
from hotfolderd.media import aepx, rifx
from hotfolderd.media.project import Fill, populate, read_template, verify


@dataclass
class Job:
    """A project populated with a text, a relinked, a replaced and an imported picture; two layers stay as they are."""

    template: Path
    fills: list[Fill]
    written: Path
    comp_id: int

    def tampered(self, change: Callable[[rifx.Tree], None]) -> Path:
        tree = rifx.parse(self.written.read_bytes())
        change(tree)
        self.written.write_bytes(rifx.dump(tree))
        return self.written


@pytest.fixture
def job(tmp_path: Path) -> Job:
    studio = Studio(tmp_path)
    comp = studio.comp("Main")
    comp.add_text("title")
    comp.add_text("untouched")
    comp.add(studio.footage("relinked.png"))
    comp.add(studio.footage("replaced.png"))
    shared = studio.footage("shared.png")
    comp.add(shared).name = "imported"
    comp.add(shared).name = "stays"
    path = studio.saved()
    template = read_template(path)
    fills = [
        text_for(template, "title", "new title"),
        picture_for(template, "relinked.png", make_picture(tmp_path / "n1.png")),
        picture_for(template, "replaced.png", make_picture(tmp_path / "n2.png", (40, 30))),
        picture_for(template, "imported", make_picture(tmp_path / "n3.png")),
    ]
    report = populate(path, fills, tmp_path / "final")
    assert [done.how for done in report.done] == ["text", "relinked", "replaced", "imported"]
    return Job(path, fills, Path(report.written[0]), comp.id)


def layer_chunk(job: Job, tree: rifx.Tree, name: str) -> rifx.Chunk:
    layer_id = named(read_template(job.template), name).layer_id
    return dict(rifx.layers(dict(rifx.items(tree))[job.comp_id]))[layer_id]


def flip(chunk: rifx.Chunk, place: int = -1) -> None:
    data = bytearray(chunk.data)
    data[place] ^= 1
    rifx.replace_data(chunk, bytes(data))


def test_what_was_populated_passes(job: Job) -> None:
    proved = verify(job.template, job.fills, [job.written]).proved

    assert any("byte for byte" in sentence for sentence in proved)
    assert any("1 texts and 3 pictures are as ordered" in sentence for sentence in proved)


def test_a_byte_in_another_chunk_is_found_and_the_chunk_named(job: Job) -> None:
    job.tampered(lambda tree: flip(rifx.at(tree.root, "nhed")[0]))

    with pytest.raises(ToolError, match=r"chunk nhed\[0\] was changed"):
        verify(job.template, job.fills, [job.written])


def test_a_text_that_was_not_ordered_is_found(job: Job) -> None:
    job.tampered(lambda tree: flip(next(rifx.find(layer_chunk(job, tree, "untouched"), "btdk"))))

    with pytest.raises(ToolError, match=r"Layr#\d+/.*btdk\[0\] was changed"):
        verify(job.template, job.fills, [job.written])


@pytest.mark.parametrize(("place", "what"), [(39, "a switch"), (20, "a time"), (70, "a name")])
def test_only_the_source_of_an_imported_layer_may_change(job: Job, place: int, what: str) -> None:
    job.tampered(lambda tree: flip(rifx.at(layer_chunk(job, tree, "imported"), "ldta")[0], place))

    with pytest.raises(ToolError, match=r"ldta\[0\] was changed"):
        verify(job.template, job.fills, [job.written])


def test_a_layer_that_was_not_ordered_keeps_its_source(job: Job) -> None:
    def change(tree: rifx.Tree) -> None:
        ordered = rifx.at(layer_chunk(job, tree, "imported"), "ldta")[0].data
        other = rifx.at(layer_chunk(job, tree, "stays"), "ldta")[0]
        rifx.replace_data(other, other.data[:40] + ordered[40:44] + other.data[44:])

    job.tampered(change)

    with pytest.raises(ToolError, match=r"ldta\[0\] was changed"):
        verify(job.template, job.fills, [job.written])


@pytest.mark.parametrize(("name", "path"), [("relinked.png", "Pin/sspc"), ("replaced.png", "ftgi")])
def test_of_ordered_footage_only_the_source_may_change(job: Job, name: str, path: str) -> None:
    source = named(read_template(job.template), name).source
    assert source is not None
    job.tampered(lambda tree: flip(rifx.at(dict(rifx.items(tree))[source.item_id], path)[0]))

    with pytest.raises(ToolError, match=rf"Item#{source.item_id}/.*{path[-4:]}\[0\] was changed"):
        verify(job.template, job.fills, [job.written])


def test_a_lost_layer_is_found(job: Job) -> None:
    def change(tree: rifx.Tree) -> None:
        dict(rifx.items(tree))[job.comp_id].children.remove(layer_chunk(job, tree, "untouched"))

    job.tampered(change)

    with pytest.raises(ToolError, match=r"Layr#\d+ is gone"):
        verify(job.template, job.fills, [job.written])


def test_layers_in_another_sequence_are_found(job: Job) -> None:
    def change(tree: rifx.Tree) -> None:
        comp = dict(rifx.items(tree))[job.comp_id]
        one, two = (comp.children.index(layer_chunk(job, tree, name)) for name in ("title", "untouched"))
        comp.children[one], comp.children[two] = comp.children[two], comp.children[one]

    job.tampered(change)

    with pytest.raises(ToolError, match="stands where the template has"):
        verify(job.template, job.fills, [job.written])


def test_an_item_too_many_is_found(job: Job) -> None:
    def change(tree: rifx.Tree) -> None:
        folder = rifx.at(tree.root, "Fold")[0]
        copy = rifx.parse(job.written.read_bytes())
        extra = next(item for _, item in rifx.items(copy))
        head = rifx.at(extra, "idta")[0]
        rifx.replace_data(head, head.data[:16] + (9999).to_bytes(4, "big") + head.data[20:])
        folder.children.append(extra)

    job.tampered(change)

    with pytest.raises(ToolError, match="1 new items were ordered, found 2"):
        verify(job.template, job.fills, [job.written])


def test_another_xmp_packet_is_found(job: Job) -> None:
    def change(tree: rifx.Tree) -> None:
        tree.xmp = b'<?xpacket begin=""?><x/><?xpacket end="w"?>'

    job.tampered(change)

    with pytest.raises(ToolError, match="chunk xmp was changed"):
        verify(job.template, job.fills, [job.written])


def test_an_order_that_was_not_carried_out_is_found(job: Job) -> None:
    def text(tree: rifx.Tree) -> None:
        old = rifx.parse(job.template.read_bytes())
        chunk = next(rifx.find(layer_chunk(job, tree, "title"), "btdk"))
        rifx.replace_data(chunk, next(rifx.find(layer_chunk(job, old, "title"), "btdk")).data)

    job.tampered(text)
    with pytest.raises(ToolError, match="layer title of comp Main should say 'new title', found 'title'"):
        verify(job.template, job.fills, [job.written])


def test_a_picture_at_another_path_is_found(job: Job) -> None:
    def change(tree: rifx.Tree) -> None:
        for chunk in rifx.walk(tree.root):
            if chunk.id == "alas" and b"n1.png" in chunk.data:
                rifx.replace_data(chunk, chunk.data.replace(b"n1.png", b"n9.png"))

    job.tampered(change)

    with pytest.raises(
        ToolError, match=r"layer relinked\.png of comp Main should show .*n1\.png, but .* names .*n9\.png"
    ):
        verify(job.template, job.fills, [job.written])


def test_two_forms_that_differ_are_found(job: Job) -> None:
    xml = job.written.with_suffix(".aepx")
    tree = rifx.parse(job.written.read_bytes())
    flip(next(rifx.find(layer_chunk(job, tree, "title"), "btdk")), 3)
    xml.write_bytes(aepx.from_rifx(tree))

    with pytest.raises(ToolError, match=r"final\.aepx: it does not hold the same project as final\.aep"):
        verify(job.template, job.fills, [job.written, xml])
