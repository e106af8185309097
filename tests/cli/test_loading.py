"""A command loads what it needs: nobody who asks to see one job waits for the engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hotfolderd.cli.app import COMMANDS, load_commands


def test_each_module_is_listed_with_the_commands_that_it_adds() -> None:
    """A command that is not listed would be unknown as soon as another word of the line is a command's name."""
    found: dict[str, list[str]] = {}
    for command in load_commands().registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__.replace("_", "-")
        found.setdefault(command.callback.__module__.rpartition(".")[2], []).append(name)
    assert found == {module: list(names) for module, names in COMMANDS.items()}


def loaded_by(*words: str) -> tuple[int, str, set[str]]:
    """Exit code, what was printed, and the modules that a command line loads."""
    code = (
        "import atexit, sys\n"
        f"sys.argv = ['hotfolderd', *{words!r}]\n"
        "atexit.register(lambda: print('LOADED', *sys.modules, file=sys.stderr))\n"
        "from hotfolderd.cli.app import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    shown, _, names = done.stderr.rpartition("LOADED")
    return done.returncode, done.stdout + shown, set(names.split())


def test_a_command_that_only_looks_does_without_the_engine(tmp_path: Path) -> None:
    assert loaded_by("--root", str(tmp_path / "folders"), "init", str(tmp_path / "folders"))[0] == 0
    code, said, names = loaded_by("--root", str(tmp_path / "folders"), "show", "NOBODY")
    assert code == 3, said
    heavy = ("hotfolderd.engine", "hotfolderd.parts", "pebble", "PIL", "numpy")
    assert not [name for name in names if name.startswith(heavy)]


def test_help_and_slips_know_all_commands() -> None:
    code, said, _ = loaded_by("--help")
    assert code == 0
    assert all(name in said for names in COMMANDS.values() for name in names)
    code, said, _ = loaded_by("aprove", "TEST001")
    assert code == 2
    assert "approve" in said
