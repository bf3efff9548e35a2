"""What the image, the command and the version line of a Redis server say. Pure."""

from __future__ import annotations

import re

from sluice.source.errors import UsageError
from sluice.source.image_references import parse_image
from sluice.source.words import split_words

_SERVERS = {"docker.io/library/redis": "redis-server", "docker.io/valkey/valkey": "valkey-server"}
_VERSION = re.compile(r"\bv=(\d+)\.")
_PROGRAMS = frozenset({"redis-server", "valkey-server"})


def program_of(image: str) -> str | None:
    """The program that an image runs; ``None`` for another kind of image. Raises ``UsageError``."""
    reference = parse_image(image)
    if reference.official == "redis":
        return "redis-server"
    return _SERVERS.get(f"{reference.registry}/{reference.repository}")


def server_arguments(command: str | None) -> tuple[str, ...]:
    """What ``command`` adds to the server's arguments. Raises ``UsageError`` when it is another program."""
    words = split_words(command or "", "the command")
    if words[:1] and words[0] in _PROGRAMS:
        words = words[1:]
    if words and not words[0].startswith("--"):
        raise UsageError(f"an installed Redis can't run '{words[0]}'; its command is redis-server and its --settings")
    return tuple(words)


def installed_major(line: str) -> int | None:
    """The major version in what ``--version`` prints."""
    match = _VERSION.search(line)
    return int(match[1]) if match else None
