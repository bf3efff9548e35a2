"""What upload-artifact and its ``merge`` share: what to do without files, and keeping them under a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sluice.actions.builtin.inputs import boolean, whole_number
from sluice.actions.builtin.majors import is_before
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import StoreError
from sluice.store.files.artifacts import DEFAULT_DAYS, Packing


def nothing_found(host: ActionHost, message: str) -> None:
    """Warn, fail or say so, as ``if-no-files-found`` wants it."""
    match host.inputs["if-no-files-found"]:
        case "warn":
            host.warning(message)
        case "error":
            raise ActionFailedError(message)
        case "ignore":
            host.log(message)
        case other:
            raise ActionFailedError(
                f"Unrecognized if-no-files-found input. Provided: {other}. Available options: warn,error,ignore"
            )


def packing(host: ActionHost, *, overwrite: bool = False, archive: bool = True) -> Packing:
    """How to pack, as the inputs say; until v3 uploads of the same name were one artifact."""
    return Packing(
        overwrite=overwrite,
        merge=is_before(host.ref, 4),
        compression=_level(host),
        retention_days=_days(host),
        archive=archive,
    )


async def keep(host: ActionHost, name: str, base: Path, files: Sequence[Path], how: Packing) -> None:
    """Upload ``files`` (relative to ``base``), record it, set the outputs."""
    number, digest = await upload(host, name, base, files, how)
    host.set_output("artifact-id", number)
    host.set_output("artifact-url", f"{_run_address(host)}/artifacts/{number}")
    host.set_output("artifact-digest", digest)


async def upload(host: ActionHost, name: str, base: Path, files: Sequence[Path], how: Packing) -> tuple[str, str]:
    """Upload ``files`` (relative to ``base``), record it; the artifact's number and digest."""
    try:
        number, size, digest = await in_daemon_thread(host.artifacts.upload, name, base, files, how)
    except StoreError as error:
        raise ActionFailedError(error.message) from error
    host.record_upload(name, size, len(files), digest)
    number_of_files = "1 file" if len(files) == 1 else f"{len(files)} files"
    host.log(f"Artifact {name} has been kept: {number_of_files}, {size} bytes, SHA-256 {digest}")
    return number, digest


def _level(host: ActionHost) -> int:
    level = whole_number(host.inputs, "compression-level", 6)
    if level > 9:
        raise ActionFailedError("Invalid compression-level. Valid values are 0-9")
    return level


def _days(host: ActionHost) -> int:
    """Whole days; 0 for the default, and no more than that."""
    days = whole_number(host.inputs, "retention-days", 0)
    if days > DEFAULT_DAYS:
        host.warning(
            "Retention days cannot be greater than the maximum allowed retention set within the repository. "
            f"Using {DEFAULT_DAYS} instead."
        )
    return min(days, DEFAULT_DAYS)


def hidden_files(host: ActionHost) -> bool:
    """Whether files whose names start with a dot are taken."""
    return boolean(host.inputs, "include-hidden-files")


def _run_address(host: ActionHost) -> str:
    github = host.github
    return f"{to_text(github['server_url'])}/{to_text(github['repository'])}/actions/runs/{to_text(github['run_id'])}"
