"""``actions/download-artifact``: artifacts of this run, or of an earlier one here, into the workspace."""

from __future__ import annotations

import os
from pathlib import Path

from sluice.actions.builtin.artifacts.artifact_names import names_like
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.majors import is_before
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import on_machine
from sluice.actions.protocol import ActionFailedError, ActionHost, ArtifactStore, BuiltinAction
from sluice.expressions.conversion import to_text
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import StoreError
from sluice.source.numbers import whole_number

_MANIFEST = """
name: Download a Build Artifact
inputs:
  name: {}
  artifact-ids: {}
  path: {}
  pattern: {}
  merge-multiple: {default: "false"}
  github-token: {}
  repository: {default: "${{ github.repository }}"}
  run-id: {default: "${{ github.run_id }}"}
  skip-decompress: {default: "false"}
  digest-mismatch: {default: error}
outputs:
  download-path: {description: where they are}
runs: {using: node20, main: built-in}
"""


class DownloadArtifact(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/download-artifact")

    async def main(self, host: ActionHost) -> None:
        """One artifact into the folder itself, several into folders of their own names, unless merged."""
        _check(host)
        target, store = _target(host), _store(host)
        place = Path(on_machine(host, str(target)))
        names, single = _chosen(host, store)
        apart = not single and not boolean(host.inputs, "merge-multiple")
        for name in names:
            _check_digest(host, store, name)
            count = await _unpack(host, store, name, place / name if apart else place)
            if store is host.artifacts:
                host.record_download(name)
            host.log(f"Artifact {name}: {count} files")
        host.log(f"Total of {len(names)} artifact(s) downloaded")
        host.set_output("download-path", str(target))


def _check(host: ActionHost) -> None:
    """Only this repository's artifacts are here; asking for others must not look as if there were none."""
    if not _is_this(host, "repository", "repository"):
        raise ActionFailedError("Artifacts of other repositories can't be downloaded here: leave 'repository' out")
    if host.inputs["name"] and host.inputs["artifact-ids"]:
        raise ActionFailedError(
            "Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one of these options."
        )


def _is_this(host: ActionHost, name: str, fact: str) -> bool:
    return host.inputs[name].lower() == to_text(host.github[fact]).lower()


def _store(host: ActionHost) -> ArtifactStore:
    """Where to look: in this run, or in an earlier one, which GitHub opens to a token alone."""
    if _is_this(host, "run-id", "run_id"):
        return host.artifacts
    asked = host.inputs["run-id"]
    number, token = whole_number(asked), host.inputs["github-token"]
    if number is None:
        raise ActionFailedError(f"Invalid 'run-id': '{asked}'. It is a run's number, such as github.run_id")
    if not token:
        raise ActionFailedError(f"'run-id' is {asked}, another run's: GitHub looks there with a 'github-token' only")
    if token == to_text(host.github["token"]) and not _may_read(host):
        raise ActionFailedError("Resource not accessible by integration: the job's token needs `actions: read`")
    found = host.earlier_artifacts(number)
    if found is None:
        raise ActionFailedError(f"No run {asked} of this repository is on this machine: `sluice list` shows those")
    return found


def _may_read(host: ActionHost) -> bool:
    return host.permissions is None or host.permissions.get("actions") in {"read", "write"}


def _target(host: ActionHost) -> Path:
    """Where to; v1 made a folder of the artifact's name."""
    text = host.inputs["path"] or (host.inputs["name"] if is_before(host.ref, 2) else "")
    if text == "~" or text.startswith("~/"):
        text = str(host.workspace.paths.home) + text[1:]
    return Path(os.path.normpath(host.workspace.paths.workspace / text))


def _check_links(root: Path, target: Path) -> None:
    """A link that a job made in its folder leads nowhere else: this is written with the rights of Sluice, not its."""
    real = target.resolve()
    if target.is_relative_to(root) and not real.is_relative_to(root.resolve()):
        raise ActionFailedError(f"{target} leads out of the job's folder, to {real}: nothing is written there")


def _chosen(host: ActionHost, store: ArtifactStore) -> tuple[list[str], bool]:
    """The names, and whether exactly one was asked for; v4 made a folder even for a single number."""
    if host.inputs["name"]:
        return [host.inputs["name"]], True
    wanted = [part.strip() for part in host.inputs["artifact-ids"].split(",") if part.strip()]
    if wanted:
        return _by_number(host, store, wanted), len(wanted) == 1 and not is_before(host.ref, 5)
    names = names_like(host.inputs["pattern"], store.names())
    if not names:
        host.log("No artifacts match: nothing is downloaded")
    return names, False


def _by_number(host: ActionHost, store: ArtifactStore, wanted: list[str]) -> list[str]:
    if bad := [text for text in wanted if whole_number(text) is None]:
        raise ActionFailedError(f"Invalid artifact ID: '{bad[0]}'. Must be a number.")
    known = {entry.id: entry.name for entry in store.entries()}
    missing = [number for number in wanted if number not in known]
    if len(missing) == len(wanted):
        raise ActionFailedError(f"None of the provided artifact IDs were found: {', '.join(missing)}")
    if missing:
        host.warning(f"Could not find the following artifact IDs: {', '.join(missing)}")
    return [known[number] for number in dict.fromkeys(wanted) if number in known]


def _check_digest(host: ActionHost, store: ArtifactStore, name: str) -> None:
    wanted = host.inputs["digest-mismatch"]
    if wanted not in {"ignore", "info", "warn", "error"}:
        raise ActionFailedError(
            f"Invalid value for 'digest-mismatch': '{wanted}'. Valid options are: ignore, info, warn, error"
        )
    if wanted == "ignore" or name not in store.names() or store.intact(name):
        return
    message = f"The digest of the artifact {name} is not the one that it was uploaded with"
    match wanted:
        case "info":
            host.log(message)
        case "warn":
            host.warning(message)
        case _:
            raise ActionFailedError(message)


async def _unpack(host: ActionHost, store: ArtifactStore, name: str, target: Path) -> int:
    _check_links(host.workspace.paths.root, target)
    try:
        whole = boolean(host.inputs, "skip-decompress")
        return await in_daemon_thread(store.download, name, target, unpack=not whole)
    except StoreError as error:
        raise ActionFailedError(error.message) from error
