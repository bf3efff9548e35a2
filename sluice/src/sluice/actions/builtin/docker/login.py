"""``docker/login-action``: log in where the run publishes. A rehearsal needs no credentials and sends none."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.actions.builtin.docker.client import find_docker
from sluice.actions.builtin.docker.registries import DOCKER_HUB, stand_in
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: Docker Login
inputs:
  registry: {}
  username: {}
  password: {}
  scope: {}
  ecr: {default: auto}
  logout: {default: "true"}
  registry-auth: {}
runs: {using: node20, main: built-in, post: built-in}
"""
_LEFT_OUT: Mapping[str, str] = {
    "ecr": "a password for ECR is taken as it is given",
    "scope": "the log-in holds for the whole registry, in the job's own home",
    "registry-auth": "log in to one registry in each step",
}


class Login(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "docker/login-action")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Log in, or tell that a rehearsal does not."""
        tell_what_is_left_out(host, self)
        registry = host.inputs["registry"] or DOCKER_HUB
        user, password = host.inputs["username"], host.inputs["password"]
        if not user or not password:
            raise ActionFailedError("Username and password required")
        host.mask(password)
        docker = await find_docker(host)
        if host.publishing:
            script = 'printf %s "$SLUICE_PASSWORD" | "$0" login --username "$1" --password-stdin "$2"'
            command = ("sh", "-c", script, docker.program, user, registry)
            if await host.run(command, environment={"SLUICE_PASSWORD": password}) != 0:
                raise ActionFailedError(f"The log-in to {registry} as {user} failed")
            host.save_state("registry", registry)
        else:
            own = await stand_in(host)
            host.log(f"A rehearsal sends no password: pushes to {registry} go to the run's own registry, {own.address}")
        host.record_effect(
            kind="registry-login",
            target=registry,
            request=f"docker login --username {user} {registry}",
            rehearsed=not host.publishing,
        )

    async def post(self, host: ActionHost) -> None:
        """Log out again."""
        registry = host.state.get("registry")
        if registry and boolean(host.inputs, "logout"):
            docker = await find_docker(host)
            await docker.run(host, "logout", registry)
