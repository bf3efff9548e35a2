"""``codecov/codecov-action``: coverage reports to Codecov.

A rehearsal finds the reports as Codecov's command line does, says what they measure, sends nothing and lists each;
``--publish`` runs that command line.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.builtin.publishing.coverage_files import search_reports
from sluice.actions.builtin.publishing.distributions import digest_of
from sluice.actions.builtin.publishing.identity import check_identity
from sluice.actions.builtin.python_tools import python_tool, run_tool
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.evidence.reading import read_report
from sluice.expressions.conversion import to_text

_MANIFEST = """
name: Codecov
inputs:
  base_sha: {}
  binary: {}
  codecov_yml_path: {}
  commit_parent: {}
  directory: {}
  disable_file_fixes: {default: "false"}
  disable_search: {default: "false"}
  disable_safe_directory: {default: "false"}
  disable_telem: {default: "false"}
  dry_run: {default: "false"}
  env_vars: {}
  exclude: {}
  fail_ci_if_error: {default: "false"}
  file: {}
  files: {}
  flags: {}
  force: {}
  git_service: {default: github}
  gcov_args: {}
  gcov_executable: {default: gcov}
  gcov_ignore: {}
  gcov_include: {}
  handle_no_reports_found: {default: "false"}
  job_code: {}
  name: {}
  network_filter: {}
  network_prefix: {}
  os: {}
  override_branch: {}
  override_build: {}
  override_build_url: {}
  override_commit: {}
  override_pr: {}
  plugins: {}
  recurse_submodules: {default: "false"}
  report_code: {}
  report_type: {}
  root_dir: {}
  run_command: {default: upload-coverage}
  skip_validation: {default: "false"}
  slug: {}
  swift_project: {}
  token: {}
  url: {}
  use_legacy_upload_endpoint: {default: "false"}
  use_oidc: {default: "false"}
  use_pypi: {default: "false"}
  verbose: {default: "false"}
  version: {default: latest}
  working-directory: {}
runs: {using: node20, main: built-in}
"""
_FROM_PYPI = "the command line is the machine's, or comes from the Python package `codecov-cli`"
_UPLOAD = "upload-coverage"
_COMMIT = {"git_service": "--git-service", "commit_parent": "--parent-sha", "override_pr": "--pr"}
_COMMIT |= {"override_commit": "--sha", "slug": "--slug"}
_VALUES: Mapping[str, Mapping[str, str]] = {
    _UPLOAD: {
        **_COMMIT,
        "report_code": "--code",
        "env_vars": "--env",
        "override_branch": "--branch",
        "override_build": "--build",
        "override_build_url": "--build-url",
        "directory": "--dir",
        "gcov_args": "--gcov-args",
        "gcov_executable": "--gcov-executable",
        "gcov_ignore": "--gcov-ignore",
        "gcov_include": "--gcov-include",
        "job_code": "--job-code",
        "name": "--name",
        "network_filter": "--network-filter",
        "network_prefix": "--network-prefix",
        "root_dir": "--network-root-folder",
        "report_type": "--report-type",
        "swift_project": "--swift-project",
    },
    "empty-upload": {**_COMMIT, "override_branch": "--branch"},
    "pr-base-picking": {"base_sha": "--base-sha", "override_pr": "--pr", "slug": "--slug"},
    "send-notifications": {name: _COMMIT[name] for name in ("override_commit", "git_service", "slug")},
}
_SWITCHES: Mapping[str, Mapping[str, str]] = {
    _UPLOAD: {
        "fail_ci_if_error": "--fail-on-error",
        "disable_file_fixes": "--disable-file-fixes",
        "disable_search": "--disable-search",
        "dry_run": "--dry-run",
        "handle_no_reports_found": "--handle-no-reports-found",
        "recurse_submodules": "--recurse-submodules",
        "use_legacy_upload_endpoint": "--legacy",
    },
    "empty-upload": {"fail_ci_if_error": "--fail-on-error", "force": "--force"},
    "send-notifications": {"fail_ci_if_error": "--fail-on-error"},
}
_LISTS = {"exclude": "--exclude", "flags": "--flag", "plugins": "--plugin"}
"""Options of the command line by run command (codecov/wrapper, ``codecov.sh``)."""


class CodecovError(Exception):
    """What the real action passes over unless ``fail_ci_if_error`` is set."""


class Codecov(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "codecov/codecov-action")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "disable_safe_directory": "git trusts the workspace anyway",
            "os": _FROM_PYPI,
            "skip_validation": _FROM_PYPI,
            "use_pypi": _FROM_PYPI,
            "version": _FROM_PYPI,
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Send or list; an error fails the step only where it was asked to."""
        tell_what_is_left_out(host, self)
        if host.inputs["token"]:
            host.mask(host.inputs["token"])
        if boolean(host.inputs, "use_oidc"):
            check_identity(host, "Codecov is to trust GitHub's identity token (use_oidc)", "'token'")
        try:
            await _upload(host)
        except CodecovError as error:
            if boolean(host.inputs, "fail_ci_if_error"):
                raise ActionFailedError(str(error)) from error
            host.warning(f"{error} (the step goes on: fail_ci_if_error is not set)")


async def _upload(host: ActionHost) -> None:
    command = host.inputs["run_command"] or _UPLOAD
    if command not in _VALUES:
        raise CodecovError(f"Invalid run command specified: {command}. There are: {', '.join(_VALUES)}")
    folder = host.workspace.paths.workspace / host.inputs["working-directory"]
    reports = _reports(host, folder) if command == _UPLOAD else []
    told = [_tell(host, path, folder) for path in reports]
    if host.publishing:
        await _send(host, command, folder)
    elif not host.inputs["token"] and not boolean(host.inputs, "use_oidc"):
        host.warning("No token: Codecov takes uploads without one only for pull requests from forks of public projects")
    if boolean(host.inputs, "dry_run"):
        host.log("Dry run: nothing is sent")
        return
    line = shlex.join(["codecovcli", *_globals(host), command, *_arguments(host, command)])
    for report in told or [""]:
        _record(host, f"{line} {report}".rstrip(), report.partition(" (")[0])


def _reports(host: ActionHost, folder: Path) -> list[Path]:
    """Those that are named and those that are found; none is an error."""
    start = place_of(host, folder / host.inputs["directory"])
    found = dict.fromkeys(_named(host, folder))
    if not boolean(host.inputs, "disable_search"):
        test_results = host.inputs["report_type"] == "test_results"
        found |= dict.fromkeys(search_reports(start, leave_out=_words(host, "exclude"), test_results=test_results))
    if not found:
        words = "No coverage reports found. Please make sure you're generating reports successfully."
        if not boolean(host.inputs, "handle_no_reports_found"):
            raise CodecovError(words)
        host.log(words)
    return list(found)


def _named(host: ActionHost, folder: Path) -> Iterator[Path]:
    for name in [*_words(host, "file"), *_words(host, "files")]:
        path = place_of(host, folder / name)
        if path.is_file():
            yield path
        else:
            host.warning(f"Some files were not found: {name}")


def _words(host: ActionHost, name: str) -> list[str]:
    return [word.strip() for word in host.inputs[name].split(",") if word.strip()]


def _tell(host: ActionHost, path: Path, folder: Path) -> str:
    """A report by its name, size, digest, and by what Sluice's gates would read of it."""
    name = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    evidence = read_report(path.read_bytes(), source=name)
    measured = [f"{one.name} {one.value:g}{one.unit}" for one in evidence.measures if one.name.startswith("coverage/")]
    host.log(f"{name}: {', '.join(measured[:4]) or 'in a format of which Sluice reads no coverage'}")
    return f"{name} ({path.stat().st_size} bytes, sha256 {digest_of(path, 'sha256')})"


def _globals(host: ActionHost) -> Iterator[str]:
    for name, option in (("url", "--enterprise-url"), ("codecov_yml_path", "--codecov-yml-path")):
        if host.inputs[name]:
            yield from (option, host.inputs[name])
    for name, option in (("disable_telem", "--disable-telem"), ("verbose", "--verbose")):
        if boolean(host.inputs, name):
            yield option


def _arguments(host: ActionHost, command: str) -> Iterator[str]:
    """The options that the real action gives."""
    for name, option in _VALUES[command].items():
        default = name == "gcov_executable" and host.inputs[name] == "gcov"
        if host.inputs[name] and not default:
            yield from (option, host.inputs[name])
    for name, option in _SWITCHES.get(command, {}).items():
        if host.inputs[name].lower() in {"true", "1"}:
            yield option
    if command == _UPLOAD:
        for name, option in {**_LISTS, "file": "--file", "files": "--file"}.items():
            yield from (part for word in _words(host, name) for part in (option, word))


async def _send(host: ActionHost, command: str, folder: Path) -> None:
    try:
        program = host.inputs["binary"] or await python_tool(host, "codecovcli", package="codecov-cli")
    except ToolchainMissingError as error:
        raise CodecovError(str(error)) from error
    token = {"CODECOV_TOKEN": host.inputs["token"]} if host.inputs["token"] else {}
    words = (program, *_globals(host), command, *_arguments(host, command))
    if await run_tool(host, words, environment=token, directory=folder) != 0:
        raise CodecovError(f"Failed to run {command}")


def _record(host: ActionHost, request: str, report: str) -> None:
    place = urlsplit(host.inputs["url"]).netloc or "codecov.io"
    slug = host.inputs["slug"] or to_text(host.github["repository"])
    host.record_effect(
        kind="coverage-upload",
        target=f"{place} {slug} {report}".rstrip(),
        request=request,
        rehearsed=not host.publishing,
    )
