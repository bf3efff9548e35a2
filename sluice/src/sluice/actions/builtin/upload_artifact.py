"""``actions/upload-artifact``: keep files of the workspace with the run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.inputs import boolean, lines, whole_number
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.globbing import find_files
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text
from sluice.source.errors import StoreError

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
  artifact-url: {description: its address}
  artifact-digest: {description: SHA-256 of its archive}
runs: {using: node20, main: built-in}
"""


class UploadArtifact:
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/upload-artifact")
    left_out: Mapping[str, str] = MappingProxyType({})

    async def main(self, host: ActionHost) -> None:
        """Find, pack, tell."""
        found = find_files(
            lines(host.inputs, "path"),
            host.workspace.paths.workspace,
            home=host.workspace.paths.home,
            hidden=boolean(host.inputs, "include-hidden-files"),
        )
        if not found:
            _nothing(host)
            return
        base = _base(found, lines(host.inputs, "path"), host.workspace.paths.workspace)
        _keep(host, base, [path.relative_to(base) for path in found])

    async def post(self, host: ActionHost) -> None:
        """Nothing."""


def _nothing(host: ActionHost) -> None:
    message = f"No files were found with the provided path: {host.inputs['path']}. No artifacts will be uploaded."
    match host.inputs["if-no-files-found"]:
        case "warn":
            host.warning(message)
        case "error":
            raise ActionFailedError(message)
        case "ignore":
            host.log(message)
        case other:
            raise ActionFailedError(
                f"Unrecognized if-no-files-found input. Provided: {other}. Available options: warn,error,ignore"
            )


def _base(found: list[Path], patterns: list[str], workspace: Path) -> Path:
    """The least common folder; a single file or a single literal folder is its own (actions/upload-artifact)."""
    roots = [workspace / pattern for pattern in patterns if not pattern.startswith("!")]
    if len(roots) == 1 and roots[0].is_dir():
        return roots[0].resolve()
    if len(found) == 1:
        return found[0].parent
    return Path(os.path.commonpath([path.parent for path in found]))


def _keep(host: ActionHost, base: Path, files: list[Path]) -> None:
    name = host.inputs["name"]
    level = whole_number(host.inputs, "compression-level", 6)
    if level > 9:
        raise ActionFailedError("Invalid compression-level. Valid values are 0-9")
    try:
        number, size, digest = host.artifacts.upload(
            name, base, files, overwrite=boolean(host.inputs, "overwrite"), compression=level
        )
    except StoreError as error:
        raise ActionFailedError(error.message) from error
    host.record_upload(name, size, len(files), digest)
    host.log(f"Artifact {name} has been kept: {len(files)} files, {size} bytes, SHA-256 {digest}")
    github = host.github
    address = (
        f"{to_text(github['server_url'])}/{to_text(github['repository'])}/actions/runs/{to_text(github['run_id'])}"
    )
    host.set_output("artifact-id", number)
    host.set_output("artifact-url", f"{address}/artifacts/{number}")
    host.set_output("artifact-digest", digest)
