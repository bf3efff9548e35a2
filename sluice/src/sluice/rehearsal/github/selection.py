"""What a GraphQL query selected of the facts, under the names that it gave them. graphql-core reads the query."""

from __future__ import annotations

from collections.abc import Iterator
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

from sluice.rehearsal.github.calls import RefusedError


class Query(Struct, frozen=True, kw_only=True):
    """A query that was read: its root fields by their answer's name, its fragments, the values of its variables."""

    mutation: bool
    fields: tuple[FieldNode, ...]
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    def arguments(self, node: FieldNode) -> dict[str, Any]:
        """What is given to a field."""
        return {one.name.value: value_from_ast_untyped(one.value, self.variables) for one in node.arguments or ()}

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
            known = found.get(name_of(node))
            found[name_of(node)] = {**known, **inner} if isinstance(known, dict) and isinstance(inner, dict) else inner
        return found

    def _value(self, value: dict[str, Any], node: FieldNode) -> Any:  # noqa: ANN401 - JSON
        found = value.get(node.name.value)
        return found(self.arguments(node)) if callable(found) else found


def read_query(text: str, variables: dict[str, Any]) -> Query:
    """The query. Raises ``RefusedError`` for what is no GraphQL."""
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


def name_of(node: FieldNode) -> str:
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
