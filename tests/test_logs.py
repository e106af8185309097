"""The log: no secret of an address, one line for a record, nothing that a terminal would obey."""

from __future__ import annotations

import base64
import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from hotfolderd.config import check_config
from hotfolderd.errors import ConfigError
from hotfolderd.logs import LINES, Discreet, visible

ADDRESSES = (
    "json://canaryuser:CANARYPASS%40x@127.0.0.1:8080/CANARYPATH/short?+X-Key=CANARYVALUE&to=ab",
    "slack://CANARYTOKA/CANARYTOKB/CANARYTOKC/#channel",
    "tgram://123456789:CANARYBOT_token/12315544",
    "mailto://canarymail:CANARYMAILPASS@",
    "CANARYNOSCHEME",
)


def logged(record: logging.LogRecord, addresses: tuple[str, ...] = ADDRESSES) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(Discreet(addresses))
    handler.handle(record)
    return stream.getvalue()


def record(message: object, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("any", logging.ERROR, "file.py", 1, message, args, trace)


@pytest.mark.parametrize(
    "secret",
    [
        *ADDRESSES,
        "CANARYPASS%40x",
        "CANARYPASS@x",
        "canaryuser",
        "CANARYUSER",
        "/CANARYPATH/short",
        "CANARYVALUE",
        "CANARYTOKA",
        "CANARYTOKB",
        "CANARYTOKC",
        "CANARYBOT_token",
        "bot123456789:CANARYBOT_token",
        "CANARYMAILPASS",
        base64.b64encode(b"canaryuser:CANARYPASS@x").decode(),
    ],
)
def test_no_secret_of_an_address_is_logged_in_whatever_part_of_a_record(secret: str) -> None:
    try:
        raise ValueError(f"cannot reach {secret}")
    except ValueError as error:
        failed = error
    wholly = record("%s of %r: %s", secret, {"url": secret}, ValueError(secret), error=failed)
    wholly.stack_info = f"Stack:\n  {secret}"
    text = logged(wholly)
    assert secret.lower() not in text.lower()
    assert "canary" not in text.lower()
    assert text.count("***") >= 5
    assert "ValueError: cannot reach" in text


def test_other_words_are_left_alone() -> None:
    assert logged(record("J1: 2-review → 3-validation (anna), 127.0.0.1 %d", 5)) == (
        "J1: 2-review → 3-validation (anna), 127.0.0.1 5\n"
    )
    assert logged(record("100 %"), ()) == "100 %\n"
    assert logged(record("%d jobs", "no number")) == "%d jobs ('no number',)\n"


def test_a_name_cannot_write_a_line_of_its_own_nor_command_a_terminal() -> None:
    """Also as the text of an error: the lines of a traceback stand indented."""
    name = "a\n2026-11-20 INFO approved\r\x1b[2J\u202egpj\u200b\x85\u2028\udcff"
    assert logged(record("%s: gone", name)) == (
        "a\\n2026-11-20 INFO approved\\r\\x1b[2J\\u202egpj\\u200b\\x85\\u2028\\udcff: gone\n"
    )
    try:
        raise ValueError(name)
    except ValueError as error:
        lines = logged(record("left alone", error=error)).splitlines()
    assert lines[0] == "left alone"
    assert all(line.startswith("    ") for line in lines[1:])
    assert "    2026-11-20 INFO approved\\r\\x1b[2J\\u202egpj\\u200b\\x85\\u2028\\udcff" in lines
    assert visible("Ünïcode ✓ 日本") == "Ünïcode ✓ 日本"


PROCESS = """
import logging, sys, threading, warnings
from hotfolderd import logs
logs.set_up(logging.DEBUG, addresses=["json://u:CANARYPASS@h/"])
def fail():
    raise ValueError("CANARYPASS")
thread = threading.Thread(target=fail, name="CANARYPASS")
thread.start(); thread.join()
warnings.warn("CANARYPASS")
for name in ("apprise", "urllib3.connectionpool"):
    logging.getLogger(name).info("much")
    logging.getLogger(name).warning("little CANARYPASS")
logging.getLogger("any").debug("said")
fail()
"""


def test_uncaught_errors_and_warnings_go_through_the_log_too() -> None:
    done = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    assert "CANARY" not in text.replace('raise ValueError("CANARYPASS")', "")
    assert text.count("ValueError: ***") == 2
    assert text.count("little ***") == 2
    assert "much" not in text
    assert "said" in text
    assert "UserWarning: ***" in text
    assert LINES.startswith("%(asctime)s")


SECRET = "CANARYSECRET"


@pytest.mark.parametrize(
    "text",
    [
        f'notify:\n  urls: "mailto://user:{SECRET}@example.com"\n',
        f"notify: json://user:{SECRET}@127.0.0.1/x\n",
        f"notify: [json://user:{SECRET}@h]\n",
        f"notify:\n  urls:\n    - mailto: //user:{SECRET}@example.com\n",
        f"notify:\n  urls:\n  - json://user:{SECRET}: x@h\n",
        f"notify:\n  urls:\n    - [json://user:{SECRET}@h]\n",
        f"notify:\n  urls: {{a: json://user:{SECRET}@h}}\n",
        f'notify:\n\n  urls: "a {SECRET} b"\n',
        f"notify:\n  urls: {SECRET}\n",
        f"notify:\n  {SECRET}: 1\n",
        f"notify:\n  json://user:{SECRET}@h: x\n",
        f"notify:\n  json://user:{SECRET}@h: x\n  json://user:{SECRET}@h: y\n",
        f"notify:\n  urls: [*{SECRET}]\n",
        f"notify:\n  urls: [!{SECRET}!x y]\n",
        f"json://user:{SECRET}@h: x\n",
        f"root: [json://user:{SECRET}@h]\n",
        f"settle_s: json://user:{SECRET}@h\n",
    ],
)
def test_what_is_wrong_with_a_configuration_is_told_without_its_secrets(tmp_path: Path, text: str) -> None:
    """As text of the error, and as a traceback of it."""
    for encoding in ("utf-8", "utf-16"):
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding=encoding)
        with pytest.raises(ConfigError) as caught:
            check_config(path)
        assert SECRET not in str(caught.value)
        assert "line" in str(caught.value)
        told = logged(record("%s", caught.value, error=caught.value), ())
        assert SECRET not in told


def test_other_faults_of_a_configuration_are_told_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("settle_s: soon\nnotify:\n  urls: []   # settle_s is soon\n")
    with pytest.raises(ConfigError, match=r"config.yaml, line 1, column 11: `settle_s` is 'soon'"):
        check_config(path)
    path.write_text("notify:\n  url: []\n")
    with pytest.raises(ConfigError, match=r"line 2, column 3: the key `url` is not known here. Did you mean `urls`\?"):
        check_config(path)
