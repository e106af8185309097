"""Is killed in the middle; a whole half of a movie lies there."""

import os
import signal
from pathlib import Path

from pretend import call, comp_of, movie

given = call()
comp = comp_of(given)
movie(Path(given.output), comp.width, comp.height, comp.frame_rate, (given.e - given.s + 1) // 2)
os.kill(os.getpid(), signal.SIGKILL)
