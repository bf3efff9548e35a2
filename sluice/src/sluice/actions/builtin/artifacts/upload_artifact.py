"""``actions/upload-artifact``: keep files of the workspace with the run."""

from __future__ import annotations

import os
from pathlib import Path

from sluice.actions.builtin.artifacts.artifact_upload import hidden_files, keep, nothing_found, packing
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import check_links, on_machine
from sluice.actions.globbing import find_files, read_rules, search_roots
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: Upload a Build Artifact
inputs:
  name: {default: artifact}
  path: {required: true}
  if-no-files-found: {default: warn}
  retention-days: {}
  compression-level: {default: "6"}
  overwrite: {default: "false"}
  include-hidden-files: {default: "false"}
  archive: {default: "true"}
outputs:
  artifact-id: {description: its number}
  artifact-url: {description: the address it would have on GitHub}
  artifact-digest: {description: SHA-256 of its archive}
runs: {using: node20, main: built-in}
"""


class UploadArtifact(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/upload-artifact")

    async def main(self, host: ActionHost) -> None:
        """Find, pack, tell."""
        patterns = [on_machine(host, line) for line in lines(host.inputs, "path")]
        if not patterns:
            raise ActionFailedError("Input required and not supplied: path")
        paths = host.workspace.paths
        found = _regular(host, find_files(patterns, paths.workspace, home=paths.home, hidden=hidden_files(host)))
        if not found:
            given = host.inputs["path"]
            nothing_found(host, f"No files were found with the provided path: {given}. No artifacts will be uploaded.")
            return
        check_links(host, found)
        archive = boolean(host.inputs, "archive")
        if not archive and len(found) > 1:
            raise ActionFailedError(
                "When 'archive' is set to false, only a single file can be uploaded. "
                f"Found {len(found)} files to upload."
            )
        base = _base(found, search_roots(read_rules(patterns, paths.workspace, home=paths.home)))
        name = host.inputs["name"] if archive else found[0].name
        files = [path.relative_to(base) for path in found]
        await keep(host, name, base, files, packing(host, overwrite=boolean(host.inputs, "overwrite"), archive=archive))


def _regular(host: ActionHost, found: list[Path]) -> list[Path]:
    """Files only: a pipe, a socket or a device has no bytes to keep, and reading it might never end."""
    others = [path for path in found if not path.is_file()]
    for path in others:
        host.warning(f"{path} is no regular file: it is left out of the artifact")
    return [path for path in found if path not in others]


def _base(found: list[Path], roots: list[Path]) -> Path:
    """What is cut off the files' paths: the folder searched, or the least common one of several (upload-artifact)."""
    if len(roots) > 1:
        return Path(os.path.commonpath(roots))
    return roots[0].parent if found == roots else roots[0]
