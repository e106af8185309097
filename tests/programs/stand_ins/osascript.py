"""The program of macOS that hands scripts to an application: lines of AppleScript, each behind `-e`."""

import re
import sys
from pathlib import Path

from pretend import populated, tell

assert sys.argv[1::2] == ["-e"] * 4, sys.argv
begin, order, close, end = sys.argv[2::2]
assert re.fullmatch(r"with timeout of \d+ seconds", begin), begin
assert end == "end timeout"
found = re.fullmatch(r'tell application "(.*\.app)" to DoScriptFile "(.*)"', order)
assert found, order
assert Path(found[1].replace('\\"', '"')).is_dir()
assert close == order.replace("/populate.jsx", "/close.jsx")
script = Path(found[2].replace('\\"', '"'))
populated(script)
tell(script)
