"""Caches that files of Compose have a build write elsewhere, so that a rehearsal keeps them here. Pure.

In: the project as ``docker compose config`` prints it. Out: what would leave; one more file, by which it doesn't
(docs.docker.com/reference/compose-file/build, ``cache_to``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluice.source.build_fields import build_fields

_WRITING = re.compile(
    r"""^\s+["']?(?:cache_to|extends)["']?\s*:|^include\s*:|[{,]\s*["']?cache_to["']?\s*:""", re.MULTILINE
)
_BUILDING = frozenset({"build", "up", "run", "create", "watch"})
_ELSEWHERE = frozenset({"registry", "s3", "azblob"})


def may_write_caches(command: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a command may build what a file has a cache for: only then is Compose asked."""
    return command[:1] != [] and command[0] in _BUILDING and any(_WRITING.search(text) for text in texts)


def caches_elsewhere(config: Mapping[str, Any]) -> list[str]:
    """What would leave the machine, as the file says it."""
    return [cache for _, caches in _caches(config) for cache in caches if _leaves(cache)]


def with_caches_here(more: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The content of one more file, and in it the builds whose caches leave, with the others alone."""
    services = {**more.get("services", {})}
    for name, caches in _caches(config):
        kept = [cache for cache in caches if not _leaves(cache)]
        if kept != caches:
            services[name] = {**services.get(name, {}), "build": {"cache_to": kept}}
    return {**more, **({"services": services} if services else {})}


def _caches(config: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, service in (config.get("services") or {}).items():
        yield name, list((service.get("build") or {}).get("cache_to") or ())


def _leaves(cache: str) -> bool:
    """A name alone is a registry's."""
    return "=" not in cache or build_fields(cache).get("type") in _ELSEWHERE
