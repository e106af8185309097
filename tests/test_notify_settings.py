"""The settings of messages: what is wrong with them is told with its line, and without what an address holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotfolderd.cli.schemas import built
from hotfolderd.config import Config, check_config
from hotfolderd.errors import ConfigError
from hotfolderd.posting import recipients

SECRET = "MONGOOSE123"
ADDRESS = f"mailto://user:{SECRET}@h?to=a@b.c"


def checked(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return check_config(path)


def test_an_address_may_stand_alone_or_with_tags(tmp_path: Path) -> None:
    config = checked(
        tmp_path, f'notify:\n  urls:\n    - "{ADDRESS}"\n    - {{url: "{ADDRESS}", tags: [client:ACME, reminder:2]}}\n'
    )
    found = recipients(config)
    assert [(one.url, one.tags) for one in found] == [(ADDRESS, ()), (ADDRESS, ("client:ACME", "reminder:2"))]
    assert config.notify.secrets == (ADDRESS, ADDRESS)
    assert SECRET not in f"{config!r} {found!r}"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('quiet_from: "25:00"\n  quiet_until: "07:00"', "line 3, column 15: `notify.quiet_from`: write a time"),
        ('quiet_from: "20:00"', "`notify`: quiet hours have a beginning and an end"),
        ("digest_at: noon", "line 3, column 14: `notify.digest_at`: write a time of the day"),
        ("remind_after_h: [24, 4]", "line 3, column 19: `notify.remind_after_h`: each reminder comes later"),
        ("remind_after_h: [0]", "line 3, column 20: `notify.remind_after_h.0` is 0"),
        ("gather_s: -1", "line 3, column 13: `notify.gather_s` is -1"),
        ("base_url: files", "line 3, column 13: `notify.base_url`: write the web address of the root"),
        (f"base_url: https://u:{SECRET}@h/x", "line 3, column 13: `notify.base_url`: write the web address"),
        ("max_per_minute: many", "line 3, column 19: `notify.max_per_minute` is"),
        ("gathr_s: 3", "line 3, column 3: the key `gathr_s` is not known here. Did you mean `gather_s`?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_no_secret(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked(tmp_path, f'notify:\n  urls: ["{ADDRESS}"]\n  {lines}\n')
    assert told in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "tag", ["acme", "client:", "colour:red", "severity:loud", "reminder:0", "reminder:x", "event:No"]
)
def test_a_tag_that_means_nothing_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(ConfigError, match=r"line 3, column 41: `notify.urls.0.tags`: write tags as client:NAME"):
        checked(tmp_path, f'notify:\n  urls:\n    - {{url: "json://{SECRET}", tags: ["{tag}"]}}\n')


def test_the_schema_takes_both_forms_and_shows_no_address() -> None:
    import jsonschema  # noqa: PLC0415  the one test that needs it

    schema = json.loads(built()["config.json"])
    for urls in (["json://x"], [{"url": "json://x"}], [{"url": "json://x", "tags": ["client:A"]}, "json://y"]):
        jsonschema.validate({"notify": {"urls": urls}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"notify": {"urls": [{"tags": []}]}}, schema)
    assert "mailto://u" not in json.dumps(schema)
