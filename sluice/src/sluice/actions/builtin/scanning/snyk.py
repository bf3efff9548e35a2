"""``snyk/actions/docker``: the machine's snyk on an image."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.source.words import split_words

_MANIFEST = """
name: Snyk Docker
inputs:
  command: {default: test}
  args: {}
  image: {}
  json: {default: "false"}
  sarif: {default: "true"}
runs: {using: node20, main: built-in}
"""


class SnykDocker(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "snyk/actions/docker")

    async def main(self, host: ActionHost) -> None:
        """Test an image; the token comes from the step's environment, as with the real one."""
        program = need(host, "snyk", "install snyk (npm install --global snyk)")
        if not host.environment.get("SNYK_TOKEN"):
            raise ActionFailedError("The variable SNYK_TOKEN is not set in this step's env, and snyk asks for it")
        given = host.inputs
        files = [f"--{kind}-file-output=snyk.{kind}" for kind in ("json", "sarif") if _wants(given, kind)]
        words = [program, given["command"], *split_words(given["args"], "args"), "--docker", given["image"], *files]
        code = await host.run([word for word in words if word])
        if code != 0:
            raise ActionFailedError(f"snyk ended with exit code {code}")


def _wants(given: Mapping[str, str], kind: str) -> bool:
    return boolean(given, kind) and f"--{kind}-file-output" not in given["args"]
