"""``actions/upload-release-asset``: a file beside a release that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.builtin.releases.releasing import open_publisher
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.github.releases import upload_asset

_MANIFEST = """
name: Upload a Release Asset
inputs:
  upload_url: {required: true}
  asset_path: {required: true}
  asset_name: {required: true}
  asset_content_type: {required: true}
outputs:
  browser_download_url: {description: where the asset is to be had}
runs: {using: node12, main: built-in}
"""
_ADDRESS = re.compile(r"/repos/([^/]+/[^/]+)/releases/(\d+)/assets")


class UploadReleaseAsset(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/upload-release-asset")
    left_out: Mapping[str, str] = MappingProxyType({"asset_content_type": "it is told from the asset's name"})

    async def main(self, host: ActionHost) -> None:
        """Upload it; an asset of this name with other bytes is an error."""
        given = host.inputs
        for name in self.manifest.inputs:
            if not given[name]:
                raise ActionFailedError(f"Input required and not supplied: {name}")
        tell_what_is_left_out(host, self)
        found = _ADDRESS.search(given["upload_url"])
        if found is None:
            raise ActionFailedError(f"upload_url is no address of a release's assets: {given['upload_url']}")
        file = place_of(host, given["asset_path"])
        if not file.is_file():
            raise ActionFailedError(f"ENOENT: no such file or directory, stat '{given['asset_path']}'")
        publisher = await open_publisher(host, found[1], host.environment.get("GITHUB_TOKEN", ""))
        upload = partial(upload_asset, name=given["asset_name"], overwrite=False)
        asset = await publisher.change("asset", given["asset_name"], upload, int(found[2]), file)
        publisher.set_outputs(asset, {"browser_download_url": "browser_download_url"})
