"""What a repository names itself, apart from what comes with it. In: its manifests. Out: names."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from sluice.audit.sources import named

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


def named_python_packages(root: Path, files: Iterable[str]) -> frozenset[str]:
    """The names in ``pyproject.toml`` (dependencies, extras, groups, build) and in ``requirements*.in``."""
    listed = tuple(files)
    requirements = [text for file in named(listed, "pyproject.toml") for text in _of_project(root / file)]
    for file in named(listed, "*.in"):
        requirements += [row for row in _text(root / file).splitlines() if not row.lstrip().startswith(("#", "-"))]
    return frozenset(canonicalize_name(found[1]) for text in requirements if (found := _NAME.match(text)))


def named_node_packages(root: Path, files: Iterable[str]) -> frozenset[str]:
    """The names in every ``package.json``."""
    found: set[str] = set()
    for file in named(files, "package.json"):
        try:
            document = json.loads(_text(root / file))
            found.update(*(document.get(key, {}) for key in ("dependencies", "devDependencies")))
        except (ValueError, AttributeError, TypeError):
            continue
    return frozenset(found)


def _of_project(path: Path) -> Iterator[str]:
    try:
        document: Mapping[str, Any] = tomllib.loads(_text(path))
        project = document.get("project", {})
        groups = document.get("dependency-groups", {})
        lists = [
            project.get("dependencies", []),
            *project.get("optional-dependencies", {}).values(),
            *groups.values(),
            document.get("build-system", {}).get("requires", []),
        ]
        yield from (text for texts in lists for text in texts if isinstance(text, str))
        yield from document.get("tool", {}).get("poetry", {}).get("dependencies", {})
    except (ValueError, AttributeError, TypeError):
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
