"""What the API answers. Each takes the site and a request, and gives a reply or raises a refusal."""

from __future__ import annotations

import getpass

from msgspec.structs import replace

from sluice.app.runs.cancelling import cancel_run
from sluice.app.serving_web.api.places import card_of, job_of, place_of, repository_at, row_of
from sluice.app.serving_web.launching import BY_HAND, Order, input_problems, start, start_again
from sluice.app.serving_web.site import LOOKED_THROUGH, Site
from sluice.app.workflows.repository import ReadWorkflow
from sluice.github_api import nodes, shapes
from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.paging import listed, page_of
from sluice.repository.git import git
from sluice.source.errors import UsageError
from sluice.views.api.shapes import (
    annotation_facts,
    fits,
    job_facts,
    job_numbers,
    run_facts,
)
from sluice.views.report.anchors import job_anchor
from sluice.views.web.listing import WorkflowCard


def repository(site: Site, call: Call) -> Reply:
    """The repository itself."""
    return Reply(body=shapes.repository_of(repository_at(site), call))


def workflows(site: Site, call: Call) -> Reply:
    """The workflows, those with mistakes too."""
    return listed(call, "workflows", [_workflow(site, call, card) for card in site.cards(())])


def workflow(site: Site, call: Call) -> Reply:
    """One workflow, by its file's name or its number."""
    return Reply(body=_workflow(site, call, card_of(site, call)))


def _workflow(site: Site, call: Call, card: WorkflowCard) -> Facts:
    return shapes.workflow(repository_at(site), call, card.file, card.name)


def dispatch(site: Site, call: Call) -> Reply:
    """Start a workflow by hand with inputs. It answers once the run is there."""
    body, found = call.required("ref"), site.workflow(card_of(site, call).file.rpartition("/")[2])
    if BY_HAND not in found.workflow.triggers:
        raise RefusedError(422, f"Workflow does not have '{BY_HAND}' trigger")
    order = Order(event=BY_HAND, ref=_ref(site, str(body["ref"])), inputs=_inputs(body.get("inputs"), found))
    start(site, found.path, order)
    return Reply(status=204)


def _inputs(given: object, found: ReadWorkflow) -> dict[str, str]:
    if not isinstance(given, dict | None):
        raise RefusedError(422, "Invalid request.\n\nFor 'inputs', expected an object.")
    texts = {str(name): _text(value) for name, value in (given or {}).items()}
    problems = input_problems(found, texts)
    if problems:
        raise RefusedError(422, "; ".join(problems.values()))
    return texts


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ref(site: Site, name: str) -> str:
    """What the event is about. Only what is checked out can be run: the files are those of the working tree."""
    current = git(site.root, "symbolic-ref", "--quiet", "HEAD") or ""
    if name in {current, current.removeprefix("refs/heads/")}:
        return ""
    head = git(site.root, "rev-parse", "--verify", "--quiet", "HEAD")
    for ref in (name,) if name.startswith("refs/") else (f"refs/tags/{name}", f"refs/heads/{name}"):
        commit = git(site.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if commit == head and commit:
            return ref
        if commit:
            raise RefusedError(422, f"{name} is not checked out here: git checkout {name}")
    raise RefusedError(422, f"No ref found for: {name}")


def runs(site: Site, call: Call) -> Reply:
    """The runs, all or of one workflow, the newest first."""
    file = card_of(site, call).file if "workflow" in call.names else ""
    place = place_of(site, call)
    found = [run_facts(place, row, getpass.getuser()) for row in site.rows(LOOKED_THROUGH, file)]
    return listed(call, "workflow_runs", [one for one in found if fits(one, call.query)])


def run(site: Site, call: Call) -> Reply:
    """One run."""
    return Reply(body=run_facts(place_of(site, call), row_of(site, call), getpass.getuser()))


def jobs(site: Site, call: Call) -> Reply:
    """The job runs of a run."""
    place, row = place_of(site, call), row_of(site, call)
    known = job_numbers(row.id, site.state(row.run))
    return listed(call, "jobs", [job_facts(place, row, number, one) for number, one in known.items()])


def job(site: Site, call: Call) -> Reply:
    """One job run."""
    row, number, found = job_of(site, call)
    return Reply(body=job_facts(place_of(site, call), row, number, found))


def job_annotations(site: Site, call: Call) -> Reply:
    """What a job run's steps remarked."""
    row, _, found = job_of(site, call)
    place = place_of(site, call)
    return page_of(call, Reply(body=[annotation_facts(place, row, one) for one in found.annotations]))


def run_logs(site: Site, call: Call) -> Reply:
    """Where the archive of all logs is."""
    return Reply(status=302, headers={"Location": f"{call.api}/runs/{row_of(site, call).run}/logs.zip"})


def job_logs(site: Site, call: Call) -> Reply:
    """Where a job run's log is."""
    row, _, found = job_of(site, call)
    return Reply(status=302, headers={"Location": f"{call.api}/runs/{row.run}/jobs/{job_anchor(found.key)}.txt"})


def cancel(site: Site, call: Call) -> Reply:
    """Stop a run."""
    return _cancelled(site, call, force=False)


def force_cancel(site: Site, call: Call) -> Reply:
    """Stop a run at once."""
    return _cancelled(site, call, force=True)


def _cancelled(site: Site, call: Call, *, force: bool) -> Reply:
    row = row_of(site, call)
    try:
        cancel_run(row, force=force)
    except UsageError as error:
        raise RefusedError(409, f"Cannot cancel a workflow run that is completed. {error.message}") from error
    return Reply(status=202, body={})


def rerun(site: Site, call: Call) -> Reply:
    """Run a run again."""
    return _again(site, call, failed=False)


def rerun_failed(site: Site, call: Call) -> Reply:
    """Run again what failed in a run."""
    return _again(site, call, failed=True)


def _again(site: Site, call: Call, *, failed: bool) -> Reply:
    row = row_of(site, call)
    try:
        start_again(site, row.run, failed=failed)
    except UsageError as error:
        raise RefusedError(403, error.message) from error
    return Reply(status=201, body={})


def graphql(site: Site, call: Call) -> Reply:
    """As much as ``gh`` asks to know the default branch; nothing can be changed by it."""
    from sluice.github_api.queries import answer_query, asked, failed

    query = asked(call)
    if query.mutation:
        raise RefusedError(403, "Resource not accessible by integration")
    answers = {"repository": lambda given: _node(site, given), "viewer": lambda _: nodes.viewer()}
    unknown = query.unknown(answers)
    return failed(f"sluice serve has no {', '.join(unknown)} in GraphQL") if unknown else answer_query(query, answers)


def _node(site: Site, given: Facts) -> Facts:
    """The repository by the name that it was asked for."""
    return nodes.repository(replace(repository_at(site), name=f"{given.get('owner', '')}/{given.get('name', '')}"))
