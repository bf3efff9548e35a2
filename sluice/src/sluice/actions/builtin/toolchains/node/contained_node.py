"""``actions/setup-node`` in a job with a container: the image's own Node.js, or a release from the package registry.

A release stands in the tool cache, which the container sees, and runs on any image with glibc.
"""

from __future__ import annotations

from pathlib import Path

from sluice.actions.node import fetch_node
from sluice.actions.protocol import ActionHost, ToolchainMissingError
from sluice.actions.versions import allows, read_version, show_version
from sluice.source.errors import UnavailableError


async def set_up_contained_node(host: ActionHost, allowed: str | None) -> None:
    """Put it on PATH; any will do when ``allowed`` is ``None``. Raises ``ToolchainMissingError``."""
    code, output = await host.capture_inside(("sh", "-c", "command -v node && node --version"))
    place, _, text = output.strip().partition("\n")
    version = read_version(text) if code == 0 else None
    if version is not None and (allowed is None or allows(allowed, version)):
        host.log(f"Node.js {show_version(version)} (container: {place})")
        host.set_output("node-version", text.strip())
        return
    await _bring(host, allowed or "x", there=text.strip() or "none")


async def _bring(host: ActionHost, allowed: str, *, there: str) -> None:
    container = host.container
    if container is None:
        raise TypeError("the job has no container")
    try:
        node = await fetch_node(host.workspace.paths.tools, allowed)
        inner = await container.lend(node.program)
    except UnavailableError as error:
        raise ToolchainMissingError(
            f"The job's container has no Node.js {allowed}; it has {there}. {error.message}: {'; '.join(error.tried)}"
        ) from error
    host.log(f"Node.js {node.text} ({node.place}: {inner})")
    host.set_output("node-version", f"v{node.text}")
    host.add_path(Path(inner).parent)
