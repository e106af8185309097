"""Runs the script, saves the project, and quits."""

from pretend import populated, script_named, tell

script = script_named()
populated(script)
tell(script)
