"""``pypa/gh-action-pypi-publish``: distributions to a package index.

A rehearsal checks them, meets the index as the run remembers it, and lists what would be sent; ``--publish`` sends it,
by twine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.builtin.publishing.distributions import (
    Distribution,
    NoDistributionError,
    digest_of,
    read_distribution,
)
from sluice.actions.builtin.publishing.identity import check_identity
from sluice.actions.builtin.python_tools import find_python_tool, python_tool, run_tool
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.rehearsal.packages import Answer, PackageIndex

_MANIFEST = """
name: pypi-publish
inputs:
  user: {default: __token__}
  password: {}
  repository-url: {}
  repository_url: {default: "https://upload.pypi.org/legacy/"}
  packages-dir: {}
  packages_dir: {default: dist}
  verify-metadata: {}
  verify_metadata: {default: "true"}
  skip-existing: {}
  skip_existing: {default: "false"}
  verbose: {default: "true"}
  print-hash: {}
  print_hash: {default: "true"}
  attestations: {default: "true"}
runs: {using: node20, main: built-in}
"""
_TOKEN_USER = "__token__"  # noqa: S105 (a name, and no secret)  # nosec B105
_TRUSTED = (
    "Trusted publishing exchange failure: OpenID Connect token retrieval failed. Without a password, the index wants "
    "GitHub's identity token"
)
_MEANT = "If a password was meant, the secret that it comes from has no value here: sluice secrets list shows which."
_NO_PASSWORDS = (
    "Password-based uploads disabled: PyPI wants a trusted publisher or an API token (user '__token__'), "
    "not the user '{}' and a password"
)


class PypiPublish(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "pypa/gh-action-pypi-publish")
    left_out: Mapping[str, str] = MappingProxyType(
        {"attestations": "they are signed with the identity that GitHub gives to a job, so none are made"}
    )

    async def main(self, host: ActionHost) -> None:
        """Authenticate, check, tell the digests, send or list."""
        tell_what_is_left_out(host, self)
        index = _either(host, "repository-url")
        _check_password(host, index)
        files = _files(host)
        found = _read(files)
        if _switch(host, "verify-metadata"):
            await _verify(host, found)
        if _switch(host, "print-hash") or host.inputs["verbose"].lower() != "false":
            _print_digests(host, files)
        for one in await (_send if host.publishing else _rehearse)(host, index, found):
            _record(host, index, one)


def _either(host: ActionHost, name: str) -> str:
    """An input by its name of today, or by the one with underscores, which has the default."""
    return host.inputs[name] or host.inputs[name.replace("-", "_")]


def _switch(host: ActionHost, name: str) -> bool:
    return _either(host, name).lower() != "false"


def _check_password(host: ActionHost, index: str) -> None:
    user, password = host.inputs["user"], host.inputs["password"]
    if password:
        host.mask(password)
    of_pypi = "pypi.org" in index
    if user != _TOKEN_USER and of_pypi:
        raise ActionFailedError(_NO_PASSWORDS.format(user))
    if user == _TOKEN_USER and not password:
        check_identity(host, _TRUSTED, "'password', an API token of the index", advice=_MEANT)
    elif user == _TOKEN_USER and not password.startswith("pypi-"):
        host.warning(
            "It looks like you are trying to use an API token to authenticate in the package index and your token "
            'value does not start with "pypi-" as it typically should. This may cause an authentication error.'
        )


def _files(host: ActionHost) -> list[Path]:
    """What ``packages-dir/*`` names."""
    given = _either(host, "packages-dir").rstrip("/")
    folder = place_of(host, given)
    files = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    if not any(path.name.endswith((".tar.gz", ".whl")) for path in files):
        host.warning(
            f"It looks like there are no Python distribution packages to publish in the directory '{given}/'. "
            "Please verify that they are in place should you face this problem."
        )
    if not files:
        raise ActionFailedError(f"Cannot find file (or expand pattern): '{given}/*'")
    return files


def _read(files: list[Path]) -> list[Distribution]:
    try:
        return [read_distribution(path) for path in files if not path.name.endswith((".asc", ".attestation"))]
    except (NoDistributionError, OSError) as error:
        raise ActionFailedError(f"InvalidDistribution: {error}") from error


async def _verify(host: ActionHost, found: list[Distribution]) -> None:
    """As ``twine check`` does, by twine where it is here."""
    twine = await python_tool(host, "twine") if host.publishing else find_python_tool(host, "twine")
    if twine is not None and await run_tool(host, (twine, "check", *(str(one.path) for one in found))) != 0:
        raise ActionFailedError("twine check failed: an index refuses these files, or shows no description")
    for one in found:
        problems = "".join(f"\n  {problem}" for problem in one.problems)
        if problems:
            raise ActionFailedError(f"Checking {one.path.name}: FAILED{problems}")
        _tell_check(host, one, by_twine=twine is not None)


def _tell_check(host: ActionHost, one: Distribution, *, by_twine: bool) -> None:
    for doubt in one.doubts:
        host.warning(f"{one.path.name}: {doubt}")
    if one.rendered == "text/x-rst" and not by_twine:
        host.warning(
            f"{one.path.name}: its description is reStructuredText, which was not rendered: twine is not installed"
        )
    host.log(f"Checking {one.path.name}: PASSED{' with warnings' if one.doubts else ''}")


def _print_digests(host: ActionHost, files: list[Path]) -> None:
    host.log("Showing hash values of files to be uploaded:")
    for path in files:
        host.log(path.name)
        for algorithm, shown in (("sha256", "SHA256"), ("md5", "MD5"), ("blake2b", "BLAKE2-256")):
            host.log(f"{shown}: {digest_of(path, algorithm)}")


async def _send(host: ActionHost, index: str, found: list[Distribution]) -> list[Distribution]:
    twine = await python_tool(host, "twine")
    options = ["--non-interactive", "--disable-progress-bar"]
    options += ["--skip-existing"] if _switch(host, "skip-existing") else []
    options += ["--verbose"] if host.inputs["verbose"].lower() != "false" else []
    files = [str(one.path) for one in found]
    environment = {
        "TWINE_USERNAME": host.inputs["user"],
        "TWINE_PASSWORD": host.inputs["password"],
        "TWINE_REPOSITORY_URL": index,
    }
    if await run_tool(host, (twine, "upload", *options, *files), environment=environment) != 0:
        raise ActionFailedError(f"twine could not upload to {index}: the lines above say why")
    return found


async def _rehearse(host: ActionHost, index: str, found: list[Distribution]) -> list[Distribution]:
    """Those that the index would take; it has what it got in this run."""
    stand_in, taken = await host.stand_ins.use(PackageIndex, PackageIndex.start), []
    for one in found:
        answer = stand_in.upload(index, one.path.name, one.digest)
        if answer is Answer.REFUSED and not _switch(host, "skip-existing"):
            raise ActionFailedError(f"400 Bad Request from {index}: {answer} ('{one.path.name}', with other bytes)")
        said = "is not sent" if answer is Answer.TAKEN else f"is not sent: {answer}"
        host.log(f"A rehearsal sends nothing: {one.path.name} ({one.size} bytes, sha256 {one.digest}) {said}")
        taken += [one] if answer is Answer.TAKEN else []
    return taken


def _record(host: ActionHost, index: str, one: Distribution) -> None:
    host.record_effect(
        kind="package-upload",
        target=f"{urlsplit(index).netloc} {one.name} {one.version} {one.path.name}",
        request=f"POST {index} {one.path.name} ({one.size} bytes, sha256 {one.digest})",
        rehearsed=not host.publishing,
    )
