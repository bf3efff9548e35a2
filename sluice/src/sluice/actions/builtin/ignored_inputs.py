"""Inputs of the real actions that mean nothing on this machine: whoever gives one is told."""

from __future__ import annotations

from sluice.actions.protocol import ActionHost, BuiltinAction
from sluice.workflow.model import ActionManifest
from sluice.workflow.tokens import ExpressionToken, StringToken


def tell_what_is_left_out(host: ActionHost, action: BuiltinAction) -> None:
    """A notice for each input of ``action.left_out`` that has another value than its default, and isn't declined.

    A default that is an expression has been worked out by now, and nobody can tell whether it was given.
    """
    for name, reason in action.left_out.items():
        computed = isinstance(action.manifest.inputs[name].default, ExpressionToken)
        meant = {"", _default(action.manifest, name), *(("false",) if name in action.declined else ())}
        if not computed and host.inputs[name] not in meant:
            host.notice(f"Input '{name}' has no effect here: {reason}.")


def _default(manifest: ActionManifest, name: str) -> str:
    token = manifest.inputs[name].default
    return token.value if isinstance(token, StringToken) else ""
