"""Caches of package managers, as setup-node and setup-python keep them with ``cache``.

Restore in the main stage, save in the post stage; what was found travels between the two as state of the step.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from sluice.actions.globbing import hash_files
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import StoreError


class PackageCache(Struct, frozen=True, kw_only=True):
    """What to keep and by which key: ``prefix`` and a digest of the dependency ``files``. With ``beside`` an entry of
    other dependency files will do, the newest. ``without`` stands for the digest when there is no such file; where it
    is empty, that is an error.
    """

    tool: str
    prefix: str
    files: Sequence[str]
    folders: Sequence[Path]
    beside: bool = False
    without: str = ""


def _key_of(host: ActionHost, wanted: PackageCache) -> str:
    """The key of these dependency files. Raises ``ActionFailedError`` when no dependency file is found."""
    digest = hash_files(wanted.files, host.workspace.paths.workspace) or wanted.without
    if not digest:
        wanted_files = ", ".join(wanted.files)
        message = (
            f"Some specified paths were not resolved, unable to cache dependencies: nothing matches {wanted_files}"
        )
        raise ActionFailedError(message)
    return f"{wanted.prefix}-{digest}"


def remember(host: ActionHost, wanted: PackageCache) -> tuple[str, list[str]]:
    """Note for ``save`` what to keep: its key, and the paths as other jobs find them."""
    key, paths = _key_of(host, wanted), [_portable(folder, host.workspace.paths.home) for folder in wanted.folders]
    host.save_state("cache-tool", wanted.tool)
    host.save_state("cache-key", key)
    host.save_state("cache-paths", json.dumps(paths))
    return key, paths


def look_up(host: ActionHost, wanted: PackageCache) -> bool:
    """Whether an entry for exactly these dependency files is there; nothing is unpacked, ``save`` keeps a new one."""
    key, paths = remember(host, wanted)
    matched = host.caches.find([key], paths)
    host.record_cache_lookup(key, matched)
    if matched is not None:
        host.save_state("cache-matched", matched)
    return matched is not None


async def restore(host: ActionHost, wanted: PackageCache) -> bool:
    """Whether an entry for exactly these dependency files was found; then the folders are as they were.

    Raises ``ActionFailedError`` when no dependency file is found.
    """
    key, paths = remember(host, wanted)
    matched = host.caches.find([key, wanted.prefix] if wanted.beside else [key], paths)
    size = None if matched is None else await _unpack(host, matched, paths)
    if size is None:
        matched = None  # there is one that can't be unpacked: as good as none
    host.record_cache_lookup(key, matched, size or 0)
    if matched is None:
        host.log(f"{wanted.tool} cache is not found")
        return False
    host.save_state("cache-matched", matched)
    host.log(f"Cache restored from key: {matched}")
    return matched == key


def _portable(folder: Path, home: Path) -> str:
    """A folder below the job's home by its name there: each job's home is another folder of this machine."""
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)


async def _unpack(host: ActionHost, key: str, paths: Sequence[str]) -> int | None:
    try:
        return await in_daemon_thread(host.caches.restore, key, paths, host.workspace.paths.workspace)
    except StoreError as error:
        host.warning(f"Failed to restore: {error.message}")
        return None


async def save(host: ActionHost) -> None:
    """Keep the folders, unless the very key was found. A cache that can't be saved is a warning."""
    tool, key = host.state.get("cache-tool", ""), host.state.get("cache-key", "")
    if not key:
        return
    if host.state.get("cache-matched") == key:
        host.log(f"Cache hit occurred on the primary key {key}, not saving cache.")
        return
    paths: list[str] = json.loads(host.state["cache-paths"])
    try:
        size = await in_daemon_thread(host.caches.save, key, paths, host.workspace.paths.workspace)
    except (StoreError, OSError) as error:
        host.warning(f"{tool}: the cache was not saved: {error}")
        return
    if size is not None:
        host.record_cache_save(key, size)
        host.log(f"Cache saved with the key: {key} ({size} bytes)")
