"""The addresses of the API: what ``gh run``, ``gh workflow`` and GitHub's clients ask. In: requests. Out: JSON.

Answers are plain functions of the site and a ``Call``; what they refuse, they refuse in GitHub's words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sluice.app.serving_web.api import answers, artifacts, reviews
from sluice.app.serving_web.forms import read_body
from sluice.app.serving_web.site import NotFoundError, Site
from sluice.github_api.calls import Call, RefusedError, Reply, not_found
from sluice.source.errors import InvalidInputError, SluiceError

Answer = Callable[[Site, Call], Reply]
_REPOSITORY = "/repos/{owner}/{repo}"
_WORKFLOW = f"{_REPOSITORY}/actions/workflows/{{workflow}}"
_RUN = f"{_REPOSITORY}/actions/runs/{{run:int}}"
_JOB = f"{_REPOSITORY}/actions/jobs/{{job:int}}"
_ARTIFACT = f"{_REPOSITORY}/actions/artifacts/{{artifact:int}}"
ROUTES: dict[tuple[str, str], Answer] = {
    ("GET", _REPOSITORY): answers.repository,
    ("GET", f"{_REPOSITORY}/actions/workflows"): answers.workflows,
    ("GET", _WORKFLOW): answers.workflow,
    ("POST", f"{_WORKFLOW}/dispatches"): answers.dispatch,
    ("GET", f"{_WORKFLOW}/runs"): answers.runs,
    ("GET", f"{_REPOSITORY}/actions/runs"): answers.runs,
    ("GET", _RUN): answers.run,
    ("GET", f"{_RUN}/jobs"): answers.jobs,
    ("GET", f"{_RUN}/attempts/{{attempt:int}}"): answers.run,
    ("GET", f"{_RUN}/attempts/{{attempt:int}}/jobs"): answers.jobs,
    ("GET", f"{_RUN}/logs"): answers.run_logs,
    ("GET", f"{_RUN}/attempts/{{attempt:int}}/logs"): answers.run_logs,
    ("GET", f"{_RUN}/artifacts"): artifacts.of_run,
    ("GET", f"{_REPOSITORY}/actions/artifacts"): artifacts.of_repository,
    ("GET", _ARTIFACT): artifacts.one,
    ("GET", f"{_ARTIFACT}/{{archive_format}}"): artifacts.archive,
    ("GET", f"{_RUN}/pending_deployments"): reviews.pending,
    ("POST", f"{_RUN}/pending_deployments"): reviews.review,
    ("GET", f"{_RUN}/approvals"): reviews.approvals,
    ("POST", f"{_RUN}/cancel"): answers.cancel,
    ("POST", f"{_RUN}/force-cancel"): answers.force_cancel,
    ("POST", f"{_RUN}/rerun"): answers.rerun,
    ("POST", f"{_RUN}/rerun-failed-jobs"): answers.rerun_failed,
    ("GET", _JOB): answers.job,
    ("GET", f"{_JOB}/logs"): answers.job_logs,
    ("GET", f"{_REPOSITORY}/check-runs/{{job:int}}/annotations"): answers.job_annotations,
    ("POST", "/graphql"): answers.graphql,
}


def api_routes(site: Site) -> list[Route | Mount]:
    """The addresses, also below what GitHub Enterprise Server puts before them."""
    found = [
        Route(path, partial(_respond, site, answer), methods=[method]) for (method, path), answer in ROUTES.items()
    ]
    return [*found, Mount("/api/v3", routes=found)]


async def _respond(site: Site, answer: Answer, request: Request) -> Response:
    call = Call(
        method=request.method,
        path=request.scope["path"],
        api=_base(request),
        names={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        headers=dict(request.headers),
        data=await read_body(request),
    )
    return _response(await anyio.to_thread.run_sync(_answer, site, answer, call))


def _answer(site: Site, answer: Answer, call: Call) -> Reply:
    try:
        if f"{call.names.get('owner')}/{call.names.get('repo')}".lower() != site.repository.lower() and call.names:
            raise not_found()
        return answer(site, call)
    except RefusedError as refused:
        return refused.reply
    except NotFoundError:
        return not_found().reply
    except InvalidInputError as error:
        return RefusedError(422, "; ".join(one.message for one in error.diagnostics)).reply
    except SluiceError as error:
        return RefusedError(422, error.message).reply


def _base(request: Request) -> str:
    """Where the one who asks finds the API: ``gh`` takes the socket for GitHub's own host."""
    host = request.headers["host"]
    return f"http://{host}" if request.scope.get("client") else f"https://{host}"


def _response(reply: Reply) -> Response:
    headers = {"X-GitHub-Media-Type": "github.v3; format=json", **reply.headers}
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    return Response(json.dumps(reply.body), reply.status, headers, "application/json; charset=utf-8")
