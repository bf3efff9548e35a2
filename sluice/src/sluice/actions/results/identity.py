"""Who asks, and what an address allows: the job's token and signed addresses. Pure, but for the secret it is given.

The token is a JSON Web Token, since the toolkit reads the run's and the job's ids out of its ``scp`` claim; it is good
for one job's services and for nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

_NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A job as its services know it: ids in the form of GitHub's, a secret of its own."""

    run: str
    job: str
    refs: tuple[str, ...] = ()
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    @property
    def token(self) -> str:
        """ACTIONS_RUNTIME_TOKEN."""
        claims = {
            "iss": "sluice",
            "scp": f"Actions.Results:{self.run}:{self.job}",
            "ac": json.dumps(_scopes(self.refs), separators=(",", ":")),
            "exp": 1 << 33,
        }
        head = ".".join(_encode(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
        return f"{head}.{_encode(self._digest(head))}"

    def is_bearer(self, authorization: str) -> bool:
        """Whether an ``Authorization`` header carries the token."""
        return hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode())

    def sign(self, method: str, path: str) -> str:
        """What an address must carry as ``sig`` to allow ``PUT`` or ``GET`` of a path."""
        return self._digest(f"{method} {path}").hex()

    def allows(self, method: str, path: str, signature: str) -> bool:
        """Whether the signature is this job's for the method and path."""
        return hmac.compare_digest(self.sign(method, path).encode(), signature.encode())

    def _digest(self, text: str) -> bytes:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).digest()


def identify(run: str, job: str, refs: Sequence[str]) -> Identity:
    """The identity of a job of a run; ``refs`` are those whose caches it may read, its own first."""
    return Identity(
        run=str(uuid.uuid5(_NAMES, run)), job=str(uuid.uuid5(_NAMES, f"{run}/{job}")), refs=tuple(dict.fromkeys(refs))
    )


def _scopes(refs: Sequence[str]) -> list[dict[str, object]]:
    """Read and write (3) for the job's own ref, read (1) for the others."""
    return [{"Scope": ref, "Permission": 1 if number else 3} for number, ref in enumerate(refs)]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
