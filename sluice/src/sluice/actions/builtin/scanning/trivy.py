"""``aquasecurity/trivy-action``: the machine's trivy, with the settings that the real action gives it."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: Aqua Security Trivy
inputs:
  scan-type: {default: image}
  image-ref: {}
  input: {default: ""}
  scan-ref: {default: .}
  exit-code: {}
  ignore-unfixed: {default: "false"}
  vuln-type: {default: "os,library"}
  severity: {default: "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL"}
  format: {default: table}
  template: {default: ""}
  output: {default: ""}
  skip-dirs: {default: ""}
  skip-files: {default: ""}
  cache-dir: {default: "${{ github.workspace }}/.cache/trivy"}
  timeout: {default: ""}
  ignore-policy: {default: ""}
  hide-progress: {}
  list-all-pkgs: {default: "false"}
  scanners: {default: ""}
  trivyignores: {default: ""}
  github-pat: {}
  trivy-config: {}
  tf-vars: {}
  limit-severities-for-sarif: {}
  docker-host: {}
  version: {default: v0.68.1}
  cache: {default: "true"}
  skip-setup-trivy: {default: "false"}
  token-setup-trivy: {default: "${{ github.token }}"}
runs: {using: node20, main: built-in}
"""
_OWN = "trivy is the one that is installed here"
_LEFT_OUT: Mapping[str, str] = {
    "version": _OWN,
    "cache": "trivy's own folder is kept",
    "skip-setup-trivy": _OWN,
    "token-setup-trivy": _OWN,
    "github-pat": "a bill of materials is not submitted",
}
_UNSET = frozenset({"", "false"})
"""Values that say nothing: trivy's own settings, or its file's, hold then."""
_VARIABLES: Mapping[str, str] = {
    "input": "TRIVY_INPUT",
    "exit-code": "TRIVY_EXIT_CODE",
    "ignore-unfixed": "TRIVY_IGNORE_UNFIXED",
    "vuln-type": "TRIVY_PKG_TYPES",
    "severity": "TRIVY_SEVERITY",
    "format": "TRIVY_FORMAT",
    "template": "TRIVY_TEMPLATE",
    "output": "TRIVY_OUTPUT",
    "skip-dirs": "TRIVY_SKIP_DIRS",
    "skip-files": "TRIVY_SKIP_FILES",
    "timeout": "TRIVY_TIMEOUT",
    "ignore-policy": "TRIVY_IGNORE_POLICY",
    "hide-progress": "TRIVY_QUIET",
    "list-all-pkgs": "TRIVY_LIST_ALL_PKGS",
    "scanners": "TRIVY_SCANNERS",
    "trivy-config": "TRIVY_CONFIG",
    "tf-vars": "TRIVY_TF_VARS",
    "docker-host": "TRIVY_DOCKER_HOST",
    "trivyignores": "TRIVY_IGNOREFILE",
}


class Trivy(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "aquasecurity/trivy-action")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Scan what is asked for."""
        tell_what_is_left_out(host, self)
        program = need(host, "trivy", "install trivy; `sluice image analyze` and pip-audit look into images without it")
        given = host.inputs
        subject = "" if given["input"] else given["image-ref"] or given["scan-ref"]
        words = [program, given["scan-type"], *([subject] if subject else [])]
        code = await host.run(words, environment=_settings(given))
        if code != 0:
            raise ActionFailedError(f"trivy ended with exit code {code}")


def _settings(given: Mapping[str, str]) -> dict[str, str]:
    """SARIF holds every severity, unless it is limited on purpose (the action's documentation)."""
    found = {variable: given[name] for name, variable in _VARIABLES.items() if given[name] not in _UNSET}
    if given["format"] == "sarif" and not boolean(given, "limit-severities-for-sarif"):
        found.pop("TRIVY_SEVERITY", None)
    return {**found, "TRIVY_CACHE_DIR": given["cache-dir"]}
