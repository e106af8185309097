"""Cannot fill a placeholder; saves the rest under another name, as the script does."""

from pretend import order_in, script_named, tell

script = script_named()
actions = [{**one, "ok": False, "reason": "0 text layers are called so"} for one in order_in(script)["actions"]]
tell(script, ok=False, saved="J1.incomplete.aep", actions=actions)
