"""``actions/create-github-app-token``: a token of an app's installation, in a rehearsal one for the stand-in alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import anyio.to_thread

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.expressions.conversion import to_text
from sluice.rehearsal.github.tokens import make_app_token

_PERMISSIONS = (
    *("actions", "administration", "checks", "codespaces", "contents", "dependabot-secrets", "deployments"),
    *("email-addresses", "environments", "followers", "git-ssh-keys", "gpg-keys", "interaction-limits", "issues"),
    *("custom-properties-for-organizations", "enterprise-custom-properties-for-organizations", "members", "metadata"),
    *("organization-administration", "organization-announcement-banners", "organization-copilot-seat-management"),
    *("organization-custom-org-roles", "organization-custom-properties", "organization-custom-roles"),
    *("organization-events", "organization-hooks", "organization-packages", "organization-personal-access-tokens"),
    *("organization-personal-access-token-requests", "organization-plan", "organization-projects"),
    *("organization-secrets", "organization-self-hosted-runners", "organization-user-blocking", "packages", "pages"),
    *("profile", "pull-requests", "repository-custom-properties", "repository-hooks", "repository-projects"),
    *("secret-scanning-alerts", "secrets", "security-events", "single-file", "starring", "statuses"),
    *("team-discussions", "vulnerability-alerts", "workflows"),
)
_START = "permission-"
_MANIFEST = """
name: Create GitHub App Token
inputs:
  app-id: {required: true}
  private-key: {required: true}
  owner: {}
  repositories: {}
  skip-token-revoke: {default: "false"}
  github-api-url: {default: "${{ github.api_url }}"}
"""
_REST = """outputs:
  token: {description: "a token of the app's installation"}
  installation-id: {description: its number}
  app-slug: {description: "the app's name in addresses"}
runs: {using: node20, main: built-in, post: built-in}
"""


class Made(NamedTuple):
    """A token, with the installation that it is of and the app's name in addresses."""

    token: str
    installation: str
    slug: str


class CreateGithubAppToken(BuiltinAction):
    """The action."""

    manifest = read_manifest(
        "".join((_MANIFEST.lstrip(), *(f"  {_START}{name}: {{}}\n" for name in sorted(_PERMISSIONS)), _REST)),
        "actions/create-github-app-token",
    )
    left_out: Mapping[str, str] = MappingProxyType({"github-api-url": "it is the run's own"})

    async def main(self, host: ActionHost) -> None:
        """Check that the key signs for the app, and have a token."""
        tell_what_is_left_out(host, self)
        for name in ("app-id", "private-key"):
            if not host.inputs[name]:
                raise ActionFailedError(f"The '{name}' input must be set to a non-empty string (as a secret: --secret)")
        host.mask(host.inputs["private-key"])
        made = await anyio.to_thread.run_sync(_make, host, to_text(host.github["api_url"]))
        host.mask(made.token)
        host.set_output("token", made.token)
        host.set_output("installation-id", made.installation)
        host.set_output("app-slug", made.slug)
        host.save_state("token", made.token)

    async def post(self, host: ActionHost) -> None:
        """Give the token back; a rehearsal's ends with the run."""
        token = host.state.get("token", "")
        if host.publishing and token and not boolean(host.inputs, "skip-token-revoke"):
            await anyio.to_thread.run_sync(_revoke, to_text(host.github["api_url"]), token)
            host.log("Token revoked")


def _make(host: ActionHost, api: str) -> Made:
    try:
        from github import Auth, GithubException, GithubIntegration  # noqa: PLC0415 (half a second, for those who ask)
    except ImportError as error:
        raise ToolchainMissingError("PyGithub is not installed: pip install 'sluice-ci[github]'") from error
    number = host.inputs["app-id"]
    app = Auth.AppAuth(number, host.inputs["private-key"].replace("\\n", "\n"))
    try:
        app.create_jwt()
    except Exception as error:  # what reads keys has errors of its own, and another library may read them
        raise ActionFailedError(
            f"The private key signs nothing for the app {host.inputs['app-id']}: {error}"
        ) from error
    wanted = _permissions(host)
    if not host.publishing:
        host.log(f"A rehearsal asks GitHub for no token: this one is good at the run's stand-in. {_shown(wanted)}")
        return Made(make_app_token(), "1", f"app-{host.inputs['app-id']}")
    try:
        return _ask(GithubIntegration(auth=app, base_url=api), host, wanted)
    except GithubException as error:
        raise ActionFailedError(f"GitHub gives the app no token: {error.status} {error.data}") from error


def _permissions(host: ActionHost) -> dict[str, str]:
    """What the token may, by GitHub's names; nothing where all of the app's is wanted."""
    given = {name: host.inputs[f"{_START}{name}"] for name in _PERMISSIONS if host.inputs[f"{_START}{name}"]}
    for name, level in given.items():
        if level not in {"read", "write", "admin"}:
            raise ActionFailedError(f"{_START}{name} is read, write or admin, it is '{level}'")
    return {name.replace("-", "_"): level for name, level in given.items()}


def _shown(wanted: Mapping[str, str]) -> str:
    return f"It may: {', '.join(f'{name}: {level}' for name, level in wanted.items())}" if wanted else ""


def _ask(integration: Any, host: ActionHost, wanted: dict[str, str]) -> Made:  # noqa: ANN401 (PyGithub's)
    """The token of the installation at the owner's, or at the first repository that is named."""
    owner, _, own = to_text(host.github["repository"]).partition("/")
    given = [name.strip() for name in re.split(r"[,\n]", host.inputs["repositories"]) if name.strip()]
    repositories = given or ([] if host.inputs["owner"] else [own])
    owner = host.inputs["owner"] or owner
    if repositories:
        found = integration.get_repo_installation(owner, repositories[0])
    else:
        found = integration.get_org_installation(owner)
    made = integration.get_access_token(found.id, permissions=wanted or None)
    return Made(made.token, str(found.id), str(integration.get_app().slug))


def _revoke(api: str, token: str) -> None:
    import requests  # noqa: PLC0415 (it comes with PyGithub)

    requests.delete(f"{api}/installation/token", headers={"Authorization": f"Bearer {token}"}, timeout=30)
