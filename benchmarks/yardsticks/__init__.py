"""What the benchmarks share: jobs to work on, the code that one writes first, and the clock."""
