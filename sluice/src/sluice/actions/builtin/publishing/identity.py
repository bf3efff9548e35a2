"""The identity token that GitHub gives to a job with ``id-token: write``, and to nobody else."""

from __future__ import annotations

from sluice.actions.protocol import ActionFailedError, ActionHost

_NO_PERMISSION = "{}, for which the job needs\n\npermissions:\n  id-token: write{}"
_ONLY_ON_GITHUB = "{}, which only GitHub gives: from this machine give {}"


def check_identity(host: ActionHost, wish: str, instead: str, *, advice: str = "") -> None:
    """Whether a job may have one: what the repository's settings grant never does. ``wish`` is what it is for.

    Raises ``ActionFailedError`` without the permission, and when it is for real: a rehearsal asks for none.
    """
    if (host.permissions or {}).get("id-token") != "write":
        raise ActionFailedError(_NO_PERMISSION.format(wish, f"\n\n{advice}" if advice else ""))
    if host.publishing:
        raise ActionFailedError(_ONLY_ON_GITHUB.format(wish, instead))
    host.log("A rehearsal asks for no identity token: on GitHub this job gets one")
