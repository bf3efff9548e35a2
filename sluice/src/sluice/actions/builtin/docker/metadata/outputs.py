"""What the action hands on: labels, annotations, JSON and the definition files of ``docker buildx bake``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

_PREFIX = "org.opencontainers.image"


class Repository(Struct, frozen=True, kw_only=True):
    """What the event says of it."""

    name: str = ""
    description: str = ""
    address: str = ""
    licence: str = ""


class Described(Struct, frozen=True, kw_only=True):
    """An image's names and what is written on it."""

    version: str
    tags: tuple[str, ...]
    tag_names: tuple[str, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def usual_labels(repository: Repository, version: str, sha: str, now: datetime) -> list[str]:
    """The labels that every image gets (opencontainers/image-spec: annotations)."""
    values = {
        "title": repository.name,
        "description": repository.description,
        "url": repository.address,
        "source": repository.address,
        "version": version,
        "created": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "revision": sha,
        "licenses": repository.licence,
    }
    return [f"{_PREFIX}.{name}={value}" for name, value in values.items()]


def keyed(lines: Iterable[str]) -> dict[str, str]:
    """``key=value`` lines by key, in the order of the keys; the last of several counts."""
    pairs = (line.partition("=") for line in lines)
    return dict(sorted({key.strip(): value for key, _, value in pairs}.items()))


def tagged(images: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Every image with every tag; without images the tags alone."""
    return tuple(f"{image}:{name}" for image in images for name in names) if images else tuple(names)


def lines_of(values: Mapping[str, str], prefix: str = "") -> list[str]:
    """The values as ``key=value`` again."""
    return [f"{prefix}{key}={value}" for key, value in values.items()]


def as_json(found: Described, levels: Sequence[str]) -> dict[str, object]:
    """The output ``json``."""
    return {
        "tags": list(found.tags),
        "tag-names": list(found.tag_names),
        "labels": dict(found.labels),
        "annotations": [line for level in levels for line in lines_of(found.annotations, f"{level}:")],
    }


def bake_files(found: Described, target: str, images: Sequence[str], levels: Sequence[str]) -> dict[str, object]:
    """The definition files by the output that names them."""
    arguments = {"DOCKER_META_IMAGES": ",".join(images), "DOCKER_META_VERSION": found.version}
    parts: dict[str, dict[str, object]] = {
        "bake-file-tags": {"tags": list(found.tags), "args": arguments},
        "bake-file-labels": {"labels": dict(found.labels), "args": arguments},
        "bake-file-annotations": {"annotations": as_json(found, levels)["annotations"]},
    }
    whole = {"tags": list(found.tags), "labels": dict(found.labels), "args": arguments}
    return {name: {"target": {target: part}} for name, part in {**parts, "bake-file": whole}.items()}
