"""An image that a container needs: here already, or pulled with the credentials given, its progress told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

import anyio
import anyio.from_thread
import anyio.to_thread

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.request import ContainerRequest, Credentials
from sluice.source.errors import UnavailableError
from sluice.source.image_references import parse_image

_TELLING = ("Pulling from", "Download complete", "Already exists", "Pull complete", "Digest:", "Status:")


async def bring_image(
    engine: Engine, request: ContainerRequest, whose: str, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Pull the image where it is missing; ``whose`` says what it is for, ``tell`` gets the engine's progress.

    Raises ``UnavailableError`` with the engine's words.
    """
    reference = parse_image(request.image)
    with suppress(EngineError):
        await engine.call("inspect_image", request.image)
        return
    name = f"{reference.registry}/{reference.repository}"
    tag = reference.digest or reference.tag or "latest"
    try:
        await anyio.to_thread.run_sync(lambda: _pull(engine, (name, tag), request.credentials, tell))
    except EngineError as error:
        raise UnavailableError(
            f"The image '{request.image}' {whose} can't be pulled",
            tried=[error.message],
            hint="is its name right, can its registry be reached, do its credentials allow it?",
        ) from error


def _pull(engine: Engine, what: tuple[str, str], credentials: Credentials | None, tell: Callable[[str], None]) -> None:
    name, tag = what
    login = None if credentials is None else {"username": credentials.username, "password": credentials.password}

    def work() -> None:
        news: Iterable[Mapping[str, str]] = engine.client.pull(
            name, tag=tag, auth_config=login, stream=True, decode=True
        )
        for line in _told(news):
            anyio.from_thread.run_sync(tell, line)

    engine.translated(work)


def _told(news: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The lines worth a log. Raises ``EngineError`` for what went wrong under way, at the end, which gives the
    connection back.
    """
    problem = None
    for entry in news:
        problem = problem or entry.get("error")
        status = entry.get("status", "")
        if status.startswith(_TELLING):
            yield f"{entry['id']}: {status}" if entry.get("id") else status
    if problem is not None:
        raise EngineError(f"The container engine refuses: {problem}")
