"""The chunk tree of After Effects projects: nothing is lost, nothing odd gets through."""

from __future__ import annotations

import random
import time
from pathlib import Path

import py_aep
import pytest

from hotfolderd.errors import JobError
from hotfolderd.media import rifx
from hotfolderd.media.ae_version import refuse_old, saved_by
from hotfolderd.media.aepx import from_rifx, to_rifx
from hotfolderd.media.rifx import Chunk, Limits, Tree, dump, find, parse, walk

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
PROJECTS = sorted(path for path in SAMPLES.glob("*/*") if path.suffix in (".aep", ".aet"))
PACKET = b'<?xpacket begin="" id="x"?><x/>\n<?xpacket end="w"?>'


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A project with a comp, two text layers, a solid and a folder, written by py-aep."""
    project = py_aep.new().project
    comp = project.root_folder.add_comp("Title", 1280, 720, 1.0, 5.0, 25.0)
    comp.add_text("Hello\rWörld")
    comp.add_box_text([400, 200], "in a box")
    comp.add_solid([1.0, 0.0, 0.0], "red & <blue>", 100, 100, 1.0)
    project.root_folder.add_folder("Folder").add_comp("Inner", 100, 100, 1.0, 1.0, 25.0)
    path = tmp_path_factory.mktemp("own") / "own.aep"
    project.save(path)
    return path.read_bytes()


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return name + len(body).to_bytes(4, "big") + body + b"\0" * (len(body) & 1)


def project(body: bytes, behind: bytes = b"") -> bytes:
    return chunk(b"RIFX", b"Egg!" + body) + behind


def nested(depth: int) -> bytes:
    """`depth` lists in each other, put together from both ends, so that it takes no time."""
    heads = [b"LIST" + (4 + 12 * inside).to_bytes(4, "big") + b"tdgp" for inside in range(depth)]
    return b"".join(reversed(heads))


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_every_sample_project_comes_back_byte_for_byte(path: Path) -> None:
    data = path.read_bytes()
    assert dump(parse(data)) == data


def test_a_project_of_our_own_comes_back_byte_for_byte(own_project: bytes) -> None:
    assert dump(parse(own_project)) == own_project


def test_odd_chunks_are_padded_and_raw_lists_are_not_read_as_chunks() -> None:
    data = project(chunk(b"abc ", b"123") + chunk(b"LIST", b"btdk" + b"odd") + chunk(b"LIST", b"Pefl"), PACKET)
    tree = parse(data)
    first, raw, empty = tree.root.children
    assert (first.id, first.name, first.data) == ("abc ", "abc", b"123")
    assert (raw.list_type, raw.data, raw.holds_chunks) == ("btdk", b"odd", False)
    assert (empty.list_type, empty.children, empty.holds_chunks) == ("Pefl", [], True)
    assert tree.xmp == PACKET
    assert dump(tree) == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "begins with RIFX"),
        (b"RIFX", "begins with RIFX"),
        (b"RIFF\0\0\0\4Egg!", "begins with RIFX"),
        (b"RIFX\0\0\0\4WAVE", "begins with RIFX"),
        (b"RIFX\0\0\0\2Egg!", "says that it has 10 bytes"),
        (project(chunk(b"abcd", b"1234"))[:-1], "byte 4: the project says that it has 24 bytes, the file has 23"),
        (project(b"abcd\0\0\0\x08\0\0\0\0"), "byte 12 in Egg!: chunk b'abcd' says 8 bytes, but its list ends after 4"),
        (project(b"abcd\xff\xff\xff\xff"), "says 4,294,967,295 bytes"),
        (project(b"abcd\0"), "5 bytes are left"),
        (project(b"abcd\0\0\0\1x\1"), "padded with 0x01"),
        (project(b"abcd\0\0\0\1x"), "says 1 bytes, but its list ends after 1"),
        (project(chunk(b"ab\0d")), "is no name of a chunk"),
        (project(chunk(b"    ")), "is no name of a chunk"),
        (project(chunk(b"RIFX", b"Egg!")), "is no name of a chunk"),
        (project(chunk(b"LIST", b"LIST")), "is no name of a chunk"),
        (project(chunk(b"LIST", b"ab")), "needs 4 bytes for its type, this one has 2"),
        (project(chunk(b"LIST", b"Fold" + chunk(b"LIST", b"Item" + b"abc"))), "byte 36 in Egg!/Fold/Item: 3 bytes"),
        (project(b"", b"garbage"), "byte 12: only an XMP packet may follow"),
        (project(b"", PACKET + b"garbage"), "only an XMP packet may follow"),
        (project(b"", PACKET[:-8]), "only an XMP packet may follow"),
        (project(b"", PACKET.replace(b"<x/>", b"\xff")), "the XMP packet is not UTF-8"),
    ],
)
def test_a_broken_project_is_refused_with_place_and_remedy(data: bytes, said: str) -> None:
    with pytest.raises(JobError) as refusal:
        parse(data)
    assert said in str(refusal.value)
    assert str(refusal.value).endswith(("save it again.", "After Effects saved."))


def test_a_project_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    assert dump(parse(project(nested(255)))) == project(nested(255))
    with pytest.raises(JobError, match="nested deeper than 256"):
        parse(project(nested(256)))


def test_a_very_deep_project_is_refused_and_never_exhausts_the_stack() -> None:
    data = project(nested(100_000))
    with pytest.raises(JobError, match=r"Egg!/tdgp/.*more.*/tdgp: lists are nested deeper") as refusal:
        parse(data)
    assert len(str(refusal.value)) < 400
    tree = parse(data, limits=Limits(depth=200_000))
    assert dump(tree) == data
    assert sum(1 for _ in rifx.walk(tree.root)) == 100_000


def test_too_many_chunks_are_refused_when_the_limit_is_reached_not_after_all_were_read() -> None:
    """Two million chunks cost no more than the hundred thousand that the limit allows, within what noise adds."""
    limits = Limits(chunks=100_000)
    allowed, endless = project(chunk(b"abcd") * 100_000), project(chunk(b"abcd") * 2_000_000)
    start = time.process_time()
    parse(allowed, limits=limits)
    fair = time.process_time() - start
    start = time.process_time()
    with pytest.raises(JobError, match="more than 100,000 chunks"):
        parse(endless, limits=limits)
    assert time.process_time() - start < 5 * fair


def test_size_and_count_are_allowed_up_to_the_limit_exactly() -> None:
    data = project(chunk(b"abcd") * 3)
    assert len(parse(data, limits=Limits(size_bytes=len(data), chunks=3)).root.children) == 3
    with pytest.raises(JobError, match="more than 2 chunks"):
        parse(data, limits=Limits(chunks=2))
    with pytest.raises(JobError, match=f"it has {len(data)} bytes, more than the {len(data) - 1}"):
        parse(data, limits=Limits(size_bytes=len(data) - 1))


def test_items_and_layers_are_found_with_the_ids_that_py_aep_sees(own_project: bytes, tmp_path: Path) -> None:
    path = tmp_path / "own.aep"
    path.write_bytes(own_project)
    seen = py_aep.parse(path).project
    items = dict(rifx.items(parse(own_project)))
    assert set(items) == {item_id for item_id in seen.items if item_id in items}
    assert {comp.id for comp in seen.compositions} <= set(items)
    for comp in seen.compositions:
        assert [layer_id for layer_id, _ in rifx.layers(items[comp.id])] == [layer.id for layer in comp.layers]
    assert len(seen.compositions) == 2


def test_what_lies_in_an_item_of_a_folder_is_not_the_folders_own(own_project: bytes) -> None:
    items = {at[0].data.decode(): item for _, item in rifx.items(parse(own_project)) if (at := rifx.at(item, "Utf8"))}
    assert len(list(rifx.find(items["Folder"], "cdta"))) == 1
    assert list(rifx.find(items["Folder"], "cdta", into_items=False)) == []
    assert len(list(rifx.find(items["Inner"], "cdta", into_items=False))) == 1
    assert len(rifx.at(items["Folder"], "Sfdr/Item/cdta")) == 1


def test_the_sample_template_shows_its_footage_its_texts_and_its_outline() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not here")
    tree = parse((SAMPLES / "pair/test-after-effects-project.aep").read_bytes())
    items = dict(rifx.items(tree))
    assert b"cutout.png" in rifx.at(items[41], "Pin/Als2/alas")[0].data
    assert [layer_id for layer_id, _ in rifx.layers(items[1])] == [43, 45, 47, 42, 14, 40]
    texts = [layer_id for layer_id, layer in rifx.layers(items[1]) if list(rifx.find(layer, "btdk"))]
    assert texts == [43, 45, 47]
    lines = list(rifx.outline(tree, 1))
    assert lines[0] == "svap 4 bytes"
    assert len(lines) == len(tree.root.children)
    assert list(rifx.outline(tree, 2)).count("  LIST:Item 8 chunks") == 2


def test_other_bytes_in_one_chunk_change_that_chunk_and_the_sizes_around_it(own_project: bytes) -> None:
    tree = parse(own_project)
    before = [inner.data for inner in rifx.walk(tree.root)]
    name = rifx.at(next(item for _, item in rifx.items(tree) if rifx.at(item, "cdta")), "Utf8")[0]
    place = list(rifx.walk(tree.root)).index(name)
    rifx.replace_data(name, b"another, longer name")
    after = [inner.data for inner in rifx.walk(parse(dump(tree)).root)]
    assert after == [*before[:place], b"another, longer name", *before[place + 1 :]]
    with pytest.raises(ValueError, match="list of chunks"):
        rifx.replace_data(tree.root, b"")


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_a_tree_is_the_same_whether_it_was_taken_apart_or_not(path: Path) -> None:
    """Wholly, in one place, or not at all; and whoever seeks a name overlooks none of it in bytes not read yet."""
    data = path.read_bytes()
    whole = parse(data)
    names = {chunk.name for chunk in walk(whole.root)}
    assert dump(whole) == data
    for name in sorted(names):
        tree = parse(data)
        found = [(chunk.id, chunk.list_type, chunk.data) for chunk in find(tree.root, name)]
        assert found == [(chunk.id, chunk.list_type, chunk.data) for chunk in walk(whole.root) if chunk.name == name], (
            name
        )
        assert dump(tree) == data, name


def test_large_data_deep_in_lists_is_not_copied_for_each_of_them() -> None:
    """With 32 MB and 250 lists that took six seconds, each time that a project was looked through."""
    body = chunk(b"data", bytes(32 << 20)) + chunk(b"more", b"x")
    for number in range(250):
        body = b"".join((b"LIST", (4 + len(body)).to_bytes(4, "big"), b"%04d" % number, body))
    data = project(body + chunk(b"last", b"y"))
    start = time.process_time()
    tree = parse(data)
    assert [inner.name for inner in walk(tree.root)][-4:] == ["0000", "data", "more", "last"]
    assert time.process_time() - start < 2
    assert dump(tree) == data


def test_children_of_a_list_that_nobody_has_read_may_be_replaced(own_project: bytes) -> None:
    tree = parse(own_project)
    fold = next(chunk for chunk in tree.root.children if chunk.list_type == "Fold")
    assert fold.unread
    fold.children = []
    assert fold.children == []
    assert [chunk.children for chunk in parse(dump(tree)).root.children if chunk.list_type == "Fold"] == [[]]


def test_a_chunk_with_an_impossible_name_is_never_written() -> None:
    with pytest.raises(ValueError, match="cannot name a chunk"):
        dump(Tree(Chunk("RIFX", list_type="Egg!", children=[Chunk("abc", b"")])))


def test_an_item_without_its_id_is_refused() -> None:
    tree = parse(project(chunk(b"LIST", b"Item" + chunk(b"idta", b"short"))))
    with pytest.raises(JobError, match="idta has 5 bytes"):
        list(rifx.items(tree))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("pair/test-after-effects-project.aep", "25.5"),
        ("projects/nm05ae12.aet", "17.0"),
        ("projects/EmptyState.aep", "14.0"),
        ("projects/PointText.aep", "23.1"),
        ("projects/helperProject.aep", "11.0"),
    ],
)
def test_the_version_of_after_effects_is_read_from_old_and_new_projects(name: str, version: str) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not here")
    assert saved_by(parse((SAMPLES / name).read_bytes())) == version


def test_after_effects_11_is_refused_by_name_and_12_is_not() -> None:
    def saved_with(word: int) -> Tree:
        return parse(project(chunk(b"head", b"\0\x50\0\0" + word.to_bytes(4, "big") + bytes(12))))

    with pytest.raises(JobError, match=r"After Effects 11\.15, .*Open it in After Effects 12 or newer"):
        refuse_old(saved_with(1 << 26 | 3 << 19 | 15 << 15))
    refuse_old(saved_with(1 << 26 | 4 << 19))
    for broken in (project(b""), project(chunk(b"head", b"123")), project(chunk(b"head", bytes(20)))):
        with pytest.raises(JobError, match="version of After Effects should be at byte 4"):
            refuse_old(parse(broken))


def test_a_py_aep_project_says_the_version_it_was_made_for(own_project: bytes) -> None:
    assert saved_by(parse(own_project)) == "26.0"


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with one bit flipped, or with up to four faults: cut off, a size changed, a part taken out or doubled."""
    out = bytearray(data)
    gentle = rng.random() < 0.5
    for _ in range(1 if gentle else rng.randint(1, 4)):
        place, fault = rng.randrange(len(out)), 1 if gentle else rng.randrange(5)
        if fault == 0:
            del out[max(place, 16) :]
        elif fault == 1:
            out[place] ^= 1 << rng.randrange(8)
        elif fault == 2:
            size = out.find(b"LIST", place) + 4 if rng.random() < 0.5 else place
            out[size : size + 4] = rng.choice([0, 1, 3, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(5000)]).to_bytes(4, "big")
        elif fault == 3:
            del out[place : place + rng.randrange(40)]
        else:
            out[place:place] = out[place : place + rng.randrange(40)]
    return bytes(out)


def test_four_hundred_damaged_projects_are_refused_cleanly_or_come_back_the_same(own_project: bytes) -> None:
    """Whatever gets through `parse` is restored by `dump`, and through the XML form unless that is refused, too."""
    rng = random.Random(20)
    small = own_project[: 8 + int.from_bytes(own_project[4:8], "big")]
    refused = same = kept_as_xml = 0
    start = time.process_time()
    for _ in range(400):
        data = mutated(small, rng)
        try:
            tree = parse(data)
        except JobError:
            refused += 1
            continue
        assert dump(tree) == data
        same += 1
        if same > 100:  # the way through XML takes most of the time
            continue
        try:
            xml = from_rifx(tree)
        except JobError:
            continue
        assert dump(to_rifx(xml)) == data
        kept_as_xml += 1
    assert time.process_time() - start < 60
    assert refused > 150
    assert same > 150
    assert kept_as_xml > 60
