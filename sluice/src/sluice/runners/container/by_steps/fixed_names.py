"""Names that files of Compose fix (``container_name``, ``name`` of a network or volume), so that two jobs have them.

In: the project as ``docker compose config`` prints it. Out: those names by kind; one more file, which gives what
another has in the engine its name there, and lets containers be found by the name that the file gave them. Pure
(docs.docker.com/reference/compose-file).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluice.runners.container.by_steps.naming import Names

_FIXING = re.compile(
    r"""^\s+["']?(?:container_name|name|extends)["']?\s*:|^include\s*:|[{,]\s*(?:container_)?name\s*:""", re.MULTILINE
)
_KINDS = (("network", "networks"), ("volume", "volumes"))


def may_fix(texts: Sequence[str]) -> bool:
    """Whether files may have such names: only then is Compose asked."""
    return any(_FIXING.search(text) for text in texts)


def fixed_names(config: Mapping[str, Any], project: str) -> dict[str, list[str]]:
    """By kind, what the project makes by a name of its own."""
    return {
        "container": [one["container_name"] for _, one in _services(config) if one.get("container_name")],
        **{kind: [one["name"] for _, one in _made(config, part, project)] for kind, part in _KINDS},
    }


def renamed(config: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The file's content; empty where every name is the job's."""
    containers = names.get("container", {})
    services = {
        key: _service(one, containers[one["container_name"]])
        for key, one in _services(config)
        if one.get("container_name") in containers
    }
    found: dict[str, Any] = {"services": services} if services else {}
    for kind, part in _KINDS:
        others = names.get(kind, {})
        parts = (config.get(part) or {}).items()
        if changed := {key: {"name": others[one["name"]]} for key, one in parts if (one or {}).get("name") in others}:
            found[part] = changed
    return found


def _service(service: Mapping[str, Any], name: str) -> dict[str, Any]:
    """On each of its networks it is found by the name that it had."""
    given = {"aliases": [service["container_name"]]}
    networks = {} if service.get("network_mode") else dict.fromkeys(service.get("networks") or {"default": None}, given)
    return {"container_name": name, **({"networks": networks} if networks else {})}


def _services(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from (config.get("services") or {}).items()


def _made(config: Mapping[str, Any], part: str, project: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is there already (``external``) is made by somebody else, and what has the project's name is the job's."""
    for key, one in (config.get(part) or {}).items():
        if one and not one.get("external") and one.get("name") not in {None, f"{project}_{key}"}:
            yield key, one
