"""Tells that all is well; an expression has put in another text."""

from pretend import order_in, populated, script_named, tell

script = script_named()
texts = {one["placeholder"]: "SOMETHING ELSE" for one in order_in(script)["actions"] if one["kind"] == "text"}
populated(script, texts=texts)
tell(script)
