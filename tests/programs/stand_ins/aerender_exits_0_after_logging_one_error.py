"""Renders the whole movie, black where a file is missing, and ends with 0."""

from pretend import call, rendered, say

rendered(call())
say("WARNING:After Effects warning: logged one error  error: an expression was disabled.")
