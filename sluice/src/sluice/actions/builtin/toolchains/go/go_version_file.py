"""The Go that a project names, in ``go.mod``, ``go.work``, ``.go-version`` or ``.tool-versions``."""

from __future__ import annotations

import re
from pathlib import Path

from sluice.actions.protocol import ActionFailedError

_IN_A_MODULE = (r"^toolchain go(1\.\d+(?:\.\d+|rc\d+)?)", r"^go (\d+(?:\.\d+)*)")
_IN_A_LIST = (r"^golang\s+([^\n#]+)",)


def version_from_file(path: Path) -> str:
    """The version. Raises ``ActionFailedError`` when there is no such file or it names none."""
    if not path.is_file():
        raise ActionFailedError(f"The specified go version file at: {path} does not exist")
    text = path.read_text(encoding="utf-8")
    patterns = _IN_A_MODULE if path.name in {"go.mod", "go.work"} else _IN_A_LIST
    if path.name not in {"go.mod", "go.work", ".tool-versions"}:
        found: str | None = text.strip()
    else:
        found = next(
            (match[1].strip() for pattern in patterns if (match := re.search(pattern, text, re.MULTILINE))), None
        )
    if not found:
        raise ActionFailedError(f"{path.name} names no version of Go")
    return found
