"""Inputs of the real actions that mean nothing on this machine: whoever gives one is told."""

from __future__ import annotations

from sluice.actions.protocol import ActionHost, BuiltinAction
from sluice.workflow.model import ActionManifest
from sluice.workflow.tokens import StringToken


def tell_what_is_left_out(host: ActionHost, action: BuiltinAction) -> None:
    """A notice for each input of ``action.left_out`` that has another value than its default."""
    for name, reason in action.left_out.items():
        if host.inputs[name] not in {"", _default(action.manifest, name)}:
            host.notice(f"Input '{name}' has no effect here: {reason}.")


def _default(manifest: ActionManifest, name: str) -> str:
    token = manifest.inputs[name].default
    return token.value if isinstance(token, StringToken) else ""
