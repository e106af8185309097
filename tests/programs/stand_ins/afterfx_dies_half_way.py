"""Is killed after it has saved and before it could tell."""

import os
import signal

from pretend import populated, script_named

populated(script_named())
os.kill(os.getpid(), signal.SIGKILL)
