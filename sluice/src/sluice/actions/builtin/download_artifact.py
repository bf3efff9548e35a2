"""``actions/download-artifact``: artifacts of this run into the workspace."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text
from sluice.source.errors import StoreError

_MANIFEST = """
name: Download a Build Artifact
inputs:
  name: {}
  artifact-ids: {}
  path: {}
  pattern: {}
  merge-multiple: {default: "false"}
  github-token: {}
  repository: {default: "${{ github.repository }}"}
  run-id: {default: "${{ github.run_id }}"}
outputs:
  download-path: {description: where they are}
runs: {using: node20, main: built-in}
"""


class DownloadArtifact:
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/download-artifact")
    left_out: Mapping[str, str] = MappingProxyType({})

    async def main(self, host: ActionHost) -> None:
        """One artifact into the folder itself, several into folders of their own names, unless merged."""
        _check(host)
        target = _target(host)
        single = host.inputs["name"]
        names = [single] if single else _chosen(host)
        apart = not single and not boolean(host.inputs, "merge-multiple")
        for name in names:
            count = _unpack(host, name, target / name if apart else target)
            host.record_download(name)
            host.log(f"Artifact {name}: {count} files")
        host.log(f"Total of {len(names)} artifact(s) downloaded")
        host.set_output("download-path", str(target))

    async def post(self, host: ActionHost) -> None:
        """Nothing."""


def _check(host: ActionHost) -> None:
    if host.inputs["run-id"] != to_text(host.github["run_id"]):
        raise ActionFailedError("Artifacts of other runs can't be downloaded here: leave 'run-id' out")
    if host.inputs["artifact-ids"]:
        raise ActionFailedError("Artifacts can't be chosen by 'artifact-ids' here: use 'name' or 'pattern'")


def _target(host: ActionHost) -> Path:
    text = host.inputs["path"]
    if text == "~" or text.startswith("~/"):
        text = str(host.workspace.paths.home) + text[1:]
    return Path(os.path.normpath(host.workspace.paths.workspace / text))


def _chosen(host: ActionHost) -> list[str]:
    pattern = host.inputs["pattern"]
    return [name for name in host.artifacts.names() if not pattern or fnmatch.fnmatchcase(name, pattern)]


def _unpack(host: ActionHost, name: str, target: Path) -> int:
    target.mkdir(parents=True, exist_ok=True)
    try:
        return host.artifacts.download(name, target)
    except StoreError as error:
        raise ActionFailedError(error.message) from error
