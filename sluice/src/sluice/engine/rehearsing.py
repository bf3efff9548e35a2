"""A job that isn't to publish meets a stand-in for GitHub, and events tell what it was told.

In: a session before its first step. Out: contexts that lead to the stand-in, and an event for each effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from sluice.engine.jobs.session import JobSession, Rehearsal
from sluice.events.model import AnnotationCreated, EffectRecorded
from sluice.expressions.values import Value, extended
from sluice.rehearsal.github.stand_in import GitHubStandIn, Visitor
from sluice.rehearsal.uploads.addresses import HELD_BACK
from sluice.rehearsal.uploads.programs import FOLDER, Programs, write_settings
from sluice.runners.protocol import on_machine
from sluice.source.errors import UnavailableError


async def rehearse(session: JobSession, permissions: Mapping[str, str] | None) -> str | None:
    """Let the job in; what a real token could do elsewhere, its made-up one can't. Returns what stands in the way:
    without its stand-in a job would reach out, so that it can't start.
    """
    if session.tools.publish or session.tools.github is None:
        return None
    try:
        await _let_in(session, session.tools.github, permissions)
    except UnavailableError as error:
        return f"The stand-in for GitHub can't be reached from the job: {error.message}"
    return None


def led_back(session: JobSession, path: str) -> str:
    """PATH of a process that the author wrote: what publishes packages is rehearsed there."""
    programs = session.rehearsal.programs if session.rehearsal else None
    return programs.stand_before(path) if programs is not None else path


def record_effect(session: JobSession, kind: str, target: str, request: str) -> None:
    """What would have left the machine."""
    session.emit(EffectRecorded(job=session.key, kind=kind, target=target, request=request, rehearsed=True))


async def _let_in(
    session: JobSession, start: Callable[[Path], Awaitable[GitHubStandIn]], permissions: Mapping[str, str] | None
) -> None:
    record = partial(record_effect, session)

    def warn(message: str) -> None:
        session.emit(AnnotationCreated(job=session.key, level="warning", message=message))

    stand_in = await session.tools.stand_ins.use(GitHubStandIn, start)
    visitor = Visitor(permissions=permissions, record=record, warn=warn)
    repository, workspace = session.context_text("github", "repository"), session.workspace
    place = await stand_in.let_in(workspace, workspace.paths.home, repository, visitor)
    session.rehearsal = Rehearsal(stand_in=stand_in, visitor=visitor)
    _hold_uploads_back(session, session.rehearsal, place.api)
    session.masker.add(place.token)
    addresses: dict[str, Value] = {"api_url": place.api, "graphql_url": place.graphql, "token": place.token}
    session.contexts["github"] = extended(session.contexts["github"], addresses)
    session.contexts["secrets"] = extended(session.contexts["secrets"], {"GITHUB_TOKEN": place.token})


def _hold_uploads_back(session: JobSession, rehearsal: Rehearsal, api: str) -> None:
    """Packages go to the run's index; who asks for PyPI's own by another way finds nobody there."""
    home = session.workspace.paths.home
    write_settings(home, api)
    for name in HELD_BACK:
        session.workspace.name_host(name)
    if not session.contained:
        rehearsal.programs = Programs(home / FOLDER, api, partial(on_machine, session.workspace))


async def outer_address(session: JobSession) -> str:
    """Where this process finds GitHub's API: a job's loopback is its own."""
    if session.rehearsal is None:
        return session.context_text("github", "api_url")
    if session.rehearsal.outer is None:
        session.rehearsal.outer = await session.rehearsal.stand_in.let_in_here(session.rehearsal.visitor)
    return session.rehearsal.outer
