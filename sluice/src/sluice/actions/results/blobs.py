"""Uploads in the manner of Azure's blob storage: whole, in blocks that a list puts in order, or by appending.

In: requests to one blob's address. Out: a file with the blob's bytes. Nothing here knows what a blob is for.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
from msgspec import Struct

from sluice.actions.results.messages import ServiceError, read_all
from sluice.serving.messages import Request, Response

_LIST_LIMIT = 8 << 20
_MOST_BLOCKS = 50_000
"""Azure's bound on the blocks of one blob."""
_OF_AZURE = {"ETag": '"0x1"', "x-ms-version": "2025-01-05"}
_NAMED = re.compile(r"<(Latest|Committed|Uncommitted)>([^<]+)</\1>")


class Blob(Struct, frozen=True, kw_only=True):
    """A blob under way: ``path`` is where its bytes will be, ``blocks`` the folder of its blocks."""

    path: Path
    blocks: Path

    @property
    def complete(self) -> bool:
        """Whether its bytes are there."""
        return self.path.is_file()


class Blobs:
    """Uploads in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, name: str) -> Blob:
        """The blob of this name, which need not be there yet."""
        place = hashlib.sha256(name.encode()).hexdigest()[:32]
        self._folder.mkdir(parents=True, exist_ok=True)
        return Blob(path=self._folder / f"{place}.blob", blocks=self._folder / f"{place}.blocks")

    def drop(self, name: str) -> None:
        """Forget a blob."""
        blob = self.open(name)
        blob.path.unlink(missing_ok=True)
        shutil.rmtree(blob.blocks, ignore_errors=True)

    async def put(self, name: str, request: Request) -> Response:
        """One PUT: a block, the list of blocks, a piece to append, or the whole blob."""
        blob = self.open(name)
        match request.query.get("comp", ""):
            case "block":
                await _write(blob.blocks / _block_name(request.query.get("blockid", "")), request.body)
            case "blocklist":
                await _commit(blob, await read_all(request.body, _LIST_LIMIT))
            case "appendblock":
                await _append(blob.path, request.body)
            case "":
                await _write(blob.path, request.body)
            case other:
                raise ServiceError("invalid_argument", f"this storage has no operation '{other}'")
        return Response(status=201, headers={**_OF_AZURE, "x-ms-request-server-encrypted": "false"})


async def _write(path: Path, body: AsyncIterator[bytes]) -> None:
    """Whole or not at all: a client that breaks off leaves nothing that looks complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with partial.open("wb") as file:
            async for chunk in body:
                file.write(chunk)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


async def _append(path: Path, body: AsyncIterator[bytes]) -> None:
    with path.open("ab") as file:
        async for chunk in body:
            file.write(chunk)


def _block_name(identity: str) -> str:
    if not identity:
        raise ServiceError("invalid_argument", "a block has a 'blockid'")
    return hashlib.sha256(identity.encode()).hexdigest()


async def _commit(blob: Blob, document: bytes) -> None:
    names = [found[2].strip() for found in _NAMED.finditer(document.decode("utf-8", "replace"))]
    if len(names) > _MOST_BLOCKS:
        raise ServiceError("invalid_argument", f"a blob has no more than {_MOST_BLOCKS} blocks")
    paths = [blob.blocks / _block_name(name) for name in names]
    if missing := [name for name, path in zip(names, paths, strict=True) if not path.is_file()]:
        raise ServiceError("invalid_argument", f"the specified block list is invalid: no block {missing[0]}")
    await anyio.to_thread.run_sync(_join, blob, paths)


def _join(blob: Blob, paths: list[Path]) -> None:
    """Blocks go as they are taken, so that no more than one of them is there twice."""
    last_use = {path: number for number, path in enumerate(paths)}
    with blob.path.open("wb") as whole:
        for number, path in enumerate(paths):
            with path.open("rb") as block:
                shutil.copyfileobj(block, whole, 1 << 20)
            if last_use[path] == number:
                path.unlink()
    shutil.rmtree(blob.blocks, ignore_errors=True)


def serve(path: Path, request: Request, headers: dict[str, str]) -> Response:
    """GET or HEAD of a file, with ``Range``."""
    size = path.stat().st_size
    given = request.headers.get("x-ms-range") or request.headers.get("range", "")
    kept = {"Accept-Ranges": "bytes", **_OF_AZURE, **headers}
    span = _range(given, size)
    if span is None:
        return Response(status=416, headers={**kept, "Content-Range": f"bytes */{size}"})
    start, end = span
    kept["Content-Length"] = str(end - start)
    if given:
        kept["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if request.method == "HEAD":
        return Response(status=200, headers=kept)
    return Response(status=206 if given else 200, headers=kept, file=path, start=start, end=end)


def _range(text: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive); ``None`` for one that can't be served (RFC 9110, range requests)."""
    if not text:
        return 0, size
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    start = int(found[1])
    end = min(size, int(found[2]) + 1) if found[2] else size
    return (start, end) if start < end else None
