"""The programs outside that render and populate: After Effects on this machine, and renderers behind a server.

One module for each, with a probe, a path in and a path out. Their exit code proves nothing: `judgement` reads what they
said, `movie` decodes what they left. Nothing heavy is imported here: the configuration asks where a program is.
"""

from __future__ import annotations

from hotfolderd.programs.finding import find

__all__ = ["find"]
