"""A run, its jobs, artifacts and annotations as GitHub's API has them (docs.github.com/rest/actions).

Two words have no counterpart there. A run whose engine was killed reads as ``failure``; one that passed only as far as
it could run here reads as ``neutral``: what was not checked never reads as a success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct

from sluice.events.model import AnnotationCreated, ArtifactUploaded
from sluice.events.standing import PARTLY, is_protected
from sluice.events.state import JobState, ReviewState, RunState, StepState
from sluice.github_api.calls import Call, Facts
from sluice.github_api.shapes import NamedRepository, node_id, short_repository, steady_id, user
from sluice.source.times import stamp
from sluice.store.runs.numbers import NUMBER_BITS, number_within
from sluice.store.runs.protocol import RunRow
from sluice.views.run.headline import leaf_jobs
from sluice.views.run.listing import row_state
from sluice.views.run.logs import steps_with_logs
from sluice.views.text.wording import short_ref

Named = TypeVar("Named")
_CONCLUSIONS = {"interrupted": "failure", PARTLY: "neutral"}
_LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}


class Place(Struct, frozen=True, kw_only=True):
    """Where things are: the repository, the request, and the address of the pages."""

    repository: NamedRepository
    call: Call
    pages: str

    def at(self, path: str) -> str:
        """The address of something of the repository's Actions."""
        return self.call.at(self.repository.name, f"/actions{path}")


def workflow_number(file: str) -> int:
    """A workflow's number, always the same for its file."""
    return steady_id(file)


def run_facts(place: Place, row: RunRow, actor: str) -> Facts:
    """A ``workflow-run``."""
    base = f"/runs/{row.id}"
    repository = short_repository(place.repository, place.call)
    return {
        "id": row.id,
        "node_id": node_id("WorkflowRun", row.id),
        "name": row.workflow_name or row.workflow_file,
        "display_title": row.run_name or row.workflow_name,
        "head_branch": short_ref(row.ref),
        "head_sha": row.sha,
        "path": row.workflow_file,
        "run_number": row.number,
        "run_attempt": row.attempt,
        "event": row.trigger,
        "status": row.status,
        "conclusion": conclusion_of(row),
        "workflow_id": workflow_number(row.workflow_file),
        "check_suite_id": row.id,
        "check_suite_node_id": node_id("CheckSuite", row.id),
        "url": place.at(base),
        "html_url": f"{place.pages}/runs/{row.run}",
        "pull_requests": [],
        "created_at": stamp(row.created),
        "run_started_at": stamp(row.created),
        "updated_at": stamp(row.completed or row.created),
        "actor": user(place.call, actor),
        "triggering_actor": user(place.call, actor),
        "jobs_url": place.at(f"{base}/jobs"),
        "logs_url": place.at(f"{base}/logs"),
        "check_suite_url": place.call.at(place.repository.name, f"/check-suites/{row.id}"),
        "artifacts_url": place.at(f"{base}/artifacts"),
        "cancel_url": place.at(f"{base}/cancel"),
        "rerun_url": place.at(f"{base}/rerun"),
        "previous_attempt_url": None,
        "workflow_url": place.at(f"/workflows/{workflow_number(row.workflow_file)}"),
        "head_commit": None,
        "repository": repository,
        "head_repository": repository,
    }


def job_numbers(run: int, state: RunState) -> dict[int, JobState]:
    """The job runs by their numbers, which stay the same while others come."""
    return _numbered(run, {job.key: job for job in leaf_jobs(state)})


def artifact_numbers(run: int, state: RunState) -> dict[int, ArtifactUploaded]:
    """The artifacts by their numbers; the last of each name, which is what took the place of those before it."""
    return _numbered(run, {one.name: one for job in state.jobs.values() for one in job.artifacts})


def _numbered(run: int, named: Mapping[str, Named]) -> dict[int, Named]:
    found: dict[int, Named] = {}
    for name, one in named.items():
        number = number_within(run, name)
        while number in found:
            number = (run << NUMBER_BITS) + (number + 1) % (1 << NUMBER_BITS)
        found[number] = one
    return found


def job_facts(place: Place, row: RunRow, number: int, job: JobState) -> Facts:
    """A ``job``."""
    started = stamp(job.started or job.waiting_since or job.completed or row.created)
    return {
        "id": number,
        "run_id": row.id,
        "run_url": place.at(f"/runs/{row.id}"),
        "run_attempt": row.attempt,
        "node_id": node_id("CheckRun", number),
        "head_sha": row.sha,
        "head_branch": short_ref(row.ref),
        "workflow_name": row.workflow_name,
        "url": place.at(f"/jobs/{number}"),
        "html_url": f"{place.pages}/runs/{row.run}",
        "status": _job_status(job),
        "conclusion": job.conclusion,
        "created_at": started,
        "started_at": started,
        "completed_at": stamp(job.completed) if job.completed else None,
        "name": job.name,
        "steps": list(_steps(job)),
        "check_run_url": place.call.at(place.repository.name, f"/check-runs/{number}"),
        "labels": list(job.labels),
        "runner_id": 1 if job.runner else None,
        "runner_name": job.runner,
        "runner_group_id": None,
        "runner_group_name": None,
    }


def _job_status(job: JobState) -> str:
    """``waiting`` is for the rules of an environment, ``pending`` for a concurrency group, ``queued`` for a place."""
    if is_protected(job):
        return "waiting"
    unstarted = "pending" if job.waiting_for == "concurrency" else "queued"
    return {"pending": "queued", "waiting": unstarted}.get(job.status, job.status)


def _steps(job: JobState) -> Iterator[Facts]:
    for number, step in numbered_steps(job):
        yield {
            "name": step.name or step.id or step.key,
            "status": {"pending": "queued", "waiting": "queued"}.get(step.status, step.status),
            "conclusion": step.conclusion,
            "number": number,
            "started_at": stamp(step.started) if step.started else None,
            "completed_at": stamp(step.completed) if step.completed else None,
        }


def numbered_steps(job: JobState) -> Iterator[tuple[int, StepState]]:
    """The steps with the numbers that they have here and in the archive of logs."""
    return enumerate(steps_with_logs(job), 1)


def artifact_facts(place: Place, row: RunRow, number: int, found: ArtifactUploaded, until: float | None) -> Facts:
    """An ``artifact``. ``until`` is when it expires, in seconds since 1970; ``None`` when its bytes are gone."""
    repository = short_repository(place.repository, place.call)["id"]
    return {
        "id": number,
        "node_id": node_id("Artifact", number),
        "name": found.name,
        "size_in_bytes": found.size,
        "url": place.at(f"/artifacts/{number}"),
        "archive_download_url": place.at(f"/artifacts/{number}/zip"),
        "expired": until is None,
        "digest": f"sha256:{found.digest}",
        "created_at": stamp(row.created),
        "updated_at": stamp(row.created),
        "expires_at": None if until is None else stamp(until),
        "workflow_run": {
            "id": row.id,
            "repository_id": repository,
            "head_repository_id": repository,
            "head_branch": short_ref(row.ref),
            "head_sha": row.sha,
        },
    }


def environment_number(name: str) -> int:
    """An environment's number; case makes no difference to its name."""
    return steady_id(f"environment {name.lower()}")


def pending_facts(place: Place, review: ReviewState) -> Facts:
    """A ``pending-deployment``. Whoever has the server's token may answer, as on its page."""
    return {
        "environment": _environment_facts(place, review.environment),
        "wait_timer": 0,
        "wait_timer_started_at": None,
        "current_user_can_approve": True,
        "reviewers": [{"type": "User", "reviewer": user(place.call, name)} for name in review.reviewers],
    }


def approval_facts(place: Place, review: ReviewState) -> Facts:
    """An ``environment-approvals``."""
    named = _environment_facts(place, review.environment)
    times = dict.fromkeys(("created_at", "updated_at"), stamp(review.requested or 0))
    return {
        "environments": [named | times],
        "state": "approved" if review.approved else "rejected",
        "user": user(place.call, review.reviewer or ""),
        "comment": review.comment,
    }


def _environment_facts(place: Place, name: str) -> Facts:
    number = environment_number(name)
    return {
        "id": number,
        "node_id": node_id("Environment", number),
        "name": name,
        "url": place.call.at(place.repository.name, f"/environments/{quote(name, safe='')}"),
        "html_url": f"{place.pages}/",
    }


def annotation_facts(place: Place, row: RunRow, found: AnnotationCreated) -> Facts:
    """A ``check-annotation``."""
    line = found.line or 1
    return {
        "path": found.file or ".github",
        "start_line": line,
        "end_line": found.end_line or line,
        "start_column": found.column,
        "end_column": found.end_column,
        "annotation_level": _LEVELS[found.level],
        "title": found.title,
        "message": found.message,
        "raw_details": None,
        "blob_href": place.call.at(place.repository.name, f"/contents/{found.file or ''}?ref={row.sha}"),
    }


def fits(row: Facts, wanted: Mapping[str, str]) -> bool:
    """Whether a run is among those that were asked for."""
    columns = {"event": "event", "branch": "head_branch", "head_sha": "head_sha"}
    asked = wanted.get("status")
    return (not asked or asked in {row["status"], row["conclusion"]}) and all(
        row[column] == wanted[name] for name, column in columns.items() if wanted.get(name)
    )


def conclusion_of(row: RunRow) -> str | None:
    """How a run ended, in GitHub's words; ``None`` before its end."""
    state = row_state(row)
    return _CONCLUSIONS.get(state, state) if row.conclusion else None
