"""Image archives made on the spot: as ``docker save`` writes them, or as an OCI layout."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Files = Mapping[str, bytes]


def layer(files: Files) -> bytes:
    """A layer; a name that ends with ``/`` is a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.rstrip("/"))
            member.size = len(content)
            if name.endswith("/"):
                member.type = tarfile.DIRTYPE
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def configuration(layers: Sequence[bytes], config: Mapping[str, object], made_by: Sequence[str]) -> bytes:
    history = [{"created_by": text} for text in made_by] + [{"created_by": "ENV A=b", "empty_layer": True}]
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": config,
        "history": history,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(one)}" for one in layers]},
    }
    return json.dumps(document).encode()


def docker_archive(
    path: Path, layers: Sequence[Files], config: Mapping[str, object] | None = None, made_by: Sequence[str] = ()
) -> Path:
    """As ``docker save`` writes it."""
    packed = [layer(files) for files in layers]
    names = [f"{digest(one)}/layer.tar" for one in packed]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": ["app:test"], "Layers": names}]).encode()
    whole = {"config.json": configuration(packed, config or {}, made_by), "manifest.json": manifest}
    path.write_bytes(layer({**whole, **dict(zip(names, packed, strict=True))}))
    return path


def oci_layout(folder: Path, layers: Sequence[Files], config: Mapping[str, object] | None = None) -> Path:
    """As a folder, with gzip layers, behind an index of two platforms."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def keep(data: bytes, **facts: object) -> dict[str, object]:
        (blobs / digest(data)).write_bytes(data)
        return {"digest": f"sha256:{digest(data)}", "size": len(data), **facts}

    packed = [layer(files) for files in layers]
    body = {
        "schemaVersion": 2,
        "config": keep(configuration(packed, config or {}, [])),
        "layers": [keep(gzip.compress(one)) for one in packed],
    }
    own = keep(json.dumps(body).encode(), platform={"os": "linux", "architecture": "amd64"})
    attestation = {"digest": "sha256:0", "platform": {"os": "unknown", "architecture": "unknown"}}
    inner = {"schemaVersion": 2, "manifests": [attestation, own]}
    listed = keep(json.dumps(inner).encode(), mediaType="application/vnd.oci.image.index.v1+json")
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [listed]}))
    return folder
