"""Waits at a dialog."""

import time

time.sleep(600)
