"""setup-node's ``registry-url``: an ``.npmrc`` of the job's own that reads its token from NODE_AUTH_TOKEN."""

from __future__ import annotations

import re

from sluice.actions.protocol import ActionHost
from sluice.expressions.conversion import to_text

_PLACEHOLDER = "XXXXX-XXXXX-XXXXX-XXXXX"
"""npm refuses a configuration whose variable is not set; the real action sets the same."""


def write_registry(host: ActionHost) -> None:
    """Write the file to the job's temporary folder and point npm to it."""
    address = host.inputs["registry-url"].rstrip("/") + "/"
    scope = _scope(host, address)
    path = host.workspace.paths.temp / ".npmrc"
    kept = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = [line for line in kept if not line.lower().startswith(f"{scope}registry")]
    own = [f"{re.sub(r'^[a-z]+:', '', address)}:_authToken=${{NODE_AUTH_TOKEN}}", f"{scope}registry={address}"]
    if host.inputs["always-auth"].lower() == "true":
        own.append("always-auth=true")
    path.write_text("\n".join([*kept, *own]) + "\n", encoding="utf-8")
    path.chmod(0o600)
    host.set_environment("NPM_CONFIG_USERCONFIG", str(path))
    host.set_environment("NODE_AUTH_TOKEN", host.environment.get("NODE_AUTH_TOKEN") or _PLACEHOLDER)


def _scope(host: ActionHost, address: str) -> str:
    scope = host.inputs["scope"]
    if not scope and "npm.pkg.github.com" in address:
        scope = to_text(host.github["repository_owner"])
    return f"@{scope.lstrip('@')}:".lower() if scope else ""
