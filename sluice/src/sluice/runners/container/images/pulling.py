"""An image that a container needs: here already, or pulled with the credentials given, its progress told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.images.news import News, follow
from sluice.runners.container.specification.request import ContainerRequest, Credentials
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
    login = _login(request.credentials)

    def begin(client: Any) -> News:  # noqa: ANN401 - the library has no types
        news: News = client.pull(name, tag=tag, auth_config=login, stream=True, decode=True)
        return news

    def hear(entry: Mapping[str, Any]) -> None:
        status = entry.get("status", "")
        if status.startswith(_TELLING):
            tell(f"{entry['id']}: {status}" if entry.get("id") else status)

    try:
        await follow(engine, begin, hear)
    except EngineError as error:
        raise UnavailableError(
            f"The image '{request.image}' {whose} can't be pulled",
            tried=[error.message],
            hint="is its name right, can its registry be reached, do its credentials allow it?",
        ) from error


def _login(credentials: Credentials | None) -> dict[str, str] | None:
    return None if credentials is None else {"username": credentials.username, "password": credentials.password}
