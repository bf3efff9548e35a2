"""What a browser asks for: start, cancel, run again, approve or refuse. Each answer leads to the run's page."""

from __future__ import annotations

import getpass
from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sluice.app.running.reviewing import Mailbox
from sluice.app.runs.cancelling import cancel_run
from sluice.app.serving_web.forms import read_form, read_order, start_form
from sluice.app.serving_web.launching import BY_HAND, Order, input_problems, start, start_again
from sluice.app.serving_web.pages import workflow_content, workflow_frame
from sluice.app.serving_web.site import Site
from sluice.app.workflows.repository import ReadWorkflow
from sluice.engine.facilities import Verdict
from sluice.source.errors import UsageError
from sluice.views.web.form import form_html
from sluice.views.web.frame import page
from sluice.views.web.run import waiting_reviews

_LONGEST = 1000
"""Characters of a comment."""


def order_routes(site: Site) -> list[Route]:
    """The addresses that change something."""
    orders = {
        "/workflows/{file}/start": start_workflow,
        "/runs/{run}/cancel": cancel,
        "/runs/{run}/rerun": rerun,
        "/runs/{run}/review": review,
    }
    return [Route(path, partial(answer, site), methods=["POST"]) for path, answer in orders.items()]


async def start_workflow(site: Site, request: Request) -> Response:
    """Start it, or say in the form what is wrong."""
    fields = await read_form(request)
    return await anyio.to_thread.run_sync(_start, site, request.path_params["file"], fields)


def _start(site: Site, name: str, fields: dict[str, str]) -> Response:
    found = site.workflow(name)
    order = read_order(found, fields)
    if order.event == BY_HAND and input_problems(found, order.inputs):
        return _refused(site, found, order, "")
    try:
        return _to_run(start(site, found.path, order))
    except UsageError as error:
        return _refused(site, found, order, error.message)


def _refused(site: Site, found: ReadWorkflow, order: Order, problem: str) -> Response:
    form = form_html(start_form(site, found, order, problem))
    return HTMLResponse(page(workflow_frame(site, found.file), workflow_content(site, found.file, form)), 422)


async def cancel(site: Site, request: Request) -> Response:
    """Stop a run; with ``force`` at once."""
    fields = await read_form(request)
    row = site.row(request.path_params["run"])
    cancel_run(row, force=bool(fields.get("force")))
    return _to_run(row.run)


async def rerun(site: Site, request: Request) -> Response:
    """Run a run again, whole or only what failed."""
    fields = await read_form(request)
    row = site.row(request.path_params["run"])
    again = partial(start_again, site, row.run, failed=bool(fields.get("failed")))
    return _to_run(await anyio.to_thread.run_sync(again))


async def review(site: Site, request: Request) -> Response:
    """Answer for an environment that a job waits for."""
    fields = await read_form(request)
    answers = {"approved": True, "rejected": False}
    if fields.get("state") not in answers:
        raise UsageError(f"'{fields.get('state', '')}' is no answer", hint="approved or rejected")
    job, environment = fields.get("job", ""), fields.get("environment", "")
    state = site.state(request.path_params["run"])
    waiting = [one for one in waiting_reviews(state) if (one.job, one.environment) == (job, environment)]
    if not waiting:
        raise UsageError(f"No job of run {state.run} waits for a review of '{environment}' that can be given here")
    comment = fields.get("comment", "")[:_LONGEST]
    verdict = Verdict(approved=answers[fields["state"]], reviewer=getpass.getuser(), comment=comment)
    Mailbox(site.store.folder(state.run)).put(job, environment, verdict)
    return _to_run(state.run)


def _to_run(run: str) -> Response:
    return RedirectResponse(f"/runs/{run}", 303)
