"""Message addresses hold secrets: no file of the root, no log line and no answer of a command shows one."""

from __future__ import annotations

import socket
from pathlib import Path

from house import House

from hotfolderd.demo.batch import make_small_batch

ADDRESSES = (
    "json://mongooseuser:MONGOOSEPASS@127.0.0.1:{port}/MONGOOSEPATH?+X-Key=MONGOOSEVALUE",
    "mailto://user:MONGOOSEMAIL@",
    "nothing://user:MONGOOSESCHEME@127.0.0.1/x",
    "json://user:MONGOOSE PASS WITH SPACES@127.0.0.1:{port}/",
    "MONGOOSEALONE",
)


def test_a_whole_run_shows_no_secret_of_an_address_that_refuses(tmp_path: Path) -> None:
    """Everything below the root, the log at its most talkative, and what commands print: 0 hits."""
    with socket.socket() as free:  # bound and not listening: it refuses connections
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        house = House(tmp_path, notify={"urls": [one.format(port=port) for one in ADDRESSES]})
        make_small_batch(house.inbox, 1)
        house.run_until_idle()
        done = [house.command("run", "--verbose", "--until-idle")]
        done += [house.command(*words) for words in (("status", "--json"), ("check", str(house.config)), ("jobs",))]
    assert list((house.root / ".hotfolderd/outbox").glob("*.json")), "nothing was told"
    log = done[0].stderr
    assert "notify.urls, address 1: a message could not be sent" in log
    assert house.where("TINY0001") == "2-review"
    said = "".join(one.stdout + one.stderr for one in done)
    assert "mongoose" not in said.lower()
    for path in house.root.rglob("*"):
        assert "mongoose" not in str(path.relative_to(house.root)).lower()
        assert not path.is_file() or b"mongoose" not in path.read_bytes().lower(), path


def test_an_address_that_apprise_refuses_is_not_shown_by_its_own_log(tmp_path: Path) -> None:
    """Tokens of services on the net; nothing is sent there, because their form is wrong."""
    house = House(
        tmp_path, notify={"urls": ["slack://TMONGOOSE0A/MONGOOSESHORT", "discord://MONGOOSEID", "tgram://MONGOOSEBOT"]}
    )
    make_small_batch(house.inbox, 1)
    house.run_until_idle()
    done = house.command("run", "--verbose", "--until-idle")
    assert done.stderr.count("apprise does not understand it") == 3
    assert "mongoose" not in (done.stdout + done.stderr).lower()
