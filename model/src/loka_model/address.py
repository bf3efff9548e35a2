"""A database's address: `DATABASE_URL` in, what a driver needs and what may be shown out. It never connects.

A password is in `dsn` alone; `str`, `repr`, `shown` and every error leave it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

VARIABLE = "DATABASE_URL"
EXAMPLE = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"

_FORM = re.compile(
    r"(?P<scheme>[a-z0-9+]+)://(?:(?P<user>[^:@/]*)(?::(?P<password>.*))?@)?(?P<place>[^/?#@]*)(?:/(?P<name>[^?#]*))?(?P<query>\?.*)?",
    re.IGNORECASE | re.DOTALL,
)
_SCHEMES = {"postgresql", "postgres"}


class AddressError(ValueError):
    """An address that can't be used; the message says what to write instead, and holds no password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """Where the database is. `dsn` is what asyncpg takes, with all of libpq's parameters."""

    dsn: str = field(repr=False)
    shown: str
    """Without password and parameters."""
    secret: str = field(default="", repr=False)
    """The password as it stands in the address."""

    def __str__(self) -> str:
        return self.shown

    def mask(self, text: str) -> str:
        """A driver's words about the address, without the password."""
        for secret in filter(None, (self.secret, unquote(self.secret))):
            text = text.replace(secret, "***")
        return text

    @classmethod
    def parse(cls, text: str, *, source: str = VARIABLE) -> DatabaseAddress:
        """The address in a URL as the specification writes it, `postgresql://` or `postgres://`.

        ``source`` is where the text comes from, for the error. Raises ``AddressError``.

        >>> print(DatabaseAddress.parse("postgres://root:secret@localhost:5432/loka"))
        postgresql://root@localhost:5432/loka
        """
        match = _FORM.fullmatch(text.strip())
        if match is None:
            raise AddressError(f"{source} is not a database's address; write {EXAMPLE}")
        if match["scheme"].lower() not in _SCHEMES:
            raise AddressError(f"{source} begins with {match['scheme']}://; write {EXAMPLE} (postgres:// is the same)")
        if not match["name"]:
            raise AddressError(f"{source} names no database; write {EXAMPLE}")
        if set(match["password"] or "") & set("/?#[]"):
            raise AddressError(f"{source}: in the password, / ? # [ ] must be written %2F %3F %23 %5B %5D")
        _check_ports(match["place"], source)
        user = f"{match['user']}@" if match["user"] else ""
        rest = text.strip()[match.end("scheme") :]
        shown = f"postgresql://{user}{match['place']}/{match['name']}"
        return cls(dsn=f"postgresql{rest}", shown=shown, secret=match["password"] or "")


def _check_ports(place: str, source: str) -> None:
    """Several hosts may be given, as libpq has it: `one:5432,two:5433`."""
    for host in place.split(","):
        port = re.fullmatch(r"(?:\[[^\]]*\]|[^:\[]*)(?::(?P<port>.*))?", host)
        if port is None or (port["port"] is not None and not _is_port(port["port"])):
            raise AddressError(f"{source}: {host!r} is not a host or host:port with a port from 1 to 65535")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 65535
