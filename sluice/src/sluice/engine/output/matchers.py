"""Find problems in output by a job's problem matchers. In: whole lines. Out: which of them are problems.

A matcher may need several lines in a row; the last pattern may loop. Each search is bounded in time: a matcher whose
expression runs away is removed. To be fast, many lines at once are searched for each matcher's last pattern, and only
the lines around a hit are gone through one by one. Knows nothing of files and logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from sluice.engine.output.matcher_files import MatcherConfiguration, MatcherPattern

TIMEOUT = 1.0
"""Seconds for one search, as in the runner (which tries three times; an expression that ran away once does again)."""

_FEW_LINES = 16
"""Below this many lines, going through them one by one is as fast."""

_UNSURE = re.compile(r"\(\?<?!|\(\?<=|\(\?>|[*+?}]\+|\\[AZzGK]|\(\?[a-zA-Z]|\(\?\(")
"""What may fail in many lines where it matches in one: looking away, not going back, the ends of the text, flags."""


class IssueMatch(Struct, frozen=True, kw_only=True):
    """What a matcher's groups held; ``None`` for a field that no pattern sets."""

    file: str | None = None
    line: str | None = None
    column: str | None = None
    severity: str | None = None
    code: str | None = None
    message: str | None = None
    from_path: str | None = None


_Fields = dict[str, str]


class _Matcher(Struct):
    """A matcher at work: ``running[i]`` is what the patterns up to ``i`` found in the lines just before."""

    configuration: MatcherConfiguration
    running: list[_Fields | None] = field(default_factory=list)
    searchable: bool = True

    def __post_init__(self) -> None:
        self.reset()
        last = self.configuration.patterns[-1]
        self.searchable = _UNSURE.search(last.expression.pattern) is None

    def reset(self) -> None:
        self.running = [None] * (len(self.configuration.patterns) - 1)

    def match(self, line: str) -> _Fields | None:
        """Take one line; the fields of a problem when it completes one. Raises ``TimeoutError``."""
        patterns = self.configuration.patterns
        last = len(patterns) - 1
        for index in range(last, -1, -1):
            before = self.running[index - 1] if index else {}
            if before is None:
                continue
            found = _search(patterns[index], line, before)
            if index < last:
                self.running[index] = found
            elif found is None:
                self._break(index)
            else:
                self._complete(index, before if patterns[index].loop else None)
                return found
        return None

    def _break(self, index: int) -> None:
        if index:
            self.running[index - 1] = None

    def _complete(self, index: int, kept: _Fields | None) -> None:
        self.reset()
        if index:
            self.running[index - 1] = kept


def _search(pattern: MatcherPattern, line: str, before: _Fields) -> _Fields | None:
    found = pattern.expression.search(line, timeout=TIMEOUT)
    if found is None:
        return None
    return {name: found[number] or "" for name, number in pattern.groups.items()} | before


class Scan(Struct, frozen=True, kw_only=True):
    """``found``: line number (from 0) to problem; ``removed``: owners of matchers that ran away."""

    found: dict[int, IssueMatch]
    removed: tuple[str, ...] = ()


class MatcherSet:
    """The matchers of one job, the newest first: a step adds to it, and later steps have them too."""

    def __init__(self) -> None:
        self.configurations: tuple[MatcherConfiguration, ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose matchers there are."""
        return tuple(configuration.owner for configuration in self.configurations)

    def add(self, configurations: Iterable[MatcherConfiguration]) -> None:
        """Add matchers; one of the same owner is replaced."""
        for configuration in configurations:
            self.remove([configuration.owner])
            self.configurations = (configuration, *self.configurations)

    def remove(self, owners: Iterable[str]) -> None:
        """Remove the matchers of these owners; names ignore case."""
        gone = {owner.lower() for owner in owners}
        self.configurations = tuple(found for found in self.configurations if found.owner.lower() not in gone)


class MatcherScanner:
    """One step's use of the job's matchers: what the lines before have begun is the step's own."""

    def __init__(self, matchers: MatcherSet) -> None:
        self._set = matchers
        self._seen: tuple[MatcherConfiguration, ...] = ()
        self._matchers: list[_Matcher] = []

    @property
    def active(self) -> bool:
        """Whether there is any matcher."""
        if self._seen is not self._set.configurations:
            self._follow()
        return bool(self._matchers)

    def scan(self, lines: list[str]) -> Scan:
        """Take whole lines, without line ends and colours."""
        found: dict[int, IssueMatch] = {}
        removed: list[str] = []
        position = 0
        for start, end in self._windows(lines):
            if start > position:
                self._reset()
            for number in range(start, end):
                match = self._match(lines[number], removed)
                if match is not None:
                    found[number] = match
            position = end
        return Scan(found=found, removed=tuple(removed))

    def _follow(self) -> None:
        """Take over what was added to and removed from the job's matchers."""
        known = {id(matcher.configuration): matcher for matcher in self._matchers}
        ran_away = [old for old in self._seen if id(old) not in known]
        self._seen = self._set.configurations
        self._matchers = [known.get(id(new)) or _Matcher(new) for new in self._seen if new not in ran_away]

    def _reset(self, *, besides: _Matcher | None = None) -> None:
        for matcher in self._matchers:
            if matcher is not besides:
                matcher.reset()

    def _match(self, line: str, removed: list[str]) -> IssueMatch | None:
        for matcher in list(self._matchers):
            try:
                fields = matcher.match(line)
            except TimeoutError:
                self._matchers.remove(matcher)
                removed.append(matcher.configuration.owner)
                continue
            if fields is not None:
                self._reset(besides=matcher)
                return _issue(fields, matcher.configuration.severity)
        return None

    def _windows(self, lines: list[str]) -> Iterable[tuple[int, int]]:
        """The ranges of lines to go through: around what may complete a problem, and at both ends, where what came
        before and what comes after may belong to one.
        """
        searchable = [matcher for matcher in self._matchers if matcher.searchable]
        if len(lines) < _FEW_LINES or len(searchable) < len(self._matchers):
            return [(0, len(lines))]
        before = max((len(matcher.configuration.patterns) for matcher in searchable), default=1) - 1
        hits: set[int] = set()
        text = "\n".join(lines)
        for matcher in searchable:
            try:
                hits.update(_hits(matcher.configuration.patterns[-1], text))
            except TimeoutError:
                matcher.searchable = False
                return [(0, len(lines))]
        return _merged(
            [(0, before), *((max(0, hit - before), hit + 1) for hit in sorted(hits)), (len(lines) - before, len(lines))]
        )


def _hits(pattern: MatcherPattern, text: str) -> Iterator[int]:
    """The numbers of the lines in which a match of the pattern may begin."""
    number = position = 0
    while (match := pattern.anywhere.search(text, position, timeout=TIMEOUT)) is not None:
        start = match.start()
        number += text.count("\n", position, start)
        yield number
        position = text.find("\n", start) + 1
        number += 1
        if not position:
            return


def _merged(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in windows:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _issue(fields: _Fields, default_severity: str) -> IssueMatch:
    return IssueMatch(
        file=fields.get("file"),
        line=fields.get("line"),
        column=fields.get("column"),
        severity=fields.get("severity") or default_severity or None,
        code=fields.get("code"),
        message=fields.get("message"),
        from_path=fields.get("fromPath"),
    )
