"""Secrets that are known to be none: detect-secrets' own baseline file. In: its path. Out: hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sluice.audit.model import AuditSettings, NotCheckedError

DEFAULT = ".secrets.baseline"


def read_baseline(root: Path, settings: AuditSettings) -> frozenset[str]:
    """The hashes in the baseline; what an audit there called a real secret isn't allowed.

    Raises ``NotCheckedError`` for a file that is named and can't be read.
    """
    name = settings.secrets_baseline or DEFAULT
    path = root / name
    if not path.is_file() and settings.secrets_baseline is None:
        return frozenset()
    try:
        results: Mapping[str, list[Mapping[str, object]]] = json.loads(path.read_bytes())["results"]
        listed = [entry for entries in results.values() for entry in entries]
        return frozenset(str(entry["hashed_secret"]) for entry in listed if entry.get("is_secret") is not True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotCheckedError(f"the secrets' baseline {name} can't be read: {error}") from error
