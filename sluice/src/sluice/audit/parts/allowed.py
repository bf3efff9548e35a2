"""Secrets that are known to be none: detect-secrets' own baseline file. In: a scene. Out: hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from sluice.audit.model import NotCheckedError, Scene
from sluice.source.errors import UnavailableError

DEFAULT = ".secrets.baseline"


def read_baseline(scene: Scene) -> frozenset[str]:
    """The hashes in the baseline that counts; what an audit there called a real secret isn't allowed.

    A hash is no secret itself: the file that lists them is looked through like any other.

    Raises ``NotCheckedError`` for a file that is named and can't be read.
    """
    name = scene.settings.secrets_baseline or DEFAULT
    try:
        content = scene.settled(name)
        if content is None and scene.settings.secrets_baseline is None:
            return frozenset()
        if content is None:
            raise NotCheckedError(f"the secrets' baseline {name} isn't there")
        results: Mapping[str, list[Mapping[str, object]]] = json.loads(content)["results"]
        listed = [entry for entries in results.values() for entry in entries]
        allowed = {str(entry["hashed_secret"]) for entry in listed if entry.get("is_secret") is not True}
        return frozenset(allowed | {_hashed(str(entry["hashed_secret"])) for entry in listed})
    except UnavailableError as error:
        raise NotCheckedError(error.message, hint=error.hint) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotCheckedError(f"the secrets' baseline {name} can't be read: {error}") from error


def _hashed(text: str) -> str:
    """As detect-secrets tells secrets apart."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
