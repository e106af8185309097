"""The configuration: `config.yaml` beside the root, checked, as a frozen value.

Reads one file; `write_default` writes one. Seen by `cli` and `daemon` only: the rest is handed what it needs.
"""

from __future__ import annotations

import importlib.resources
import os
import re
import stat
import string
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from hotfolderd.cache import Cache
from hotfolderd.disk import dump_yaml
from hotfolderd.errors import ConfigError
from hotfolderd.media.font_folders import InstalledFonts
from hotfolderd.media.foreign_paths import what_is_wrong
from hotfolderd.model import Category, Severity
from hotfolderd.programs.settings import RenderSettings
from hotfolderd.review.reading import SidecarRefusedError, parse
from hotfolderd.review.strict_yaml import SidecarError, load
from hotfolderd.review.writing import scalar
from hotfolderd.root import Root

FILE_NAME = "config.yaml"
_PREFIX = "HOTFOLDERD_"
_SCHEMA = "hotfolderd/texts/schemas/config.json"  # seen from the example, in the repository
_BASE_URL = r"^(https?://[^\s?#@]+)?$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"  # of the day, by the machine's clock
_TAG = re.compile(r"(client|stage|person):\S.*|event:[a-z_]+|severity:(info|warning|critical)|reminder:[1-9][0-9]{0,3}")
DELIVERY_NAMES = ("client", "project", "batch", "job", "output", "version")


# What a match can be critical for.
CriticalType = Literal[
    "aspect_ratio_mismatch",
    "resolution_critical",
    "missing_asset",
    "type_mismatch",
    "placeholder_not_matched",
    "text_overflow",
]


class Section(BaseModel):
    """What all sections share: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkerSettings(Section):
    """`workers`: where the heavy work is done, and how much of the machine it may use."""

    kind: Literal["local", "cluster"] = "local"
    address: str = ""
    needs: dict[str, str] = {}
    processes: int = Field(default=0, ge=0, le=256)
    max_concurrent_jobs: int = Field(default=5, ge=1, le=1000)
    memory_mib: int = Field(default=6144, ge=512)
    max_file_mib: int = Field(default=8192, ge=64)

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.kind == "cluster") != bool(self.address):
            raise ValueError("`kind: cluster` and `address: tcp://host:8786` (its scheduler) go together")
        return self


class InboxSettings(Section):
    """`inbox`: what may be dropped and how long the daemon waits for the rest of it."""

    incomplete_s: float = Field(default=10.0, ge=0)
    patience_s: float = Field(default=3600.0, ge=0)
    max_rows: int = Field(default=1000, ge=1)
    max_csv_mib: int = Field(default=50, ge=1)
    max_design_mib: int = Field(default=500, ge=1)
    max_project_mib: int = Field(default=50, ge=1)
    min_side_px: int = Field(default=100, ge=1)
    max_side_px: int = Field(default=10_000, ge=1)


class ValidationSettings(Section):
    """`validation`: when a match is critical. Ratios, not per cent."""

    reference: Literal["placeholder", "composition"] = "placeholder"
    aspect_tolerance: float = Field(default=0.10, gt=0)
    upscale_warning: float = Field(default=1.0, gt=0)
    upscale_critical: float = Field(default=2.0, gt=0)
    downscale_info: float = Field(default=0.5, ge=0)
    low_confidence: float = Field(default=0.7, ge=0, le=1)
    text_warning: int = Field(default=50, ge=1)
    text_critical: int = Field(default=100, ge=1)
    text_overflow_warning: float = Field(default=0.05, ge=0)
    text_overflow_critical: float = Field(default=0.20, ge=0)
    font_size_warning_px: float = Field(default=72.0, gt=0)
    font_size_info_px: float = Field(default=12.0, ge=0)
    block_on: tuple[CriticalType, ...] = ()


class PreviewSettings(Section):
    """`preview`: the side-by-side video."""

    max_s: float = Field(default=30.0, gt=0)
    fps: float = Field(default=10.0, gt=0, le=60)
    max_side_px: int = Field(default=1920, ge=120, le=8192)
    moving_side_px: int = Field(default=960, ge=120, le=8192)


class PathPrefix(Section):
    """One entry of `delivery.path_map`: a folder of this machine, and how the machine with After Effects names it."""

    from_: str = Field(alias="from")
    to: str

    @field_validator("from_")
    @classmethod
    def _is_a_folder_here(cls, path: str) -> str:
        if not path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"write an absolute path of this machine, such as /srv/studio, found {path!r}")
        return str(Path(path))

    @field_validator("to")
    @classmethod
    def _is_a_folder_there(cls, path: str) -> str:
        wrong = what_is_wrong(path)
        if wrong:
            raise ValueError(f"{path!r}: {wrong}")
        return path


class DeliverySettings(Section):
    """`delivery`: where a finished job goes below `deployed/`, and as what."""

    folder: str = "{client}/{batch}/{job}"
    path_map: tuple[PathPrefix, ...] = ()
    package: bool = False
    complete_on: Literal["deploy", "download"] = "deploy"

    @field_validator("path_map")
    @classmethod
    def _names_each_once(cls, entries: tuple[PathPrefix, ...]) -> tuple[PathPrefix, ...]:
        twice = [path for path, count in Counter(one.from_ for one in entries).items() if count > 1]
        if twice:
            raise ValueError(f"`from: {twice[0]}` stands there twice. Keep one of them.")
        return entries

    @field_validator("folder")
    @classmethod
    def _can_be_filled_in(cls, pattern: str) -> str:
        try:
            fields = list(string.Formatter().parse(pattern))
        except ValueError as error:
            raise ValueError(f"{error}. Write names in braces: {DELIVERY_NAMES}") from error
        names = [name for _, name, _, _ in fields if name is not None]
        if any(name not in DELIVERY_NAMES for name in names) or any(spec or turned for _, _, spec, turned in fields):
            raise ValueError(f"only these may stand in braces, and nothing beside them: {', '.join(DELIVERY_NAMES)}")
        if "job" not in names:
            raise ValueError("{job} is missing: the jobs of a batch would all go to one folder")
        if any(part.strip(" .") == "" for part in pattern.split("/")):
            raise ValueError("write folders below deployed/, parted by single slashes")
        return pattern


class OutputSettings(Section):
    """`output`: when the output needs a sign-off, and what checks it besides our own rules."""

    signoff_when: Literal["critical", "not_ready"] = "critical"
    severity: dict[Category, Severity] = {}
    auto_fix: bool = False
    validator: tuple[str, ...] = ()
    validator_s: float = Field(default=120.0, gt=0)


class CacheSettings(Section):
    """`cache`: what was read for one job and is kept for the next one with the same files."""

    max_mib: int = Field(default=2048, ge=0)


class DiskSettings(Section):
    """`disk`: what must be left free."""

    min_free_mib: float = Field(default=256.0, ge=0)


class RetrySettings(Section):
    """`retry`: how a step is tried again when a program or the machine is at fault."""

    attempts: int = Field(default=3, ge=1)
    base_s: float = Field(default=2.0, ge=0)
    cap_s: float = Field(default=60.0, ge=0)


class Addressee(Section):
    """An item of `notify.urls` with tags: it is told only what they name."""

    url: str = Field(repr=False, description="an apprise address")
    tags: tuple[str, ...] = Field(default=(), description="what it hears, such as client:ACME or severity:warning")

    @field_validator("tags")
    @classmethod
    def _are_known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_TAG.fullmatch(tag) for tag in tags):
            raise ValueError(
                "write tags as client:NAME, stage:review, person:NAME, event:review_ready, severity:warning (or "
                "critical, info) or reminder:2 (from the second on)"
            )
        return tags


def _with_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class NotifySettings(Section):
    """`notify`: who is told, and when. Addresses hold secrets; they are never logged."""

    urls: tuple[Annotated[Addressee, BeforeValidator(_with_url, json_schema_input_type=str | Addressee)], ...] = Field(
        default=(), repr=False
    )
    urls_file: str | None = None
    base_url: str = Field(default="", json_schema_extra={"pattern": _BASE_URL})
    gather_s: float = Field(default=5.0, ge=0, le=3600)
    gather_most_s: float = Field(default=300.0, ge=0, le=86_400)
    remind_after_h: tuple[Annotated[float, Field(gt=0, le=8760)], ...] = (4.0, 24.0)
    digest_at: str | None = Field(default="08:00", json_schema_extra={"pattern": _TIME})
    quiet_from: str | None = Field(default=None, json_schema_extra={"pattern": _TIME})
    quiet_until: str | None = Field(default=None, json_schema_extra={"pattern": _TIME})
    max_per_minute: int = Field(default=20, ge=0)
    picture_max_mib: float = Field(default=5.0, ge=0)

    @field_validator("base_url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        if not re.fullmatch(_BASE_URL, url):
            raise ValueError(
                "write the web address of the root, beginning with http or https; no user, query or fragment"
            )
        return url

    @field_validator("digest_at", "quiet_from", "quiet_until")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        if text is not None and not re.fullmatch(_TIME, text):
            raise ValueError('write a time of the day in quotes, as "08:00", or null for never')
        return text

    @field_validator("remind_after_h")
    @classmethod
    def _grow(cls, hours: tuple[float, ...]) -> tuple[float, ...]:
        if list(hours) != sorted(set(hours)):
            raise ValueError("each reminder comes later than the one before: write the hours in rising order")
        return hours

    @model_validator(mode="after")
    def _are_both_there(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError(
                "quiet hours have a beginning and an end: write both quiet_from and quiet_until, or neither"
            )
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show."""
        return tuple(one.url for one in self.urls)


class RateSettings(Section):
    """How often one generator may be asked; None: without limit."""

    per_minute: int | None = Field(default=None, ge=1, description="Clips a minute.")
    per_day: int | None = Field(default=None, ge=1, description="Clips a day.")


class CommandSettings(Section):
    """`episodes.command`: the program that makes a clip, for `generator: command`."""

    argv: tuple[str, ...] = Field(
        default=(), description="The program, word by word, with {prompt}, {output} and so on."
    )
    busy_codes: tuple[int, ...] = Field(default=(75,), description="Exit codes that mean: try again later.")


class HttpSettings(Section):
    """`episodes.http`: the server that makes a clip, for `generator: http`."""

    url: str = Field(default="", description="Where a clip is ordered.")
    allow_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost", "[::1]"), description="No other host is asked."
    )
    key_env: str = Field(default="", description="The environment variable that holds the key.")
    poll_s: float = Field(default=2.0, gt=0, description="How often it is asked whether the clip is ready.")
    max_mib: int = Field(default=512, ge=1, description="A larger answer is refused.")


class TestSettings(Section):
    """`episodes.test`: what is wrong with the clips of `generator: test`."""

    __test__ = False

    defect: str = Field(default="", description="What is wrong with its clips.")
    fail_times: int = Field(default=0, ge=0, description="How often it fails first.")
    by_scene: dict[int, str] = Field(default={}, description="What is wrong with the clip of single scenes.")


class EpisodeSettings(Section):
    """`episodes`: how films are made segment by segment."""

    step_by_step: bool = True
    max_parallel: int = Field(default=2, ge=1, le=32)
    attempts: int = Field(default=3, ge=1, le=20)
    base_s: float = Field(default=2.0, ge=0)
    cap_s: float = Field(default=60.0, ge=0)
    seconds_per_clip_second: float = Field(default=24.0, gt=0)
    burn_captions: bool = True
    keep_versions: int = Field(default=3, ge=1)
    keep_rejected_days: float = Field(default=7.0, ge=0)
    limits: dict[Literal["storyboard", "footage", "slideshow", "command", "http", "test"], RateSettings] = {}
    command: CommandSettings = CommandSettings()
    http: HttpSettings = HttpSettings()
    test: TestSettings = TestSettings()

    def programs(self) -> tuple[str, ...]:
        """The program that makes clips, if one is set."""
        return self.command.argv[:1]

    def ports(self) -> tuple[int, ...]:
        """The port of the server that makes clips, if one is set."""
        where = urlsplit(self.http.url)
        return (where.port or (443 if where.scheme == "https" else 80),) if where.hostname else ()


class ReviewSettings(Section):
    """`review`: which matches need nobody's approval; None: none."""

    auto_approve_above: float | None = Field(default=None, ge=0.5, le=1)


class ReviewerSettings(Section):
    """`reviewers`: who may decide where; an empty list lets everybody decide who can write the file."""

    review: tuple[str, ...] = ()
    override: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()
    control: tuple[str, ...] = ()


class LogSettings(Section):
    """`log`: how the log on stderr reads."""

    format: Literal["text", "json"] = "text"


class MetricsSettings(Section):
    """`metrics`: figures for a monitor, as a text file that Prometheus' node exporter reads."""

    file: str | None = None


class RetentionSettings(Section):
    """`retention`: what `hotfolderd gc` may remove, by its age in days; None: never."""

    archive_days: float | None = Field(default=None, gt=0)
    messages_days: float | None = Field(default=90, gt=0)
    batches_days: float | None = Field(default=None, gt=0)


class Config(Section):
    """All settings, with their defaults. Times end in `_s`, sizes in `_mib` or `_px`."""

    root: Path = Path("folders")
    settle_s: float = Field(default=2.0, ge=0)
    settle_network_s: float = Field(default=30.0, ge=0)
    poll_s: float = Field(default=1.0, gt=0)
    rescan_s: float = Field(default=30.0, gt=0)
    watch: Literal["auto", "native", "polling"] = "auto"
    shutdown_grace_s: float = Field(default=20.0, ge=0)
    workers: WorkerSettings = WorkerSettings()
    inbox: InboxSettings = InboxSettings()
    disk: DiskSettings = DiskSettings()
    validation: ValidationSettings = ValidationSettings()
    preview: PreviewSettings = PreviewSettings()
    render: RenderSettings = RenderSettings()
    delivery: DeliverySettings = DeliverySettings()
    output: OutputSettings = OutputSettings()
    cache: CacheSettings = CacheSettings()
    retry: RetrySettings = RetrySettings()
    review: ReviewSettings = ReviewSettings()
    episodes: EpisodeSettings = EpisodeSettings()
    reviewers: ReviewerSettings = ReviewerSettings()
    notify: NotifySettings = NotifySettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    retention: RetentionSettings = RetentionSettings()

    @property
    def processes(self) -> int:
        """How many worker processes to keep: as set, or one for each core, at most 5."""
        return self.workers.processes or min(5, os.cpu_count() or 1)

    def facts(self) -> dict[str, Any]:
        """What steps may name in `uses` and gates are asked with, and the cache (None: nothing is shared)."""
        cache = Cache(str(Root(self.root).private / "cache"), self.cache.max_mib)
        return {
            "validation": self.validation.model_dump(),
            "preview": self.preview.model_dump(),
            **self.render.facts(Root(self.root)),
            "output": self.output.model_dump(exclude={"auto_fix"}),
            "auto_fix": self.output.auto_fix,
            "delivery": self.delivery.model_dump(exclude={"path_map", "complete_on"}),
            "path_map": [[one.from_, one.to] for one in self.delivery.path_map],
            "complete_on": self.delivery.complete_on,
            "review": self.review.model_dump(),
            "episodes": self.episodes.model_dump() | {"generators": str(Root(self.root).private / "generators")},
            "learned": str(Root(self.root).learned),
            "fonts": InstalledFonts(),
            "cache": cache if self.cache.max_mib else None,
        }

    def secrets(self) -> tuple[str, ...]:
        """What may stand in no log: the addresses of messages, the secret of a server."""
        return (*self.notify.secrets, *([self.render.nexrender.secret] if self.render.nexrender.secret else []))

    def allowed(self) -> dict[str, tuple[str, ...]]:
        """Who may decide at each gate."""
        return {name: tuple(people) for name, people in self.reviewers.model_dump().items()}


def load_config(*, root: Path | None, file: Path | None) -> Config:
    """The configuration for a root (the file beside it, defaults where there is none) or of a named file.

    Raises ConfigError with every fault and its line.
    """
    path = file_for(root=root, file=file)
    if file is not None and not path.is_file():
        raise ConfigError(f"{path}: there is no such file. Make one with `hotfolderd init ROOT`.")
    config = overridden(_parse(path) if path.is_file() else Config(), os.environ)
    base = path.resolve().parent
    place = root.resolve() if root is not None else (base / config.root.expanduser()).resolve()
    notify = config.notify
    if notify.urls_file:
        found = read_addresses((base / Path(notify.urls_file).expanduser()).resolve())
        notify = notify.model_copy(update={"urls": (*notify.urls, *(Addressee(url=url) for url in found))})
    return config.model_copy(update={"root": place, "notify": notify})


def file_for(*, root: Path | None, file: Path | None) -> Path:
    """The file that the configuration is read from; it need not be there."""
    return file if file is not None else (root or Path("folders")).resolve().parent / FILE_NAME


def overridden(config: Config, environment: Mapping[str, str]) -> Config:
    """The configuration with what the environment says otherwise: `HOTFOLDERD_WORKERS__PROCESSES=2`, in YAML's words.

    A name that is no setting is refused where it has the double underscore; other names belong to other things.
    Raises ConfigError.
    """
    content: dict[str, Any] = config.model_dump(mode="json", exclude_unset=True)
    names = [name for name in sorted(environment) if name.startswith(_PREFIX) and _names_a_setting(name)]
    if not names:
        return config
    given = " ".join(environment[name] for name in names if name.startswith(f"{_PREFIX}NOTIFY"))
    secret = _secret_words(f"notify: {given}\n".encode("utf-8", "replace"))
    for name in names:
        _put(content, name, environment[name], secret)
    try:
        return parse(dump_yaml(content).encode(), Config, "")
    except SidecarRefusedError as error:
        found = [re.sub(r"^, line \d+(, column \d+)?: ", "", problem) for problem in error.problems]
        problems = [f"{_blamed(problem, names)}: {secret.sub('***', problem)}" for problem in found]
    raise ConfigError("\n".join(problems))  # outside the handler: the error that holds the values is no part of it


def _names_a_setting(name: str) -> bool:
    """Whether a variable is meant as a setting: it has a section, or is one that stands by itself."""
    section, marked, _ = name.removeprefix(_PREFIX).lower().partition("__")
    return bool(marked) or section in Config.model_fields


def _put(content: dict[str, Any], name: str, value: str, secret: re.Pattern[str]) -> None:
    """Put the value of a variable, in YAML's words, where it belongs in the content of a configuration."""
    section, marked, key = name.removeprefix(_PREFIX).lower().partition("__")
    if "\n" in value:
        raise ConfigError(f"{name}: holds several lines. Write its value in one.")
    try:
        found = load(f"value: {value}\n")["value"]
    except SidecarError as error:
        problem = secret.sub("***", str(error))
    else:
        if not marked:
            content[section] = found
        elif isinstance(content.setdefault(section, {}), dict):
            content[section][key] = found
        return
    raise ConfigError(f"{name}: {problem}")


def _blamed(problem: str, names: list[str]) -> str:
    """The variables that a problem speaks of; all of them where it names none."""
    own = [name for name in names if f"`{name.removeprefix(_PREFIX).lower().rpartition('__')[2]}`" in problem]
    return ", ".join(own or names)


def read_addresses(path: Path) -> tuple[str, ...]:
    """The addresses of `notify.urls_file`, one on each line; `#` begins a remark. Raises ConfigError.

    Only its owner may be able to read it; what systemd puts into its folder of credentials is kept by systemd.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(
            f"{path}: notify.urls_file cannot be read ({why}). Give the daemon's user that file."
        ) from None
    kept = os.environ.get("CREDENTIALS_DIRECTORY")
    if stat.S_IMODE(mode) & 0o077 and not (kept and path.is_relative_to(Path(kept).resolve())):
        words = f"others than its owner may use it (mode {stat.S_IMODE(mode):04o}), and it holds secrets"
        raise ConfigError(f"{path}: {words}. Write `chmod 600 {path}`.")
    return tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def check_config(path: Path) -> Config:
    """The same checks as a start. Raises ConfigError."""
    return _parse(path)


def _parse(path: Path) -> Config:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    try:
        return parse(data, Config, path.name)
    except SidecarRefusedError as error:
        secret = _secret_words(data)
        problems = [secret.sub("***", problem) for problem in error.problems]
    # Outside the handler: the error that holds the values is no part of this one.
    raise ConfigError("\n".join(f"{path.parent}/{problem}" for problem in problems))


_NO_SECRETS = {"notify", "url", "tags", "client", "stage", "person", "event", "severity", "reminder"}
_PLAIN_SETTING = re.compile(
    r"(?m)^[ \t]+[a-z_]+:[ \t]*(?:\[[\d., ]*\]|\d{1,3}(?:\.\d+)?|\"?\d{1,2}:\d{2}\"?|null)[ \t]*$"
)


def _secret_words(data: bytes) -> re.Pattern[str]:
    """What a problem must not repeat: all that `notify` holds, each `secret`, and addresses in a wrong place."""
    text = re.sub(r"(?m)(?:^|\s)#.*$", "", data.replace(b"\0", b"").decode("utf-8", "replace"))
    words: set[str] = set()
    for section in re.findall(r"(?m)^[^\w\s]*notify\b.*(?:\n(?:[ \t-].*)?$)*", text):
        section = _PLAIN_SETTING.sub("", section)  # noqa: PLW2901  a number or a time is no address
        for run in re.split(r"[\s\[\]{},\"']+", section):
            words.update((run, *re.split(r"[:/@?&=!\\]+", run)))
    for secret in re.findall(r"(?m)\bsecret\b[\"']?[ \t]*:(.*)$", text):
        words.update((secret.strip(" \t\"'"), *re.split(r"[\s\[\]{},\"']+", secret)))
    words = {word.strip(":*&!") for word in words} - _NO_SECRETS - NotifySettings.model_fields.keys()
    longest_first = sorted((word for word in words if len(word) >= 4), key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, longest_first), r"[^\s`'\"“”]*(?:://|@)[^\s`'\"“”]*"]))


def example_text() -> str:
    """`config.example.yaml`: every setting with its default, its unit and what it does."""
    return (importlib.resources.files("hotfolderd") / "texts" / "config.example.yaml").read_text("utf-8")


def write_default(root: Path) -> Path | None:
    """Write `config.yaml` beside a root, for its owner's eyes only; None where there is one already."""
    path = root.resolve().parent / FILE_NAME
    name = root.resolve().name
    text = example_text().replace("root: folders ", f"root: {scalar(name)} ", 1)
    text = text.replace(f"$schema={_SCHEMA}", f"$schema={quote(name)}/.hotfolderd/schemas/config.json", 1)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    return path
