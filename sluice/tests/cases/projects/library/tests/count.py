"""Tests the installed package and leaves a data file of each run."""

import sys
from pathlib import Path

import shapes

assert shapes.area(2, 3) == 6
assert "source" not in shapes.__file__
Path(f".coverage.{sys.argv[1]}").write_text(f"{sys.argv[1]} 100\n")
