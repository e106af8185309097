"""The ways in which work can fail; the class says what the engine does with it.

Every message is written for the person who must act: *where: what is wrong, what was found. What to do.*
Anything that is none of these classes is a bug of ours and ends in `failed/` with its traceback.
"""

from __future__ import annotations


class HotfolderError(Exception):
    """Base of all errors that this program raises on purpose."""


class ConfigError(HotfolderError):
    """The configuration or the root cannot be used; the daemon does not start."""


class JobError(HotfolderError):
    """The job's own files are at fault: the job goes to `failed/` at once, a retry without a change is useless."""


class ToolError(HotfolderError):
    """A program is at fault (ffmpeg), or a worker died: tried again with growing delay, then `failed/`."""


class MachineError(ToolError):
    """The machine is at fault (a full disk, a share that is away): tried again with growing delay until it passes."""


class RefusedError(HotfolderError):
    """What was asked for is not allowed here and now (a wrong move, a stale decision); nothing was changed."""


class UnknownJobError(HotfolderError):
    """There is no job of that name in the root."""
