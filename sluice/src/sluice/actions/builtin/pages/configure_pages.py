"""``actions/configure-pages``: where the repository's site is, or will be."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.releases.releasing import Publisher, open_publisher
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.github.connection import Hub, RefusedByGitHubError
from sluice.github_api.shapes import site_address

_MANIFEST = """
name: Configure GitHub Pages
inputs:
  static_site_generator: {}
  generator_config_file: {}
  token: {required: true, default: "${{ github.token }}"}
  enablement: {default: "false"}
outputs:
  base_url: {description: "the site's address"}
  origin: {description: its scheme and host}
  host: {description: its host}
  base_path: {description: its path}
runs: {using: node20, main: built-in}
"""
_NO_CONFIGURATION = "no configuration is changed: give the generator the output base_path"


class ConfigurePages(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/configure-pages")
    left_out: Mapping[str, str] = MappingProxyType(
        {"static_site_generator": _NO_CONFIGURATION, "generator_config_file": _NO_CONFIGURATION}
    )

    async def main(self, host: ActionHost) -> None:
        """A rehearsal takes the site for enabled; GitHub is asked when the run publishes."""
        tell_what_is_left_out(host, self)
        address = await _ask(host) if host.publishing else site_address(to_text(host.github["repository"]))
        parts = urlsplit(address.rstrip("/"))
        host.set_output("base_url", address.rstrip("/"))
        host.set_output("origin", f"{parts.scheme}://{parts.netloc}")
        host.set_output("host", parts.netloc)
        host.set_output("base_path", parts.path)


async def _ask(host: ActionHost) -> str:
    publisher = await open_publisher(host, "", host.inputs["token"])
    path = f"/repos/{publisher.hub.place.repository}/pages"
    try:
        site: dict[str, Any] = await publisher.ask(Hub.call, "GET", path)
    except RefusedByGitHubError as error:
        if error.status != 404 or not boolean(host.inputs, "enablement"):
            raise ActionFailedError(f"Get Pages site failed: {error.in_one_line}") from error
        site = await _enable(publisher, path)
    return str(site["html_url"])


async def _enable(publisher: Publisher, path: str) -> dict[str, Any]:
    return await publisher.change("pages", "site", Hub.call, "POST", path, {"build_type": "workflow"})
