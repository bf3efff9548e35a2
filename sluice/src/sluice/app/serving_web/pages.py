"""What a browser reads: the lists, a run, its logs, report and measures, and their news. Every page is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from sluice.app.judging.measuring import find_history
from sluice.app.judging.trends import find_trends
from sluice.app.runs.reporting import NAME, report_pieces, write_run_report
from sluice.app.serving_web.archives import job_log, log_archive
from sluice.app.serving_web.following import Follower, RunFollower, list_follower, stream
from sluice.app.serving_web.forms import start_form
from sluice.app.serving_web.site import LOOKED_THROUGH, PAGE, NotFoundError, Site
from sluice.events.state import RunState
from sluice.source.numbers import whole_number
from sluice.views.report.anchors import job_anchor
from sluice.views.report.log_html import Cap
from sluice.views.report.writing import script_hash
from sluice.views.run.headline import title
from sluice.views.trends.page import About, render_trends
from sluice.views.web.form import form_html
from sluice.views.web.frame import FILES, Frame, file_text, page
from sluice.views.web.listing import listing_html, listing_parts, runs_html, workflow_path
from sluice.views.web.log import find_step, log_fragment, log_page
from sluice.views.web.run import run_html, run_parts

_SCRIPTS = ("live.js",)
_OF_REPORT = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_MEASURES = 100
"""Values of each measure."""
_WHOLE = Cap(lines=100_000, size=8 << 20)


def page_routes(site: Site) -> list[Route]:
    """The addresses that are read."""
    pages: dict[str, Callable[[Site, Request], Response]] = {
        "/": runs_page,
        "/events": runs_news,
        "/measures": measures_page,
        "/assets/{name}": asset_file,
        "/workflows/{file}": workflow_page,
        "/workflows/{file}/events": workflow_news,
        "/runs/{run}": run_page,
        "/runs/{run}/events": run_news,
        "/runs/{run}/log": step_log,
        "/runs/{run}/logs.zip": logs_file,
        "/runs/{run}/jobs/{job}.txt": job_text,
        "/runs/{run}/artifacts/{name}": artifact_file,
        "/runs/{run}/report.html": report_page,
    }
    return [Route(path, partial(answer, site), methods=["GET"]) for path, answer in pages.items()]


def runs_page(site: Site, request: Request) -> Response:
    """The workflows and the newest runs."""
    limit = _limit(request)
    rows = site.rows(limit)
    more = f"/?limit={min(limit * 4, LOOKED_THROUGH)}" if len(rows) == limit < LOOKED_THROUGH else ""
    parts = listing_parts(site.cards(site.rows(LOOKED_THROUGH)), rows, time.time(), more)
    frame = _frame(site, "Runs", stream=f"/events?limit={limit}")
    return HTMLResponse(page(frame, listing_html(parts, site.name)))


def _limit(request: Request) -> int:
    return min(whole_number(request.query_params.get("limit", "")) or PAGE, LOOKED_THROUGH)


def runs_news(site: Site, request: Request) -> Response:
    """What changes in it."""
    return _news(site, lambda: list_follower(site, _limit(request)))


def workflow_page(site: Site, request: Request) -> Response:
    """A form that starts the workflow, and its runs."""
    found = site.workflow(request.path_params["file"])
    return HTMLResponse(
        page(workflow_frame(site, found.file), workflow_content(site, found.file, form_html(start_form(site, found))))
    )


def workflow_frame(site: Site, file: str) -> Frame:
    """What stands around a workflow's page."""
    return _frame(site, file.rpartition("/")[2], stream=f"{workflow_path(file)}/events")


def workflow_content(site: Site, file: str, form: Iterator[Markup]) -> Iterator[Markup]:
    """The form, then the runs."""
    yield from form
    yield runs_html(site.rows(workflow=file), time.time())
    yield Markup("</main>\n")


def workflow_news(site: Site, request: Request) -> Response:
    """What changes in the list of its runs."""
    found = site.workflow(request.path_params["file"])
    return _news(site, lambda: list_follower(site, PAGE, found.file))


def run_page(site: Site, request: Request) -> Response:
    """One run, as it stands."""
    state = site.state(request.path_params["run"])
    parts = run_parts(state, site.inputs(state.run), time.time() if state.conclusion is None else state.time)
    news = f"/runs/{state.run}/events?after={state.seq}" if state.conclusion is None else ""
    frame = _frame(site, title(state), stream=news, scripts=("report.js", *_SCRIPTS))
    return HTMLResponse(page(frame, run_html(parts)))


def run_news(site: Site, request: Request) -> Response:
    """What becomes of it. A browser that lost its connection says where it was (``Last-Event-ID``)."""
    run = site.row(request.path_params["run"]).run
    text = request.headers.get("last-event-id") or request.query_params.get("after", "")
    after = whole_number(text) or 0
    return _news(site, lambda: RunFollower(site, run, after))


def _news(site: Site, follower: Callable[[], Follower]) -> Response:
    """A place is taken when the answer is read: who asks and goes away at once keeps none."""
    if not site.streams.acquire(blocking=False):
        return Response("Too many pages follow already\n", 503, {"Retry-After": "5"})
    site.streams.release()
    return StreamingResponse(stream(site, follower()), media_type="text/event-stream")


def step_log(site: Site, request: Request) -> Response:
    """A step's log: a page, or with ``part=1`` what stands in a run's page."""
    state = site.state(request.path_params["run"])
    found = find_step(state, request.query_params.get("step", ""))
    if found is None:
        raise NotFoundError(f"There is no such step in run {state.run}")
    read = site.inputs(state.run).read_log
    if request.query_params.get("part"):
        lines = log_fragment(*found, read, Cap())
        return HTMLResponse(Markup().join(lines), headers={"X-Lines": str(found[1].log.lines)})
    lines = log_fragment(*found, read, _WHOLE)
    return HTMLResponse(page(_frame(site, f"Log · {title(state)}"), log_page(state, *found, lines)))


def logs_file(site: Site, request: Request) -> Response:
    """Every step's log, in GitHub's archive."""
    state = site.state(request.path_params["run"])
    archive = log_archive(state, site.inputs(state.run).read_log, site.store.root)
    headers = {"Content-Disposition": f'attachment; filename="logs-{state.run}.zip"'}
    return StreamingResponse(archive, media_type="application/zip", headers=headers)


def job_text(site: Site, request: Request) -> Response:
    """What all steps of a job run wrote."""
    state = site.state(request.path_params["run"])
    for job in state.jobs.values():
        if job_anchor(job.key) == request.path_params["job"]:
            return StreamingResponse(job_log(job, site.inputs(state.run).read_log), media_type="text/plain")
    raise NotFoundError(f"There is no such job in run {state.run}")


def artifact_file(site: Site, request: Request) -> Response:
    """An artifact's archive, or the file that was kept as it was."""
    row, name = site.row(request.path_params["run"]), request.path_params["name"]
    kept = site.artifacts(row.run).find(name)
    if kept is None:
        raise NotFoundError(f"There is no artifact '{name}' in run {row.run}, or it has expired")
    kind = "application/zip" if kept.archive else "application/octet-stream"
    return FileResponse(kept.path, media_type=kind, filename=f"{name}.zip" if kept.archive else name)


def report_page(site: Site, request: Request) -> Response:
    """The report: the file of a finished run, of another one as it stands."""
    state = site.state(request.path_params["run"])
    headers = {"Content-Security-Policy": _OF_REPORT.format(script_hash())}
    if state.conclusion is None:
        return StreamingResponse(_report(site, state), media_type="text/html", headers=headers)
    path = site.store.folder(state.run) / NAME
    if not path.is_file():
        write_run_report(site.store, state.run)
    return FileResponse(path, media_type="text/html", headers=headers)


def _report(site: Site, state: RunState) -> Iterator[str]:
    return report_pieces(site.store, state)


def measures_page(site: Site, request: Request) -> Response:  # noqa: ARG001 - every page gets both
    """The measures of the repository and their trends."""
    trends, left_out = find_trends(site.root, find_history(), _MEASURES)
    about = About(title=site.name, left_out=left_out, back="/", back_to="Runs")
    return HTMLResponse(
        render_trends(trends, about), headers={"Content-Security-Policy": _OF_REPORT.format(script_hash())}
    )


def asset_file(site: Site, request: Request) -> Response:  # noqa: ARG001 - every page gets both
    """A style sheet or a script."""
    name = request.path_params["name"]
    if name not in FILES:
        raise NotFoundError(f"There is no file '{name}'")
    return Response(file_text(name), media_type=FILES[name])


def _frame(site: Site, name: str, *, stream: str = "", scripts: tuple[str, ...] = _SCRIPTS) -> Frame:
    return Frame(repository=site.repository, title=name, here="runs", stream=stream, scripts=scripts)
