"""Every row of the matrix reaches a real mail server and a real web hook, once, and says what it should."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from string import Formatter
from time import sleep

import pytest
from PIL import Image
from receivers import Hook, MailServer, free_port, pictures_of, text_of

from hotfolderd.disk import set_failpoint
from hotfolderd.notify import MESSAGES, About, Desk, Manners, Notices, Postman, Recipient
from hotfolderd.notify.manners import hears
from hotfolderd.notify.matrix import MATRIX, Row
from hotfolderd.notify.message import Message
from hotfolderd.records import Job
from hotfolderd.root import Root, make_root

# Plug-ins of apprise and the mail server warn of what is theirs.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Session.login_data is deprecated"),
]
AT = "2026-11-20T10:00:00.000Z"


class Clock:
    """A clock that goes only when it is told to: seconds, and the time of day."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 10, 0, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000.0)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return make_root(tmp_path / "folders")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notices(root: Root, clock: Clock) -> Notices:
    return Notices(root, clock.now, remind_after_h=(4,), zone=UTC)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    service = Hook()
    yield service
    service.stop()


def job(root: Root, name: str = "J1", *, stage: str = "2-review", client: str = "ACME", picture: int = 40) -> Job:
    """A job, with its folder and its pictures (so many pixels wide)."""
    folder = root.path / stage / name
    (folder / "previews").mkdir(parents=True)
    for one in ("contact_sheet.png", "thumbnail.jpg") if picture else ():
        Image.effect_noise((picture, picture), 90).convert("RGB").save(folder / "previews" / one)
    (folder / "review.yaml").write_text("decision: pending\n")
    return Job(name, "template", f"uid of {name}", "B1", stage, "awaiting_review", AT, AT, client=client, since=AT)


def ask(notices: Notices, root: Root, one: Job, *, who: Sequence[str] = (), once: str = "1") -> None:
    """Ask for the review of a job, as the line does."""
    folder = root.path / "2-review" / one.job
    about = About(
        why="2 warnings:\n- Missing font: Futura",
        who=tuple(who),
        deciders=True,
        until=notices.first_reminder(datetime.fromisoformat(AT)),
        where=folder / "review.yaml",
        page=folder / "review.html",
        stage="review",
        note="2 warnings",
    )
    notices.tell("review_ready", one, once=once, about=about)


def postman(
    root: Root, notices: Notices, clock: Clock, *urls: str | Recipient, coming: bool = False, **manners: object
) -> Postman:
    desk = Desk(root, "https://files.studio.test/line", zone=UTC)
    how = Manners(zone=UTC, **manners)  # type: ignore[arg-type]
    return Postman(root, notices, urls, manners=how, desk=desk, clock=clock, coming=lambda _batch, _folders: coming)


def names_in(row: Row) -> set[str]:
    texts = (row.title, row.body)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


# the matrix -----------------------------------------------------------------------------------------------------------


def test_every_row_of_the_matrix_reaches_the_mail_server_and_the_web_hook_once_with_its_picture(
    root: Root, notices: Notices, clock: Clock, mail: MailServer, hook: Hook
) -> None:
    one = job(root)
    told = {}
    for event, row in MATRIX.items():
        if row.kind == "progress":
            continue
        facts = {name: f"<{name}>" for name in names_in(row) - {"job", "for_client", "project"}}
        known = {**facts, "job": "J1", "for_client": " for ACME"}
        notices.tell(event, one, once="1", about=About(facts))
        told[event] = (row, row.title.format_map(known).replace("<", "‹").replace(">", "›"))
    assert len(told) > 30
    assert postman(root, notices, clock, mail.url, hook.url).send_waiting()
    wanted = Counter(title for _, title in told.values())
    assert Counter(mail.subjects()) == wanted
    assert Counter(hook.titles()) == wanted
    for row, title in told.values():
        count = bool(row.picture)
        assert next(len(pictures_of(one)) for one in mail.mails if one["Subject"] == title) == count, title
        assert next(len(one["attachments"]) for one in hook.heard if one["title"] == title) == count, title


def test_every_title_of_a_question_names_the_job_and_the_client() -> None:
    for event, row in MATRIX.items():
        if row.kind == "ask" and event != "reminder":
            assert {"job", "for_client"} <= names_in(row), event
    assert {"count", "gate", "for_client", "since"} <= names_in(MATRIX["reminder"])


def test_a_review_is_asked_for_in_a_mail_that_says_all(
    root: Root, notices: Notices, clock: Clock, mail: MailServer
) -> None:
    ask(notices, root, job(root), who=("anna", "ben"))
    assert postman(root, notices, clock, mail.url).send_waiting()
    (one,) = mail.mails
    folder = root.path / "2-review" / "J1"
    assert one["Subject"] == "Review needed: J1 for ACME"
    assert text_of(one).splitlines() == [
        "Confirm or correct the matches, then write 'decision: approve'.",
        "Why: 2 warnings:",
        "- Missing font: Futura",
        "Who: anna, ben",
        "Until: Fri 20 Nov 14:00 (then a reminder comes)",
        "Open: https://files.studio.test/line/2-review/J1/review.html",
        f"Look at: {folder}/review.html",
        f"Write in: {folder}/review.yaml",
    ]
    (picture,) = pictures_of(one)
    assert picture.get_content() == (folder / "previews/contact_sheet.png").read_bytes()


def test_a_question_that_was_answered_before_it_went_out_says_so(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    ask(notices, root, job(root))
    (root.path / "2-review/J1/review.yaml").unlink()
    assert postman(root, notices, clock, hook.url).send_waiting()
    assert hook.titles() == ["Review needed: J1 for ACME (answered already)"]


# the picture ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["gone", "too large", "a link", "no file", "empty", "its folder leads away"])
def test_a_picture_that_cannot_be_sent_does_not_lose_its_message(
    root: Root, notices: Notices, clock: Clock, mail: MailServer, tmp_path: Path, what: str
) -> None:
    ask(notices, root, job(root, picture=1500 if what == "too large" else 40))
    picture = root.path / "2-review/J1/previews/contact_sheet.png"
    if what != "too large":
        picture.unlink()
    secret = tmp_path / "contact_sheet.png"
    secret.write_bytes(b"the master key")
    if what == "a link":
        picture.symlink_to(secret)
    elif what == "no file":
        picture.mkdir()
    elif what == "empty":
        picture.touch()
    elif what == "its folder leads away":
        shutil.rmtree(picture.parent)
        picture.parent.symlink_to(tmp_path)
    assert postman(root, notices, clock, mail.url).send_waiting()
    (one,) = mail.mails
    assert one["Subject"] == "Review needed: J1 for ACME"
    assert pictures_of(one) == []
    assert b"master key" not in one.as_bytes()


def test_a_target_that_refuses_pictures_gets_its_message_without(root: Root, notices: Notices, clock: Clock) -> None:
    ask(notices, root, job(root))
    hook, mail = Hook(refuses_pictures=True), MailServer(refuses_mib=0.004).start()
    try:
        assert postman(root, notices, clock, hook.url, mail.url).send_waiting()
    finally:
        hook.stop()
        mail.stop()
    assert hook.titles() == mail.subjects() == ["Review needed: J1 for ACME"]
    assert (hook.asked, mail.asked) == (2, 2)
    assert not hook.heard[0]["attachments"]


def test_the_picture_is_found_where_the_job_stands_by_now(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    one = job(root)
    notices.tell("deployed", one, once="1", about=About({"deployed": "there"}))
    (root.path / "2-review/J1").rename(root.path / "archive/J1")
    assert postman(root, notices, clock, hook.url).send_waiting()
    assert len(hook.heard[0]["attachments"]) == 1


# together -------------------------------------------------------------------------------------------------------------


def test_a_hundred_jobs_of_one_drop_are_one_message_with_a_list(
    root: Root, notices: Notices, clock: Clock, mail: MailServer, hook: Hook
) -> None:
    sender = postman(root, notices, clock, mail.url, hook.url, gather_s=5, gather_most_s=300)
    for number in range(1, 101):
        ask(notices, root, job(root, f"J{number:03}"))
        if number % 20 == 0:
            clock.seconds += 3
            sender.send_waiting()
    assert hook.heard == []
    clock.seconds += 5.1
    assert sender.send_waiting()
    assert mail.subjects() == hook.titles() == ["Review needed: 100 jobs for ACME"]
    lines = hook.heard[0]["message"].splitlines()
    assert lines[0].startswith("Confirm or correct the matches")
    assert lines.count("- J001: 2 warnings") == 1
    assert "  https://files.studio.test/line/2-review/J040/review.html" in lines
    assert "- and 60 more" in lines
    assert f"Folder: {root.path}/2-review" in lines
    assert len(hook.heard[0]["attachments"]) == 1
    assert len(list((root.private / "sent").iterdir())) == 100


def test_a_list_waits_for_the_jobs_that_are_still_on_their_way_and_not_for_ever(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    sender = postman(root, notices, clock, hook.url, gather_s=5, gather_most_s=60, coming=True)
    ask(notices, root, job(root, "J1"))
    sender.send_waiting()
    clock.seconds += 50
    ask(notices, root, job(root, "J2"))
    sender.send_waiting()
    assert hook.heard == []
    clock.seconds += 10
    assert sender.send_waiting()
    assert hook.titles() == ["Review needed: 2 jobs for ACME"]


def test_jobs_of_two_drops_and_of_two_clients_are_not_mixed_up(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    import dataclasses  # noqa: PLC0415

    for number, (batch, client) in enumerate((("B1", "ACME"), ("B2", "ACME"), ("B2", "Other")), 1):
        ask(notices, root, dataclasses.replace(job(root, f"J{number}", client=client), batch=batch))
    assert postman(root, notices, clock, hook.url).send_waiting()
    assert sorted(hook.titles()) == ["Review needed: 2 jobs", "Review needed: J1 for ACME"]


def test_what_is_answered_amid_a_list_is_marked(root: Root, notices: Notices, clock: Clock, hook: Hook) -> None:
    for name in ("J1", "J2"):
        ask(notices, root, job(root, name))
    (root.path / "2-review/J1/review.yaml").unlink()
    assert postman(root, notices, clock, hook.url).send_waiting()
    assert "- J1: answered already\n" in hook.heard[0]["message"]
    assert "- J2: 2 warnings\n" in hook.heard[0]["message"]


def test_a_list_that_was_refused_is_sent_again_with_what_came_meanwhile(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    port = free_port()
    sender = postman(root, notices, clock, f"json://127.0.0.1:{port}", hook.url)
    for name in ("J1", "J2"):
        ask(notices, root, job(root, name))
    assert not sender.send_waiting()
    ask(notices, root, job(root, "J3"))
    assert not sender.send_waiting()
    late = Hook(port)
    try:
        clock.seconds += 200
        assert sender.send_waiting()
    finally:
        late.stop()
    assert hook.titles() == ["Review needed: 2 jobs for ACME", "Review needed: J3 for ACME"]
    assert late.titles() == ["Review needed: 3 jobs for ACME"]


def test_what_comes_while_a_list_is_being_refused_does_not_have_it_sent_again_at_once(
    root: Root, notices: Notices, clock: Clock
) -> None:
    jobs = [job(root, name, picture=0) for name in ("J1", "J2")]

    def meanwhile() -> None:
        ask(notices, root, jobs[1])
        sleep(0.5)  # in which it is taken in

    hook = Hook(before_it_refuses=meanwhile)
    try:
        ask(notices, root, jobs[0])
        assert not postman(root, notices, clock, hook.url).send_waiting()
    finally:
        hook.stop()
    assert hook.asked == 1


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from hotfolderd.disk import set_failpoint
from hotfolderd.notify import Notices, Postman
from hotfolderd.root import Root

place, number, url = sys.argv[1:]
left = [int(number)]

def die(reached, path):
    if path.parent.name == "sent" and reached == "write.done":
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

set_failpoint(die)
root = Root(Path(place))
Postman(root, Notices(root, lambda: datetime.now(UTC)), [url]).send_waiting()
"""


@pytest.mark.parametrize("marked", [0, 3])
def test_killed_amid_the_marks_of_a_list_nobody_is_left_out_and_no_job_is_told_a_third_time(
    root: Root, notices: Notices, clock: Clock, hook: Hook, marked: int
) -> None:
    jobs = [f"J{number}" for number in range(6)]
    for name in jobs:
        ask(notices, root, job(root, name))
    words = [sys.executable, "-W", "ignore", "-c", KILLED, str(root.path), str(marked), hook.url]
    assert subprocess.run(words, timeout=60, check=False).returncode == -9
    assert postman(root, notices, clock, hook.url).send_waiting()
    assert hook.titles()[0] == "Review needed: 6 jobs for ACME"
    named = Counter(re.findall(r"^- (J\d)", "\n".join(one["message"] for one in hook.heard), re.MULTILINE))
    assert set(named) == set(jobs)
    assert max(named.values()) <= 2
    assert len(hook.heard) == 2
    assert list((root.private / "outbox").iterdir()) == []


# at night, and too often ----------------------------------------------------------------------------------------------


def test_at_night_only_what_is_critical_goes_out(root: Root, notices: Notices, clock: Clock, hook: Hook) -> None:
    night = {"quiet_from": time(20), "quiet_until": time(7)}
    clock.seconds += 11 * 3600  # 21:00
    ask(notices, root, job(root))
    notices.tell("disk_low", None, "The disk is nearly full", once="1")
    assert not postman(root, notices, clock, hook.url, **night).send_waiting()
    assert hook.titles() == ["The disk is nearly full"]
    clock.seconds += 9.9 * 3600
    sender = postman(root, notices, clock, hook.url, **night)  # a restart amid the night loses nothing
    assert not sender.send_waiting()
    clock.seconds += 0.1 * 3600 + 1
    assert sender.send_waiting()
    assert hook.titles() == ["The disk is nearly full", "Review needed: J1 for ACME"]


@pytest.mark.parametrize(
    ("begin", "end", "hour", "quiet_h"),
    [
        (20, 7, 19.99, 0),
        (20, 7, 20, 11),
        (20, 7, 0, 7),
        (20, 7, 6.5, 0.5),
        (20, 7, 7, 0),
        (12, 14, 13, 1),
        (12, 14, 14, 0),
        (9, 9, 9, 0),
    ],
)
def test_the_quiet_hours_begin_and_end_at_their_times(begin: int, end: int, hour: float, quiet_h: float) -> None:
    manners = Manners(quiet_from=time(begin), quiet_until=time(end), zone=UTC)
    now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hour)
    assert manners.quiet_for_s(now) == pytest.approx(quiet_h * 3600)


def test_a_file_of_messages_knows_no_night_and_no_lists(root: Root, notices: Notices, clock: Clock) -> None:
    clock.seconds += 11 * 3600
    for name in ("J1", "J2"):
        ask(notices, root, job(root, name))
    manners = {"quiet_from": time(20), "quiet_until": time(7), "gather_s": 5, "max_per_minute": 1}
    assert postman(root, notices, clock, **manners).send_waiting()
    assert (root.path / MESSAGES).read_text().count("Review needed: J") == 2


def test_no_more_than_so_many_messages_go_to_one_address_a_minute_the_gravest_first(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    for number in range(5):
        notices.tell("illegal_move", None, f"{number}", once=f"{number}")
    sender = postman(root, notices, clock, hook.url, max_per_minute=2)
    assert not sender.send_waiting()
    assert len(hook.heard) == 2
    notices.tell("disk_low", None, "grave", once="1")
    clock.seconds += 59
    assert not sender.send_waiting()
    assert len(hook.heard) == 2
    clock.seconds += 1.1
    assert not sender.send_waiting()
    assert hook.titles()[2] == "grave"
    assert len(hook.heard) == 4
    clock.seconds += 61
    assert sender.send_waiting()
    assert sorted(hook.titles()) == ["0", "1", "2", "3", "4", "grave"]


# who hears what -------------------------------------------------------------------------------------------------------


def message(event: str = "review_ready", **known: object) -> Message:
    said = {"client": "ACME", "stage": "review", "people": ("anna",), **known}
    return Message("0" * 16, AT, event, "t", "b", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tags", "told", "heard"),
    [
        ([], message(), True),
        ([], message("segment_progress"), False),
        (["event:segment_progress"], message("segment_progress"), True),
        (["client:ACME"], message(), True),
        (["client:Other"], message(), False),
        (["client:Other", "client:ACME"], message(), True),
        (["client:ACME", "stage:approval"], message(), False),
        (["client:ACME", "stage:review"], message(), True),
        (["severity:warning"], message(), False),
        (["severity:warning"], message("job_failed"), True),
        (["severity:warning"], message("disk_low"), True),
        (["severity:critical"], message("job_failed"), False),
        (["severity:info"], message(), True),
        (["person:anna"], message(), True),
        (["person:ben"], message(), False),
        (["person:ben"], message(people=("*",)), True),
        (["person:ben"], message(people=()), False),
        (["event:review_ready"], message(), True),
        (["event:deployed"], message(), False),
        (["reminder:2"], message("reminder", level=1), False),
        (["reminder:2"], message("reminder", level=2), True),
        (["reminder:2"], message("reminder", level=3), True),
        (["reminder:2"], message(), False),
        (["severity:warning"], message("reminder", level=1), False),
        (["severity:warning"], message("reminder", level=2), True),
    ],
)
def test_a_target_hears_what_its_tags_name(tags: list[str], told: Message, heard: bool) -> None:
    assert hears(tags, told) == heard


def test_what_nobody_hears_is_kept_in_the_file(root: Root, notices: Notices, clock: Clock, hook: Hook) -> None:
    ask(notices, root, job(root, "J1", client="Other"))
    ask(notices, root, job(root, "J2"))
    notices.tell("segment_progress", None, once="1", about=About({"number": "1", "total": "10"}))
    assert postman(root, notices, clock, Recipient(hook.url, ("client:ACME",))).send_waiting()
    assert hook.titles() == ["Review needed: J2 for ACME"]
    kept = (root.path / MESSAGES).read_text()
    assert kept.count("Review needed: J1 for Other") == 1
    assert "J2" not in kept
    assert "Generating" not in kept, "progress is for those who ask for it"


def test_an_address_that_stands_twice_hears_what_fits_either_once(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    ask(notices, root, job(root))
    notices.tell("disk_low", None, "full", once="1")
    both = (Recipient(hook.url, ("stage:review",)), Recipient(hook.url, ("severity:info",)))
    assert postman(root, notices, clock, *both).send_waiting()
    assert sorted(hook.titles()) == ["Review needed: J1 for ACME", "full"]


# harmless, and of before ----------------------------------------------------------------------------------------------


def test_names_in_a_list_call_nobody_and_lead_nowhere(root: Root, notices: Notices, clock: Clock, hook: Hook) -> None:
    for name in ("<!channel>", "[x](y)"):
        one = job(root, name, client="@everyone")
        notices.tell(
            "job_failed", one, once="1", about=About({"step": "s", "why": "w", "what_to_do": "m"}, note="@here")
        )
    assert postman(root, notices, clock, hook.url).send_waiting()
    (heard,) = hook.heard
    said = f"{heard['title']} {heard['message']}"
    assert "<" not in said
    assert "](" not in said
    assert not re.search("@(?!\u200b)", said)


def test_a_message_that_an_earlier_version_has_left_is_sent(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    key = "0123456789abcdef"
    old = {"key": key, "at": AT, "event": "review_ready", "title": "J1: review needed", "body": "look"}
    (root.private / "outbox" / f"{key}.json").write_text(json.dumps(old))
    assert postman(root, notices, clock, hook.url).send_waiting()
    assert [(one["title"], one["message"]) for one in hook.heard] == [("J1: review needed", "look")]


def test_a_disk_that_takes_no_mark_stops_a_list_before_it_is_sent_again(
    root: Root, notices: Notices, clock: Clock, hook: Hook
) -> None:
    def refuse(name: str, path: Path) -> None:
        if path.parent.name == "sent":
            raise OSError(28, os.strerror(28), str(path))

    for name in ("J1", "J2"):
        ask(notices, root, job(root, name))
    sender = postman(root, notices, clock, hook.url)
    set_failpoint(refuse)
    try:
        for _ in range(3):
            assert not sender.send_waiting()
            clock.seconds += 100
    finally:
        set_failpoint(None)
    assert sender.send_waiting()
    assert len(hook.heard) == 1
