"""What the image's variables and arguments mean for a server.

In: the environment and command of a service. Out: the settings of its cluster, or an error where the image would
refuse to start. The rules are those of the official image's entry point. Pure.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from sluice.services.errors import ServiceError
from sluice.source.errors import UsageError
from sluice.source.words import split_words

_FILE_VARIABLES = ("POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS")
_METHODS = ("scram-sha-256", "md5", "password", "trust", "reject", "ident", "peer", "cert", "ldap", "pam")
_FIRST_WITH_SCRAM = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """What a new cluster is made from; two services with equal settings may start from copies of one cluster.

    ``method`` is how clients from outside prove who they are; ``None`` is the version's own default.
    """

    user: str = "postgres"
    password: str = field(default="", repr=False)
    database: str = "postgres"
    arguments: tuple[str, ...] = ()
    method: str | None = None
    locale: str = "en_US.utf8"
    time_zone: str = "Etc/UTC"

    def host_method(self, major: int) -> str:
        """The method of ``pg_hba.conf`` for clients from outside."""
        return self.method or ("scram-sha-256" if major >= _FIRST_WITH_SCRAM else "md5")


def read_settings(environment: Mapping[str, str]) -> ClusterSettings:
    """The settings in the image's variables. Raises ``ServiceError`` where the image would not start."""
    for name in _FILE_VARIABLES:
        if environment.get(f"{name}_FILE"):
            raise ServiceError(f"{name}_FILE names a file of the image, which an embedded PostgreSQL doesn't have")
    user = environment.get("POSTGRES_USER") or "postgres"
    password = environment.get("POSTGRES_PASSWORD", "")
    method = environment.get("POSTGRES_HOST_AUTH_METHOD") or None
    if not password and method != "trust":
        raise ServiceError(
            "PostgreSQL has no password for its superuser, and the image refuses to start without one",
            hint="set POSTGRES_PASSWORD in the service's env, or POSTGRES_HOST_AUTH_METHOD: trust to let everyone in",
        )
    return ClusterSettings(
        user=_plain("POSTGRES_USER", user),
        password=_plain("POSTGRES_PASSWORD", password),
        database=_plain("POSTGRES_DB", environment.get("POSTGRES_DB") or user),
        arguments=_arguments(environment.get("POSTGRES_INITDB_ARGS", "")),
        method=_method(method),
        locale=environment.get("LC_ALL") or environment.get("LANG") or "en_US.utf8",
        time_zone=environment.get("TZ") or "Etc/UTC",
    )


def _plain(name: str, value: str) -> str:
    if any(mark in value for mark in "\n\r\0"):
        raise ServiceError(f"{name} holds a line break, which PostgreSQL doesn't take")
    return value


def _arguments(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ServiceError(f"POSTGRES_INITDB_ARGS can't be read: {error}") from error
    if any(word.startswith(("-X", "--waldir", "-D", "--pgdata")) for word in words):
        raise ServiceError("POSTGRES_INITDB_ARGS names a folder, which needs a container")
    return words


def _method(name: str | None) -> str | None:
    if name is None or (name.split()[:1] and name.split()[0] in _METHODS and "\n" not in name):
        return name
    raise ServiceError(f"POSTGRES_HOST_AUTH_METHOD '{name}' is no method; expected one of {', '.join(_METHODS)}")


def server_arguments(command: str | None) -> tuple[str, ...]:
    """What ``command`` adds to the server's arguments: ``-c name=value``, with ``postgres`` before it or not.

    Raises ``UsageError`` when the command is another program.
    """
    words = split_words(command or "", "the command")
    if words[:1] == ["docker-entrypoint.sh"]:
        words = words[1:]
    if words[:1] in (["postgres"], ["postmaster"]):
        return tuple(words[1:])
    if words and not words[0].startswith("-"):
        raise UsageError(f"an embedded PostgreSQL can't run '{words[0]}'; its command is postgres and its arguments")
    return tuple(words)
