"""Which configuration and which layers an archive's image has: Docker's ``manifest.json`` or an OCI ``index.json``.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sluice.images.archive import Archive, LayerFile, is_compressed
from sluice.source.errors import UsageError

_NAMED = {"x86_64": "amd64", "aarch64": "arm64"}
_DEEPEST = 4


class Contents(Struct, frozen=True, kw_only=True):
    """``digest`` is the image's id, that of its configuration."""

    name: str
    digest: str
    document: Mapping[str, Any]
    layers: tuple[LayerFile, ...]


def read_contents(archive: Archive) -> Contents:
    """The one image of an archive; of several platforms this machine's. Raises ``UsageError``."""
    try:
        return _from_docker(archive) if archive.has("manifest.json") else _from_layout(archive)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise UsageError(f"{archive.place} is no image: its manifest lacks {error}") from error


def _from_docker(archive: Archive) -> Contents:
    images = archive.document("manifest.json")
    if len(images) != 1:
        names = ", ".join(str(name) for image in images for name in image.get("RepoTags") or ())
        raise UsageError(f"{archive.place} holds {len(images)} images ({names}): save one at a time")
    image = images[0]
    tags = image.get("RepoTags") or [archive.place.name]
    return _contents(archive, str(tags[0]), image["Config"], [str(name) for name in image["Layers"]])


def _from_layout(archive: Archive) -> Contents:
    entry = _chosen(archive, archive.document("index.json"), 0)
    manifest = archive.document(_blob(entry["digest"]))
    name = (entry.get("annotations") or {}).get("org.opencontainers.image.ref.name") or archive.place.name
    layers = [_blob(layer["digest"]) for layer in manifest["layers"]]
    return _contents(archive, str(name), _blob(manifest["config"]["digest"]), layers)


def _chosen(archive: Archive, index: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    entries = [one for one in index["manifests"] if (one.get("platform") or {}).get("os") != "unknown"]
    own = _NAMED.get(platform.machine(), platform.machine())
    fitting = [one for one in entries if (one.get("platform") or {}).get("architecture", own) == own] or entries
    entry: Mapping[str, Any] = fitting[0]
    if "index" in entry.get("mediaType", "") or "manifest.list" in entry.get("mediaType", ""):
        if depth == _DEEPEST:
            raise UsageError(f"{archive.place}: its indexes name each other")
        return _chosen(archive, archive.document(_blob(entry["digest"])), depth + 1)
    return entry


def _blob(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"blobs/{algorithm}/{value}"


def _contents(archive: Archive, name: str, configuration: str, layers: list[str]) -> Contents:
    with archive.open(configuration) as file:
        body = file.read()
    document = json.loads(body)
    digests = (document.get("rootfs") or {}).get("diff_ids") or [""] * len(layers)
    files = tuple(
        LayerFile(name=layer, digest=digest, size=archive.size(layer), compressed=is_compressed(archive, layer))
        for layer, digest in zip(layers, digests, strict=True)
    )
    return Contents(name=name, digest=f"sha256:{hashlib.sha256(body).hexdigest()}", document=document, layers=files)
