"""``hynek/build-and-inspect-python-package``: sdist and wheel, checked, kept as artifacts, shown in the summary."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.artifacts.artifact_upload import upload
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.publishing.distributions import (
    Distribution,
    NoDistributionError,
    metadata_of,
    read_distribution,
)
from sluice.actions.builtin.python_tools import python_tool, run_tool
from sluice.actions.installing import usable_uv
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.machine.threads import in_daemon_thread
from sluice.store.files.artifacts import Packing

_MANIFEST = """
name: Build and Inspect a Python Package
inputs:
  path: {default: .}
  upload-name-suffix: {default: ""}
  skip-wheel: {default: "false"}
  attest-build-provenance-github: {default: "false"}
outputs:
  dist: {description: the folder with the packages}
  artifact-name: {description: the artifact with the packages}
  package_name: {description: its name}
  package_version: {description: its version}
  supported_python_classifiers_json_array: {description: "the minor versions of Python that it names"}
  supported_python_classifiers_json_job_matrix_value: {description: "the same, for a matrix"}
runs: {using: node20, main: built-in}
"""
_PYTHON = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")
_README = {"text/markdown": "md", "text/x-rst": "rst", "text/plain": "txt"}


class BuildAndInspect(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "hynek/build-and-inspect-python-package")
    left_out: Mapping[str, str] = MappingProxyType(
        {"attest-build-provenance-github": "actions/attest-build-provenance writes the statement"}
    )

    async def main(self, host: ActionHost) -> None:
        """Build, keep, check, show."""
        tell_what_is_left_out(host, self)
        dist = await _build(host)
        files = sorted(path for path in dist.iterdir() if path.suffix in {".whl", ".gz"})
        host.set_output("dist", str(dist))
        suffix = host.inputs["upload-name-suffix"]
        host.set_output("artifact-name", f"Packages{suffix}")
        await _keep(host, f"Packages{suffix}", dist, files)
        await _check_contents(host, [path for path in files if path.suffix == ".whl"])
        await _check_readme(host, files)
        message = message_from_bytes(metadata_of(files[0]))
        _tell(host, message, files)
        await _keep(host, f"Package Metadata{suffix}", *_written(host, "PKG-INFO", metadata_of(files[0])))
        ending = _README.get(message.get("Description-Content-Type", "text/x-rst").partition(";")[0], "txt")
        text = str(message.get("Description") or message.get_payload()).encode()
        await _keep(host, f"PyPI README{suffix}", *_written(host, f"PyPI-README.{ending}", text))


async def _build(host: ActionHost) -> Path:
    """The folder with what was built, reproducibly: files are as old as the commit."""
    project = host.workspace.paths.workspace / host.inputs["path"]
    dist = _emptied(host.workspace.paths.temp / "baipp/dist")
    code, said = await host.capture(("git", "log", "-1", "--pretty=%ct"), directory=project)
    if code != 0:
        raise ActionFailedError(f"The time of the last commit can't be had: {said.strip()}")
    program = await python_tool(host, "pyproject-build", "build")
    only = ("--sdist",) if host.inputs["skip-wheel"] == "true" else ()
    environment = {"SOURCE_DATE_EPOCH": said.strip()}
    if uv := await in_daemon_thread(usable_uv, host.workspace.paths.tools):  # it makes the environments to build in
        only = (*only, "--installer=uv")
        environment["PATH"] = f"{uv.parent}:{host.environment.get('PATH', '')}"
    words = (program, *only, "--outdir", str(dist), str(project))
    if code := await run_tool(host, words, environment=environment, directory=project):
        raise ActionFailedError(f"The package can't be built: build ended with exit code {code}")
    return dist


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


async def _keep(host: ActionHost, name: str, folder: Path, files: Sequence[Path]) -> None:
    await upload(host, name, folder, [path.relative_to(folder) for path in files], Packing())


def _written(host: ActionHost, name: str, text: bytes) -> tuple[Path, list[Path]]:
    folder = _emptied(host.workspace.paths.temp / "baipp" / f"of-{name}")
    (folder / name).write_bytes(text)
    return folder, [folder / name]


async def _check_contents(host: ActionHost, wheels: Sequence[Path]) -> None:
    if not wheels:
        return
    program = await python_tool(host, "check-wheel-contents")
    directory = host.workspace.paths.workspace / host.inputs["path"]  # where its configuration is
    if await run_tool(host, (program, *map(str, wheels)), directory=directory) != 0:
        raise ActionFailedError("check-wheel-contents found problems in the wheel")


async def _check_readme(host: ActionHost, files: Sequence[Path]) -> None:
    """As ``twine check --strict``, for which a doubt is a failure."""
    program = await python_tool(host, "twine")
    if await run_tool(host, (program, "check", "--strict", *map(str, files))) != 0:
        raise ActionFailedError("twine check --strict failed: an index refuses the package, or shows no description")
    for found in await in_daemon_thread(_read, files):
        if problems := "; ".join((*found.problems, *found.doubts)):
            raise ActionFailedError(f"Checking {found.path.name}: FAILED: {problems}")


def _read(files: Sequence[Path]) -> list[Distribution]:
    try:
        return [read_distribution(path) for path in files]
    except (NoDistributionError, OSError) as error:
        raise ActionFailedError(f"InvalidDistribution: {error}") from error


def _tell(host: ActionHost, message: Message, files: Sequence[Path]) -> None:
    """Outputs from the metadata, and what is in the files for the summary."""
    named = (_PYTHON.fullmatch(value) for value in message.get_all("Classifier", []))
    pythons = [found[1] for found in named if found]
    host.set_output("package_name", message["Name"])
    host.set_output("package_version", message["Version"])
    host.set_output("supported_python_classifiers_json_array", json.dumps(pythons))
    matrix = json.dumps({"python-version": pythons})
    host.set_output("supported_python_classifiers_json_job_matrix_value", matrix)
    sections = [(f"{path.name} contents", "\n".join(f"    {name}" for name in _members(path))) for path in files]
    headers = "\n".join(f"    {name}: {value}" for name, value in message.items())
    for title, text in (*sections, ("Metadata", headers)):
        host.log(f"----- {title} -----\n{text}")
        host.add_summary(f"\n<details><summary>{title}</summary>\n\n{text}\n\n</details>\n")


def _members(path: Path) -> Iterator[str]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            yield from sorted(archive.namelist())
        return
    with tarfile.open(path) as opened:
        yield from sorted(member.name for member in opened if member.isfile())
