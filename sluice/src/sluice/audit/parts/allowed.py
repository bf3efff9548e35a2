"""Secrets that are known to be none: those of detect-secrets' own baseline file, and names in ``sluice.toml``. In: a
scene. Out: hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping

from sluice.audit.model import NotCheckedError, Scene
from sluice.source.errors import UnavailableError

DEFAULT = ".secrets.baseline"
_NAME = re.compile(r"[A-Z][A-Z_]*")
"""As everybody writes a variable's name; with a digit in it, it may be more than that."""


def read_allowed(scene: Scene) -> frozenset[str]:
    """The hashes of what is no secret. Raises ``NotCheckedError``, as ``read_baseline``."""
    return read_baseline(scene) | _channels_names(scene)


def _channels_names(scene: Scene) -> frozenset[str]:
    """``secret = "SLACK_URL"`` of a channel says under which name its address is found, and looks like one."""
    try:
        channels = tomllib.loads((scene.root / "sluice.toml").read_text(encoding="utf-8"))["channel"]
        named = [str(channel["secret"]) for channel in channels.values() if "secret" in channel]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset()  # who reads the settings says what is wrong with them
    return frozenset(map(_hashed, filter(_NAME.fullmatch, named)))


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
