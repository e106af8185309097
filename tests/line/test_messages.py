"""The real daemon with a real mail server and a real web hook: who is told what, when, and how often."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest
import yaml
from house import House
from receivers import Hook, MailServer, pictures_of, text_of

from hotfolderd.demo.batch import make_small_batch

JOBS = [f"TINY{number:04}" for number in range(1, 4)]
pytestmark = pytest.mark.filterwarnings("ignore:Session.login_data is deprecated")


def decide(house: House, job: str, sidecar: str, **keys: str) -> None:
    house.edit(house.folder(job) / f"{sidecar}.yaml", **keys)


def test_people_are_told_once_of_all_that_they_must_know_though_their_mail_server_is_dead_and_the_daemon_is_killed(
    tmp_path: Path,
) -> None:
    hook, mail = Hook(), MailServer()
    house = House(
        tmp_path,
        notify={"urls": [hook.url, mail.url], "gather_s": 1, "max_per_minute": 0, "remind_after_h": [0.001, 100]},
        reviewers={"review": ["anna", "ben"], "approval": ["anna"]},
    )
    make_small_batch(house.inbox, len(JOBS), share_design=True)
    try:
        with house:
            hook_hears(house, hook, "Review needed: 3 jobs")
            asked = next(one for one in hook.heard if one["title"] == "Review needed: 3 jobs")
            assert [line for line in asked["message"].splitlines() if line.startswith("- ")] == [
                f"- {job}: 1 warning" for job in JOBS
            ]
            assert "Who: anna, ben\n" in asked["message"]
            assert len(asked["attachments"]) == 1
            # Killed before that is noted, the hook may hear it once more: that is tested elsewhere.
            sent = house.root / ".hotfolderd" / "sent"
            house.wait_until(lambda: len(list(sent.glob("[0-9a-f]*.*"))) == 1 + len(JOBS), "the marks")
            house.stop(signal.SIGKILL)
            mail.start()
            house.start()
            hook_hears(house, hook, "hotfolderd works again on")
            hook_hears(house, hook, "Reminder 1: the review of 3 jobs waits since")
            house.wait_until(lambda: "Review needed: 3 jobs" in mail.subjects(), "the mail of before")

            decide(house, JOBS[0], "review", decision="approve", by="mallory", apply_to="batch")
            hook_hears(house, hook, f"{JOBS[0]}: review.yaml was not taken")
            refused = next(one for one in hook.heard if one["title"].endswith("was not taken"))
            assert "mallory" in refused["message"]
            assert "anna" in refused["message"]
            assert all(house.where(job) == "2-review" for job in JOBS)

            decide(house, JOBS[0], "review", by="anna", notes="now by who may")
            hook_hears(house, hook, "Approve the previews? 3 jobs")
            for job in JOBS[:2]:
                decide(house, job, "approval", decision="approve", by="anna")
            decide(house, JOBS[2], "approval", decision="reject", by="anna", reason="the title is too dark")
            hook_hears(house, hook, f"Review needed: {JOBS[2]}")
            again = next(one for one in hook.heard if one["title"] == f"Review needed: {JOBS[2]}")
            assert "Why: reject by anna: the title is too dark\n" in again["message"]
            assert house.command("cancel", JOBS[2]).returncode == 0
            hook_hears(house, hook, "partially complete, 2 of 3 jobs delivered")
            outbox = house.root / ".hotfolderd" / "outbox"
            house.wait_until(lambda: not list(outbox.glob("*.json")), "the outbox to be empty")
    finally:
        hook.stop()
        mail.stop()
    assert [title for title, count in Counter(hook.titles()).items() if count > 1] == []
    assert [title for title, count in Counter(mail.subjects()).items() if count > 1] == []
    for text in ("hotfolderd works again", "was not taken", "Review needed: TINY0003", "partially complete, 2 of 3"):
        assert any(text in subject for subject in mail.subjects()), text
    approved = next(one for one in mail.mails if one["Subject"].startswith("Approve the preview"))
    assert len(pictures_of(approved)) == 1
    assert JOBS[0] in f"{approved['Subject']} {text_of(approved)}"
    delivered = [title for title in hook.titles() if title.startswith("Delivered: ")]
    assert delivered
    assert not (house.root / "messages.txt").exists()
    assert_no_secret(house)


def configure(house: House) -> None:
    house.config.write_text(yaml.safe_dump(house.settings))


def hook_hears(house: House, hook: Hook, text: str) -> None:
    house.wait_until(lambda: any(text in title for title in hook.titles()), f"{text!r} among {hook.titles()}")


def assert_no_secret(house: House) -> None:
    """No log, page, state or message shows what the addresses hold."""
    said = house.log.read_text()
    said += "".join(house.command(*words).stdout for words in (("status", "--json"), ("jobs",), ("show", JOBS[0])))
    assert "mongoose" not in said.lower()
    for path in house.root.rglob("*"):
        assert not path.is_file() or b"mongoose" not in path.read_bytes().lower(), path


def test_notify_test_says_who_has_got_its_message_and_who_has_not(tmp_path: Path) -> None:
    hook, mail = Hook(), MailServer().start()
    dead = MailServer()
    house = House(tmp_path, notify={"urls": [{"url": hook.url, "tags": ["client:ACME"]}, mail.url]})
    configure(house)
    try:
        done = house.command("notify-test")
        assert (done.returncode, done.stdout) == (0, "notify.urls, address 1: sent\nnotify.urls, address 2: sent\n")
        house.settings["notify"]["urls"] = [dead.url, hook.url, "nothing://MONGOOSE@x"]
        configure(house)
        done = house.command("notify-test")
    finally:
        hook.stop()
        mail.stop()
    assert done.returncode == 1
    assert done.stdout == (
        "notify.urls, address 1: NOT sent: it is not reached or refuses\n"
        "notify.urls, address 2: sent\n"
        "notify.urls, address 3: NOT sent: apprise does not understand it\n"
    )
    assert hook.titles() == ["A test of hotfolderd"] * 2
    assert mail.subjects() == ["A test of hotfolderd"]
    assert str(house.root) in text_of(mail.mails[0])
    assert "mongoose" not in (done.stdout + done.stderr).lower()


def test_notify_test_without_an_address_writes_into_the_file(tmp_path: Path) -> None:
    house = House(tmp_path)
    configure(house)
    done = house.command("notify-test")
    assert (done.returncode, done.stdout) == (0, "messages.txt: sent\n")
    assert "A test of hotfolderd" in house.messages()


def test_messages_that_wait_for_others_go_out_when_the_daemon_ends(tmp_path: Path) -> None:
    hook = Hook()
    house = House(tmp_path, notify={"urls": [hook.url], "gather_s": 3000, "gather_most_s": 3000})
    make_small_batch(house.inbox, 1)
    try:
        with house:
            house.wait_for(f"2-review/{JOBS[0]}")
            hook_hears(house, hook, "taken in, 1 job")
            assert "Review needed: TINY0001" not in hook.titles()
        assert hook.titles()[-1] == "Review needed: TINY0001"
    finally:
        hook.stop()
