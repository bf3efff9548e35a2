"""The ``github`` context of a run, from the facts of its event. What belongs to one job or step (``job``, ``action``,
``workspace``, ``token``, paths) is put in later by whoever knows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.expressions.values import Dictionary, Value, from_python
from sluice.plan.event.facts import EventFacts, RunFacts, short_name
from sluice.plan.event.payload import build_payload
from sluice.plan.event.resources import made_up_id

NAMES_BRANCHES = frozenset({"pull_request", "pull_request_target"})
"""The events of a pull request whose branches have a name of their own in the context; reviews have none."""
_OUTSIDE = frozenset({"dependabot[bot]"})


def build_github_context(facts: EventFacts, run: RunFacts, given: Mapping[str, object] | None = None) -> Dictionary:
    """The context without the fields of a job; ``given`` is the user's own payload, which wins over the made one."""
    owner = facts.repository.partition("/")[0]
    pull = facts.pull_request
    entries: dict[str, Value] = {
        "event_name": facts.event,
        "event": from_python(build_payload(facts, given)),
        "ref": facts.ref,
        "ref_name": short_name(facts.ref),
        "ref_type": "tag" if facts.ref.startswith("refs/tags/") else "branch",
        "ref_protected": False,
        "sha": facts.sha,
        "head_ref": pull.head_branch if pull and facts.event in NAMES_BRANCHES else "",
        "base_ref": pull.base_branch if pull and facts.event in NAMES_BRANCHES else "",
        "repository": facts.repository,
        "repository_id": str(made_up_id(facts.repository)),
        "repository_owner": owner,
        "repository_owner_id": str(made_up_id(owner)),
        "repository_visibility": "private" if facts.private else "public",
        "repositoryUrl": _git_address(facts),
        "actor": facts.actor,
        "actor_id": str(made_up_id(facts.actor)),
        "triggering_actor": run.triggering_actor or facts.actor,
        **_addresses(facts.server_url),
        **_run_fields(facts, run),
        "retention_days": "90",
        "artifact_cache_size_limit": "10",
        "secret_source": _secret_source(facts),
        "job": "",
    }
    return Dictionary(entries)


def _run_fields(facts: EventFacts, run: RunFacts) -> dict[str, Value]:
    return {
        "run_id": str(run.run_id),
        "run_number": str(run.run_number),
        "run_attempt": str(run.run_attempt),
        "workflow": run.workflow_name,
        "workflow_ref": f"{facts.repository}/{run.workflow_path}@{facts.ref}",
        "workflow_sha": run.workflow_sha or facts.sha,
    }


def _addresses(server: str) -> dict[str, Value]:
    api = "https://api.github.com" if server == "https://github.com" else f"{server}/api/v3"
    graphql = f"{api}/graphql" if server == "https://github.com" else f"{server}/api/graphql"
    return {"server_url": server, "api_url": api, "graphql_url": graphql}


def _git_address(facts: EventFacts) -> str:
    return f"git://{facts.server_url.partition('://')[2]}/{facts.repository}.git"


def _secret_source(facts: EventFacts) -> str:
    """``None`` (the word) where GitHub gives a run no secrets: a pull request from a fork."""
    pull = facts.pull_request
    if pull and facts.event == "pull_request" and pull.head_repository not in {"", facts.repository}:
        return "None"
    return "Dependabot" if facts.actor in _OUTSIDE else "Actions"
