"""``anchore/sbom-action``: a bill of materials. Of an image from its own package databases; of files by syft alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio
import anyio.to_thread

from sluice.actions.builtin.artifacts.artifact_upload import keep
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, whole_number
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.images.analysis import analyze
from sluice.images.bills import cyclonedx, spdx
from sluice.images.fetching import image_file
from sluice.images.policy import ContentPolicy
from sluice.source.errors import UnavailableError, UsageError
from sluice.store.files.artifacts import Packing

_MANIFEST = """
name: Anchore SBOM Action
inputs:
  path: {default: .}
  file: {}
  image: {}
  registry-username: {}
  registry-password: {}
  artifact-name: {}
  output-file: {}
  format: {default: spdx-json}
  dependency-snapshot: {default: "false"}
  upload-artifact: {default: "true"}
  upload-artifact-retention: {default: "0"}
  upload-release-assets: {default: "true"}
  syft-version: {}
  github-token: {default: "${{ github.token }}"}
  config: {}
runs: {using: node20, main: built-in}
"""
_LEFT_OUT: Mapping[str, str] = {
    "registry-username": "the image is the engine's own",
    "registry-password": "the image is the engine's own",
    "dependency-snapshot": "no snapshot is submitted",
    "upload-release-assets": "attach the file to the release by a step of its own",
    "syft-version": "syft is the one that is installed here, if any",
    "config": "only syft reads it",
    "github-token": "nothing is fetched or sent",
}
_MAKERS = {"spdx-json": spdx, "cyclonedx-json": cyclonedx}
_ENDINGS = {"spdx-json": "spdx.json", "cyclonedx-json": "cyclonedx.json", "spdx": "spdx", "cyclonedx": "cyclonedx.xml"}


class Sbom(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "anchore/sbom-action")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Make it, write it, keep it as an artifact."""
        tell_what_is_left_out(host, self)
        form, image = host.inputs["format"], host.inputs["image"]
        if form not in _ENDINGS:
            raise ActionFailedError(f"Unknown format '{form}' (expected one of {', '.join(_ENDINGS)})")
        name = host.inputs["artifact-name"] or f"{_subject(host)}.{_ENDINGS[form]}"
        if image and form in _MAKERS:
            text = await anyio.to_thread.run_sync(_of_image, image, form)
        else:
            text = await _by_syft(host, form)
        await _hand_on(host, name, text)


def _subject(host: ActionHost) -> str:
    given = host.inputs["image"] or host.inputs["file"] or host.environment.get("GITHUB_REPOSITORY", "sbom")
    return re.sub(r"[^A-Za-z0-9._-]+", "_", given).strip("_")


def _of_image(image: str, form: str) -> str:
    try:
        with image_file(image.removeprefix("docker:")) as path:
            report = analyze(path, ContentPolicy(), image)
    except UsageError as error:
        raise ActionFailedError(error.message) from error
    except UnavailableError as error:
        raise ToolchainMissingError(error.message) from error
    return json.dumps(_MAKERS[form](report, datetime.now(UTC)), indent=2) + "\n"


async def _by_syft(host: ActionHost, form: str) -> str:
    advice = "install syft; without it bills are made of images, as spdx-json and cyclonedx-json"
    program = need(host, "syft", advice)
    given = host.inputs
    subject = given["image"] or (f"file:{given['file']}" if given["file"] else f"dir:{given['path']}")
    output = host.workspace.paths.temp / "syft-output"
    if await host.run((program, "scan", subject, "--output", f"{form}={output}")) != 0:
        raise ActionFailedError(f"syft could not scan {subject}")
    return await anyio.Path(output).read_text(encoding="utf-8")


async def _hand_on(host: ActionHost, name: str, text: str) -> None:
    folder = host.workspace.paths.temp / "sbom"
    await anyio.Path(folder).mkdir(parents=True, exist_ok=True)
    await anyio.Path(folder / name).write_text(text, encoding="utf-8")
    host.log(f"Bill of materials: {name}, {len(text)} bytes")
    if host.inputs["output-file"]:
        path = place_of(host, host.inputs["output-file"])
        await anyio.Path(path.parent).mkdir(parents=True, exist_ok=True)
        await anyio.Path(path).write_text(text, encoding="utf-8")
    if boolean(host.inputs, "upload-artifact"):
        days = whole_number(host.inputs, "upload-artifact-retention", 0)
        await keep(host, name, folder, [Path(name)], Packing(retention_days=days))
