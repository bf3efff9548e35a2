"""``docker/setup-buildx-action``: the builder that this machine has. Without the plug-in, the engine's own BuildKit."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sluice.actions.builtin.docker.client import Docker, find_docker
from sluice.actions.builtin.docker.platforms import native_platform, registered_platforms
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionHost, BuiltinAction
from sluice.runners.container.images.builders import Builder

_MANIFEST = """
name: Docker Setup Buildx
inputs:
  version: {}
  driver: {default: docker-container}
  driver-opts: {}
  buildkitd-flags: {default: "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"}
  buildkitd-config: {}
  buildkitd-config-inline: {}
  install: {default: "false"}
  use: {default: "true"}
  endpoint: {}
  platforms: {}
  append: {}
  cache-binary: {default: "true"}
  cleanup: {default: "true"}
  keep-state: {default: "false"}
  name: {}
  config: {}
  config-inline: {}
outputs:
  name: {description: the builder's name}
  driver: {description: the builder's driver}
  platforms: {description: what it builds for}
  nodes: {description: its nodes as JSON}
  endpoint: {description: the node's endpoint}
  status: {description: the node's status}
  flags: {description: the node's flags}
runs: {using: node20, main: built-in, post: built-in}
"""
_OWN = "the builder is the engine's own, which keeps its layers between runs"
_LEFT_OUT: Mapping[str, str] = {
    "version": "buildx is the one that is installed here",
    "driver": _OWN,
    "driver-opts": _OWN,
    "buildkitd-flags": _OWN,
    "buildkitd-config": _OWN,
    "buildkitd-config-inline": _OWN,
    "install": "'docker build' uses BuildKit already",
    "use": "there is one builder",
    "endpoint": _OWN,
    "append": _OWN,
    "cache-binary": "nothing is downloaded",
    "cleanup": "nothing is left behind",
    "keep-state": _OWN,
    "name": _OWN,
    "config": _OWN,
    "config-inline": _OWN,
}


class SetupBuildx(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "docker/setup-buildx-action")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Say which builder there is."""
        tell_what_is_left_out(host, self)
        docker = await find_docker(host)
        host.log(f"Builds are made by {docker.builder} ({docker.program}, engine {docker.engine})")
        if docker.builder is Builder.CLASSIC:
            host.warning(
                "There is no BuildKit: the plug-in docker-buildx is not installed, and this client has none inside. "
                "Dockerfiles that mount caches or secrets can't be built"
            )
        for name, value in _outputs(host, docker).items():
            host.set_output(name, value)


def _outputs(host: ActionHost, docker: Docker) -> dict[str, str]:
    wanted = host.inputs["platforms"]
    platforms = wanted or ",".join([native_platform(), *registered_platforms()])
    node = {
        "name": "default",
        "endpoint": "default",
        "status": "running",
        "buildkitd-flags": "",
        "platforms": platforms,
    }
    return {
        "name": "default",
        "driver": "docker",
        "platforms": platforms,
        "nodes": json.dumps([{**node, "buildkit": docker.engine}]),
        "endpoint": "default",
        "status": "running",
        "flags": "",
    }
