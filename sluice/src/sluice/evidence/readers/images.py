"""Images: a manifest (OCI or Docker) gives ``image/size`` and ``image/layer/<n>``, an inspection ``image/unpacked``.

A manifest's sizes are those of the compressed blobs, which is what a registry keeps and a pull brings; ``docker image
inspect`` tells the size on disk. The two differ by a factor, so they never share a name. Sizes are in bytes.
https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, shaped, valued
from sluice.evidence.problems import Problem, ReportError, problem
from sluice.evidence.readers.report import JsonFormat, Report, has_keys, is_list_of

_LARGEST = 1 << 50


class _Blob(msgspec.Struct):
    size: int


class _Manifest(msgspec.Struct):
    config: _Blob
    layers: list[_Blob]


class _Inspection(msgspec.Struct, rename="pascal"):
    size: int


def _read_manifest(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _Manifest)
    sizes = [layer.size for layer in found.layers]
    yield valued("image/size", "B", _sane(found.config.size) + sum(map(_sane, sizes)))
    yield valued("image/layers", "count", len(sizes))
    for number, size in enumerate(sizes, start=1):
        yield valued(f"image/layer/{number}", "B", size)


def _read_inspection(report: Report[object]) -> Iterator[Item]:
    body = report.body
    if not isinstance(body, list) or len(body) != 1:
        raise ReportError(Problem.UNREADABLE, "an inspection of several images: give each one with its own subject")
    found = shaped(body[0], _Inspection)
    yield valued("image/unpacked", "B", _sane(found.size))


def _read_index(report: Report[object]) -> Iterator[Item]:
    yield problem(
        Problem.NO_DATA,
        f"{report.source} is an index: it lists the manifests of several platforms, but no image's size; give those",
    )


def _sane(size: int) -> int:
    if not 0 <= size <= _LARGEST:
        raise ReportError(Problem.UNREADABLE, "a size below 0 or above a pebibyte can't be")
    return size


MANIFEST = JsonFormat(
    tool="image", fits=lambda body: has_keys(body, "schemaVersion", "config", "layers"), read=_read_manifest
)
INDEX = JsonFormat(tool="image", fits=lambda body: has_keys(body, "schemaVersion", "manifests"), read=_read_index)
INSPECTION = JsonFormat(tool="image", fits=lambda body: is_list_of(body, "Id", "RootFS", "Size"), read=_read_inspection)
