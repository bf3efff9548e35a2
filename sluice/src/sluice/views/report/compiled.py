"""Compiled templates, kept where Python keeps this package's own compiled modules. In: a template. Out: its code.

Whoever can't write there compiles each time, as with Python's own; what is kept there is as trusted as that.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """``settings`` names what else the code depends on: other settings, other files."""

    def __init__(self, source: Path, settings: str) -> None:
        compiled = Path(cache_from_source(str(source)))
        self._folder = compiled.parent
        self._suffix = f"{compiled.stem}-{jinja2.__version__}-{settings}.jinjac"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if there is something for its template's text."""
        with suppress(OSError, EOFError), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket's code, whole or not at all."""
        if sys.dont_write_bytecode:
            return
        path = self._path(bucket)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            unfinished.write_bytes(bucket.bytecode_to_string())
            unfinished.replace(path)

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{self._suffix}"
