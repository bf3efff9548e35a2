"""The cache of setup-uv: whether there is one, where it is, and by which key it is found again."""

from __future__ import annotations

import platform
from pathlib import Path
from urllib.parse import quote

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text

_NO_CACHE_FOR = frozenset({"pull_request_target", "workflow_run", "release"})


def expanded(host: ActionHost, path: str) -> Path:
    """A path of an input: ``~/`` is the job's home, any other one is below the workspace."""
    home = host.workspace.paths.home
    return home / path[2:] if path.startswith("~/") else host.workspace.paths.workspace / path


def cache_folder(host: ActionHost) -> Path:
    """Where uv keeps what it fetches."""
    given = host.inputs["cache-local-path"]
    return expanded(host, given) if given else host.workspace.paths.home / ".cache/uv"


def _caches(host: ActionHost) -> bool:
    """``auto`` is what GitHub's own machines do: no cache where a foreign change could fill it, nor for a release."""
    if host.inputs["enable-cache"] != "auto":
        return boolean(host.inputs, "enable-cache")
    event, ref = to_text(host.github["event_name"]), to_text(host.github["ref"])
    return event not in _NO_CACHE_FOR and not (event == "push" and ref.startswith("refs/tags/"))


async def restore(host: ActionHost, python: str) -> None:
    """Bring back what was kept for these dependency files and this Python, and tell of it by the outputs."""
    if not _caches(host):
        return
    wanted = package_cache.PackageCache(
        tool="uv",
        prefix=_prefix(host, python),
        files=lines(host.inputs, "cache-dependency-glob"),
        folders=[cache_folder(host)],
        without="no-dependency-glob",
    )
    key, _ = package_cache.remember(host, wanted)
    host.set_output("cache-key", key)
    if key.endswith(wanted.without) and wanted.files:
        host.warning(f"No file matched to [{','.join(wanted.files)}]. The cache will never get invalidated.")
    if boolean(host.inputs, "restore-cache"):
        host.set_output("cache-hit", str(await package_cache.restore(host, wanted)).lower())


async def save(host: ActionHost) -> None:
    """Prune the cache and keep it, where the inputs say so."""
    if not host.state.get("cache-key") or host.inputs["save-cache"].lower() not in {"true", "auto"}:
        return
    cache = cache_folder(host)
    if not cache.is_dir():
        if boolean(host.inputs, "ignore-nothing-to-cache"):
            return
        raise ActionFailedError(
            f"Cache path {cache} does not exist on disk. This likely indicates that there are no dependencies to "
            "cache. Consider disabling the cache input if it is not needed."
        )
    if boolean(host.inputs, "prune-cache") and host.state.get("cache-matched") != host.state["cache-key"]:
        await host.run((host.state["uv"], "cache", "prune", "--ci"))
    await package_cache.save(host)


def _prefix(host: ActionHost, python: str) -> str:
    pruned = "-pruned" if boolean(host.inputs, "prune-cache") else ""
    suffix = f"-{quote(host.inputs['cache-suffix'], safe='')}" if host.inputs["cache-suffix"] else ""
    return f"setup-uv-2-{platform.machine().lower()}-{quote(python, safe='')}{pruned}{suffix}"
