"""Says that all is well; there is no movie."""

print("aerender version 25.2x123", flush=True)
print("PROGRESS:  Total Time Elapsed: 1 Seconds", flush=True)
