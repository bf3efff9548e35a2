"""An image of one program, for engines that have none: this machine's busybox."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest


def busybox() -> bytes:
    """A root file system with one program under its names, as a tar. The test is skipped where there is no busybox."""
    packed = io.BytesIO()
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("needs busybox: apt-get install busybox-static")
    names = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(Path(program).resolve(), "bin/busybox")
        for name in set(names) - {"busybox"}:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for place, text in (
            ("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
            ("tmp/.keep", b""),
            ("root/.keep", b""),
        ):
            file = tarfile.TarInfo(place)
            file.size = len(text)
            tar.addfile(file, io.BytesIO(text))
    return packed.getvalue()
