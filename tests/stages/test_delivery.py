"""Where a delivery goes, and what lies in it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from hotfolderd.config import DELIVERY_NAMES, DeliverySettings, check_config
from hotfolderd.errors import ConfigError
from hotfolderd.inbox.names import name_fault
from hotfolderd.model import Match
from hotfolderd.stages.delivery import Named, delivery_folder, folder_name
from hotfolderd.stages.template.delivery import picture_name

NAMED = Named("J1", "BATCH_1", "ACME / Søn", "Spring", "final")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("{client}/{batch}/{job}", ["ACME _ Søn/BATCH_1/J1", "ACME _ Søn/BATCH_1/J1_v2", "ACME _ Søn/BATCH_1/J1_v3"]),
        ("{project}_{job}_v{version}", ["Spring_J1_v1", "Spring_J1_v2", "Spring_J1_v3"]),
        ("{output}-{job}/v{version}", ["final-J1/v1", "final-J1/v2", "final-J1/v3"]),
    ],
)
def test_each_delivery_has_a_place_of_its_own(tmp_path: Path, pattern: str, names: list[str]) -> None:
    for name in names:
        place = delivery_folder(tmp_path, NAMED, pattern)
        assert str(place.relative_to(tmp_path)) == name
        place.mkdir(parents=True)


@pytest.mark.parametrize("client", ["../../etc", "..", "/etc", "a\0b", ".hidden", "x" * 300, "con/\\share"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, client: str) -> None:
    place = delivery_folder(tmp_path, dataclasses.replace(NAMED, client=client), "{client}_{project}/{client}/{job}")
    parts = place.relative_to(tmp_path).parts
    assert len(parts) == 3
    assert place.resolve().is_relative_to(tmp_path.resolve())
    assert all(0 < len(part.encode()) < 256 and not part.startswith(".") for part in parts)


@pytest.mark.parametrize("client", ["CON", "aux", "Com1.de", "Lpt9", "nul.tar.gz"])
def test_no_folder_has_a_name_that_windows_keeps_for_itself(tmp_path: Path, client: str) -> None:
    """A share is seen from Windows, too: there nobody could open such a folder."""
    place = delivery_folder(tmp_path, dataclasses.replace(NAMED, client=client), "{client}/{job}")
    assert place == tmp_path / f"_{client}" / "J1"


def test_a_long_name_in_any_script_is_no_longer_than_file_systems_allow(tmp_path: Path) -> None:
    """A limit in characters is not one in bytes."""
    named = dataclasses.replace(NAMED, client="映" * 120, project="é" * 120)
    place = delivery_folder(tmp_path, named, "{client}_{project}_{job}")
    place.with_name(f".{place.name}_v10.new").mkdir(parents=True)
    assert place.name.startswith("映映映")


def test_names_keep_the_marks_of_their_script() -> None:
    """Vowels of Thai or Hindi are marks: without them two clients would be one. A sign that is left out has none."""
    assert [folder_name(name, "-") for name in ("บริษัท", "की", "का", "I ❤️ it")] == ["บริษัท", "की", "का", "I __ it"]


def test_where_names_are_too_long_a_delivery_still_has_a_place_of_its_own(tmp_path: Path) -> None:
    """What tells it from others stands at the end, and is not cut off."""
    named = dataclasses.replace(NAMED, client="c" * 60, project="p" * 60)
    pattern = "{client}_{project}_{job}_v{version}"
    for end in ("_J1_v1", "_J1_v2", "_J1_v3"):
        place = delivery_folder(tmp_path, named, pattern)
        assert place.name.endswith(end)
        place.mkdir()


@pytest.mark.parametrize("name", ["con", "AUX.png", "com1", "lpt¹.jpg"])
def test_no_picture_has_a_name_that_windows_keeps_for_itself(name: str) -> None:
    taken: set[str] = set()
    found = picture_name(Match(name, "1:2", "main", "image", "a layer"), taken)
    assert name_fault(found) == ""
    assert taken == {found.lower()}


def test_every_name_that_the_settings_allow_is_known_here(tmp_path: Path) -> None:
    pattern = "/".join(f"{{{name}}}" for name in DELIVERY_NAMES)
    assert DeliverySettings(folder=pattern).folder == pattern
    assert delivery_folder(tmp_path, NAMED, pattern).relative_to(tmp_path).parts[-1] == "1"


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{client}/{batch}", "{job} is missing"),
        ("{client}/{jobs}/{job}", "only these may stand in braces"),
        ("{job!r}", "only these may stand in braces"),
        ("{job:>500}", "only these may stand in braces"),
        ("{job", "Write names in braces"),
        ("{}{job}", "only these may stand in braces"),
        ("/{job}", "single slashes"),
        ("{client}//{job}", "single slashes"),
        ("../{job}", "single slashes"),
    ],
)
def test_a_pattern_that_cannot_be_filled_in_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("{", r"\{").replace("}", r"\}")):
        DeliverySettings(folder=pattern)


def test_a_path_map_is_read_with_paths_of_every_system(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "delivery:\n  path_map:\n    - {from: /srv/a/, to: 'Z:\\a'}\n    - {from: /srv/b, to: /Volumes/b}\n"
        "  complete_on: download\n"
    )
    facts = check_config(config).facts()
    assert facts["path_map"] == [["/srv/a", "Z:\\a"], ["/srv/b", "/Volumes/b"]]
    assert facts["complete_on"] == "download"


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ("[{from: srv, to: /b}]", "absolute path of this machine"),
        ("[{from: /a/../b, to: /b}]", "absolute path of this machine"),
        ("[{from: /a, to: b}]", "must be absolute"),
        ("[{from: /a, to: 'Z:b'}]", "must be absolute"),
        ("[{from: /a, to: 'Z:\\b?'}]", "Windows allows none"),
        ("[{from: /a, to: /b}, {from: /a/, to: /c}]", "stands there twice"),
        ("[{from: /a}]", "to"),
        ("[{form: /a, to: /b}]", "form"),
        ("/a", "path_map"),
    ],
)
def test_a_path_map_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, entries: str, says: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"delivery:\n  path_map: {entries}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml, line 2") as refused:
        check_config(config)
    assert says in str(refused.value)
