"""The engine: it knows what a stage is, never a particular one."""
