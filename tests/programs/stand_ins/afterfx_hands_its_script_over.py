"""Another After Effects is open: it does the work, later, and this one ends at once."""

import os
import time

from pretend import populated, script_named, tell

script = script_named()
if os.fork() == 0:
    os.setsid()
    for handle in (0, 1, 2):
        os.close(handle)
    time.sleep(1.0)
    populated(script)
    tell(script)
