"""Reading `config.yaml` and what overrides it, checked, with every fault and its line; writing the first one."""

from __future__ import annotations

import importlib.resources
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hotfolderd.config.people import Addressee
from hotfolderd.config.secrecy import secret_words
from hotfolderd.config.whole import Config
from hotfolderd.disk import dump_yaml
from hotfolderd.errors import ConfigError
from hotfolderd.review.reading import SidecarRefusedError, parse
from hotfolderd.review.strict_yaml import SidecarError, load
from hotfolderd.review.writing import scalar
from hotfolderd.runtime import FILE_NAME, PREFIX, file_for

_SCHEMA = "hotfolderd/texts/schemas/config.json"  # seen from the example, in the repository


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


def overridden(config: Config, environment: Mapping[str, str]) -> Config:
    """The configuration with what the environment says otherwise: `HOTFOLDERD_WORKERS__PROCESSES=2`, in YAML's words.

    A name that is no setting is refused where it has the double underscore; other names belong to other things.
    Raises ConfigError.
    """
    content: dict[str, Any] = config.model_dump(mode="json", exclude_unset=True)
    names = [name for name in sorted(environment) if name.startswith(PREFIX) and _names_a_setting(name)]
    if not names:
        return config
    given = " ".join(environment[name] for name in names if name.startswith(f"{PREFIX}NOTIFY"))
    secret = secret_words(f"notify: {given}\n".encode("utf-8", "replace"))
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
    section, marked, _ = name.removeprefix(PREFIX).lower().partition("__")
    return bool(marked) or section in Config.model_fields


def _put(content: dict[str, Any], name: str, value: str, secret: re.Pattern[str]) -> None:
    """Put the value of a variable, in YAML's words, where it belongs in the content of a configuration."""
    section, marked, key = name.removeprefix(PREFIX).lower().partition("__")
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
    own = [name for name in names if f"`{name.removeprefix(PREFIX).lower().rpartition('__')[2]}`" in problem]
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
        secret = secret_words(data)
        problems = [secret.sub("***", problem) for problem in error.problems]
    # Outside the handler: the error that holds the values is no part of this one.
    raise ConfigError("\n".join(f"{path.parent}/{problem}" for problem in problems))


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
