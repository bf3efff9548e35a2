"""``softprops/action-gh-release``: the release of a tag, made or changed, with files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.builtin.releases.releasing import Publisher, find_assets, open_publisher, tag_of
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.github.releases import ReleaseRequest, change_release, create_release, find_release

_MANIFEST = """
name: GH Release
inputs:
  body: {}
  body_path: {}
  name: {}
  tag_name: {}
  draft: {}
  prerelease: {}
  preserve_order: {}
  files: {}
  working_directory: {}
  overwrite_files: {default: "true"}
  fail_on_unmatched_files: {}
  repository: {}
  token: {default: "${{ github.token }}"}
  target_commitish: {}
  discussion_category_name: {}
  generate_release_notes: {}
  append_body: {}
  make_latest: {}
outputs:
  url: {description: the release's page}
  id: {description: its number}
  upload_url: {description: where assets go}
  assets: {description: the assets as JSON}
runs: {using: node20, main: built-in}
"""


class ActionGhRelease(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "softprops/action-gh-release")
    left_out: Mapping[str, str] = MappingProxyType({"preserve_order": "files always go in the order of `files`"})

    async def main(self, host: ActionHost) -> None:
        """One release for the tag, then its files."""
        tell_what_is_left_out(host, self)
        tag = tag_of(host, host.inputs["tag_name"])
        folder = host.workspace.paths.workspace / host.inputs["working_directory"]
        files, lost = find_assets(host, lines(host.inputs, "files"), folder)
        _tell_lost(host, lost)
        token = host.environment.get("GITHUB_TOKEN") or host.inputs["token"]
        publisher = await open_publisher(host, host.inputs["repository"], token)
        release = await _keep(publisher, _wanted(host, tag))
        assets = await publisher.upload(release, files, overwrite=boolean(host.inputs, "overwrite_files"))
        host.log(f"Release ready at {release['html_url']}")
        names = {"url": "html_url", "id": "id", "upload_url": "upload_url", "assets": "assets"}
        publisher.set_outputs({**release, "assets": assets}, names)


def _tell_lost(host: ActionHost, lost: list[str]) -> None:
    for pattern in lost:
        words = f"Pattern '{pattern}' does not match any files."
        if boolean(host.inputs, "fail_on_unmatched_files"):
            raise ActionFailedError(words)
        host.warning(words)


def _wanted(host: ActionHost, tag: str) -> ReleaseRequest:
    given = host.inputs
    body = text_of(host, given["body_path"]) if given["body_path"] else given["body"]
    return ReleaseRequest(
        tag=tag,
        name=given["name"] or None,
        body=body or None,
        draft=boolean(given, "draft"),
        prerelease=boolean(given, "prerelease"),
        commit=given["target_commitish"] or None,
        make_latest=given["make_latest"] or None,
        generate_notes=boolean(given, "generate_release_notes"),
        category=given["discussion_category_name"] or None,
    )


async def _keep(publisher: Publisher, wanted: ReleaseRequest) -> dict[str, Any]:
    """What isn't given stays as it is on a release that is there."""
    known = await publisher.ask(find_release, wanted.tag)
    if known is None:
        made = replace(wanted, name=wanted.name or wanted.tag)
        return await publisher.change("release", wanted.tag, create_release, made)
    given = publisher.host.inputs
    added = boolean(given, "append_body") and wanted.body and known.get("body")
    changed = replace(
        wanted,
        body=f"{known['body']}\n{wanted.body}" if added else wanted.body,
        draft=wanted.draft if given["draft"] else bool(known["draft"]),
        prerelease=wanted.prerelease if given["prerelease"] else bool(known["prerelease"]),
    )
    return await publisher.change("release-edit", wanted.tag, change_release, known["id"], changed)
