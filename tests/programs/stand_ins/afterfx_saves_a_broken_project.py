"""Tells that it saved; the disk was full."""

from pretend import order_in, populated, script_named, tell

script = script_named()
populated(script)
project = script.parent / order_in(script)["output"]
project.write_bytes(project.read_bytes()[:-200])
tell(script)
