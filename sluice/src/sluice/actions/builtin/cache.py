"""``actions/cache``, ``actions/cache/restore`` and ``actions/cache/save``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import check_links, check_shared
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import StoreError
from sluice.workflow.model import ActionManifest

_INPUTS = """
  path: {required: true}
  key: {required: true}
  enableCrossOsArchive: {default: "false"}
"""
_RESTORE_INPUTS = """
  restore-keys: {}
  fail-on-cache-miss: {default: "false"}
  lookup-only: {default: "false"}
"""
_SAVE_INPUTS = """
  upload-chunk-size: {}
"""
_SAVE_ALWAYS = """
  save-always: {default: "false", deprecationMessage: "save-always does not work as intended and will be removed"}
"""
_OUTPUTS = "outputs: {cache-hit: {}, cache-primary-key: {}, cache-matched-key: {}}"
_LONGEST_KEY = 512
_ONE_SYSTEM = MappingProxyType({"enableCrossOsArchive": "entries are of this machine's system only"})
_NO_PIECES = MappingProxyType(
    {**_ONE_SYSTEM, "upload-chunk-size": "entries are kept on this machine, nothing is sent in pieces"}
)


def _manifest(name: str, inputs: str, outputs: str = "", post: str = "") -> ActionManifest:
    given = (_INPUTS + inputs).replace("\n\n", "\n").rstrip("\n")
    runs = f"runs: {{using: node20, main: built-in{post}}}"
    return read_manifest(f"name: {name}\ninputs:{given}\n{outputs}\n{runs}\n", name)


class Restore(BuiltinAction):
    """``actions/cache/restore``: look up and unpack."""

    manifest = _manifest("Restore Cache", _RESTORE_INPUTS, _OUTPUTS)
    left_out: Mapping[str, str] = _ONE_SYSTEM

    async def main(self, host: ActionHost) -> None:
        """Unpack the entry that fits best; ``cache-hit`` is true only when the key matched exactly."""
        tell_what_is_left_out(host, self)
        key, paths = _key(host), _paths(host)
        host.set_output("cache-primary-key", key)
        host.save_state("key", key)
        matched = host.caches.find((key, *lines(host.inputs, "restore-keys")), paths)
        if matched is None:
            host.record_cache_lookup(key, None)
            _missed(host, key)
            return
        try:
            size = 0 if boolean(host.inputs, "lookup-only") else await _unpack(host, matched, paths)
        except StoreError as error:
            host.warning(f"Failed to restore: {error.message}")
            host.record_cache_lookup(key, None)
            _missed(host, key)
            return
        host.record_cache_lookup(key, matched, size)
        host.log(f"Cache restored from key: {matched}")
        host.save_state("matched", matched)
        host.set_output("cache-matched-key", matched)
        host.set_output("cache-hit", str(matched == key).lower())


class Save(BuiltinAction):
    """``actions/cache/save``: pack."""

    manifest = _manifest("Save Cache", _SAVE_INPUTS)
    left_out: Mapping[str, str] = _NO_PIECES

    async def main(self, host: ActionHost) -> None:
        """Keep the paths under the key."""
        tell_what_is_left_out(host, self)
        await _save(host, _key(host))


class Cache(Restore):
    """``actions/cache``: restore now, save when the job succeeded."""

    manifest = _manifest(
        "Cache",
        _SAVE_INPUTS + _RESTORE_INPUTS.strip("\n") + _SAVE_ALWAYS,
        _OUTPUTS,
        ", post: built-in, post-if: success()",
    )
    left_out: Mapping[str, str] = MappingProxyType(
        {**_NO_PIECES, "save-always": "the real action ignores it too; use actions/cache/save with 'if: always()'"}
    )

    async def post(self, host: ActionHost) -> None:
        """Save, unless the very key was found."""
        key = host.state.get("key", "")
        if host.state.get("matched") == key:
            host.log(f"Cache hit occurred on the primary key {key}, not saving cache.")
        elif key:
            await _save(host, key)


async def _unpack(host: ActionHost, key: str, paths: list[str]) -> int:
    return await in_daemon_thread(host.caches.restore, key, paths, host.workspace.paths.workspace)


def _key(host: ActionHost) -> str:
    key = host.inputs["key"]
    if len(key) > _LONGEST_KEY:
        raise ActionFailedError(f"Key Validation Error: {key} cannot be larger than {_LONGEST_KEY} characters.")
    if "," in key:
        raise ActionFailedError(f"Key Validation Error: {key} cannot contain commas.")
    if not key:
        raise ActionFailedError("Input required and not supplied: key")
    return key


def _paths(host: ActionHost) -> list[str]:
    paths = lines(host.inputs, "path")
    if not paths:
        raise ActionFailedError("Input required and not supplied: path")
    for path in paths:
        check_shared(host, path.lstrip("!"))
        check_links(host, [host.workspace.paths.workspace / path.lstrip("!")])
    return paths


def _missed(host: ActionHost, key: str) -> None:
    tried = ", ".join((key, *lines(host.inputs, "restore-keys")))
    if boolean(host.inputs, "fail-on-cache-miss"):
        raise ActionFailedError(
            f"Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: {key}"
        )
    host.log(f"Cache not found for input keys: {tried}")


async def _save(host: ActionHost, key: str) -> None:
    """A cache that can't be saved is a warning, as with the real action: the job has done its work."""
    try:
        size = await in_daemon_thread(host.caches.save, key, _paths(host), host.workspace.paths.workspace)
    except (StoreError, OSError) as error:
        host.warning(f"Failed to save: {error}")
        return
    if size is None:
        host.log(f"Failed to save: Unable to reserve cache with key {key}, another job may be creating this cache.")
        return
    host.record_cache_save(key, size)
    host.log(f"Cache saved with key: {key} ({size} bytes)")
