"""``actions/upload-pages-artifact``: the files of a site as the artifact that ``actions/deploy-pages`` takes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sluice.actions.builtin.artifacts.artifact_upload import upload
from sluice.actions.builtin.inputs import boolean, whole_number
from sluice.actions.builtin.majors import is_before
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.pages.site import pack_site
from sluice.actions.builtin.places import on_machine
from sluice.actions.protocol import ActionHost, BuiltinAction
from sluice.machine.threads import in_daemon_thread
from sluice.store.files.artifacts import Packing

_MANIFEST = """
name: Upload GitHub Pages artifact
inputs:
  name: {default: github-pages}
  path: {required: true, default: _site/}
  retention-days: {default: "1"}
  include-hidden-files: {default: "false"}
outputs:
  artifact_id: {description: its number}
runs: {using: node20, main: built-in}
"""


class UploadPagesArtifact(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/upload-pages-artifact")

    async def main(self, host: ActionHost) -> None:
        """A tar of the folder, uploaded; until v3 it has hidden files, too."""
        paths = host.workspace.paths
        folder = paths.workspace / on_machine(host, host.inputs["path"])
        hidden = boolean(host.inputs, "include-hidden-files") or is_before(host.ref, 4)
        with tempfile.TemporaryDirectory(dir=paths.temp) as place:
            archive = Path(place) / "artifact.tar"
            files = await in_daemon_thread(pack_site, folder, archive, hidden=hidden)
            host.log(f"{folder}: {files} files, {archive.stat().st_size} bytes")
            how = Packing(retention_days=whole_number(host.inputs, "retention-days", 1))
            number, _ = await upload(host, host.inputs["name"], Path(place), [Path(archive.name)], how)
        host.set_output("artifact_id", number)
