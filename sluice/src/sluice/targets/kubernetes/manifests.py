"""What stands in manifests. In: YAML of many documents. Out: the same with a version, and the workloads in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


class Workload(Struct, frozen=True, kw_only=True):
    """Something that is rolled out: ``name`` as kubectl wants it (``deployment/web``)."""

    name: str
    namespace: str = ""


def workloads_of(text: str) -> tuple[Workload, ...]:
    """All that are rolled out, in the order of the manifests."""
    return tuple(
        Workload(
            name=f"{document['kind'].lower()}/{document['metadata']['name']}",
            namespace=document["metadata"].get("namespace", ""),
        )
        for document in _documents(text)
        if document.get("kind") in _WORKLOADS
    )


def with_tags(text: str, images: tuple[str, ...], tag: str) -> str:
    """The manifests with ``tag`` on these images, wherever a container uses them."""
    documents = list(_documents(text))
    for document in documents:
        for container in _containers(document):
            name = str(container.get("image", "")).partition("@")[0]
            bare = name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name
            if bare in images:
                container["image"] = f"{bare}:{tag}"
    return yaml.safe_dump_all(documents, sort_keys=False)


def _documents(text: str) -> Iterator[dict[str, Any]]:
    return (document for document in yaml.safe_load_all(text) if isinstance(document, dict))


def _containers(value: object) -> Iterator[dict[str, Any]]:
    """Every container, wherever the kind keeps its pods."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"containers", "initContainers"} and isinstance(inner, list):
                yield from (one for one in inner if isinstance(one, dict))
            yield from _containers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _containers(inner)
