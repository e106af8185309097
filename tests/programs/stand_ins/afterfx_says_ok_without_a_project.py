"""Tells that it saved; there is no project."""

from pretend import script_named, tell

tell(script_named())
