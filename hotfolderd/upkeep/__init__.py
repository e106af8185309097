"""What whoever runs the daemon does beside it: examine the installation, clean up, make a service of it.

Used by commands only, never by the daemon.
"""

from __future__ import annotations
