"""Takes the ending that its output module wants, not the one that was ordered."""

from pathlib import Path

from pretend import call, rendered

given = call()
given.output = str(Path(given.output).with_suffix(".mp4"))
rendered(given)
