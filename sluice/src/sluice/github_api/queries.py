"""A GraphQL query that was read, and its answer: what it selected of the facts, under the names that it gave them.

graphql-core reads the query: it takes long to load, so whoever answers loads this module when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)
from graphql.error import GraphQLError
from msgspec import Struct

from sluice.github_api.calls import Call, Facts, RefusedError, Reply

Answer = Callable[[Facts], Facts | None]
"""What stands at a root field: its arguments in, all that can be selected out. It may raise ``RefusedError``."""
_KINDS = {404: "NOT_FOUND", 422: "UNPROCESSABLE"}


class Query(Struct, frozen=True, kw_only=True):
    """A query that was read: its root fields by their answer's name, its fragments, the values of its variables."""

    mutation: bool
    fields: tuple[FieldNode, ...]
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    def arguments(self, node: FieldNode) -> dict[str, Any]:
        """What is given to a field."""
        return {one.name.value: value_from_ast_untyped(one.value, self.variables) for one in node.arguments or ()}

    def unknown(self, answers: Container[str]) -> list[str]:
        """The root fields that are not among ``answers``."""
        return [node.name.value for node in self.fields if node.name.value not in answers]

    def select(self, node: FieldNode, value: Any) -> Any:  # noqa: ANN401 - JSON
        """The part of ``value`` that the field asks for; a function in it is asked with the field's arguments."""
        return self._select(value, node.selection_set)

    def _select(self, value: Any, selected: SelectionSetNode | None) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, list):
            return [self._select(one, selected) for one in value]
        if selected is None or not isinstance(value, dict):
            return value
        found: dict[str, Any] = {}
        for node in _fields(selected, value, self.fragments):
            inner = self._select(self._value(value, node), node.selection_set)
            known = found.get(_name_of(node))
            found[_name_of(node)] = {**known, **inner} if isinstance(known, dict) and isinstance(inner, dict) else inner
        return found

    def _value(self, value: dict[str, Any], node: FieldNode) -> Any:  # noqa: ANN401 - JSON
        found = value.get(node.name.value)
        return found(self.arguments(node)) if callable(found) else found


def asked(call: Call) -> Query:
    """The query that a request holds. Raises ``RefusedError`` for one without a token, and for what is no GraphQL."""
    if not call.headers.get("authorization"):
        raise RefusedError(401, "This endpoint requires you to be authenticated.")
    body = call.body
    return _read(str(body.get("query", "")), body.get("variables") or {})


def answer_query(query: Query, answers: Mapping[str, Answer]) -> Reply:
    """What was selected, or the first refusal as an error of GraphQL's; ``answers`` holds every root field's."""
    data: Facts = {}
    for node in query.fields:
        try:
            found = answers[node.name.value](query.arguments(node))
        except RefusedError as refused:
            return failed(_words(refused), _KINDS.get(refused.reply.status, "FORBIDDEN"))
        data[_name_of(node)] = query.select(node, found)
    return Reply(body={"data": data})


def failed(message: str, kind: str = "UNPROCESSABLE") -> Reply:
    """An error of GraphQL's: the request itself was fine."""
    return Reply(body={"data": None, "errors": [{"type": kind, "message": message, "path": []}]})


def _words(refused: RefusedError) -> str:
    """GraphQL says itself what REST has in the errors."""
    body = refused.reply.body
    errors = body.get("errors") if isinstance(body, dict) else None
    told = [error.get("message") or f"{error.get('field')} is {error.get('code')}" for error in errors or ()]
    return "; ".join(told) or str(refused)


def _read(text: str, variables: dict[str, Any]) -> Query:
    try:
        document = parse(text)
    except GraphQLError as error:
        raise RefusedError(400, str(error)) from error
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if not operations:
        raise RefusedError(400, "A query attribute must be specified and must be a string.")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = operations[0]
    fields = tuple(_fields(operation.selection_set, None, fragments))
    return Query(
        mutation=operation.operation.value == "mutation", fields=fields, fragments=fragments, variables=variables
    )


def _name_of(node: FieldNode) -> str:
    """The name under which the field's answer stands."""
    return node.alias.value if node.alias else node.name.value


def _fields(
    selected: SelectionSetNode, value: dict[str, Any] | None, fragments: dict[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of a selection, those of its fragments included where their type is the value's."""
    for node in selected.selections:
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                condition = node.type_condition.name.value if node.type_condition else None
                if _fits(value, condition):
                    yield from _fields(node.selection_set, value, fragments)
            case FragmentSpreadNode() if node.name.value in fragments:
                found = fragments[node.name.value]
                if _fits(value, found.type_condition.name.value):
                    yield from _fields(found.selection_set, value, fragments)
            case _:
                pass


def _fits(value: dict[str, Any] | None, condition: str | None) -> bool:
    kind = (value or {}).get("__typename")
    return condition is None or kind is None or kind == condition
