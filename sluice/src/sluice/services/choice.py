"""Which provider serves a service, or why none can: said before the job starts.

In: a request, the providers in order of preference. Out: one of them, or an error that names what each said.
"""

from __future__ import annotations

from collections.abc import Sequence

from sluice.runners.container.specification.arguments import read_arguments
from sluice.runners.container.specification.options import parse_options
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.protocol import ServiceProvider
from sluice.source.errors import UnavailableError
from sluice.source.image_references import parse_image


def choose_provider(request: ContainerRequest, providers: Sequence[ServiceProvider]) -> ServiceProvider:
    """The first that can serve it.

    Raises ``UsageError`` for an image, port or option that none could read, and ``UnavailableError`` with the
    reason of each provider that is there for such images.
    """
    parse_image(request.image)
    read_arguments(request, parse_options(request.options), {})
    for provider in providers:
        if provider.can_serve(request) is None:
            return provider
    raise UnavailableError(
        f"Nothing on this machine can serve the image '{request.image}' of the service '{request.name}'",
        tried=[f"{one.name}: {one.can_serve(request)}" for one in _expected(request.image, providers)],
        hint="install a container engine (Docker or Podman) and start it; then any image can be served",
    )


def _expected(image: str, providers: Sequence[ServiceProvider]) -> Sequence[ServiceProvider]:
    """Those that are there for such images; all where there is none."""
    return [one for one in providers if one.is_for(image)] or providers


def passed_over(request: ContainerRequest, providers: Sequence[ServiceProvider]) -> Sequence[str]:
    """Why those that are there for such images, and come before the one that serves it, don't."""
    found = []
    for provider in providers:
        reason = provider.can_serve(request)
        if reason is None:
            break
        if provider.is_for(request.image):
            found.append(f"{provider.name}: {reason}")
    return found
