"""The configuration besides its file: the environment, the file of addresses, and changes while the daemon runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfolderd.config import Config, load_config, overridden, read_addresses
from hotfolderd.errors import ConfigError
from hotfolderd.runtime import Runtime
from hotfolderd.settings import SettingsFile


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HOTFOLDERD_SETTLE_S", "5", lambda config: config.settle_s == 5.0),
        ("HOTFOLDERD_WORKERS__PROCESSES", "3", lambda config: config.workers.processes == 3),
        ("HOTFOLDERD_REVIEWERS__APPROVAL", "[anna, ben]", lambda config: config.reviewers.approval == ("anna", "ben")),
        ("HOTFOLDERD_RETENTION__ARCHIVE_DAYS", "30", lambda config: config.retention.archive_days == 30),
        ("HOTFOLDERD_LOG__FORMAT", "json", lambda config: config.log.format == "json"),
        ("HOTFOLDERD_REVIEW", "{auto_approve_above: 0.9}", lambda config: config.review.auto_approve_above == 0.9),
    ],
)
def test_the_environment_overrides_a_setting(name: str, value: str, expected: object) -> None:
    """Its words are YAML's; all other settings stay as the file says."""
    assert callable(expected)
    before = Config(settle_s=9.0)
    found = overridden(before, {name: value, "PATH": "/bin"})
    assert expected(found)
    if "SETTLE" not in name:
        assert found.settle_s == 9.0


def test_other_settings_of_a_section_stay_as_the_file_says() -> None:
    before = Config.model_validate({"workers": {"processes": 2, "memory_mib": 1024}})
    found = overridden(before, {"HOTFOLDERD_WORKERS__PROCESSES": "3"})
    assert (found.workers.processes, found.workers.memory_mib) == (3, 1024)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HOTFOLDERD_WORKERS__PROCESES", "3", "Did you mean `processes`"),
        ("HOTFOLDERD_WORKRS__PROCESSES", "3", "Did you mean `workers`"),
        ("HOTFOLDERD_SETTLE_S", "soon", "HOTFOLDERD_SETTLE_S: `settle_s` is 'soon'"),
        ("HOTFOLDERD_WORKERS__PROCESSES", "-1", "HOTFOLDERD_WORKERS__PROCESSES: "),
        ("HOTFOLDERD_WORKERS__PROCESSES", "1\nroot: /etc", "HOTFOLDERD_WORKERS__PROCESSES"),
    ],
)
def test_a_wrong_setting_of_the_environment_is_refused_by_its_name(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        overridden(Config(), {name: value})
    assert said in str(error.value)
    assert ", line " not in str(error.value)


def test_settings_that_go_together_may_come_from_file_and_environment() -> None:
    """A cluster needs its address, wherever each of them is written; one without the other is refused by its name."""
    both = {"HOTFOLDERD_WORKERS__KIND": "cluster", "HOTFOLDERD_WORKERS__ADDRESS": "tcp://host:8786"}
    assert overridden(Config(), both).workers.address == "tcp://host:8786"
    with pytest.raises(ConfigError, match=r"HOTFOLDERD_WORKERS__KIND: .*go together"):
        overridden(Config(), {"HOTFOLDERD_WORKERS__KIND": "cluster"})


def test_names_that_belong_to_other_things_are_left_alone() -> None:
    """Such as that of another ffmpeg."""
    assert overridden(Config(), {"HOTFOLDERD_FFMPEG": "/usr/bin/ffmpeg", "HOTFOLDERD_SOAK": "1"}) == Config()


def test_a_wrong_address_of_the_environment_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as error:
        overridden(Config(), {"HOTFOLDERD_NOTIFY__URLS": "{mailto://ann:CANARY@example.com: 1}"})
    assert "CANARY" not in str(error.value)
    assert error.value.__context__ is None


def test_addresses_in_a_file_of_their_own_join_the_others(tmp_path: Path) -> None:
    """Relative to the configuration; remarks and empty lines do not count."""
    (tmp_path / "config.yaml").write_text("notify: {urls: ['json://one'], urls_file: urls}\n")
    (tmp_path / "urls").write_text("# the studio\njson://two\n\n  json://three  \n")
    (tmp_path / "urls").chmod(0o600)
    config = load_config(root=None, file=tmp_path / "config.yaml")
    assert config.notify.secrets == ("json://one", "json://two", "json://three")


def test_addresses_that_others_may_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what systemd keeps in its folder of credentials, where it sees to that."""
    path = tmp_path / "urls"
    path.write_text("json://CANARY\n")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"mode 0640.*chmod 600") as error:
        read_addresses(path)
    assert "CANARY" not in str(error.value)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_addresses(path) == ("json://CANARY",)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_addresses(tmp_path / "none")


class House:
    """A configuration on the disk, a clock that jumps, and the daemon's eyes on both."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.yaml"
        self.path.write_text("settle_s: 1\n")
        self.seconds = 100.0
        config = self.load(None)
        self.settings = SettingsFile(self.path, self.load, config, lambda: self.seconds)

    def load(self, root: Path | None) -> Runtime:
        return load_config(root=None, file=self.path).runtime(root)

    def look(self) -> Runtime | None:
        self.seconds += 1.0
        return self.settings.changed()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_changed_file_is_taken_when_it_is_still(house: House) -> None:
    """Nothing at the first look; taken at the second; then it is the old one."""
    assert house.look() is None
    house.path.write_text("settle_s: 2\n")
    assert house.look() is None
    assert house.settings.is_read_again
    found = house.look()
    assert found
    assert found.settle_s == 2.0
    assert [house.look() for _ in range(3)] == [None] * 3


def test_a_file_that_is_being_written_is_not_read(house: House) -> None:
    for number in range(3, 6):
        house.path.write_text(f"settle_s: {number}\n# {'x' * number}\n")
        assert house.look() is None


def test_the_file_is_looked_at_once_a_second(house: House) -> None:
    house.look()
    house.path.write_text("settle_s: 2\n")
    house.look()
    assert house.settings.changed() is None
    assert house.look() is not None


def test_a_wrong_file_changes_nothing_and_says_so_until_it_is_right(house: House) -> None:
    house.path.write_text("settl_s: 2\n")
    house.look()
    assert house.look() is None
    assert "the one before holds" in house.settings.note
    assert "settle_s" in house.settings.note
    house.path.write_text("settle_s: 1\n# as before\n")
    house.look()
    assert house.look() is None
    assert house.settings.note == ""


def test_another_root_waits_for_a_start_and_the_rest_is_taken(house: House) -> None:
    house.path.write_text("root: elsewhere\nsettle_s: 4\n")
    house.look()
    found = house.look()
    assert found
    assert (found.settle_s, found.root.name) == (4.0, "folders")
    assert "elsewhere" in house.settings.note
    assert "started again" in house.settings.note


def test_a_changed_file_of_addresses_is_a_changed_configuration(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("json://one\n")
    (tmp_path / "urls").chmod(0o600)
    house = House(tmp_path)
    house.path.write_text("notify: {urls_file: urls}\n")
    house.look()
    assert house.look() is not None
    (tmp_path / "urls").write_text("json://two\n")
    house.look()
    found = house.look()
    assert found
    assert found.secrets == ("json://two",)


def test_a_file_that_is_taken_away_means_the_defaults_where_it_may_be_missing(tmp_path: Path) -> None:
    """Beside a root it may; then every setting has its default."""
    path = tmp_path / "config.yaml"
    path.write_text("settle_s: 7\n")

    def load(root: Path | None) -> Runtime:
        return load_config(root=tmp_path / "folders", file=None).runtime(root)

    seconds = [0.0]
    settings = SettingsFile(path, load, load(None), lambda: seconds[0])
    path.unlink()
    found = None
    for number in range(1, 4):
        seconds[0] = number * 2.0
        found = found or settings.changed()
    assert found
    assert found.settle_s == Config().settle_s
