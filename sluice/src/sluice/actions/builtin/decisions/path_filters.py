"""The filters of ``dorny/paths-filter``: YAML that names patterns, and which changed files each one takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import yaml
from msgspec import Struct

from sluice.actions.builtin.decisions.path_patterns import matches

_LETTERS = {"A": "added", "C": "copied", "D": "deleted", "M": "modified", "R": "renamed", "U": "unmerged"}


class Change(Struct, frozen=True, kw_only=True):
    """A changed file: ``added``, ``copied``, ``deleted``, ``modified``, ``renamed`` or ``unmerged``."""

    path: str
    status: str


class Rule(Struct, frozen=True, kw_only=True):
    """One of ``patterns``, for changes with one of these statuses (``None``: any)."""

    patterns: tuple[str, ...]
    statuses: frozenset[str] | None = None

    def takes(self, change: Change) -> bool:
        """Whether the rule holds for a change."""
        wanted = self.statuses is None or change.status in self.statuses
        return wanted and any(matches(change.path, pattern) for pattern in self.patterns)


class FiltersError(ValueError):
    """The filters can't be read."""


def read_filters(text: str) -> dict[str, tuple[Rule, ...]]:
    """The rules by filter. Raises ``FiltersError``."""
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # nosec B506 - makes only texts
    except yaml.YAMLError as error:
        raise FiltersError(f"Input 'filters' is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise FiltersError("Invalid filter YAML format: Root element is not an object.")
    return {str(name): tuple(_rules(item)) for name, item in document.items()}


def _rules(item: object) -> Iterator[Rule]:
    """A pattern, a list of such things (an anchor brings a list into a list), or patterns by status."""
    match item:
        case str() if item:
            yield Rule(patterns=(item,))
        case list():
            for inner in item:
                yield from _rules(inner)
        case dict():
            yield from (_rule_of_status(key, value) for key, value in item.items())
        case _:
            raise FiltersError(f"Invalid filter YAML format: a pattern is a text, and here is {item!r}.")


def _rule_of_status(key: object, value: object) -> Rule:
    given = value if isinstance(value, list) else [value]
    patterns = tuple(pattern for pattern in given if isinstance(pattern, str))
    if not isinstance(key, str) or len(patterns) != len(given):
        raise FiltersError(f"Invalid filter YAML format: expected patterns by status, and here is {key}: {value!r}.")
    statuses = frozenset(word.strip().lower() for word in key.split("|") if word.strip())
    return Rule(patterns=patterns, statuses=statuses)


def choose(filters: Mapping[str, tuple[Rule, ...]], changes: Iterable[Change], *, every: bool) -> dict[str, list[str]]:
    """The paths that each filter takes: those for which one of its rules holds, or ``every`` one."""
    holds, known = (all if every else any), list(changes)
    return {
        name: [change.path for change in known if holds(rule.takes(change) for rule in rules)]
        for name, rules in filters.items()
    }


def read_changes(output: str) -> list[Change]:
    """What ``git diff --name-status -z`` says."""
    words = [word for word in output.split("\0") if word]
    return [
        Change(path=path, status=_LETTERS.get(letter[:1], letter))
        for letter, path in zip(words[::2], words[1::2], strict=False)
    ]
