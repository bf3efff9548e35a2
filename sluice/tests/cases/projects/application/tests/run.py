"""Runs the tests of one environment; the nightly one fails, as nightly ones do."""

import sys
from pathlib import Path

assert Path(".environment/installed").read_text().split() == ["one==1", "two==2"]
if "--coverage" in sys.argv:
    Path("coverage.xml").write_text("<coverage line-rate='1'/>")
if sys.argv[1] == "nightly":
    print("tests/run.py:8: DeprecationWarning: nightly")
    sys.exit(1)
