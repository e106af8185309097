"""Somebody works in it."""

from pretend import script_named, tell

text = "another project is open and may have unsaved changes; save and close it, and run again"
tell(script_named(), ok=False, saved=None, error=text, actions=[])
