"""Renders as it should; says its version when it is asked for help."""

import sys

from pretend import VERSION, call, rendered, say

if sys.argv[1:] == ["-help"]:
    say(f"aerender version {VERSION}")
    say("usage: aerender [args]")
    sys.exit(0)
rendered(call())
say("PROGRESS:  Total Time Elapsed: 1 Seconds")
