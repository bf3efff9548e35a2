"""``actions/upload-artifact/merge``: several artifacts of the run as one."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sluice.actions.builtin.artifacts.artifact_names import names_like
from sluice.actions.builtin.artifacts.artifact_upload import hidden_files, keep, nothing_found, packing
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.globbing import find_files
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import StoreError

_MANIFEST = """
name: Merge Build Artifacts
inputs:
  name: {required: true, default: merged-artifacts}
  pattern: {default: "*"}
  if-no-files-found: {default: error}
  separate-directories: {default: "false"}
  retention-days: {}
  compression-level: {default: "6"}
  delete-merged: {default: "false"}
  include-hidden-files: {default: "false"}
outputs:
  artifact-id: {description: its number}
  artifact-url: {description: the address it would have on GitHub}
  artifact-digest: {description: SHA-256 of its archive}
runs: {using: node20, main: built-in}
"""


class MergeArtifacts(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/upload-artifact/merge")

    async def main(self, host: ActionHost) -> None:
        """Unpack what the pattern names, pack it together, delete the parts when asked."""
        pattern = host.inputs["pattern"]
        names = names_like(pattern, host.artifacts.names())
        if not names:
            nothing_found(host, f"No artifacts were found with the provided pattern '{pattern}'.")
            return
        with tempfile.TemporaryDirectory(dir=host.workspace.paths.temp) as folder:
            await _merge(host, names, Path(folder))
        if boolean(host.inputs, "delete-merged"):
            for name in names:
                if name != host.inputs["name"]:
                    host.artifacts.delete(name)
            host.log(f"Deleted the {len(names)} merged artifact(s)")


async def _merge(host: ActionHost, names: Sequence[str], folder: Path) -> None:
    apart = boolean(host.inputs, "separate-directories")
    try:
        for name in names:
            await in_daemon_thread(host.artifacts.download, name, folder / name if apart else folder)
    except StoreError as error:
        raise ActionFailedError(error.message) from error
    found = find_files([f"{folder}/"], folder, home=folder, hidden=hidden_files(host))
    if not found:
        nothing_found(host, f"The artifacts {', '.join(names)} have no files to merge.")
        return
    await keep(host, host.inputs["name"], folder, [path.relative_to(folder) for path in found], packing(host))
