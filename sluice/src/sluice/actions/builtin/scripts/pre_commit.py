"""``pre-commit/action``: the project's hooks, with the environments that they need kept between runs."""

from __future__ import annotations

import hashlib

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.python_tools import python_tool
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: pre-commit
inputs:
  extra_args: {default: --all-files}
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""
_SETTINGS = ".pre-commit-config.yaml"


class PreCommit(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "pre-commit/action")

    async def main(self, host: ActionHost) -> None:
        """Bring pre-commit, restore the hooks' environments, run the hooks."""
        program = await _program(host)
        await package_cache.restore(host, _cache(host, program))
        # The real one puts `extra_args` into a script of bash, too, which splits and expands them.
        script = f'exec "$0" run --show-diff-on-failure --color=always {host.inputs["extra_args"]}'
        code = await host.run(("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script, program))
        if code != 0:
            raise ActionFailedError(f"pre-commit ended with exit code {code}: the hooks that failed stand above")

    async def post(self, host: ActionHost) -> None:
        """Keep the hooks' environments."""
        await package_cache.save(host)


async def _program(host: ActionHost) -> str:
    """Installed into the job's own Python, of setup-python or of its container; the machine's stays as it is."""
    location = host.environment.get("pythonLocation", "")
    if not location and host.container is None:
        return await python_tool(host, "pre-commit")
    folder = f"{location}/bin/" if location and host.container is None else ""
    pip = (f"{folder}python3", "-m", "pip", "--disable-pip-version-check", "install", "pre-commit")
    if await host.run(pip) != 0:
        raise ActionFailedError("python -m pip install pre-commit failed")
    return f"{folder}pre-commit"


def _cache(host: ActionHost, program: str) -> package_cache.PackageCache:
    """For this job's own folder alone: the environments hold its path."""
    home = host.workspace.paths.home
    place = hashlib.sha256(f"{home}|{program}".encode()).hexdigest()[:12]
    return package_cache.PackageCache(
        tool="pre-commit",
        prefix=f"pre-commit-3|{place}",
        files=[_SETTINGS],
        folders=[home / ".cache/pre-commit"],
        without="none",
    )
