"""Leaves the whole movie and ends with 1."""

import sys

from pretend import call, rendered, say

rendered(call())
say("PROGRESS: crashed while closing the project")
sys.exit(1)
