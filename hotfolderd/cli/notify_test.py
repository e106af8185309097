"""`notify-test`: one message to each address of the configuration, and which of them has got it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import typer

from hotfolderd import logs
from hotfolderd.cli.place import app, configuration, root_of, say


@app.command("notify-test")
def notify_test(context: typer.Context) -> None:
    """Send a test message to each address, whatever its tags, and say which has got it (exit code 1: one has not)."""
    from hotfolderd.notify import Letter, targets_of  # noqa: PLC0415  no other command sends anything
    from hotfolderd.notify.matrix import row_of  # noqa: PLC0415
    from hotfolderd.posting import recipients  # noqa: PLC0415

    config = configuration(context)
    logs.set_up(logging.ERROR, addresses=config.notify.secrets)
    root = root_of(context)
    row = row_of("test")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    letter = Letter(at, row.title, row.body.format(root=root.path))
    lost = 0
    for target in targets_of(root, recipients(config)):
        try:
            failure = target.send(letter)
        except Exception as error:  # noqa: BLE001  whatever a foreign plug-in raises; its words may hold the address
            failure = f"it cannot be used ({type(error).__name__})"
        lost += bool(failure)
        say(f"{target.label}: {f'NOT sent: {failure}' if failure else 'sent'}")
    if lost:
        raise typer.Exit(1)
