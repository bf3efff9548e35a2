"""Names that files of Compose give to the images they build (``image`` beside ``build``, ``tags`` of it), so that each
job builds its own under a name of its own. Pure.

In: the project as ``docker compose config`` prints it. Out: those names; one more file, by which the images have others
in the engine (docs.docker.com/reference/compose-file/build).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NAMING = re.compile(r"""^\s+["']?(?:build|extends)["']?\s*:|^include\s*:|[{,]\s*["']?build["']?\s*:""", re.MULTILINE)
_BUILDING = frozenset({"build", "up", "run", "create", "watch"})
_BUILT = frozenset({None, "missing", "if_not_present", "build", "never"})
"""Where ``pull_policy`` is another, the image is a registry's, whatever is built."""


def may_name_images(command: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a command may build what a file names: only then is Compose asked."""
    return command[:1] != [] and command[0] in _BUILDING and any(_NAMING.search(text) for text in texts)


def images_named(config: Mapping[str, Any], project: str) -> dict[str, str]:
    """By name the service's image that has it; that itself is among them unless it is called after the project."""
    found: dict[str, str] = {}
    for key, service in _building(config):
        named = [service["image"]] if service.get("image") else []
        tags = service["build"].get("tags") or ()
        found |= dict.fromkeys([*named, *tags], (*named, f"{project}-{key}")[0])
    return found


def with_own_images(more: Mapping[str, Any], config: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The content of one more file, and in it the images by these names: also where a service has another's."""
    services = {**more.get("services", {})}
    for key, service in (config.get("services") or {}).items():
        if service.get("image") in names:
            services[key] = {**services.get(key, {}), "image": names[service["image"]]}
    return {**more, **({"services": services} if services else {})}


def _building(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, service in (config.get("services") or {}).items():
        if service.get("build") and service.get("pull_policy") in _BUILT:
            yield key, service
