"""Programs that copy images and charts to a registry, and can't try it: the copy is told, and not made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sluice.rehearsal.uploads.options import plain
from sluice.rehearsal.uploads.telling import IMAGE, of_the_file, tell

COPIES = frozenset(
    (
        *(("podman", "push"), ("buildah", "push"), ("helm", "push"), ("oras", "push"), ("crane", "push")),
        *(("crane", "copy"), ("crane", "cp"), ("skopeo", "copy")),
    )
)
"""By a program and its verb."""
_HERE = re.compile(
    r"(?:docker://)?(?:localhost|127\.|\[::1\])|oci:(?!//)|(?:dir|oci-archive|docker-archive|docker-daemon|containers-storage):"
)
_SCHEME = re.compile(r"^(?:docker|oci)://")


def leaves(words: Sequence[str]) -> bool:
    """Whether the copy goes to another machine."""
    return not _HERE.match(_target(words))


def copy(name: str, words: Sequence[str]) -> int:
    """Tell of it; 1 where nothing is said to be copied."""
    verb, *said = plain(words)
    if not said:
        return 1
    what = of_the_file(Path(said[0])) if Path(said[0]).is_file() else said[0]
    tell(IMAGE, _SCHEME.sub("", _target(words)), f"{name} {verb} {what} to {_target(words)}")
    return 0


def _target(words: Sequence[str]) -> str:
    """Where to: the last word, which is the image itself where nothing else is said."""
    said = list(plain(words))
    return said[-1] if len(said) > 1 else ""
