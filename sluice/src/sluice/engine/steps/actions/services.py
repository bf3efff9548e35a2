"""What a JavaScript action gets to reach GitHub's services on this machine; the first one that runs starts them."""

from __future__ import annotations

from sluice.actions.results.job import Records, beside_proxies
from sluice.engine.jobs.session import JobSession
from sluice.events.model import ArtifactUploaded, CacheRestored, CacheSaved


async def service_variables(session: JobSession) -> dict[str, str]:
    """The job's services, which close after its last post step. Their token is masked."""
    if session.services is None:
        session.services = session.tools.services(session.key, session.workspace.paths.home, _records(session))
        session.masker.add(session.services.identity.token)
        session.posts.insert(0, session.services.close)
    return await session.services.environment(session.workspace)


def with_services(environment: dict[str, str], services: dict[str, str]) -> dict[str, str]:
    """An action's environment with its services in it."""
    return {**environment, **beside_proxies(environment), **services}


def _records(session: JobSession) -> Records:
    def uploaded(name: str, size: int, files: int, digest: str) -> None:
        session.emit(ArtifactUploaded(job=session.key, name=name, size=size, files=files, digest=digest))

    def saved(key: str, size: int) -> None:
        session.emit(CacheSaved(job=session.key, key=key, size=size))

    def looked_up(key: str, matched: str | None, size: int) -> None:
        session.emit(CacheRestored(job=session.key, key=key, matched=matched, size=size))

    return Records(uploaded=uploaded, saved=saved, looked_up=looked_up)
