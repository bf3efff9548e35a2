"""A container as the workflow file describes it, evaluated: an entry of ``services``, or a job's ``container``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_token
from sluice.workflow.tokens import MappingToken, Token

if TYPE_CHECKING:
    from sluice.runners.container.specification.request import ContainerRequest, Credentials

JOB = "job"


def read_container(token: Token | None, scope: Scope) -> ContainerRequest | None:
    """A job's container; ``None`` where its image comes out empty, as on GitHub. Raises ``EvaluationError``."""
    request = None if token is None else read_request(JOB, evaluate_token(token, scope), token)
    return request if request is not None and request.image else None


def container_image(token: Token | None, scope: Scope) -> str:
    """The image alone, before the job has its secrets; empty without a container."""
    if token is None:
        return ""
    image = token.get("image") if isinstance(token, MappingToken) else token
    value = "" if image is None else evaluate_token(image, scope)
    return _image(value.get("image") if isinstance(value, Dictionary) else value, token)


def read_requests(token: Token | None, scope: Scope) -> Iterator[ContainerRequest]:
    """Every entry of ``services``. Raises ``EvaluationError``, also for what is no mapping."""
    if token is None:
        return
    literal = {key.value: value for key, value in token.literal_items()} if isinstance(token, MappingToken) else {}
    for name, entry in _mapping(evaluate_token(token, scope), token).items():
        yield read_request(name, entry, literal.get(name, token))


def read_request(name: str, entry: Value, token: Token) -> ContainerRequest:
    """An entry: an image alone, or its description. An expression may give what GitHub's schema refuses: raises
    ``EvaluationError`` at its place in ``token``.
    """
    from sluice.runners.container.specification.request import ContainerRequest  # noqa: PLC0415 (few jobs have a container)

    if not isinstance(entry, Dictionary):
        return ContainerRequest(name=name, image=_image(entry, token))
    env = _mapping(entry.get("env"), _at(token, "env"))
    return ContainerRequest(
        name=name,
        image=_image(entry.get("image"), _at(token, "image")),
        env={key: _text(value, _at(token, "env")) for key, value in env.items()},
        ports=_words(entry.get("ports"), _at(token, "ports")),
        volumes=_words(entry.get("volumes"), _at(token, "volumes")),
        options=_text(entry.get("options"), _at(token, "options")),
        credentials=_credentials(entry.get("credentials"), _at(token, "credentials")),
        entrypoint=_text(entry.get("entrypoint"), _at(token, "entrypoint")) or None,
        command=_text(entry.get("command"), _at(token, "command")) or None,
    )


def _at(token: Token, key: str) -> Token:
    return (token.get(key) if isinstance(token, MappingToken) else None) or token


def _image(value: Value, token: Token) -> str:
    return _text(value, token).removeprefix("docker://")


def _text(value: Value, token: Token) -> str:
    if isinstance(value, Dictionary | list):
        kind = "mapping" if isinstance(value, Dictionary) else "sequence"
        raise EvaluationError(token.span, f"A {kind} was not expected", hint="a text is expected here")
    return to_text(value)


def _words(value: Value, token: Token) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, Dictionary):
        raise EvaluationError(token.span, "A mapping was not expected", hint="expected a list of texts")
    if not isinstance(value, list):
        raise _unexpected(value, token, "a list of texts, such as fromJSON('[\"5432:5432\"]')")
    return tuple(_text(word, token) for word in value)


def _mapping(value: Value, token: Token) -> Dictionary:
    if value is None:
        return Dictionary()
    if not isinstance(value, Dictionary):
        raise _unexpected(value, token, "a mapping")
    return value


def _unexpected(value: Value, token: Token, expected: str) -> EvaluationError:
    said = "A sequence was not expected" if isinstance(value, list) else f"Unexpected value '{to_text(value)}'"
    return EvaluationError(token.span, said, hint=f"expected {expected}")


def _credentials(value: Value, token: Token) -> Credentials | None:
    if value is None:
        return None
    given = _mapping(value, token)
    from sluice.runners.container.specification.request import Credentials  # noqa: PLC0415 (as above)

    return Credentials(username=_text(given.get("username"), token), password=_text(given.get("password"), token))
