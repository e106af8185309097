"""Does its work and stays open."""

import time

from pretend import populated, script_named, tell

script = script_named()
populated(script)
tell(script)
time.sleep(600)
