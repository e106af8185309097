"""Renders the whole movie in another font, tells that in one line, and ends with 0."""

from pretend import call, rendered, say

given = call()
say("WARNING:After Effects warning: Project has missing fonts.")
rendered(given)
