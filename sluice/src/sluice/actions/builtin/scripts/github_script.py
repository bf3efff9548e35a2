"""``actions/github-script``: JavaScript of the workflow's own, with GitHub's toolkit and a client of its API.

The toolkit comes from the npm registry, locked, into the tool cache. In a rehearsal the client meets the run's stand-in
for GitHub, which tells of each change.
"""

from __future__ import annotations

from pathlib import Path

from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.scripts.node_packages import install_packages
from sluice.actions.node import node_for
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import UnavailableError

_MANIFEST = """
name: GitHub Script
inputs:
  script: {required: true}
  github-token: {default: "${{ github.token }}"}
  debug: {default: "${{ runner.debug == '1' }}"}
  user-agent: {default: actions/github-script}
  previews: {}
  result-encoding: {default: json}
  retries: {default: "0"}
  retry-exempt-status-codes: {default: "400,401,403,404,422"}
  base-url: {}
outputs:
  result: {description: what the script returned}
runs: {using: node20, main: built-in}
"""
_NODE = 20
_RUNNER = "github_script.cjs"


class GithubScript(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/github-script")

    async def main(self, host: ActionHost) -> None:
        """Run the script. Raises ``ToolchainMissingError`` where Node.js or the toolkit can't be had."""
        tools = host.workspace.paths.tools
        try:
            program = await node_for(_NODE, tools)
            folder = await in_daemon_thread(install_packages, tools, "github-script", Path(__file__).parent, (_RUNNER,))
            node = await host.container.lend(program) if host.container is not None else str(program)
        except UnavailableError as error:
            words = "; ".join([error.message, *error.tried])
            raise ToolchainMissingError(f"The script can't be run here: {words} ({error.hint})") from error
        inputs = {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in host.inputs.items()}
        script, environment = str(folder / _RUNNER), {**host.environment, **inputs}
        if host.container is not None:
            script = host.container.to_job(script)
            environment = {name: host.container.to_job(value) for name, value in environment.items()}
        if await host.run((node, script), environment=environment) != 0:
            raise ActionFailedError("The script failed: its error stands above")
