"""``github/codeql-action/upload-sarif``: SARIF checked as code scanning would, then handed to GitHub or its stand-in.

The bounds: docs.github.com, "SARIF support for code scanning".
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.builtin.releases.releasing import open_publisher
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.github.security import upload_sarif

_MANIFEST = """
name: "CodeQL: Upload SARIF"
inputs:
  sarif_file: {default: ../results}
  checkout_path: {default: "${{ github.workspace }}"}
  ref: {}
  sha: {}
  token: {default: "${{ github.token }}"}
  matrix: {default: "${{ toJson(matrix) }}"}
  category: {}
  wait-for-processing: {required: true, default: "true"}
outputs:
  sarif-id: {description: the upload's id}
runs: {using: node20, main: built-in}
"""
_LEFT_OUT: Mapping[str, str] = {
    "checkout_path": "paths in the file are handed on as they are",
    "matrix": "only the real one keeps it",
    "wait-for-processing": "there is nothing to wait for",
}
_MOST_RUNS, _MOST_RESULTS, _LARGEST = 20, 25_000, 10 * 1000 * 1000


class UploadSarif(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "github/codeql-action/upload-sarif")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Check every file before the first is sent."""
        tell_what_is_left_out(host, self)
        if bool(host.inputs["ref"]) != bool(host.inputs["sha"]):
            raise ActionFailedError("'ref' and 'sha' go together: give both, or neither")
        files = await anyio.to_thread.run_sync(_files, host)
        checked = [(path, *await anyio.to_thread.run_sync(_checked, path, host.inputs["category"])) for path in files]
        for path, body, results in checked:
            await _send(host, path, body, results)


async def _send(host: ActionHost, path: Path, body: bytes, results: int) -> None:
    publisher = await open_publisher(host, "", host.inputs["token"])
    environment = host.environment
    ref = host.inputs["ref"] or environment["GITHUB_REF"]
    sha = host.inputs["sha"] or environment["GITHUB_SHA"]

    def send(hub: Any, file: str) -> str:  # noqa: ANN401, ARG001 (the client's; the file's name is for the record)
        return upload_sarif(hub, body, sha=sha, ref=ref)

    upload = await publisher.change("code-scanning", path.name, send, path.name)
    host.log(f"{path.name}: {results} results handed to code scanning for {ref} ({upload})")
    host.set_output("sarif-id", upload)


def _files(host: ActionHost) -> list[Path]:
    given = place_of(host, host.inputs["sarif_file"])
    found = sorted(given.rglob("*.sarif")) if given.is_dir() else [given]
    if not found or not found[0].is_file():
        raise ActionFailedError(f"Path does not exist, or holds no SARIF: {host.inputs['sarif_file']}")
    return found


def _checked(path: Path, category: str) -> tuple[bytes, int]:
    """The file as it is sent, and its results. Raises ``ActionFailedError`` that says what is wrong with it."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ActionFailedError(f"Invalid SARIF. {path.name} is not JSON: {error}") from error
    results = sum(_run_results(path, run) for run in _runs(path, document))
    if category:
        for run in document["runs"]:
            run["automationDetails"] = {**run.get("automationDetails", {}), "id": f"{category.rstrip('/')}/"}
    body = json.dumps(document).encode()
    if results > _MOST_RESULTS or len(gzip.compress(body)) > _LARGEST:
        raise ActionFailedError(f"{path.name} is too large: at most {_MOST_RESULTS} results and 10 MB packed")
    return body, results


def _runs(path: Path, document: object) -> list[dict[str, Any]]:
    if not isinstance(document, dict) or document.get("version") != "2.1.0":
        found = document.get("version") if isinstance(document, dict) else type(document).__name__
        raise ActionFailedError(f"Invalid SARIF. {path.name}: version is {found!r}, expected '2.1.0'")
    runs = document.get("runs")
    if (
        not isinstance(runs, list)
        or not runs
        or len(runs) > _MOST_RUNS
        or not all(isinstance(one, dict) for one in runs)
    ):
        raise ActionFailedError(f"Invalid SARIF. {path.name}: 'runs' is a list of 1 to {_MOST_RUNS} runs")
    return runs


def _run_results(path: Path, run: dict[str, Any]) -> int:
    driver = (run.get("tool") or {}).get("driver") or {}
    if not driver.get("name"):
        raise ActionFailedError(f"Invalid SARIF. {path.name}: a run does not name its tool (tool.driver.name)")
    results = run.get("results", [])
    if not isinstance(results, list) or not all(isinstance(one, dict) and "message" in one for one in results):
        raise ActionFailedError(f"Invalid SARIF. {path.name}: 'results' is a list of results, each with a message")
    return len(results)
