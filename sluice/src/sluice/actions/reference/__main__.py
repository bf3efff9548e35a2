"""Write the page to the file that is named: ``python -m sluice.actions.reference docs/reference/actions.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from sluice.actions.reference.page import render

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
