"""What an image must not hold: the usual rules, and the ``[image]`` table of ``sluice.toml``. Pure.

A pattern is a glob over the whole path (``*`` within a name, ``**`` over folders); ``allow`` takes out of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from msgspec import Struct

from sluice.source.toml.table import read_document

_KEY = "a private key"
_LOGIN = "credentials of a tool"
_CACHE = "a package manager's cache, which only makes the image larger"
_USUAL: Sequence[tuple[str, str]] = (
    ("**/.env", "settings with secrets, made for one machine"),
    ("**/.env.*", "settings with secrets, made for one machine"),
    ("**/.git/HEAD", "the repository's history"),
    ("**/.ssh/id_*", _KEY),
    ("**/.netrc", _LOGIN),
    ("**/.pypirc", _LOGIN),
    ("**/.docker/config.json", _LOGIN),
    ("**/.aws/credentials", _LOGIN),
    ("**/.kube/config", _LOGIN),
    ("**/.git-credentials", _LOGIN),
    ("root/.cache/**", _CACHE),
    ("home/*/.cache/**", _CACHE),
    ("var/cache/apt/archives/*.deb", _CACHE),
    ("var/lib/apt/lists/*_Packages*", _CACHE),
    ("var/cache/apk/*", _CACHE),
    ("**/node_modules/.cache/**", _CACHE),
)
_PERHAPS_KEYS = ("**/*.pem", "**/*.key", "**/id_rsa", "**/id_ed25519", "**/id_ecdsa", "**/*_key")
"""Files whose content tells: a certificate has the same endings as a key."""
_HARMLESS = ("**/.env.example", "**/.env.sample", "**/.env.template", "**/.ssh/id_*.pub")
KEY_MARK = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
HEAD = 64 * 1024
"""Bytes of a file that are looked at for a key."""
KEYS: Mapping[str, Mapping[str, str]] = {
    "image": {
        "forbid": "patterns of paths that no image may hold, besides the usual ones such as `**/.env`",
        "allow": "patterns of paths that an image may hold all the same",
    }
}
"""What may stand in the table, and what it means."""


class ContentPolicy(Struct, frozen=True, kw_only=True):
    """``forbid`` are patterns of the repository's own beside the usual ones, ``allow`` the exceptions."""

    forbid: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def reason(self, path: str) -> str | None:
        """Why a path must not be in an image; nothing when it may."""
        if any(matches(pattern, path) for pattern in (*self.allow, *_HARMLESS)):
            return None
        for pattern in self.forbid:
            if matches(pattern, path):
                return f"sluice.toml forbids '{pattern}'"
        return next((reason for pattern, reason in _USUAL if matches(pattern, path)), None)

    def may_be_key(self, path: str) -> bool:
        """Whether its content has to be looked at."""
        return any(matches(pattern, path) for pattern in _PERHAPS_KEYS) and not any(
            matches(pattern, path) for pattern in self.allow
        )


def read_policy(text: str, file: str) -> ContentPolicy:
    """The policy in the text of ``sluice.toml``. Raises ``InvalidInputError`` with a diagnostic for each error."""
    table = read_document(text, file).table("image", tuple(KEYS["image"]))
    policy = ContentPolicy(forbid=table.words("forbid"), allow=table.words("allow"))
    table.check()
    return policy


def matches(pattern: str, path: str) -> bool:
    """Whether the whole path fits."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.lstrip("/"))
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts), re.DOTALL)
