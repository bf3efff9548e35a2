"""As much of GitHub's GraphQL as ``gh`` asks for: repositories, issues and pull requests, and what changes these."""

from __future__ import annotations

from typing import Any

from sluice.github_api import nodes
from sluice.github_api.calls import Call, Facts, Reply
from sluice.github_api.nodes import connection
from sluice.github_api.queries import Answer, answer_query, asked, failed
from sluice.github_api.shapes import BOT, WEB, node_id
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import effect_of
from sluice.rehearsal.github.mutations import MUTATIONS, Mutation
from sluice.rehearsal.github.resources.planning import label
from sluice.rehearsal.github.resources.pulls import find_pulls, pull, pull_id
from sluice.rehearsal.github.state import Repository


def answer_graphql(desk: Desk, call: Call, asker: Asker) -> Reply:
    """One query or mutation. What isn't known is an error of GraphQL's; a mutation that isn't known is recorded."""
    query = asked(call)
    answers = _changes(desk, call, asker) if query.mutation else _answers(desk, call)
    unknown = query.unknown(answers)
    if unknown and query.mutation:
        asker.record(effect_of(call, None))
    if unknown:
        return failed(f"The rehearsal has no stand-in for {', '.join(unknown)} in GraphQL")
    return answer_query(query, answers)


def _answers(desk: Desk, call: Call) -> dict[str, Answer]:
    return {"repository": lambda given: _repository(desk, call, given), "viewer": lambda _: nodes.viewer()}


def _changes(desk: Desk, call: Call, asker: Asker) -> dict[str, Answer]:
    def answer(change: Mutation) -> Answer:
        return lambda given: change(desk, call, given.get("input") or {}, asker)

    return {name: answer(change) for name, change in MUTATIONS.items()}


def _repository(desk: Desk, call: Call, given: Facts) -> Facts:
    """A ``Repository``. What has arguments is a function of them."""
    repository = desk.repository(f"{given.get('owner', '')}/{given.get('name', '')}")

    def conversation(given: Facts) -> Facts | None:
        return _conversation(repository, call, given.get("number"))

    return {
        **nodes.repository(repository.named),
        **dict.fromkeys(("issue", "pullRequest", "issueOrPullRequest"), conversation),
        "pullRequests": lambda given: _pulls(repository, call, given),
        "label": lambda given: _label(repository, call, given.get("name")),
        "labels": lambda _: connection([_label(repository, call, row["name"]) for row in repository.table("labels")]),
    }


def _label(repository: Repository, call: Call, name: Any) -> Facts | None:  # noqa: ANN401 - JSON
    if not repository.table("labels").where(name=name):
        return None
    facts = label(repository, call, name)
    return {**facts, "id": facts["node_id"]}


def _pulls(repository: Repository, call: Call, given: Facts) -> Facts:
    states = [str(state).lower() for state in given.get("states") or ()]
    state = states[0] if len(states) == 1 else "all"
    rows = find_pulls(repository, {"state": state, "head": given.get("headRefName"), "base": given.get("baseRefName")})
    return connection([_conversation(repository, call, row["number"]) for row in rows[::-1]])


def _conversation(repository: Repository, call: Call, number: Any) -> Facts | None:  # noqa: ANN401 - JSON
    rows = [row for row in repository.table("issues") if row["id"] == number]
    if not rows:
        return None
    row, kind = rows[0], "PullRequest" if rows[0].get("pull") else "Issue"
    labels = [_label(repository, call, name) or {"name": name} for name in row["labels"]]
    return {
        "__typename": kind,
        "id": node_id(kind, f"{repository.name}#{row['id']}"),
        "number": row["id"],
        "title": row["title"],
        "body": row["body"] or "",
        "state": str(row["state"] or "open").upper(),
        "url": f"{WEB}/{repository.name}/{'pull' if kind == 'PullRequest' else 'issues'}/{row['id']}",
        "author": {"login": BOT},
        "labels": connection(labels),
        **dict.fromkeys(("comments", "assignees", "projectCards", "projectItems", "reviewRequests"), connection([])),
        **(_of_pull(repository, call, row["id"]) if kind == "PullRequest" else {}),
    }


def _of_pull(repository: Repository, call: Call, number: int) -> Facts:
    facts = pull(repository, call, repository.table("pulls").get(number))
    return {
        "id": pull_id(repository, number),
        "headRefName": facts["head"]["ref"],
        "headRefOid": facts["head"]["sha"],
        "baseRefName": facts["base"]["ref"],
        "isDraft": facts["draft"],
        "isCrossRepository": False,
        "headRepositoryOwner": {**nodes.owner(repository.named), "name": ""},
        "headRepository": {"id": node_id("Repository", repository.name), "name": repository.name.partition("/")[2]},
    }
