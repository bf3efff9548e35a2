"""The environment of a step's process, put together from its layers. Pure.

Later layers win: the runner's base, workflow and job ``env``, what earlier steps wrote to GITHUB_ENV, a composite's
``env``, the step's own ``env``; then GITHUB_* and RUNNER_*, which nobody can overwrite, the command files' paths, and
PATH with what earlier steps added in front (docs.github.com: variables; semantics 22 and 23).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary

_EXPORTED = frozenset(
    (
        *("action", "action_path", "action_ref", "action_repository", "actor", "actor_id", "api_url", "base_ref"),
        *("event_name", "event_path", "graphql_url", "head_ref", "job", "ref", "ref_name", "ref_protected", "ref_type"),
        *("repository", "repository_id", "repository_owner", "repository_owner_id", "retention_days", "run_attempt"),
        *("run_id", "run_number", "server_url", "sha", "triggering_actor", "workflow", "workflow_ref", "workflow_sha"),
        "workspace",
    )
)
"""What of the ``github`` context every process gets (actions/runner, GitHubContext); the command files are its own."""


def github_variables(github: Dictionary) -> dict[str, str]:
    """``GITHUB_*`` for every entry of the ``github`` context that GitHub exports."""
    return {f"GITHUB_{key.upper()}": to_text(value) for key, value in github.items() if key in _EXPORTED}


def runner_variables(runner: Dictionary) -> dict[str, str]:
    """``RUNNER_*`` for the entries of the ``runner`` context."""
    return {f"RUNNER_{key.upper()}": to_text(value) for key, value in runner.items() if value is not None}


def input_variables(inputs: Mapping[str, str]) -> dict[str, str]:
    """``INPUT_*``: names upper-cased, blanks as underscores (actions/toolkit, core.getInput)."""
    return {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in inputs.items()}


def state_variables(state: Mapping[str, str]) -> dict[str, str]:
    """``STATE_*`` with the names as they were saved."""
    return {f"STATE_{name}": value for name, value in state.items()}


def search_path(base: str, added: Iterable[str]) -> str:
    """PATH: ``added`` is in the order of writing, so the last written one comes first."""
    return ":".join((*reversed(tuple(added)), base))
