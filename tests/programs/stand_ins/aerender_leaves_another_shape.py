"""Renders another comp of the same length."""

from pathlib import Path

from pretend import call, comp_of, movie

given = call()
comp = comp_of(given)
movie(Path(given.output), comp.height * 2, comp.width, comp.frame_rate, given.e - given.s + 1)
