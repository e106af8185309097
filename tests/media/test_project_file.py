"""A project is opened whatever its form, and never unpacked beyond its limit."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from pathlib import Path

import py_aep
import pytest

from hotfolderd.errors import JobError, ToolError
from hotfolderd.media.ae_version import saved_by
from hotfolderd.media.aepx import from_rifx, to_rifx
from hotfolderd.media.project_file import form_of, read_project, read_project_bytes
from hotfolderd.media.rifx import Limits, dump, parse

SAMPLES = Path(__file__).parents[2] / "../shared/samples"


@pytest.fixture(scope="module")
def aep(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("own") / "own.aep"
    project = py_aep.new().project
    project.root_folder.add_comp("Comp", 100, 100, 1.0, 1.0, 25.0)
    project.save(path)
    return path.read_bytes()


def archive(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", how) as opened:
            for name, data in members.items():
                opened.writestr(name, data)
        return out.getvalue()


def mogrt(aep: bytes, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    graphic = archive({"(Footage)/other.aep": b"", "test.aep": aep}, how)
    return archive({"definition.json": b"{}", "project.aegraphic": graphic}, how)


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_every_form_of_a_project_opens_as_the_same_tree(aep: bytes, tmp_path: Path) -> None:
    xml = from_rifx(parse(aep))
    forms = {
        "a.aep": aep,
        "a.aet": aep,
        "a.aepx": xml,
        "a.mogrt": mogrt(aep),
        "stored.mogrt": mogrt(aep, zipfile.ZIP_STORED),
        "flat.mogrt": archive({"test.aep": aep}),
    }
    for name, data in forms.items():
        assert dump(read_project(put(tmp_path / name, data))) == aep, name
        assert read_project_bytes(tmp_path / name) == (xml if name == "a.aepx" else aep)
    assert (form_of(aep), form_of(xml), form_of(b"\xef\xbb\xbf" + xml)) == ("aep", "aepx", "aepx")


def test_the_sample_mogrt_survives_the_way_through_xml_byte_for_byte() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not here")
    data = read_project_bytes(SAMPLES / "projects/ae.mogrt")
    tree = read_project(SAMPLES / "projects/ae.mogrt")
    assert len(data) == 124_713
    assert saved_by(tree) == "23.5"
    assert dump(tree) == data
    assert dump(to_rifx(from_rifx(tree))) == data


def test_a_project_of_after_effects_11_is_refused_by_name() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not here")
    with pytest.raises(JobError, match=r"^helperProject\.aep: .*After Effects 11\.0.*After Effects 12 or newer"):
        read_project(SAMPLES / "projects/helperProject.aep")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "begins with RIFX or <?xml, found b''"),
        (b"8BPS", "found b'8BPS'"),
        ("<a/>".encode("utf-16"), "it is UTF-16"),
        (b"RIFX\0\0\0\4WAVE", "begins with RIFX and Egg!"),
        (b"PK\3\4broken", ".mogrt: the archive is damaged"),
        (archive({"a.txt": b""}), ".mogrt: it should hold one After Effects project, found 0"),
        (archive({"project.prgraphic": b""}), "found 0"),
        (archive({"a.aep": b"", "b.aep": b""}), "found 2"),
        (archive({"project.aegraphic": archive({"a.txt": b""})}), "project.aegraphic: it should hold one"),
        (archive({"project.aegraphic": b"PK\3\4broken"}), "project.aegraphic: the archive is damaged"),
        (mogrt(mogrt(b"RIFX")), "found b'PK"),
        (mogrt(b"other"), "found b'other'"),
        (archive({"a.aep": b"RIFX"}, zipfile.ZIP_LZMA), "packed in an unusual way"),
    ],
)
def test_what_is_no_project_is_refused_with_the_name_of_the_file(data: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(JobError) as refusal:
        read_project(put(tmp_path / "job.mogrt", data))
    assert str(refusal.value).startswith("job.mogrt: ")
    assert said in str(refusal.value)


def test_an_encrypted_member_is_refused(aep: bytes, tmp_path: Path) -> None:
    data = bytearray(archive({"a.aep": aep}))
    data[data.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(JobError, match="it is encrypted"):
        read_project_bytes(put(tmp_path / "a.mogrt", bytes(data)))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = put(tmp_path / "a.mogrt", archive({"a.aep": b"RIFX" + bytes(50_000_000)}))
    assert bomb.stat().st_size < 60_000
    tracemalloc.start()
    with pytest.raises(JobError, match=r"a\.aep: unpacked it has 50,000,004 bytes, 265,536 are allowed"):
        read_project_bytes(bomb, limits=Limits(size_bytes=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_zip_bomb_that_lies_about_its_size_is_stopped_at_what_it_announced(tmp_path: Path) -> None:
    data = bytearray(archive({"a.aep": b"RIFX" + bytes(50_000_000)}))
    for place in (22, data.index(b"PK\1\2") + 24):
        data[place : place + 4] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(JobError, match="damaged"):
        read_project_bytes(put(tmp_path / "a.mogrt", bytes(data)), limits=Limits(size_bytes=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_an_archive_with_too_many_entries_is_refused_before_they_are_read(tmp_path: Path) -> None:
    data = archive({f"{number}": b"" for number in range(10_001)})
    with pytest.raises(JobError, match="more than 10,000 entries"):
        read_project_bytes(put(tmp_path / "a.mogrt", data))


def test_a_file_above_the_limit_is_refused_and_not_read_to_its_end(aep: bytes, tmp_path: Path) -> None:
    path = put(tmp_path / "a.aep", aep)
    with path.open("r+b") as file:
        file.truncate(300_000_000)
    tracemalloc.start()
    with pytest.raises(JobError, match=r"a\.aep: project: it has more than the 265,536 bytes allowed"):
        read_project(path, limits=Limits(size_bytes=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_missing_file_is_the_jobs_fault_and_a_failing_disk_is_not(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"gone\.aep: there is no such file"):
        read_project(tmp_path / "gone.aep")
    with pytest.raises(JobError, match="is a folder"):
        read_project(tmp_path)
    memory = Path("/proc/self/mem")
    if memory.exists():
        with pytest.raises(ToolError, match="mem: it cannot be read"):
            read_project(memory)


def test_three_hundred_damaged_archives_are_refused_cleanly(aep: bytes, tmp_path: Path) -> None:
    rng = random.Random(3)
    data = mogrt(aep)
    refused = 0
    for _ in range(300):
        out = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            # Half of the faults hit the directories, which are at the end.
            place = rng.randrange(len(out)) if rng.random() < 0.5 else len(out) - 1 - rng.randrange(250)
            out[place] = rng.randrange(256)
        if rng.random() < 0.2:
            del out[rng.randrange(len(out)) :]
        try:
            assert dump(read_project(put(tmp_path / "a.mogrt", bytes(out)))) == aep
        except JobError:
            refused += 1
    assert refused > 150
