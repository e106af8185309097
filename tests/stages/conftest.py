"""Has the tests here compare pictures with the same measure as those of the drawing."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "media"))
