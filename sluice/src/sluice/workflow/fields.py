"""Take typed values out of a mapping and collect what is wrong, in GitHub's words."""

from __future__ import annotations

from collections.abc import Iterable

from sluice.expressions.errors import ExpressionError
from sluice.expressions.parser import parse_expression
from sluice.expressions.syntax import Call, Expression
from sluice.expressions.traversal import has_status_function
from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Span
from sluice.source.suggestions import did_you_mean
from sluice.workflow.model import Condition, Located
from sluice.workflow.tokens import (
    BooleanToken,
    ExpressionToken,
    MappingToken,
    NullToken,
    NumberToken,
    SequenceToken,
    StringToken,
    Token,
)
from sluice.workflow.yaml_reader import parse_token


class Problems:
    """The diagnostics of one file."""

    def __init__(self, found: list[Diagnostic]) -> None:
        self.found = found

    def add(self, span: Span, rule: str, message: str, allowed: Iterable[str] = (), hint: str | None = None) -> None:
        """One thing more."""
        self.found.append(Diagnostic(span=span, rule=rule, message=message, allowed=tuple(allowed), hint=hint))


class Fields:
    """The entries of a mapping; ``None`` and scalars read as an empty one, with a diagnostic."""

    def __init__(self, token: Token | None, problems: Problems, span: Span) -> None:
        self.problems = problems
        self.span = token.span if token is not None else span
        self._token = token if isinstance(token, MappingToken) else None
        if isinstance(token, SequenceToken):
            problems.add(token.span, "unexpected-type", "A sequence was not expected")
        elif token is not None and not isinstance(token, MappingToken | NullToken):
            problems.add(token.span, "unexpected-value", f"Unexpected value '{literal(token)}'")

    def check(self, allowed: Iterable[str]) -> None:
        """Every key that is none of ``allowed`` is an error."""
        known = tuple(allowed)
        for key, _ in self._token.entries if self._token else ():
            if isinstance(key, StringToken) and key.value in known:
                continue
            name = key.value if isinstance(key, StringToken) else "${{ }}"
            self.problems.add(
                key.span, "unexpected-value", f"Unexpected value '{name}'", known, did_you_mean(name, known)
            )

    def warn(self, allowed: Iterable[str]) -> None:
        """A key that is none of ``allowed`` has no effect, which GitHub does not mind."""
        known = tuple(allowed)
        for key, _ in self.literal_items():
            if key.value not in known:
                message = f"'{key.value}' has no effect here"
                found = Diagnostic(
                    span=key.span, rule="unused-key", message=message, allowed=known, severity=Severity.WARNING
                )
                self.problems.found.append(found)

    def get(self, name: str) -> Token | None:
        """The value of a key; an empty one reads as absent."""
        found = self._token.get(name) if self._token else None
        return None if isinstance(found, NullToken) else found

    def has(self, name: str) -> bool:
        """Whether the key is there, empty or not."""
        return self._token is not None and self._token.get(name) is not None

    def required(self, name: str) -> Token | None:
        """The value of a key that must be there."""
        found = self.get(name)
        if found is None:
            self.problems.add(self.span, "required-property", f"Required property is missing: {name}")
        return found

    def entries(self, name: str) -> Token | None:
        """A mapping, or an expression that will give one; nothing and anything else is an error."""
        found = self.find(name)
        if found is None or isinstance(found, MappingToken | ExpressionToken):
            return found
        self._refuse(found)
        return None

    def sequence(self, name: str) -> Token | None:
        """A list, or an expression that will give one; nothing and anything else is an error."""
        found = self.find(name)
        if found is None or isinstance(found, SequenceToken | ExpressionToken):
            return found
        self._refuse(found)
        return None

    def texts(self, name: str) -> Token | None:
        """A mapping of texts, or an expression that will give one."""
        found = self.entries(name)
        for _, value in found.entries if isinstance(found, MappingToken) else ():
            if isinstance(value, SequenceToken | MappingToken):
                self._refuse(value)
        return found

    def plain_or_mapping(self, name: str) -> Token | None:
        """A scalar, an expression or a mapping; a list is an error."""
        found = self.get(name)
        return found if isinstance(found, MappingToken) else self.plain(name)

    def list_of_texts(self, name: str) -> Token | None:
        """A list of scalars, or an expression that will give one."""
        found = self.sequence(name)
        for item in found.items if isinstance(found, SequenceToken) else ():
            if isinstance(item, SequenceToken | MappingToken):
                self._refuse(item)
        return found

    def filled(self, name: str) -> Token | None:
        """The value of a key, which must not be empty where the key is there."""
        found = self.find(name)
        if isinstance(found, NullToken) or (isinstance(found, StringToken) and not found.value):
            self._refuse(found)
            return None
        return found

    def required_text(self, name: str) -> Token | None:
        """A scalar or an expression that must be there and not be empty."""
        if not self.has(name):
            return self.required(name)
        self.filled(name)
        return self.plain(name)

    @property
    def is_open(self) -> bool:
        """Whether an expression among the keys may add others."""
        return self._token is not None and len(self._token.entries) > len(list(self._token.literal_items()))

    def plain(self, name: str) -> Token | None:
        """A scalar or an expression; a list or a mapping is an error."""
        found = self.get(name)
        if isinstance(found, SequenceToken | MappingToken):
            self._refuse(found)
            return None
        return found

    def find(self, name: str) -> Token | None:
        """The value of a key, an empty one included."""
        return self._token.get(name) if self._token else None

    def _refuse(self, found: Token) -> None:
        if isinstance(found, SequenceToken | MappingToken):
            kind = "sequence" if isinstance(found, SequenceToken) else "mapping"
            self.problems.add(found.span, "unexpected-type", f"A {kind} was not expected")
        else:
            self.problems.add(found.span, "unexpected-value", f"Unexpected value '{literal(found)}'")

    def no_expression(self, name: str) -> None:
        """Nothing can be read where this key stands: GitHub knows no context for it."""
        found = self.get(name)
        for token in found.items if isinstance(found, SequenceToken) else (found,):
            if isinstance(token, ExpressionToken):
                self._refuse_expression(token)

    def _refuse_expression(self, token: ExpressionToken) -> None:
        for written in written_expressions(token.raw, token.source, token.expression):
            try:
                parse_expression(written, contexts=(), functions=())
            except ExpressionError as error:
                self.problems.add(token.span, "unavailable-context", str(error))
                return
        self.problems.add(token.span, "expression", "A template expression is not allowed in this context")

    def mapping(self, name: str) -> MappingToken | None:
        """A mapping; anything else is an error."""
        found = self.find(name)
        if found is None or isinstance(found, MappingToken):
            return found
        self.problems.add(
            found.span, "unexpected-type", f"Unexpected value '{literal(found)}'", hint=f"'{name}' is a mapping"
        )
        return None

    def fields(self, name: str) -> Fields:
        """The entries of a mapping below."""
        return Fields(self.get(name), self.problems, self.span)

    def literal_items(self) -> list[tuple[StringToken, Token]]:
        """The entries with literal keys, in file order."""
        return list(self._token.literal_items()) if self._token else []

    def located(self, name: str) -> Located[str] | None:
        """A plain string with its place."""
        found = self.get(name)
        return None if found is None else Located(literal(found), found.span)

    def text(self, name: str) -> str | None:
        """A plain string."""
        found = self.get(name)
        return None if found is None else literal(found)

    def flag(self, name: str) -> bool:
        """A literal boolean, false when absent."""
        found = self.find(name)
        if found is None or isinstance(found, BooleanToken):
            return found is not None and found.value
        self.problems.add(found.span, "unexpected-value", f"Unexpected value '{literal(found)}'", ("true", "false"))
        return False

    def number(self, name: str) -> Token | None:
        """A number, or an expression that will give one."""
        return self._scalar(name, NumberToken)

    def boolean(self, name: str) -> Token | None:
        """A boolean, or an expression that will give one."""
        return self._scalar(name, BooleanToken)

    def _scalar(self, name: str, kind: type[NumberToken | BooleanToken]) -> Token | None:
        found = self.find(name)
        if found is None or isinstance(found, kind | ExpressionToken):
            return found
        self.problems.add(found.span, "unexpected-value", f"Unexpected value '{literal(found)}'")
        return None

    def words(self, name: str) -> tuple[str, ...] | None:
        """One string or a list of strings."""
        located = self.located_words(name)
        return None if located is None else tuple(word.value for word in located)

    def located_words(self, name: str) -> tuple[Located[str], ...] | None:
        """One string or a list of strings, each with its place."""
        match self.get(name):
            case None:
                return None
            case SequenceToken(items=items):
                return tuple(Located(literal(item), item.span) for item in items)
            case found:
                return (Located(literal(found), found.span),)

    def condition(self, name: str, default: str = "success()", *, implied: bool = True) -> Condition:
        """An ``if``: ``success() &&`` is ``implied`` unless a status function stands in it (semantics 9)."""
        token = self.plain(name)
        if token is None:
            return Condition(span=self.span, source=default, expression=parse_expression(default), written=None)
        written = literal(token)
        if isinstance(token, StringToken) and "${{" in written:  # what is wrong with it has been said
            return Condition(span=token.span, source=written, expression=parse_expression("false"), written=written)
        given = (token.source if isinstance(token, ExpressionToken) else written) or default
        _, found = parse_token(token.span, given, written)
        self.problems.found += found
        if found:
            return Condition(span=token.span, source=given, expression=parse_expression("false"), written=written)
        source = f"success() && ({given})" if implied and not has_status_function(parse_expression(given)) else given
        return Condition(span=token.span, source=source, expression=parse_expression(source), written=written)


def written_expressions(raw: str, source: str, expression: Expression) -> tuple[str, ...]:
    """The expressions in a text: the one it is, or the arguments of the ``format`` that a mixture was read as."""
    if source in raw or not isinstance(expression, Call):
        return (source,)
    return tuple(source[argument.start : argument.end] for argument in expression.arguments[1:])


def literal(token: Token | None) -> str:
    """A scalar as it was written; '' for anything else."""
    match token:
        case StringToken(value=value):
            return value
        case ExpressionToken(raw=raw) | NumberToken(raw=raw):
            return raw
        case BooleanToken(value=value):
            return "true" if value else "false"
        case _:
            return ""
