"""``actions/deploy-pages``: the site in an artifact of this run, deployed on the stand-in."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.releases.releasing import open_publisher
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.github.connection import Hub
from sluice.github_api.shapes import site_address
from sluice.machine.threads import in_daemon_thread
from sluice.store.files.artifacts import Artifact

_MANIFEST = """
name: Deploy GitHub Pages site
inputs:
  token: {required: true, default: "${{ github.token }}"}
  timeout: {default: "600000"}
  error_count: {default: "10"}
  reporting_interval: {default: "5000"}
  artifact_name: {default: github-pages}
  preview: {default: "false"}
outputs:
  page_url: {description: "the site's address"}
runs: {using: node20, main: built-in}
"""
_AT_ONCE = "the stand-in deploys at once"
_LARGEST = 10 * 1024**3
"""Bytes: more may fail on GitHub (actions/deploy-pages, SIZE_LIMIT_BYTES)."""
_NO_PUBLISHING = (
    "GitHub takes a site only from an artifact of a run of its own: push, and let its runner deploy, "
    "or publish to the branch that Pages is served from"
)


class DeployPages(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/deploy-pages")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "timeout": _AT_ONCE,
            "error_count": _AT_ONCE,
            "reporting_interval": _AT_ONCE,
            "preview": "there are no previews",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Check the artifact as GitHub does, and ask for the deployment."""
        tell_what_is_left_out(host, self)
        _check_permissions(host)
        artifact = _find(host)
        files = await in_daemon_thread(_check, host, artifact)
        if host.publishing:
            raise ActionFailedError(_NO_PUBLISHING)
        publisher = await open_publisher(host, "", host.inputs["token"])
        sha = to_text(host.github["sha"])
        body = {"artifact_id": int(artifact.id), "pages_build_version": sha, "environment": "github-pages"}
        path = f"/repos/{publisher.hub.place.repository}/pages/deployments"
        await publisher.change("pages-deployment", sha, Hub.call, "POST", path, body)
        host.log(f"Deployed {files} files of the artifact {artifact.name}")
        host.set_output("page_url", site_address(to_text(host.github["repository"])))


def _check_permissions(host: ActionHost) -> None:
    """The token asks for the deployment, and proves whose it is."""
    for scope in ("pages", "id-token"):
        if host.permissions is not None and host.permissions.get(scope) != "write":
            raise ActionFailedError(f'Ensure GITHUB_TOKEN has permission "{scope}: write".')


def _find(host: ActionHost) -> Artifact:
    name = host.inputs["artifact_name"]
    found = [entry for entry in host.artifacts.entries() if entry.name == name]
    if not found:
        known = ", ".join(host.artifacts.names()) or "none"
        raise ActionFailedError(
            f'No artifacts named "{name}" were found for this workflow run. Ensure artifacts are uploaded with '
            f"actions/upload-pages-artifact (there are: {known})"
        )
    if found[0].size > _LARGEST:
        host.warning(f"Uploaded artifact size of {found[0].size} bytes exceeds the allowed size of 10 GB.")
    return found[0]


def _check(host: ActionHost, artifact: Artifact) -> int:
    """The number of files in the one tar that the artifact holds, which has no links and no devices."""
    with tempfile.TemporaryDirectory(dir=host.workspace.paths.temp) as folder:
        host.artifacts.download(artifact.name, Path(folder))
        inside = [path for path in Path(folder).rglob("*") if path.is_file()]
        if [path.name for path in inside] != ["artifact.tar"]:
            named = ", ".join(path.name for path in inside) or "nothing"
            raise ActionFailedError(f"The artifact {artifact.name} holds {named}: Pages takes one artifact.tar")
        try:
            return _count(inside[0])
        except tarfile.TarError as error:
            raise ActionFailedError(f"artifact.tar can't be read: {error}") from error


def _count(archive: Path) -> int:
    files = 0
    with tarfile.open(archive) as opened:
        for member in opened:
            if not (member.isfile() or member.isdir()):
                raise ActionFailedError(f"Deployment failed: the site has a link or a device: {member.name}")
            files += member.isfile()
    return files
