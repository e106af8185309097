"""`doctor`, `gc`, `install-service`: what whoever runs the daemon does beside it."""

from __future__ import annotations

import getpass
import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from hotfolderd.cli.place import Given, Json, app, configuration, root_of, say
from hotfolderd.cli.tables import console
from hotfolderd.config import file_for
from hotfolderd.errors import ConfigError, RefusedError

_COLOURS = {"ok": "green", "remark": "yellow", "wrong": "bold red"}


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Examine the installation, and say what to do where something is wrong; exit code 1 then. Sends nothing.

    Example: hotfolderd --root folders doctor
    """
    from hotfolderd.upkeep.findings import examine  # noqa: PLC0415  only here

    given: Given = context.obj
    found = []
    for finding in examine(configuration(context), file_for(root=given.root, file=given.config)):
        found.append(finding)
        if as_json:
            continue
        if sys.stdout.isatty():
            console.print(Text(f"{finding.state:<7}", _COLOURS[finding.state]), end="")
            say(f"{finding.part}: {finding.words}")
        else:
            say(f"{finding.state}\t{finding.part}\t{finding.words}")
        if finding.remedy:
            say(f"        {finding.remedy}")
    wrong = sum(one.state == "wrong" for one in found)
    if as_json:
        rows = [
            {"part": one.part, "state": one.state, "words": one.words, "remedy": one.remedy or None} for one in found
        ]
        say(json.dumps({"well": not wrong, "findings": rows}, indent=1))
    else:
        say(f"{wrong} of {len(found)} are wrong." if wrong else "Nothing is wrong.")
    raise typer.Exit(int(wrong > 0))


@app.command()
def gc(
    context: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Remove what is listed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list it; this is what happens anyway.")] = False,
    as_json: Json = False,
) -> None:
    """List what is left over or older than `retention` keeps it; with --delete, remove it.

    Never removes a delivery, nor a job outside of the archive; of a film only clips that are no longer needed. Safe
    while the daemon runs.

    Example: hotfolderd gc --delete
    """
    from hotfolderd.stages.episode.retention import Keeping  # noqa: PLC0415  only here
    from hotfolderd.upkeep.clearing import clear, look  # noqa: PLC0415

    if delete and dry_run:
        raise ConfigError("gc: give --delete or --dry-run, not both.")
    config, root = configuration(context), root_of(context)
    clips = Keeping(config.episodes.keep_versions, config.episodes.keep_rejected_days)
    found = look(root, config.retention, config.cache.max_mib, clips=clips)
    gone = clear(root, found) if delete else []
    if as_json:
        rows = [{"path": str(one.path), "why": one.why, "bytes": one.size, "removed": one in gone} for one in found]
        say(json.dumps({"found": rows}, indent=1))
        return
    for one in found:
        done = "" if not delete else "removed  " if one in gone else "stays    "
        say(f"{done}{one.path.relative_to(root.path)}\t{one.size:,} bytes\t{one.why}")
    listed = gone if delete else found
    say(f"{len(listed)} entries, {sum(one.size for one in listed):,} bytes{' removed' if delete else ''}.")
    if found and not delete:
        say("Nothing was removed. `hotfolderd gc --delete` does.")


@app.command("install-service")
def install_service(
    context: typer.Context,
    print_: Annotated[bool, typer.Option("--print", help="Only print the file.")] = False,
    user: Annotated[
        str | None, typer.Option(help="Who it runs as, in the system's services; without it, a service of your own.")
    ] = None,
    name: Annotated[str, typer.Option(help="A name, where several run on one machine, each on its own root.")] = "",
    urls_file: Annotated[Path | None, typer.Option(help="The file with the addresses of messages (mode 600).")] = None,
    system: Annotated[str | None, typer.Option(help="systemd or launchd; default: this system's.")] = None,
    start: Annotated[bool, typer.Option("--start", help="Also start it, now and with the system.")] = False,
) -> None:
    """Write a service file with this installation's paths (systemd or launchd); starts nothing unless told to.

    Example: sudo hotfolderd --config /srv/line/config.yaml install-service --user hotfolder
    """
    from hotfolderd.upkeep import units  # noqa: PLC0415  only here

    chosen = system or units.this_system()
    if chosen not in ("systemd", "launchd"):
        raise ConfigError(f"--system {chosen}: should be systemd or launchd.")
    if name and not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigError(f"--name {name}: letters, digits, `-` and `_` only.")
    if print_ and start:
        raise ConfigError("install-service: give --print or --start, not both.")
    given: Given = context.obj
    root, config = root_of(context), configuration(context)
    settings = file_for(root=given.root, file=given.config).resolve()
    if not settings.is_file():
        raise ConfigError(
            f"{settings}: is not there, and the service is started with it. Make it: hotfolderd init {root.path}"
        )
    file = config.metrics.file
    one = units.Installation(
        program=_program(),
        root=root.path,
        config=settings,
        user=user,
        name=name,
        urls_file=urls_file.resolve() if urls_file else None,
        also_writes=(Path(file).expanduser().resolve().parent,) if file else (),
        grace_s=config.shutdown_grace_s,
    )
    text = units.unit(one) if chosen == "systemd" else units.agent(one)
    if print_:
        typer.echo(text, nl=False)
        return
    place = units.place_for(one, "systemd" if chosen == "systemd" else "launchd", Path.home())
    _write(place, text)
    commands = units.commands_to_start(one, "systemd" if chosen == "systemd" else "launchd", place)
    if not start:
        say(f"Nothing was started. To start it: {' && '.join(shlex.join(command) for command in commands)}")
        return
    from hotfolderd.media.process import run  # noqa: PLC0415  only here

    for command in commands:
        run(command, timeout_s=60, remedy=f"Look at it with: {command[0]} status {one.service}")
    say(f"{one.service}: started for {user or getpass.getuser()}.")


def _program() -> Path:
    """The console command of this installation."""
    beside = Path(sys.executable).with_name("hotfolderd")  # not resolved: a link there belongs to its environment
    found = beside if beside.is_file() else Path(shutil.which("hotfolderd") or "")
    if not found.is_file():
        raise ConfigError(f"{beside}: is not there. Install hotfolderd with pip, so that it has its command.")
    return found.absolute()


def _write(place: Path, text: str) -> None:
    if place.is_file() and place.read_text("utf-8") == text:
        say(f"{place}: is as it should be.")
        return
    if place.exists():
        kept = place.with_name(f"{place.name}.before")
        shutil.copy2(place, kept)
        say(f"{kept}: the file that was there.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    except PermissionError as error:
        raise RefusedError(
            f"{place}: may not be written. Run it with sudo, or with --print and copy it there."
        ) from error
    say(f"{place}: written.")
