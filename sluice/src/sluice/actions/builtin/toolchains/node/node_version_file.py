"""The Node.js version that a project names in ``package.json``, ``.nvmrc``, ``.node-version``, ``.tool-versions``."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from sluice.actions.protocol import ActionFailedError

_LINE = re.compile(r"^(?:node(?:js)?\s+)?v?(?P<version>\S+)$", re.MULTILINE)
_USING = re.compile(r"^\s+using:\s*['\"]?node(?P<version>\d+)['\"]?\s*(?:#.*)?$", re.MULTILINE)
_DEEPEST = 10


def version_from_file(path: Path, depth: int = 0) -> str | None:
    """The version or range; ``None`` when a JSON file names none. Raises ``ActionFailedError`` without the file."""
    if not path.is_file() or depth > _DEEPEST:
        raise ActionFailedError(f"The specified node version file at: {path} does not exist")
    text = path.read_text(encoding="utf-8")
    document = _document(text)
    if document is not None:
        return _from_package(document, path, depth)
    found = _USING.search(text) or _LINE.search(text)
    return found["version"] if found else text.strip()


def _document(text: str) -> dict[str, object] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _from_package(document: dict[str, object], path: Path, depth: int) -> str | None:
    """Volta's first, then the engines for developers, then those for users (actions/setup-node, node-version-file)."""
    volta = _table(document.get("volta"))
    named = volta.get("node") or _runtime(document) or _table(document.get("engines")).get("node")
    if named:
        return str(named)
    extended = volta.get("extends")
    if isinstance(extended, str):
        return version_from_file(Path(os.path.normpath(path.parent / extended)), depth + 1)
    return None


def _runtime(document: dict[str, object]) -> object:
    runtimes = _table(document.get("devEngines")).get("runtime")
    for entry in runtimes if isinstance(runtimes, list) else [runtimes]:
        if str(_table(entry).get("name", "")).lower() == "node" and _table(entry).get("version"):
            return _table(entry)["version"]
    return None


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
