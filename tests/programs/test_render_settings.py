"""`render` in the configuration: what fits together, what steps are given of it, and that the secret stays in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotfolderd.config import Config, check_config
from hotfolderd.errors import ConfigError
from hotfolderd.pipeline import GENERATION
from hotfolderd.programs.probing import probe_configured
from hotfolderd.stages.template.line import LINE

SECRET = "rosebud-4711-sledge"
FARM = "{url: 'http://127.0.0.1:3000', secret: " + SECRET + "}"


def config(path: Path, render: str) -> Config:
    file = path / "config.yaml"
    file.write_text(f"render: {{{render}}}\n")
    return check_config(file)


def test_by_default_nothing_outside_is_used() -> None:
    settings = Config().render
    assert (settings.engine, settings.programs(), settings.ports()) == ("", (), ())
    facts = Config().facts()
    assert (facts["project_by"], facts["afterfx"], facts["rendering"]) == ("headless", None, None)


@pytest.mark.parametrize(
    ("render", "words"),
    [
        ("preview: aerender, deliver_video: nexrender, nexrender: " + FARM, "name the same program in both"),
        ("preview: nexrender", "url is missing"),
        ("nexrender: {url: 'ftp://127.0.0.1'}", "http or https, the host and the port"),
        ("nexrender: {url: 'http://anna:word@farm:3000'}", "without a name, a password"),
        ("nexrender: {url: 'http://farm:99999'}", "http or https, the host and the port"),
        ("nexrender: {root_there: 'jobs'}", "the whole path"),
        ('nexrender: {secret: "aäb"}', "only ASCII"),
        ("preview: aerendr", "aerender"),
        ("timeout_s: 90000", "86400"),
        ("tolerate: [everything]", "missing_fonts"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(tmp_path: Path, render: str, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        config(tmp_path, render)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "wrong", ["secret: {0}, nexrender: 3", "nexrender: {{secret: [{0}]}}", "nexrender: {{secrt: {0}}}", "{0}: 1"]
)
def test_a_mistake_beside_the_secret_does_not_show_it(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError) as error:
        config(tmp_path, wrong.format(SECRET))
    if "secret" in wrong:
        assert SECRET not in str(error.value)


def test_the_secret_is_in_no_fact_that_a_fingerprint_is_made_of(tmp_path: Path) -> None:
    settings = config(tmp_path, f"preview: nexrender, nexrender: {FARM}")
    facts = settings.facts()
    assert facts["nexrender_secret"] == SECRET
    used = {name for step in LINE.stages[GENERATION].steps for name in step.uses}
    assert "nexrender_secret" not in used
    assert SECRET not in str({name: facts[name] for name in used & facts.keys()})
    assert SECRET not in repr(settings)
    assert SECRET in settings.secrets()


@pytest.mark.parametrize(("url", "port"), [("http://f:3050", 3050), ("http://f", 80), ("https://f/nexrender", 443)])
def test_the_port_of_the_server_is_the_only_one_that_is_opened(tmp_path: Path, url: str, port: int) -> None:
    settings = config(tmp_path, f"deliver_video: nexrender, nexrender: {{url: '{url}'}}").render
    assert settings.ports() == (port,)
    assert settings.programs() == ()


def test_the_facts_of_a_rendering_hold_what_decides_it(program: Any, tmp_path: Path) -> None:
    path = program("aerender_is_good")
    settings = config(tmp_path, f"preview: aerender, aerender: '{path}', output_module: H.264")
    facts = settings.facts()["rendering"]
    assert (facts["engine"], facts["program"], facts["output_module"]) == ("aerender", path, "H.264")
    assert "at_once" not in facts, "how many at once decides nothing"
    assert settings.render.programs() == (path,)
    assert [(one.name, one.says, one.problem) for one in probe_configured(settings.render)] == [
        ("aerender", "aerender 25.2", "")
    ]


def test_nothing_is_probed_that_is_not_used() -> None:
    assert probe_configured(Config().render) == []
