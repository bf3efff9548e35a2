"""A container as the workflow file describes it, evaluated: an entry of ``services``, or a job's ``container``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.workflow.evaluation import Scope, evaluate_token
from sluice.workflow.tokens import MappingToken, Token

if TYPE_CHECKING:
    from sluice.runners.container.specification.request import ContainerRequest, Credentials

JOB = "job"


def read_container(token: Token | None, scope: Scope) -> ContainerRequest | None:
    """A job's container; ``None`` where its image comes out empty, as on GitHub. Raises ``EvaluationError``."""
    request = None if token is None else read_request(JOB, evaluate_token(token, scope))
    return request if request is not None and request.image else None


def container_image(token: Token | None, scope: Scope) -> str:
    """The image alone, before the job has its secrets; empty without a container."""
    image = token.get("image") if isinstance(token, MappingToken) else token
    value = "" if image is None else evaluate_token(image, scope)
    return _image(value.get("image") if isinstance(value, Dictionary) else value)


def read_request(name: str, entry: Value) -> ContainerRequest:
    """An entry: an image alone, or its description."""
    from sluice.runners.container.specification.request import ContainerRequest  # noqa: PLC0415 (few jobs have a container)

    if not isinstance(entry, Dictionary):
        return ContainerRequest(name=name, image=_image(entry))
    given = entry.get("env")
    return ContainerRequest(
        name=name,
        image=_image(entry.get("image")),
        env={key: to_text(value) for key, value in given.items()} if isinstance(given, Dictionary) else {},
        ports=_words(entry.get("ports")),
        volumes=_words(entry.get("volumes")),
        options=to_text(entry.get("options")),
        credentials=_credentials(entry.get("credentials")),
        entrypoint=to_text(entry.get("entrypoint")) or None,
        command=to_text(entry.get("command")) or None,
    )


def _image(value: Value) -> str:
    return to_text(value).removeprefix("docker://")


def _words(value: Value) -> tuple[str, ...]:
    return tuple(to_text(word) for word in value) if isinstance(value, list) else ()


def _credentials(value: Value) -> Credentials | None:
    if not isinstance(value, Dictionary):
        return None
    from sluice.runners.container.specification.request import Credentials  # noqa: PLC0415 (as above)

    return Credentials(username=to_text(value.get("username")), password=to_text(value.get("password")))
