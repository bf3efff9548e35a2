"""``actions/attest-build-provenance``: which workflow made which files, as a statement; a rehearsal signs nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import on_machine, text_of
from sluice.actions.builtin.publishing.identity import check_identity
from sluice.actions.globbing import find_files
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.machine.threads import in_daemon_thread

_MANIFEST = """
name: Attest Build Provenance
inputs:
  subject-path: {}
  subject-digest: {}
  subject-name: {}
  subject-checksums: {}
  push-to-registry: {default: "false"}
  create-storage-record: {default: "true"}
  show-summary: {default: "true"}
  github-token: {default: "${{ github.token }}"}
outputs:
  bundle-path: {description: the file with the statement}
  attestation-id: {description: its number at GitHub}
  attestation-url: {description: its page}
  storage-record-ids: {description: the numbers of its storage records}
runs: {using: node20, main: built-in}
"""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHECKSUM = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<name>.+)")
_MOST = 1024
"""Subjects of one attestation (actions/attest, MAX_SUBJECT_COUNT)."""
_STATEMENT, _PREDICATE = "https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1"
_BUILD_TYPE = "https://actions.github.io/buildtypes/workflow/v1"
_UNSIGNED = "nothing is signed, so there is nothing to look up"


class Subject(Struct, frozen=True, kw_only=True):
    """A thing that was made: its name and its SHA-256 in hex."""

    name: str
    digest: str


class AttestBuildProvenance(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/attest-build-provenance")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "push-to-registry": _UNSIGNED,
            "create-storage-record": _UNSIGNED,
            "github-token": _UNSIGNED,
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Write the statement that GitHub would sign, and list it among the effects."""
        tell_what_is_left_out(host, self)
        subjects = await in_daemon_thread(_subjects, host)
        _check_permissions(host)
        bundle = host.workspace.paths.temp / "attestation.json"
        bundle.write_text(json.dumps(_statement(host, subjects), indent=2), encoding="utf-8")
        for one in subjects:
            target = f"{one.name} sha256:{one.digest}"
            host.record_effect(kind="attestation", target=target, request=f"attest {_PREDICATE}", rehearsed=True)
        host.notice(f"A rehearsal signs nothing: the statement of {len(subjects)} subject(s) is in {bundle}")
        host.set_output("bundle-path", str(bundle))
        if boolean(host.inputs, "show-summary"):
            rows = "\n".join(f"- `{one.name}` sha256:{one.digest}" for one in subjects)
            host.add_summary(f"### Attestation, rehearsed\n\n{rows}\n")


def _check_permissions(host: ActionHost) -> None:
    check_identity(host, "An attestation is signed with the job's identity token", "no attestation")
    if (host.permissions or {}).get("attestations") != "write":
        raise ActionFailedError("Failed to persist attestation: the job needs the permission `attestations: write`")


def _subjects(host: ActionHost) -> list[Subject]:
    """By path, digest or a file of checksums: exactly one of them."""
    given = [name for name in ("subject-path", "subject-digest", "subject-checksums") if host.inputs[name]]
    if not given:
        raise ActionFailedError("One of subject-path, subject-digest, or subject-checksums must be provided")
    if len(given) > 1:
        raise ActionFailedError(f"Only one of {' and '.join(given)} may be provided")
    read = {"subject-path": _by_path, "subject-digest": _by_digest, "subject-checksums": _by_checksums}[given[0]]
    found = list(dict.fromkeys(read(host)))
    if not found:
        raise ActionFailedError(f"Could not find subject at path {host.inputs['subject-path']}")
    if len(found) > _MOST:
        raise ActionFailedError(f"Too many subjects specified. The maximum number of subjects is {_MOST}.")
    return found


def _by_path(host: ActionHost) -> Iterator[Subject]:
    paths = host.workspace.paths
    patterns = [part.strip() for part in re.split(r"[,\n]", host.inputs["subject-path"]) if part.strip()]
    files = find_files([on_machine(host, pattern) for pattern in patterns], paths.workspace, home=paths.home)
    for path in files:
        if path.is_file():
            yield Subject(name=host.inputs["subject-name"] or path.name, digest=_digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _by_digest(host: ActionHost) -> Iterator[Subject]:
    if not host.inputs["subject-name"]:
        raise ActionFailedError("subject-name must be provided when using subject-digest")
    if not _DIGEST.fullmatch(host.inputs["subject-digest"]):
        raise ActionFailedError('subject-digest must be in the format "sha256:<hex-digest>"')
    yield Subject(name=host.inputs["subject-name"], digest=host.inputs["subject-digest"].partition(":")[2])


def _by_checksums(host: ActionHost) -> Iterator[Subject]:
    """Lines as ``sha256sum`` writes them, in a file or in the input itself."""
    given = host.inputs["subject-checksums"]
    text = given if "\n" in given or _CHECKSUM.fullmatch(given) else text_of(host, given)
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _CHECKSUM.fullmatch(line)
        if found is None:
            raise ActionFailedError(f"Invalid checksum record: {line}")
        yield Subject(name=found["name"], digest=found["digest"])


def _statement(host: ActionHost, subjects: list[Subject]) -> dict[str, object]:
    """An in-toto statement with SLSA's provenance, as GitHub's build type has it."""
    facts = {name: to_text(value) for name, value in host.github.items() if isinstance(value, str)}
    server, repository, ref = facts["server_url"], facts["repository"], facts["ref"]
    path = facts.get("workflow_ref", "").partition("@")[0].removeprefix(f"{repository}/")
    address = f"{server}/{repository}"
    return {
        "_type": _STATEMENT,
        "subject": [{"name": one.name, "digest": {"sha256": one.digest}} for one in subjects],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD_TYPE,
                "externalParameters": {"workflow": {"ref": ref, "repository": address, "path": path}},
                "internalParameters": {"github": {"event_name": facts["event_name"]}},
                "resolvedDependencies": [
                    {"uri": f"git+{address}@{ref}", "digest": {"gitCommit": facts["sha"]}},
                ],
            },
            "runDetails": {
                "builder": {"id": f"{server}/{facts.get('workflow_ref', '')}"},
                "metadata": {"invocationId": f"{address}/actions/runs/{facts['run_id']}"},
            },
        },
    }
