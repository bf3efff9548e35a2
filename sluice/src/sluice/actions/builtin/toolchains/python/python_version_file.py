"""The Python versions that a project names, in ``.python-version``, ``pyproject.toml`` and their like."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from sluice.actions.protocol import ActionFailedError


def versions_from_file(path: Path) -> list[str]:
    """The versions or ranges, in order. Raises ``ActionFailedError`` when there is no such file or it names none."""
    if not path.is_file():
        raise ActionFailedError(f"The specified python version file at: {path} doesn't exist.")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml" or path.name == "Pipfile":
        return _from_document(text, path)
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = [line for line in lines if line]
    if path.name == ".tool-versions":
        found = [name for line in found if line.split()[0] == "python" for name in line.split()[1:]]
    if not found:
        raise ActionFailedError(f"{path.name} names no version of Python")
    return found


def _from_document(text: str, path: Path) -> list[str]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ActionFailedError(f"{path.name} can't be read: {error}") from error
    places = (
        ("project", "requires-python"),
        ("tool", "poetry", "dependencies", "python"),
        ("requires", "python_full_version"),
        ("requires", "python_version"),
    )
    for place in places:
        found: object = document
        for name in place:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str):
            return [_as_range(found)]
    raise ActionFailedError(f"{path.name} names no version of Python: it has no project.requires-python")


def _as_range(text: str) -> str:
    """Npm's ranges join by blanks, have no ``~=`` (``~=3.9`` allows 3.x, ``~=3.9.2`` 3.9.x) and no ``!=``."""
    parts = [part.strip() for part in text.split(",")]
    return " ".join(_compatible(part) for part in parts if part and not part.startswith("!="))


def _compatible(part: str) -> str:
    found = re.fullmatch(r"~=\s*(\d+)\.(\d+)((?:\.\d+)*)", part)
    if found is None:
        return re.sub(r"^===?", "=", part)
    return f"~{found[1]}.{found[2]}{found[3]}" if found[3] else f"^{found[1]}.{found[2]}"
