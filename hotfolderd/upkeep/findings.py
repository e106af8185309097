"""What `doctor` finds: each part of the installation examined, and for what is wrong what to do.

Reads the system and the root. Writes one small file into `.hotfolderd`, to compare clocks, and removes it again; starts
ffmpeg to ask it what it can do; sends nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hotfolderd import guard
from hotfolderd.config import Config
from hotfolderd.errors import ConfigError, HotfolderError
from hotfolderd.lock import is_held
from hotfolderd.media.font_folders import installed_folders
from hotfolderd.media.graph import ffmpeg_path
from hotfolderd.media.process import run
from hotfolderd.pipeline import ALL_FOLDERS
from hotfolderd.root import Root, check_root
from hotfolderd.stages.episode.circuits import open_circuits, said_of
from hotfolderd.watcher.mounts import file_system, is_network

State = Literal["ok", "remark", "wrong"]
# What previews and their checks are made of.
FILTERS = ("scale", "format", "fps", "loop", "setsar", "overlay")
_INOTIFY = Path("/proc/sys/fs/inotify")
_WATCHES_EACH_JOB = 2
_LEAST_WATCHES = 2 * len(ALL_FOLDERS) + 2000  # of folders below the inbox at most 2,000 are watched
_SKEW_S = 2.0
_FONTS = (".ttf", ".otf", ".ttc")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part. `remedy`: what to do; empty where nothing is to be done."""

    part: str
    state: State
    words: str
    remedy: str = ""


def examine(config: Config, config_file: Path) -> Iterator[Finding]:
    """Everything that `doctor` looks at, one after the other; what cannot be examined is a finding too."""
    root = Root(config.root)
    parts: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("configuration", lambda: configuration(config, config_file)),
        ("root", lambda: folders(root)),
        ("file system", lambda: place(root)),
        ("clock", lambda: clock(root)),
        ("disk space", lambda: room(root, config.disk.min_free_mib)),
        ("watching", lambda: watching(root)),
        ("ffmpeg", ffmpeg),
        ("fonts", lambda: fonts(installed_folders())),
        ("After Effects", after_effects),
        ("messages", lambda: messages(config.notify.secrets)),
        ("workers", workers),
        ("generators", lambda: generators(root)),
        ("daemon", lambda: daemon(root)),
    )
    for part, look in parts:
        try:
            yield from look()
        except (OSError, HotfolderError, ValueError) as error:
            yield Finding(part, "wrong", f"cannot be examined: {error}", "See to what it says, and try again.")


def configuration(config: Config, file: Path) -> Iterator[Finding]:
    """The file is right, for it was read; whether others may read its secrets."""
    if not file.is_file():
        yield Finding("configuration", "ok", f"{file}: is not there, every setting has its default")
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if config.notify.urls and not config.notify.urls_file and mode & 0o077:
        words = f"{file}: holds addresses with secrets, and others may use it (mode {mode:04o})"
        yield Finding("configuration", "wrong", words, f"chmod 600 {file}")
        return
    yield Finding("configuration", "ok", f"{file}: is right")


def folders(root: Root) -> Iterator[Finding]:
    """The stage folders are there, on one file system, and may be written."""
    if not root.exists():
        yield Finding("root", "wrong", f"{root.path}: has no stage folders", f"hotfolderd init {root.path}")
        return
    try:
        check_root(root.path)
    except ConfigError as error:
        what, _, remedy = str(error).partition(". ")
        yield Finding("root", "wrong", what, remedy)
        return
    closed = [path for _, path in root.job_folders() if not os.access(path, os.R_OK | os.W_OK | os.X_OK)]
    if closed:
        words = f"{len(closed)} job folders cannot be written, such as {closed[0]}"
        yield Finding("root", "wrong", words, f"give them to the daemon's user: chown -R {_user()} {closed[0]}")
        return
    yield Finding("root", "ok", f"{root.path}: whole and writable for {_user()}")


def _user() -> str:
    import pwd  # noqa: PLC0415  not on every system

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def place(root: Root) -> Iterator[Finding]:
    """What the root lies on."""
    kind = file_system(root.path) or "unknown"
    if is_network(root.path):
        words = f"{root.path} lies on a network file system ({kind}): changes made elsewhere are found by looking"
        yield Finding(
            "file system",
            "remark",
            words,
            "Nothing, if delays of poll_s are right. Raise settle_network_s for slow copies.",
        )
        return
    yield Finding("file system", "ok", f"{kind}, local")


def clock(root: Root) -> Iterator[Finding]:
    """The clock of the file system beside that of this machine: what is still, and what is due, is told by both."""
    beside = root.private / f".clock.{os.getpid()}"
    before = time.time()
    try:
        beside.write_bytes(b"")
        at = beside.stat().st_mtime
    finally:
        beside.unlink(missing_ok=True)
    yield skew(before, at, time.time())


def skew(before: float, at: float, after: float) -> Finding:
    """A file written between two looks at this machine's clock bears a time of its file system's."""
    off_s = at - before if at < before else max(0.0, at - after)
    if abs(off_s) > _SKEW_S:
        words = f"the file system's clock is {abs(off_s):.1f} s {'behind' if off_s < 0 else 'ahead of'} this machine's"
        return Finding("clock", "wrong", words, "Set both by NTP, the file server's too.")
    if time.gmtime(after).tm_year < 2025:
        return Finding("clock", "wrong", f"this machine's clock says {time.gmtime(after).tm_year}", "Set it by NTP.")
    return Finding("clock", "ok", "the file system's clock and this machine's agree")


def room(root: Root, least_mib: float) -> Iterator[Finding]:
    """Free space, and room for names."""
    free_mib = shutil.disk_usage(root.path).free / 2**20
    if free_mib < least_mib:
        words = f"{free_mib:,.0f} MiB are free, less than disk.min_free_mib ({least_mib:,.0f}): nothing is taken in"
        yield Finding("disk space", "wrong", words, "Free space: hotfolderd gc, or delete old deliveries.")
        return
    names = os.statvfs(root.path)
    if names.f_files and names.f_favail < names.f_files / 100:
        words = f"{names.f_favail:,} files more can be made (inodes), less than one in a hundred is free"
        yield Finding("disk space", "wrong", words, "Delete old jobs and deliveries.")
        return
    state: State = "remark" if free_mib < 4 * least_mib else "ok"
    yield Finding("disk space", state, f"{free_mib:,.0f} MiB are free")


def watching(root: Root, limits: Path = _INOTIFY) -> Iterator[Finding]:
    """Whether the system lets all folders be watched."""
    if not sys.platform.startswith("linux"):
        yield Finding("watching", "ok", "by this system's own events")
        return
    jobs = sum(1 for _ in root.job_names()) if root.exists() else 0
    needed = _LEAST_WATCHES + _WATCHES_EACH_JOB * jobs
    for name, least in (("max_user_watches", needed), ("max_user_instances", 8)):
        allowed = int((limits / name).read_text("ascii"))
        if allowed < least:
            words = f"fs.inotify.{name} is {allowed}, and {least} may be needed: what is not watched is found later"
            more = max(524_288 if name == "max_user_watches" else 512, 2 * least)
            remedy = (
                f"echo fs.inotify.{name}={more} | sudo tee /etc/sysctl.d/60-hotfolderd.conf && sudo sysctl --system"
            )
            yield Finding("watching", "wrong", words, remedy)
            return
    yield Finding("watching", "ok", f"inotify, enough for {jobs} jobs")


def ffmpeg() -> Iterator[Finding]:
    """ffmpeg is there, runs, and has the encoder and the filters that previews need."""
    program = ffmpeg_path()
    version = run([program, "-hide_banner", "-version"], timeout_s=20).stdout.decode("utf-8", "replace")
    filters = run([program, "-hide_banner", "-filters"], timeout_s=20).stdout.decode("utf-8", "replace")
    encoders = run([program, "-hide_banner", "-encoders"], timeout_s=20).stdout.decode("utf-8", "replace")
    there = set(re.findall(r"^ *[A-Z.|]{2,3} +(\w+) ", filters, re.MULTILINE))
    missing = [name for name in FILTERS if name not in there]
    if not re.search(r"\blibx264\b", encoders):
        missing.append("the encoder libx264")
    if missing:
        words = f"{program}: lacks {', '.join(missing)}"
        yield Finding("ffmpeg", "wrong", words, "Unset HOTFOLDERD_FFMPEG, or set it to a full build.")
        return
    yield Finding("ffmpeg", "ok", f"{program}: {version.splitlines()[0] if version else 'runs'}")


def fonts(places: tuple[Path, ...]) -> Iterator[Finding]:
    """Whether this machine has fonts: texts are measured and previews drawn with them."""
    there = [place for place in places if place.is_dir()]
    count = sum(name.lower().endswith(_FONTS) for place in there for _, _, names in os.walk(place) for name in names)
    if not count:
        words = f"none in {', '.join(map(str, places))}: texts are not measured, previews show another letter"
        yield Finding("fonts", "remark", words, "Install the studio's fonts here, or deliver them in a folder `fonts`.")
        return
    yield Finding("fonts", "ok", f"{count} files of fonts are installed")


def after_effects() -> Iterator[Finding]:
    """Whether After Effects is here. Nothing needs it."""
    found = shutil.which("aerender") or shutil.which("afterfx")
    places = sorted(Path("/Applications").glob("Adobe After Effects*/aerender")) if sys.platform == "darwin" else []
    where = found or (str(places[-1]) if places else None)
    words = f"{where}" if where else "is not on this machine; projects are written, and previews drawn, without it"
    yield Finding("After Effects", "ok", words)


def messages(urls: tuple[str, ...]) -> Iterator[Finding]:
    """Whether apprise understands each address; nothing is sent."""
    if not urls:
        words = "no address is set: messages are written to messages.txt in the root"
        yield Finding("messages", "remark", words, "Set notify.urls or notify.urls_file in the configuration.")
        return
    import apprise  # noqa: PLC0415  loads every plug-in

    wrong = [number for number, url in enumerate(urls, 1) if apprise.Apprise.instantiate(url) is None]
    if wrong:
        which = ", ".join(f"address {number}" for number in wrong)
        words = f"notify: {which} of {len(urls)} is none that apprise understands"
        yield Finding("messages", "wrong", words, "Write it as https://github.com/caronc/apprise/wiki says.")
        return
    yield Finding("messages", "ok", f"{len(urls)} addresses can be understood; whether they are reached was not tried")


def workers() -> Iterator[Finding]:
    """What holds the workers."""
    yield Finding("workers", "ok" if guard.landlock_abi() else "remark", guard.describe().rstrip("."))


def generators(root: Root) -> Iterator[Finding]:
    """Whether a generator of films is left alone because it fails for every scene."""
    found = open_circuits(root.private / "generators")
    for name, circuit in found.items():
        remedy = f"Mend the program or server of episodes.{name}; then the scenes go on by themselves."
        yield Finding("generators", "remark", said_of(name, circuit, time.time()), remedy)
    if not found:
        yield Finding("generators", "ok", "none is left alone")


def daemon(root: Root) -> Iterator[Finding]:
    """Whether one is at work now."""
    running = root.exists() and is_held(root)
    words = "is at work on this root" if running else "is not running on this root"
    yield Finding("daemon", "ok" if running else "remark", words, "" if running else "hotfolderd run, or the service")
