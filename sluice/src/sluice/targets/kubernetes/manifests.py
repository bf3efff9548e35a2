"""What stands in manifests. In: YAML of many documents. Out: the objects in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_KEPT = frozenset({"Namespace", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition"})
"""What holds data, its own or others': no deployment removes it."""

_REFERRING = ("resources", "bases", "components")


class Thing(Struct, frozen=True, kw_only=True):
    """An object of the cluster. ``version`` is its ``apiVersion``; ``namespace`` is empty for the context's own."""

    version: str
    kind: str
    name: str
    namespace: str = ""

    @property
    def word(self) -> str:
        """As kubectl wants it: ``deployment/web``."""
        return f"{self.kind.lower()}/{self.name}"

    @property
    def is_rolled_out(self) -> bool:
        """Whether there is a roll-out to wait for."""
        return self.kind in _WORKLOADS and self.version.startswith("apps/")


def things_of(text: str) -> tuple[Thing, ...]:
    """Every object, in the order of the manifests."""
    return tuple(
        Thing(
            version=str(document.get("apiVersion", "")),
            kind=str(document["kind"]),
            name=str(document["metadata"]["name"]),
            namespace=str(document["metadata"].get("namespace", "")),
        )
        for document in _documents(text)
        if "name" in document.get("metadata", {})
    )


def workloads_of(text: str) -> tuple[Thing, ...]:
    """All that are rolled out, in the order of the manifests."""
    return tuple(thing for thing in things_of(text) if thing.is_rolled_out)


def dropped(before: Iterable[Thing], after: Iterable[Thing]) -> tuple[Thing, ...]:
    """What was there and is not any more, but for what holds data. An ``apiVersion`` that changed makes no other."""
    stay = set(map(_identity, after))
    return tuple(thing for thing in before if thing.kind not in _KEPT and _identity(thing) not in stay)


def naming(things: Iterable[Thing]) -> bytes:
    """Manifests that only name these objects, for what needs no more: JSON, which is YAML."""
    items = [{"apiVersion": thing.version, "kind": thing.kind, "metadata": _metadata(thing)} for thing in things]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


def namespaces_in(text: str) -> Mapping[str, bytes]:
    """Each Namespace of the manifests, as a manifest of its own."""
    found = (document for document in _documents(text) if document.get("kind") == "Namespace")
    return {str(document["metadata"]["name"]): json.dumps(document, default=str).encode() for document in found}


def tagging(overlay: str, images: Iterable[str], tag: str) -> str:
    """A kustomization that puts the tag on these images of a folder.

    Kustomize writes what kubectl reads as it was meant: another YAML writer turns the text ``1e3`` into a number.
    """
    tags = [{"name": image, "newTag": tag} for image in images]
    return json.dumps({"resources": [overlay], "images": tags})


def referred(kustomization: str) -> tuple[str, ...]:
    """The files and folders beside it that a kustomization is made of, as it names them; nothing of one that can't be
    read.
    """
    try:
        found = next(_documents(kustomization), {})
    except yaml.YAMLError:
        return ()
    named = [one for key in _REFERRING for one in found.get(key) or ()]
    return tuple(one for one in named if isinstance(one, str) and "://" not in one and "\n" not in one)


def _metadata(thing: Thing) -> dict[str, str]:
    return {"name": thing.name, **({"namespace": thing.namespace} if thing.namespace else {})}


def _identity(thing: Thing) -> tuple[str, str, str, str]:
    group = thing.version.rpartition("/")[0]
    return (group, thing.kind, thing.namespace, thing.name)


def _documents(text: str) -> Iterator[dict[str, Any]]:
    return (document for document in yaml.safe_load_all(text) if isinstance(document, dict))
