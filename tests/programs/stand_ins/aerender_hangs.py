"""Waits at a dialog that nobody sees, and never says a word again."""

import time

print("aerender version 25.2x123", flush=True)
print("PROGRESS: Launching After Effects...", flush=True)
time.sleep(600)
