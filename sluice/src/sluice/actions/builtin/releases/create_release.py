"""``actions/create-release``: a release of a tag that has none."""

from __future__ import annotations

from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.builtin.releases.releasing import open_publisher, tag_of
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.github.releases import ReleaseRequest, create_release

_MANIFEST = """
name: Create a Release
inputs:
  tag_name: {required: true}
  release_name: {required: true}
  body: {}
  body_path: {}
  draft: {default: "false"}
  prerelease: {default: "false"}
  commitish: {}
  owner: {}
  repo: {}
outputs:
  id: {description: its number}
  html_url: {description: its page}
  upload_url: {description: where assets go}
runs: {using: node12, main: built-in}
"""


class CreateRelease(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/create-release")

    async def main(self, host: ActionHost) -> None:
        """Make it; a tag that has one is an error, as with the real one."""
        given = host.inputs
        for name in ("tag_name", "release_name"):
            if not given[name]:
                raise ActionFailedError(f"Input required and not supplied: {name}")
        if "GITHUB_TOKEN" not in host.environment:
            raise ActionFailedError("Parameter token or opts.auth is required: the step needs env GITHUB_TOKEN")
        owner, repo = given["owner"], given["repo"]
        named = f"{owner}/{repo}" if owner and repo else ""
        publisher = await open_publisher(host, named, host.environment["GITHUB_TOKEN"])
        wanted = ReleaseRequest(
            tag=tag_of(host, given["tag_name"]),
            name=given["release_name"].removeprefix("refs/tags/"),
            body=(text_of(host, given["body_path"]) if given["body_path"] else given["body"]) or None,
            draft=boolean(given, "draft"),
            prerelease=boolean(given, "prerelease"),
            commit=given["commitish"] or None,
        )
        release = await publisher.change("release", wanted.tag, create_release, wanted)
        publisher.set_outputs(release, {name: name for name in ("id", "html_url", "upload_url")})
