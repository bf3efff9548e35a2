"""``github/codeql-action``: ``init``, ``autobuild`` and ``analyze``, where CodeQL is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anyio
import yaml

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of, text_of
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_COMMON = """
  token: {default: "${{ github.token }}"}
  matrix: {default: "${{ toJson(matrix) }}"}
"""
_INIT = f"""
name: "CodeQL: Init"
inputs:
  tools: {{}}
  languages: {{}}
  build-mode: {{}}
  registries: {{}}
  config-file: {{}}
  config: {{}}
  db-location: {{}}
  queries: {{}}
  packs: {{}}
  external-repository-token: {{}}
  setup-python-dependencies: {{default: "true"}}
  source-root: {{}}
  ram: {{}}
  threads: {{}}
  debug: {{default: "false"}}
  debug-artifact-name: {{}}
  debug-database-name: {{}}
  trap-caching: {{}}
  dependency-caching: {{}}{_COMMON}
outputs:
  codeql-path: {{description: where the program is}}
runs: {{using: node20, main: built-in}}
"""
_AUTOBUILD = f"""
name: "CodeQL: Autobuild"
inputs:
  working-directory: {{}}{_COMMON}
runs: {{using: node20, main: built-in}}
"""
_ANALYZE = f"""
name: "CodeQL: Finish"
inputs:
  check_name: {{}}
  output: {{default: ../results}}
  upload: {{default: always}}
  cleanup-level: {{default: brutal}}
  ram: {{}}
  add-snippets: {{default: "false"}}
  skip-queries: {{default: "false"}}
  threads: {{}}
  checkout_path: {{default: "${{{{ github.workspace }}}}"}}
  ref: {{}}
  sha: {{}}
  category: {{}}
  upload-database: {{default: "true"}}
  wait-for-processing: {{required: true, default: "true"}}
  expect-error: {{default: "false"}}{_COMMON}
outputs:
  db-locations: {{description: the databases}}
  sarif-output: {{description: the folder with the results}}
  sarif-id: {{description: the upload's id}}
runs: {{using: node20, main: built-in}}
"""
_ADVICE = "install the CodeQL bundle; bandit and `sluice lint` look at code without it"
_PLACE = "SLUICE_CODEQL_DATABASES"
_UNUSED = {"token": "nothing is fetched or sent", "matrix": "only the real one keeps it"}
_NAMES = {"javascript-typescript": "javascript", "java-kotlin": "java", "c-cpp": "cpp"}


def _program(host: ActionHost) -> str:
    return need(host, "codeql", _ADVICE)


def _databases(host: ActionHost) -> Path:
    """Where ``init`` put them."""
    return Path(host.environment.get(_PLACE) or host.workspace.paths.temp / "codeql_databases")


def _effort(host: ActionHost) -> list[str]:
    return [f"--{name}={host.inputs[name]}" for name in ("threads", "ram") if host.inputs[name]]


class CodeqlInit(BuiltinAction):
    """Makes a database for each language."""

    manifest = read_manifest(_INIT, "github/codeql-action/init")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "tools": "CodeQL is the one that is installed here",
            "registries": "packs come with the bundle",
            "config": "give a file",
            "debug": "nothing is kept for debugging",
            "packs": "packs come with the bundle",
            "external-repository-token": "nothing is fetched",
            "setup-python-dependencies": "the real one has given it up",
            "debug-artifact-name": "nothing is kept for debugging",
            "debug-database-name": "nothing is kept for debugging",
            "trap-caching": "nothing is cached",
            "dependency-caching": "nothing is cached",
            **_UNUSED,
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Create the databases."""
        tell_what_is_left_out(host, self)
        program = _program(host)
        languages = [
            part.strip() for line in lines(host.inputs, "languages") for part in line.split(",") if part.strip()
        ]
        if not languages:
            raise ActionFailedError("Did not recognize any languages: give 'languages'")
        root = host.workspace.paths.workspace / host.inputs["source-root"]
        place = host.workspace.paths.workspace / host.inputs["db-location"] if host.inputs["db-location"] else None
        options = [*_effort(host), *_settings(host)]
        for language in languages:
            known = _NAMES.get(language, language)
            words = (
                program,
                "database",
                "create",
                str((place or _databases(host)) / known),
                f"--language={known}",
                f"--source-root={root}",
                *options,
            )
            if await host.run(words) != 0:
                raise ActionFailedError(f"CodeQL could not make a database for {language}")
        if place is not None:
            host.set_environment(_PLACE, str(place))
        host.set_output("codeql-path", program)


def _settings(host: ActionHost) -> list[str]:
    """``build-mode``, and ``config-file`` with the ``queries`` put in; those with ``+`` go beside the file's own.

    Raises ``ActionFailedError`` for a file that is not here.
    """
    mode, config = host.inputs["build-mode"], _config(host)
    options = [f"--build-mode={mode}"] if mode else []
    given = host.inputs["queries"].strip()
    if given:
        queries = [{"uses": word.strip()} for word in given.removeprefix("+").split(",") if word.strip()]
        config["queries"] = [*(config.get("queries") or [] if given.startswith("+") else []), *queries]
    if config:
        path = host.workspace.paths.temp / "codeql-config.yml"
        path.write_text(json.dumps(config), encoding="utf-8")
        options.append(f"--codescanning-config={path}")
    return options


def _config(host: ActionHost) -> dict[str, Any]:
    name = host.inputs["config-file"]
    if not name:
        return {}
    try:
        config = yaml.safe_load(text_of(host, name))
    except yaml.YAMLError as error:
        raise ActionFailedError(f"config-file '{name}' is no YAML: {error}") from error
    if not isinstance(config, dict):
        raise ActionFailedError(f"config-file '{name}' must be settings by name")
    return config


class CodeqlAutobuild(BuiltinAction):
    """The databases were made with the build."""

    manifest = read_manifest(_AUTOBUILD, "github/codeql-action/autobuild")
    left_out: Mapping[str, str] = MappingProxyType(
        {"working-directory": "the database was made with its build", **_UNUSED}
    )

    async def main(self, host: ActionHost) -> None:
        """Nothing but to say so when CodeQL is missing."""
        tell_what_is_left_out(host, self)
        _program(host)


class CodeqlAnalyze(BuiltinAction):
    """Asks the databases, writes SARIF."""

    manifest = read_manifest(_ANALYZE, "github/codeql-action/analyze")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "check_name": "results are in the SARIF files",
            "upload": "github/codeql-action/upload-sarif hands the files on",
            "cleanup-level": "databases go with the job",
            "checkout_path": "paths are handed on as they are",
            "ref": "nothing is sent",
            "sha": "nothing is sent",
            "upload-database": "nothing is sent",
            "wait-for-processing": "nothing is sent",
            "expect-error": "it is the real one's own tests' alone",
            **_UNUSED,
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Analyze each database."""
        tell_what_is_left_out(host, self)
        program = _program(host)
        if boolean(host.inputs, "skip-queries"):
            return
        folder = host.workspace.paths.workspace / host.inputs["output"]
        await anyio.Path(place_of(host, folder)).mkdir(parents=True, exist_ok=True)
        async for database in anyio.Path(_databases(host)).iterdir():
            words = [program, "database", "analyze", str(database), "--format=sarif-latest"]
            words += [
                f"--output={folder / database.name}.sarif",
                f"--sarif-category={host.inputs['category'] or database.name}",
                *_effort(host),
            ]
            words += ["--sarif-add-snippets"] if boolean(host.inputs, "add-snippets") else []
            if await host.run(words) != 0:
                raise ActionFailedError(f"CodeQL could not analyze {database.name}")
        host.set_output("sarif-output", str(folder))
