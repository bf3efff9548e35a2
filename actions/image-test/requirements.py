#!/usr/bin/env python3
"""A bill of materials (CycloneDX) in; its Python packages out, as requirements in a folder that can be audited."""

from __future__ import annotations

import json
import sys
from pathlib import Path

bill, folder = Path(sys.argv[1]), Path(sys.argv[2])
packages = json.loads(bill.read_text(encoding="utf-8"))["components"]
listed = [f"{one['name']}=={one['version']}" for one in packages if one["purl"].startswith("pkg:pypi/")]
if not listed:
    sys.exit(f"{bill} lists no Python package")
folder.mkdir(parents=True, exist_ok=True)
(folder / "sluice.toml").touch()
(folder / "requirements.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
