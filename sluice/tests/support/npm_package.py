"""A package of the npm registry that tests compare Sluice with, kept in a cache folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_BARE_JSON_IMPORT = re.compile(r"""(from\s+["'][^"']+\.json["'])\s*;""")


def package_folder(npm: str, package: str) -> Path:
    """The folder that holds ``name@version``, filled on first use; skips where the registry can't be reached."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sluice-tests"
    folder = home / package.replace("/", "-")
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True) as temporary:
        command = [npm, "install", "--prefix", temporary, "--no-audit", "--no-fund", "--ignore-scripts", package]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=120)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"{package} can't be had from the npm registry: {type(error).__name__}")
        _say_json(Path(temporary))
        if not folder.is_dir():
            shutil.copytree(temporary, folder, dirs_exist_ok=True)
    return folder


def _say_json(folder: Path) -> None:
    """Node imports JSON only where the import says so; GitHub's packages leave that to a bundler."""
    for script in folder.glob("node_modules/@actions/**/*.js"):
        text = script.read_text(encoding="utf-8")
        said = _BARE_JSON_IMPORT.sub(r'\1 with {type: "json"};', text)
        if said != text:
            script.write_text(said, encoding="utf-8")
