"""Says all the time that it goes on."""

import time

for frame in range(100_000):
    print(f"PROGRESS:  0:00:00:00 ({frame}): 0 Seconds", flush=True)
    time.sleep(0.05)
