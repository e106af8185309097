"""What several jobs share: taken where it is right, never where it could be wrong, and never in anybody's way."""

from __future__ import annotations

import dataclasses
import errno
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotfolderd.cache import Cache
from hotfolderd.config import Config
from hotfolderd.demo.batch import make_small_batch
from hotfolderd.disk import set_failpoint, sha256_of
from hotfolderd.engine.steps import next_order, order_for
from hotfolderd.errors import JobError
from hotfolderd.pipeline import PROCESSING, Step
from hotfolderd.publishing import publish
from hotfolderd.stages.template.line import LINE
from hotfolderd.work import WORK, Broken, Done, Result, Workbench, perform

DRAW = Step("draw", "test_cache:draw", "", "processing", 1, uses=("colour",), shared_by="test_cache:letter")
KIB, MIB = 1024, 1024 * 1024


def letter(bench: Workbench) -> dict[str, str]:
    """The digest that was noted when stock was taken."""
    stock: dict[str, str] = json.loads((bench.job / "stock.json").read_text())
    return stock


def draw(bench: Workbench) -> Result:
    with (bench.job / "runs.log").open("a") as log:
        log.write("draw\n")
    text = (bench.job / "letter.txt").read_text()
    if text == "broken":
        raise JobError("letter.txt: is unreadable. Write it again.")
    (bench.out / "previews" / "small").mkdir(parents=True)
    (bench.out / "previews" / "one.txt").write_text(f"{text} in {bench.facts['colour']}")
    (bench.out / "previews" / "small" / "one.txt").write_text(text[:1])
    (bench.out / "words.json").write_text(json.dumps(text.split()))
    return Result(verdict="clear", message=f"{len(text.split())} words")


def draw_restless(bench: Workbench) -> Result:
    """Another letter lies there while it is read, and the right one again afterwards."""
    path = bench.job / "letter.txt"
    right = path.read_text()
    path.write_text("a passing letter")
    result = draw(bench)
    path.write_text(right)
    return result


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "cache"), 1)


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, text: str = "one two three") -> Path:
        folder = tmp_path / "jobs" / name
        folder.mkdir(parents=True)
        (folder / "letter.txt").write_text(text)
        (folder / "stock.json").write_text(json.dumps({"letter.txt": sha256_of(folder / "letter.txt")}))
        return folder

    return make


def do(folder: Path, cache: Cache | None, step: Step = DRAW, colour: str = "red") -> Done:
    done = perform(order_for(folder, step, {"colour": colour, "cache": cache}))
    assert isinstance(done, Done), done
    return done


def was_run(folder: Path) -> bool:
    return (folder / "runs.log").exists()


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def result_of(folder: Path, step: str = "draw") -> dict[str, bytes]:
    """The files of a step but its note, which names the job's own fingerprint and time."""
    found = tree(folder / WORK / step)
    del found["done.json"]
    return found


def the_entry(cache: Cache) -> Path:
    (entry,) = Path(cache.folder).glob("*/*")
    return entry


# taking -------------------------------------------------------------------------------------------------------------


def test_what_was_made_for_one_job_is_taken_by_the_next_with_the_same_file(job: Any, cache: Cache) -> None:
    first, second = job("J1"), job("J2")
    made, taken = do(first, cache), do(second, cache)
    assert was_run(first)
    assert not was_run(second)
    assert result_of(second) == result_of(first)
    assert (taken.outputs, taken.digest, taken.result) == (made.outputs, made.digest, made.result)


def test_without_a_cache_every_job_makes_its_own(job: Any) -> None:
    first, second = job("J1"), job("J2")
    do(first, None)
    do(second, None)
    assert was_run(second)


@pytest.mark.parametrize("change", ["content", "version", "function", "setting"])
def test_where_anything_that_decides_differs_nothing_is_taken(job: Any, cache: Cache, change: str) -> None:
    do(job("J1"), cache)
    second = job("J2", "four five" if change == "content" else "one two three")
    match change:
        case "version":
            do(second, cache, dataclasses.replace(DRAW, version=2))
        case "function":
            do(second, cache, dataclasses.replace(DRAW, run="test_cache:draw_restless"))
        case _:
            do(second, cache, colour="blue" if change == "setting" else "red")
    assert was_run(second)


def test_a_taken_file_is_the_job_s_own(job: Any, cache: Cache) -> None:
    """A person paints over a preview in its place: nobody else's changes, and not what the next job takes."""
    first, second, third = job("J1"), job("J2"), job("J3")
    do(first, cache)
    for folder in (second, first):
        publish(folder, do(folder, cache))
        with (folder / "previews" / "one.txt").open("r+") as preview:
            preview.write("OVER")
    do(third, cache)
    assert not was_run(third)
    assert result_of(third)["previews/one.txt"] == b"one two three in red"


def test_a_failure_is_not_shared(job: Any, cache: Cache) -> None:
    for name in ("J1", "J2"):
        folder = job(name, "broken")
        assert isinstance(perform(order_for(folder, DRAW, {"colour": "red", "cache": cache})), Broken)
        assert was_run(folder)


# what could be wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        "changed",
        "cut",
        "gone",
        "one more",
        "link",
        "pipe",
        "note changed",
        "note gone",
        "note piped",
        "no seal",
        "emptied",
    ],
)
def test_damage_costs_time_only(job: Any, cache: Cache, damage: str) -> None:
    """The damaged result is thrown away and made again, and then it is shared again."""
    first, second, third = job("J1"), job("J2"), job("J3")
    do(first, cache)
    entry = the_entry(cache)
    picture, note = entry / "previews" / "one.txt", entry / "done.json"
    match damage:
        case "changed":
            picture.write_bytes(picture.read_bytes().replace(b"red", b"rad"))
        case "cut":
            picture.write_bytes(picture.read_bytes()[:-1])
        case "gone":
            picture.unlink()
        case "one more":
            (entry / "previews" / "two.txt").touch()
        case "link" | "pipe":
            copy = shutil.copy(picture, entry.parent.parent)
            picture.unlink()
            picture.symlink_to(copy) if damage == "link" else os.mkfifo(picture)
        case "note changed":
            note.write_text(note.read_text().replace("3 words", "4 words"))
        case "note gone":
            note.unlink()
        case "note piped":
            note.unlink()
            os.mkfifo(note)
        case "no seal":
            (entry / ".seal").unlink()
        case "emptied":
            shutil.rmtree(entry)
            entry.mkdir()
    done = do(second, cache)
    assert was_run(second)
    assert result_of(second) == result_of(first)
    assert done.result.message == "3 words"
    do(third, cache)
    assert not was_run(third)


def test_a_file_that_is_not_the_one_in_stock_gives_nothing_to_others(job: Any, cache: Cache) -> None:
    """It was replaced after its digest was taken: what is read now must not be found by that digest."""
    hasty, second = job("J1"), job("J2")
    (hasty / "letter.txt").write_text("a later letter")
    do(hasty, cache)
    do(second, cache)
    assert result_of(second)["previews/one.txt"] == b"one two three in red"


def test_a_file_that_was_another_while_it_was_read_gives_nothing_to_others(job: Any, cache: Cache) -> None:
    restless, second = job("J1"), job("J2")
    step = dataclasses.replace(DRAW, run="test_cache:draw_restless")
    do(restless, cache, step)
    assert result_of(restless)["previews/one.txt"] == b"a passing letter in red"
    assert not list(Path(cache.folder).glob("*/*"))
    do(second, cache)
    assert result_of(second)["previews/one.txt"] == b"one two three in red"


# nobody's way -------------------------------------------------------------------------------------------------------


@pytest.fixture
def full_disk(cache: Cache) -> Iterator[list[str]]:
    """A disk on which nothing more goes into the cache; the names of the changes that failed."""
    failed: list[str] = []

    def fail(name: str, path: Path) -> None:
        if path.is_relative_to(cache.folder):
            failed.append(name)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    set_failpoint(fail)
    yield failed
    set_failpoint(None)


def test_a_full_disk_below_the_cache_fails_no_step(job: Any, cache: Cache, full_disk: list[str]) -> None:
    do(job("J1"), cache)
    do(job("J2"), cache)
    assert full_disk


def test_a_cache_that_is_no_folder_fails_no_step(job: Any, cache: Cache) -> None:
    Path(cache.folder).write_text("not a folder")
    do(job("J1"), cache)
    do(job("J2"), cache)


def test_a_cache_that_is_deleted_is_made_anew(job: Any, cache: Cache) -> None:
    do(job("J1"), cache)
    shutil.rmtree(cache.folder)
    second, third = job("J2"), job("J3")
    do(second, cache)
    do(third, cache)
    assert was_run(second)
    assert not was_run(third)


def test_workers_that_need_the_same_at_once_are_all_right(job: Any, cache: Cache) -> None:
    orders = [order_for(job(f"J{i}"), DRAW, {"colour": "red", "cache": cache}) for i in range(12)]
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        dones = list(pool.map(perform, orders))
    assert {done.outputs for done in dones if isinstance(done, Done)} == {do(job("J"), None).outputs}
    assert all(isinstance(done, Done) for done in dones)
    assert the_entry(cache).name[0] != "."


# how much -----------------------------------------------------------------------------------------------------------


def put(cache: Cache, number: int, size: int, source: Path) -> str:
    """Keep a result of `size` bytes under the worst of keys: all sizes are looked at after it."""
    name = f"draw/{number:064x}"
    folder = source / f"{number}"
    folder.mkdir(parents=True)
    (folder / "done.json").write_text("{}")
    (folder / "picture").write_bytes(bytes(size))
    cache.put(name, "done.json", folder)
    return name


def there(cache: Cache) -> set[str]:
    return {path.relative_to(cache.folder).as_posix() for path in Path(cache.folder).glob("*/*")}


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, cache: Cache) -> None:
    """Of a bound of 1 MiB at most seven eighths are kept; what was taken meanwhile outlives what came later."""
    names = []
    for number in range(12):
        names.append(put(cache, number, 100 * KIB, tmp_path / "made"))
        os.utime(Path(cache.folder, names[-1]), (number, number))
        out = tmp_path / f"taken{number}"
        out.mkdir()
        assert cache.take(names[0], "done.json", out)
    assert there(cache) == {names[0], *names[-7:]}


def test_sizes_are_looked_at_once_for_a_sixteenth_of_the_bound(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "cache"), 16)
    due = sum(cache._is_due(sha, 128 * KIB) for sha in (f"{n * 2**32 // 1000:08x}" for n in range(1000)))
    assert due == pytest.approx(125, abs=2)


def test_a_result_that_would_take_a_quarter_of_the_cache_is_not_kept(tmp_path: Path, cache: Cache) -> None:
    put(cache, 1, MIB // 4 + 1, tmp_path / "made")
    assert not there(cache)


def test_a_disk_with_little_room_is_not_filled_further(tmp_path: Path, cache: Cache) -> None:
    put(cache, 1, KIB, tmp_path / "made")
    assert there(cache)
    greedy = Cache(cache.folder, shutil.disk_usage(tmp_path).free // MIB + 1024 * 1024)
    put(greedy, 2, KIB, tmp_path / "made")
    assert not there(cache)


def test_what_a_killed_worker_left_is_removed_after_an_hour(tmp_path: Path, cache: Cache) -> None:
    old, young = (Path(cache.folder, "draw", f".{'f' * 64}.{pid}.new") for pid in (1, 2))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "picture").touch()
    hour = young.stat().st_mtime - 3700
    os.utime(old, (hour, hour))
    name = put(cache, 1, KIB, tmp_path / "made")
    assert there(cache) == {name, young.relative_to(cache.folder).as_posix()}


# the line -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", ["tiny.aep", "tiny.aepx"])
def test_a_job_of_the_line_that_takes_has_what_it_would_have_made(tmp_path: Path, template: str) -> None:
    """Another name, another folder, other times: after stage 1 both hold the same, byte for byte."""
    make_small_batch(tmp_path / "drop", 1, template=template, share_design=True)
    cache = Cache(str(tmp_path / "cache"), 64)
    first = process(tmp_path, "1-processing", "A", template, cache)
    taker = process(tmp_path, "elsewhere", "ANOTHER_NAME", template, cache)
    maker = process(tmp_path, "third", "ANOTHER_NAME", template, None)
    assert {path.parent.name for path in Path(cache.folder).glob("*/*")} == {
        "read-design",
        "read-template",
        "draw-review",
    }
    assert len(list(Path(cache.folder).glob("*/*"))) == 3
    for one in (first, maker):
        mine, its = shown(taker), shown(one)
        assert mine.keys() == its.keys()
        assert [name for name in mine if mine[name] != its[name]] == []


def test_a_job_with_another_text_has_pictures_of_its_own_matches(tmp_path: Path) -> None:
    """The files are the same, but a column of the CSV sets a text: what was drawn for others does not show it."""
    make_small_batch(tmp_path / "drop", 1, share_design=True)
    cache = Cache(str(tmp_path / "cache"), 64)
    process(tmp_path, "1-processing", "A", "tiny.aep", cache)
    texts = {"txt_title": "Set by the CSV"}
    taker = process(tmp_path, "1-processing", "B", "tiny.aep", cache, texts)
    maker = process(tmp_path, "third", "B", "tiny.aep", None, texts)
    assert b"Set by the CSV" in shown(taker)["previews/matching_data.json"]
    assert shown(taker) == shown(maker)


def process(
    base: Path, stage: str, name: str, template: str, cache: Cache | None, texts: dict[str, str] | None = None
) -> Path:
    """The job folder after all steps of stage 1."""
    folder = base / stage / name
    (folder / "assets" / "footage").mkdir(parents=True)
    shutil.copy(base / "drop" / "footage" / "tiny_bg.png", folder / "assets" / "footage")
    for file in ("tiny.psd", template):
        shutil.copy(base / "drop" / file, folder / "assets")
    order = {"batch": "b", "design": "assets/tiny.psd", "template": f"assets/{template}", "output_name": "x.aep"}
    (folder / "job.yaml").write_text(yaml.safe_dump({"job": name, "texts": texts or {}, **order}))
    facts = {**Config().facts(), "cache": cache}
    finished: dict[str, str] = {}
    while (found := next_order(folder, LINE.stages[PROCESSING].steps, facts, finished)) is not None:
        done = perform(found[1])
        assert isinstance(done, Done), done
        publish(folder, done)
        finished[done.step] = done.fingerprint
    return folder


def shown(folder: Path) -> dict[str, bytes]:
    """All files of a job but its order, its stock and the notes of the steps."""
    own = ("job.yaml", "assets.json", "done.json", "published.json")
    return {name: content for name, content in tree(folder).items() if not name.endswith(own)}
