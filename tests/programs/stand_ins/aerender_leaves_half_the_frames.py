"""Leaves a movie that plays from end to end, with half of the comp in it."""

from pathlib import Path

from pretend import call, comp_of, movie

given = call()
comp = comp_of(given)
movie(Path(given.output), comp.width, comp.height, comp.frame_rate, (given.e - given.s + 1) // 2)
