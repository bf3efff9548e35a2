"""``ncipollo/release-action``: a release of a tag; one that is there is changed only when that is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.builtin.releases.releasing import Publisher, find_assets, open_publisher, tag_of
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.github.connection import Hub
from sluice.github.releases import ReleaseRequest, change_release, create_release, find_release

_MANIFEST = """
name: Release
inputs:
  allowUpdates: {default: "false"}
  artifact: {}
  artifacts: {}
  artifactContentType: {}
  artifactErrorsFailBuild: {default: "false"}
  body: {}
  bodyFile: {}
  commit: {}
  discussionCategory: {}
  draft: {default: "false"}
  generateReleaseNotes: {default: "false"}
  makeLatest: {default: legacy}
  name: {}
  omitBody: {default: "false"}
  omitBodyDuringUpdate: {default: "false"}
  omitDraftDuringUpdate: {default: "false"}
  omitName: {default: "false"}
  omitNameDuringUpdate: {default: "false"}
  omitPrereleaseDuringUpdate: {default: "false"}
  owner: {}
  prerelease: {}
  removeArtifacts: {default: "false"}
  replacesArtifacts: {default: "true"}
  repo: {}
  skipIfReleaseExists: {default: "false"}
  tag: {}
  token: {default: "${{ github.token }}"}
  updateOnlyUnreleased: {default: "false"}
outputs:
  id: {description: its number}
  html_url: {description: its page}
  upload_url: {description: where assets go}
runs: {using: node20, main: built-in}
"""


class ReleaseAction(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "ncipollo/release-action")
    left_out: Mapping[str, str] = MappingProxyType({"artifactContentType": "it is told from the artifact's name"})

    async def main(self, host: ActionHost) -> None:
        """Make or change it, then its artifacts."""
        tell_what_is_left_out(host, self)
        given, tag = host.inputs, tag_of(host, host.inputs["tag"])
        owner = given["owner"] or to_text(host.github["repository_owner"])
        repo = given["repo"] or to_text(host.github["repository"]).partition("/")[2]
        publisher = await open_publisher(host, f"{owner}/{repo}", given["token"])
        known = await publisher.ask(find_release, tag)
        if known is not None and boolean(given, "skipIfReleaseExists"):
            host.notice("Skipping action, release already exists and skipIfReleaseExists is enabled.")
            return
        wanted = _wanted(host, tag)
        release = await (_create(publisher, wanted) if known is None else _change(publisher, known, wanted))
        await _upload(publisher, release)
        publisher.set_outputs(release, {name: name for name in ("id", "html_url", "upload_url")})


def _wanted(host: ActionHost, tag: str) -> ReleaseRequest:
    given = host.inputs
    body = text_of(host, given["bodyFile"]) if given["bodyFile"] else given["body"]
    return ReleaseRequest(
        tag=tag,
        name=None if boolean(given, "omitName") else given["name"] or tag,
        body=None if boolean(given, "omitBody") else body or None,
        draft=boolean(given, "draft"),
        prerelease=boolean(given, "prerelease"),
        commit=given["commit"] or None,
        make_latest=None if given["makeLatest"] == "legacy" else given["makeLatest"],
        generate_notes=boolean(given, "generateReleaseNotes"),
        category=given["discussionCategory"] or None,
    )


async def _create(publisher: Publisher, wanted: ReleaseRequest) -> dict[str, Any]:
    return await publisher.change("release", wanted.tag, create_release, wanted)


async def _change(publisher: Publisher, known: dict[str, Any], wanted: ReleaseRequest) -> dict[str, Any]:
    given = publisher.host.inputs
    if not boolean(given, "allowUpdates"):
        raise ActionFailedError("Error 422: Either the release already exists or allowUpdates is not set.")
    if boolean(given, "updateOnlyUnreleased") and not (known["draft"] or known["prerelease"]):
        raise ActionFailedError(f"Tag {wanted.tag} is neither a draft nor a prerelease: updateOnlyUnreleased is on.")
    kept = replace(
        wanted,
        name=None if boolean(given, "omitNameDuringUpdate") else wanted.name,
        body=None if boolean(given, "omitBodyDuringUpdate") else wanted.body,
        draft=bool(known["draft"]) if boolean(given, "omitDraftDuringUpdate") else wanted.draft,
        prerelease=bool(known["prerelease"]) if boolean(given, "omitPrereleaseDuringUpdate") else wanted.prerelease,
    )
    return await publisher.change("release-edit", wanted.tag, change_release, known["id"], kept)


async def _upload(publisher: Publisher, release: dict[str, Any]) -> None:
    host = publisher.host
    given = host.inputs
    if boolean(given, "removeArtifacts"):
        base = f"/repos/{publisher.hub.place.repository}/releases/assets"
        for one in release["assets"]:
            await publisher.change("asset-deletion", one["name"], Hub.call, "DELETE", f"{base}/{one['id']}")
    patterns = [part.strip() for part in re.split(r"[,\n]", given["artifacts"] or given["artifact"]) if part.strip()]
    files, lost = find_assets(host, patterns, host.workspace.paths.workspace)
    for pattern in lost:
        words = f"Artifact pattern '{pattern}' did not match any files."
        if boolean(given, "artifactErrorsFailBuild"):
            raise ActionFailedError(words)
        host.warning(words)
    await publisher.upload(release, files, overwrite=boolean(given, "replacesArtifacts"))
