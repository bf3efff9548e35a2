"""Workflows started from outside: by hand with inputs, or by ``repository_dispatch``."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.github.connection import Hub


def start_workflow(hub: Hub, file: str, ref: str, inputs: Mapping[str, str] | None = None) -> None:
    """Start a workflow that has ``workflow_dispatch``; ``ref`` is a branch or a tag."""
    path = f"/repos/{hub.place.repository}/actions/workflows/{file}/dispatches"
    hub.call("POST", path, {"ref": ref, "inputs": dict(inputs or {})})


def dispatch(hub: Hub, event: str, payload: Mapping[str, object] | None = None) -> None:
    """Start the workflows of a ``repository_dispatch``."""
    body = {"event_type": event, "client_payload": dict(payload or {})}
    hub.call("POST", f"/repos/{hub.place.repository}/dispatches", body)
