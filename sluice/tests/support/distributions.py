"""Small wheels and sdists, made on the spot."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

METADATA = """Metadata-Version: 2.1
Name: small-thing
Version: 1.0
Summary: A small thing
Description-Content-Type: text/markdown

# A small thing
"""


def make_wheel(folder: Path, metadata: str = METADATA, name: str = "small_thing-1.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("small_thing.py"), "x = 1\n")
        archive.writestr(zipfile.ZipInfo(f"{name}.dist-info/METADATA"), metadata)
        archive.writestr(zipfile.ZipInfo(f"{name}.dist-info/WHEEL"), "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(zipfile.ZipInfo(f"{name}.dist-info/RECORD"), "")
    return path


def make_sdist(folder: Path, metadata: str = METADATA, name: str = "small_thing-1.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in (("PKG-INFO", metadata), ("small_thing.py", "x = 1\n")):  # twine wants more than one
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path
