"""The pure part of ``hashFiles``. In: the digests of files. Out: their common digest (semantics 11)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def combine_digests(digests: Iterable[bytes]) -> str:
    """SHA-256 in hexadecimal over the files' binary SHA-256 digests, in glob order; empty where no file matched."""
    digest = hashlib.sha256()
    found = False
    for file_digest in digests:
        digest.update(file_digest)
        found = True
    return digest.hexdigest() if found else ""
