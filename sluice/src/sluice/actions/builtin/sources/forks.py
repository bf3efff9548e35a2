"""Code of a fork's pull request in a run that has the repository's secrets: checkout refuses it, as the real one does.

The rules are those of actions/checkout (July 2026, from v2 on): the events ``pull_request_target`` and ``workflow_run``
after a pull request, a head in another repository, and a checkout that names the fork, its commit or the pull
request's ref.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sluice.actions.builtin.inputs import boolean
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text
from sluice.expressions.values import to_python

_PULL = re.compile(r"refs/pull/\d+/(head|merge)")
_REFUSED = (
    "Refusing to check out fork pull request code from a '{event}' workflow. It runs with the repository's token, "
    "secrets and caches, which that code could take. After reviewing the risk, set 'allow-unsafe-pr-checkout: true' on "
    "the actions/checkout step, or use the event 'pull_request'."
)


def refuse_strangers_code(host: ActionHost) -> None:
    """Raise ``ActionFailedError`` for code of a fork where the event has the secrets, unless it is allowed."""
    if boolean(host.inputs, "allow-unsafe-pr-checkout"):
        return
    name = to_text(host.github["event_name"])
    payload: Any = to_python(host.github["event"])
    head = _fork(name, payload) if isinstance(payload, dict) else None
    if head is not None and _is_wanted(host, head, set(_commits(name, payload))):
        raise ActionFailedError(_REFUSED.format(event=name))


def _fork(event: str, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The repository of the pull request's head, if it is another one than the event's."""
    match event:
        case "pull_request_target":
            head = _within(payload, "pull_request", "head", "repo")
        case "workflow_run" if str(_within(payload, "workflow_run").get("event", "")).startswith("pull_request"):
            head = _within(payload, "workflow_run", "head_repository")
        case _:
            return None
    known = {head.get("id"), _within(payload, "repository").get("id")}
    return head if len(known) == 2 and None not in known else None


def _commits(event: str, payload: Mapping[str, Any]) -> Iterator[str]:
    if event == "pull_request_target":
        yield str(_within(payload, "pull_request", "head").get("sha"))
        yield str(_within(payload, "pull_request").get("merge_commit_sha"))
        return
    ran = _within(payload, "workflow_run")
    yield str(_within(ran, "head_commit").get("id"))
    if ran.get("event") != "pull_request_target":  # whose head_sha is the default branch's
        yield str(ran.get("head_sha"))


def _is_wanted(host: ActionHost, head: Mapping[str, Any], commits: set[str]) -> bool:
    ref = host.inputs["ref"]
    names_the_fork = host.inputs["repository"].lower() == str(head.get("full_name")).lower()
    return names_the_fork or _PULL.fullmatch(ref) is not None or ref.lower() in commits


def _within(payload: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """What stands under the names, one within the other; nothing where it isn't there."""
    for name in names:
        found = payload.get(name)
        payload = found if isinstance(found, dict) else {}
    return payload
