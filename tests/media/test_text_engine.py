"""What is read of texts in the libraries' place is what they read: of real files, of made ones, of broken ones."""

from __future__ import annotations

import io
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psd_tools
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psd_tools import PSDImage
from psd_tools.api.layers import TypeLayer
from psd_tools.constants import Tag
from psd_tools.psd import engine_data, tagged_blocks
from py_aep.cos.cos import CosParser
from py_aep.parsers import specialized_properties

from hotfolderd.demo.batch import make_small_batch
from hotfolderd.media import psd, psd_engine_data, rifx
from hotfolderd.media.project import opening, text_documents
from hotfolderd.media.project_file import read_project
from hotfolderd.media.text_engine import OtherwiseError, Syntax

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
Reader = Callable[[bytes], Any]


def theirs_of_design(data: bytes) -> Any:
    return engine_data.EngineData.frombytes(data)


def ours_of_design(data: bytes) -> Any:
    return psd_engine_data.EngineData.frombytes(data)


def theirs_of_project(data: bytes) -> Any:
    return CosParser(io.BytesIO(data), len(data)).parse()


def ours_of_project(data: bytes) -> Any:
    return text_documents.TextParser(io.BytesIO(data), len(data)).parse()


BOTH = {"design": (theirs_of_design, ours_of_design), "project": (theirs_of_project, ours_of_project)}


def whole(value: Any) -> Any:
    """A value with the class of each part of it, and what a string remembers."""
    if isinstance(value, dict | engine_data.Dict):
        return type(value), [(whole(key), whole(one)) for key, one in value.items()]
    if isinstance(value, list | engine_data.List):
        return type(value), [whole(one) for one in value]
    inner = getattr(value, "value", None)
    remembered = [getattr(value, name, None) for name in ("cos_utf16", "cos_raw")]
    return type(value), repr(value), repr(inner), remembered


def outcome(read: Reader, data: bytes) -> Any:
    """What reading comes to: the value, or the class of the error."""
    try:
        return whole(read(data))
    except Exception as error:  # noqa: BLE001  which one is compared
        return type(error)


def texts_of_design(path: Path) -> list[bytes]:
    """The engine data of each text layer, as it lies in the file."""
    kept: list[bytes] = []

    class Spy(engine_data.EngineData):
        @classmethod
        def frombytes(cls, data: Any, *args: Any, **kwargs: Any) -> Any:
            kept.append(data)
            return engine_data.EngineData.frombytes(data, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tagged_blocks, "EngineData", Spy)
        PSDImage.open(path)
    return kept


def texts_of_project(path: Path) -> list[bytes]:
    return [chunk.data for chunk in rifx.walk(read_project(path).root) if chunk.list_type == "btdk"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """All that stands in the made files, and in the samples where they are at hand."""
    folder = tmp_path_factory.mktemp("texts")
    make_small_batch(folder, 1)
    designs, projects = list(folder.rglob("*.psd")), list(folder.rglob("*.aep*"))
    if SAMPLES.is_dir():
        designs += SAMPLES.rglob("*.psd")
        projects += [path for path in SAMPLES.rglob("*.aep*") if path.name != "helperProject.aep"]  # too old
    found = {
        "design": [text for path in designs for text in texts_of_design(path)],
        "project": [text for path in projects for text in texts_of_project(path)],
    }
    assert all(found.values())
    return found


@pytest.mark.parametrize("form", BOTH)
def test_every_text_of_a_file_is_read_as_the_library_reads_it(texts: dict[str, list[bytes]], form: str) -> None:
    theirs, ours = BOTH[form]
    for text in texts[form]:
        assert whole(ours(text)) == whole(theirs(text))


@pytest.mark.parametrize("form", BOTH)
def test_real_texts_are_not_left_to_the_library(
    texts: dict[str, list[bytes]], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all would be right and nothing quicker."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("left to the library")

    monkeypatch.setattr(engine_data.EngineData, "frombytes", never)
    monkeypatch.setattr(CosParser, "parse", never)
    for text in texts[form]:
        BOTH[form][1](text)


@pytest.mark.parametrize("form", BOTH)
def test_a_broken_text_comes_to_what_the_library_makes_of_it(texts: dict[str, list[bytes]], form: str) -> None:
    theirs, ours = BOTH[form]
    chance = random.Random(7)
    for text in texts[form]:
        for broken in mutants(text, chance):
            assert outcome(ours, broken) == outcome(theirs, broken), broken[:400]


@pytest.mark.parametrize("syntax", [psd_engine_data._SYNTAX, text_documents._SYNTAX], ids=BOTH)
@pytest.mark.parametrize("begin", [b" /A 1", b" /A [", b" /A (\xfe\xff\0a) /B (\xfe\xff"])
def test_a_text_that_ends_in_a_desert_takes_no_longer_than_it_is_long(syntax: Syntax, begin: bytes) -> None:
    """A megabyte of blanks: if each of them were the beginning of another search, it would take half an hour."""
    began = time.process_time()
    with pytest.raises(OtherwiseError):
        syntax.read(begin + b" " * (1 << 20), 0, syntax.dictionary())
    assert time.process_time() - began < 5.0


def mutants(text: bytes, chance: random.Random) -> Iterator[bytes]:
    """The text cut short, with bytes exchanged, with tokens left out, doubled or exchanged."""
    tokens = re.findall(rb"\s*\S+", text)
    for _ in range(12):
        at = chance.randrange(len(text))
        yield text[:at]
        yield text[:at] + bytes((chance.randrange(256),)) + text[at + 1 :]
        yield text[:at] + chance.choice((b"<<", b">>", b"[", b"]", b"(", b")", b"\\", b"/", b"#", b"%")) + text[at:]
        one, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        yield b"".join(tokens[:one] + tokens[one + 1 :])
        yield b"".join([*tokens[:one], tokens[other], *tokens[one:]])


PIECES = st.sampled_from(
    (
        b"<<",
        b">>",
        b"[",
        b"]",
        b"/Name",
        b"/",
        b"/a#20b",
        b"12",
        b"-3",
        b"+4",
        b"1.5",
        b".5",
        b"-.5",
        b"7.",
        b"true",
        b"false",
        b"null",
        b"R",
        b"obj",
        b"(\xfe\xff\0A\0b)",
        b"(\xfe\xff\0\\(\0b)",
        b"(plain)",
        b"(a\\101\\)b)",
        b"()",
        b"(\\777)",
        b"(\xef\xbb\xbfx)",
        b"(\xff\xfeA\0)",
        b"(\xff)",
        b"<ff>",
        b"%x\n",
        b"--(.-0",
        b">>\0",
        b"{",
        b"(x",
    )
)
SPACES = st.sampled_from([b"", b" ", b"\n", b"\t", b"\r", b"\0", b" \n\t"])


@given(st.lists(st.tuples(PIECES, SPACES), max_size=14), st.sampled_from(list(BOTH)))
def test_whatever_stands_there_comes_to_what_the_library_makes_of_it(
    parts: list[tuple[bytes, bytes]], form: str
) -> None:
    theirs, ours = BOTH[form]
    data = b"".join(piece + space for piece, space in parts)
    for text in (data, b"<< " + data, b"<< /A " + data + b" >>", b"/0 " + data, b"<< /A [ " + data + b" ] >>"):
        assert outcome(ours, text) == outcome(theirs, text), text


def test_what_is_deeply_nested_is_refused_as_the_libraries_refuse_it() -> None:
    for depth in (10, 59, 60, 61, 63, 64, 65, 100, 900):
        for form, (theirs, ours) in BOTH.items():
            data = b"<< /A " + b"[ " * depth + b"] " * depth + b">> "
            assert outcome(ours, data) == outcome(theirs, data), (form, depth)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the project")
def test_the_texts_that_photoshop_keeps_once_more_for_the_whole_document_stay_as_bytes() -> None:
    """They are in the file, and no layer loses a word."""
    opened = PSDImage.open(SAMPLES / "designs/OpenCue_Title_Card.psd")
    assert isinstance(opened.tagged_blocks.get_data(Tag.TEXT_ENGINE_DATA), bytes)
    texts = [layer for layer in opened.descendants() if isinstance(layer, TypeLayer)]
    assert texts
    assert all(layer.text and layer.engine_dict and layer.resource_dict for layer in texts)


def test_nothing_in_psd_tools_asks_for_the_texts_of_the_whole_document() -> None:
    library = Path(psd_tools.__file__).parent
    asking = [path.name for path in library.rglob("*.py") if "TEXT_ENGINE_DATA" in path.read_text("utf-8")]
    assert sorted(asking) == ["constants.py", "engine_data.py", "tagged_blocks.py"]


def test_the_readers_are_in_their_places() -> None:
    """Where a library calls its own by another name, nothing of this is used."""
    assert psd.read_design
    assert opening.open_project
    assert tagged_blocks.EngineData is psd_engine_data.EngineData
    assert specialized_properties.CosParser is text_documents.TextParser
