"""What parts of the suite have counted is printed at its end, also where it ran in several processes at once.

A part hands over its lines by `pytest_counted`, a hook that its own conftest.py implements.
"""

from __future__ import annotations

from typing import Any

import pytest

_COUNTED: list[str] = []


class Hooks:
    """The hook by which parts of the suite hand over what they counted."""

    def pytest_counted(self) -> list[str]:
        """Lines for the end of the run."""
        raise NotImplementedError


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_sessionfinish(session: pytest.Session) -> None:
    lines = [line for lines in session.config.hook.pytest_counted() for line in lines]
    output = getattr(session.config, "workeroutput", None)  # of a process beside others
    if output is None:
        _COUNTED.extend(lines)
    else:
        output["counted"] = lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _COUNTED.extend(getattr(node, "workeroutput", {}).get("counted", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _COUNTED:
        terminalreporter.section("counted")
        for line in _COUNTED:
            terminalreporter.write_line(line)
