"""What a browser asks for: start, cancel, run again, approve or refuse. Each answer leads to the run's page."""

from __future__ import annotations

from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sluice.app.runs.cancelling import cancel_run
from sluice.app.serving_web.forms import read_form, read_order, start_form
from sluice.app.serving_web.launching import BY_HAND, Order, input_problems, start, start_again
from sluice.app.serving_web.pages import workflow_content, workflow_frame
from sluice.app.serving_web.reviews import ANSWERS, answer, open_reviews
from sluice.app.serving_web.site import Site
from sluice.app.workflows.repository import ReadWorkflow
from sluice.source.errors import UsageError
from sluice.views.web.form import form_html
from sluice.views.web.frame import page


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
    word, asked = fields.get("state", ""), (fields.get("job", ""), fields.get("environment", ""))
    if word not in ANSWERS:
        raise UsageError(f"'{word}' is no answer", hint="approved or rejected")
    run = site.row(request.path_params["run"]).run
    waiting = [one for one in open_reviews(site, run) if (one.job, one.environment) == asked]
    if not waiting:
        raise UsageError(f"No job of run {run} waits for a review of '{asked[1]}' that can be given here")
    answer(site, run, waiting[0], word, fields.get("comment", ""))
    return _to_run(run)


def _to_run(run: str) -> Response:
    return RedirectResponse(f"/runs/{run}", 303)
