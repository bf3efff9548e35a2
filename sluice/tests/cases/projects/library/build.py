"""Builds the wheel, or says which Pythons it is for."""

import json
import sys
import zipfile
from pathlib import Path

PYTHONS = ["3.11", "3.x"]
METADATA = "Metadata-Version: 2.1\nName: shapes\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: here\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

if "--classifiers" in sys.argv:
    print(json.dumps(PYTHONS))
else:
    Path("dist").mkdir()
    with zipfile.ZipFile("dist/shapes-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write("src/shapes/__init__.py", "shapes/__init__.py")
        wheel.writestr("shapes-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("shapes-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("shapes-1.0.dist-info/RECORD", "")
