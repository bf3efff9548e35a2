"""Environments that jobs wait for, and answers to them. Each takes the site and a request, and gives a reply."""

from __future__ import annotations

from sluice.app.serving_web.api.places import place_of, repository_at, row_of
from sluice.app.serving_web.reviews import ANSWERS, answer, open_reviews
from sluice.app.serving_web.site import Site
from sluice.events.state import ReviewState
from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import deployment
from sluice.source.times import stamp
from sluice.store.runs.protocol import RunRow
from sluice.views.api.shapes import approval_facts, environment_number, pending_facts


def pending(site: Site, call: Call) -> Reply:
    """The environments that a run waits for, each once."""
    place = place_of(site, call)
    waiting = {one.environment.lower(): one for one in open_reviews(site, row_of(site, call).run)}
    return Reply(body=[pending_facts(place, one) for one in waiting.values()])


def review(site: Site, call: Call) -> Reply:
    """Approve or reject environments, for every job that waits for one of them."""
    row, body = row_of(site, call), call.required("environment_ids", "state")
    numbers, state = body["environment_ids"], str(body["state"])
    waiting = open_reviews(site, row.run)
    known = [environment_number(one.environment) for one in waiting]
    chosen = isinstance(numbers, list) and numbers and all(one in known for one in numbers)
    if state not in ANSWERS or not chosen:
        raise RefusedError(422, "There are no pending deployment requests to approve or reject")
    answered = [one for one in waiting if environment_number(one.environment) in numbers]
    for one in answered:
        answer(site, row.run, one, state, str(body.get("comment") or ""))
    return Reply(body=[_deployment(site, call, row, one) for one in answered])


def approvals(site: Site, call: Call) -> Reply:
    """What was answered in a run."""
    place = place_of(site, call)
    answered = [one for one in site.state(row_of(site, call).run).reviews() if one.approved is not None]
    return Reply(body=[approval_facts(place, one) for one in answered])


def _deployment(site: Site, call: Call, row: RunRow, one: ReviewState) -> Facts:
    facts = {
        "id": row.id,
        "sha": row.sha,
        "ref": row.ref,
        "task": "deploy",
        "payload": {},
        "environment": one.environment,
        "description": None,
        "created_at": stamp(one.requested or row.created),
    }
    return deployment(repository_at(site), call, facts)
