"""Does what ``pg_isready`` does, for the health checks of services whose packages don't bring it.

In: its arguments and the variables ``PGHOST``, ``PGPORT``, ``PGUSER``, ``PGDATABASE``. Out: its line and exit code.
A check runs inside of the service, so ``localhost`` is the service itself, which ``PGHOST`` names.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentError, ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from sluice.services.embedded.postgresql.probe import Readiness, probe_address, probe_socket

_WORDS = {
    Readiness.ACCEPTING: "accepting connections",
    Readiness.REJECTING: "rejecting connections",
    Readiness.SILENT: "no response",
}
NO_ATTEMPT = 3
_HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names for the service itself, not bound


def check(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Its exit code, and what it says. Raises ``ValueError`` for arguments that it doesn't have."""
    given = _read(arguments)
    inside = environment.get("PGHOST") or "localhost"
    host = inside if given.host in {None, "", *_HERE} else given.host
    port = _port(given.port or environment.get("PGPORT") or "5432")
    user = given.username or environment.get("PGUSER") or "postgres"
    database = given.dbname or environment.get("PGDATABASE") or user
    if host.startswith("/"):
        found = probe_socket(Path(host), port, user, database)
    else:
        found = probe_address(host, port, user, database)
    return found.value, "" if given.quiet else f"{host}:{port} - {_WORDS[found]}"


def _port(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"invalid port number: '{text}'")
    return int(text)


def _read(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="pg_isready", add_help=False, exit_on_error=False)
    for short, long in (("-h", "--host"), ("-p", "--port"), ("-U", "--username"), ("-d", "--dbname")):
        parser.add_argument(short, long)
    parser.add_argument("-t", "--timeout")
    parser.add_argument("-q", "--quiet", action="store_true")
    try:
        given, rest = parser.parse_known_args(arguments)
    except ArgumentError as error:
        raise ValueError(str(error)) from error
    if rest:
        raise ValueError(f"pg_isready has no argument '{rest[0]}'")
    return given


def main() -> int:
    """The command."""
    try:
        code, line = check(sys.argv[1:], os.environ)
    except ValueError as error:
        sys.stderr.write(f"pg_isready: {error}\n")
        return NO_ATTEMPT
    sys.stdout.write(line + "\n" if line else "")
    return code


if __name__ == "__main__":
    sys.exit(main())
