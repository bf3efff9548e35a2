"""Rules for branch, tag and path filters: patterns that can't match what they are meant for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.source.positions import Span
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import Trigger

_REF_KEYS = ("branches", "branches_ignore", "tags", "tags_ignore")
_PATH_KEYS = ("paths", "paths_ignore")
_ILLEGAL_IN_REF = re.compile(r"[\s~^:]|\.\.|@\{|//|\\(?![*?+\[\]!\\])|/$|\.lock$")
_QUANTIFIED_NOTHING = re.compile(r"^!?[?+]|[/(][?+]")


def _patterns(trigger: Trigger, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        patterns: tuple[str, ...] | None = getattr(trigger, key)
        yield from ((key.replace("_", "-"), pattern) for pattern in patterns or ())


@rule(
    Severity.WARNING,
    "A filter pattern with a mistake never matches.",
    "branches: ['refs/heads/main']",
)
def invalid_filter(subject: Subject) -> Iterator[Finding]:
    """Patterns with unbalanced brackets, with a prefix that names never have, or with illegal characters."""
    for trigger in subject.workflow.triggers.values():
        for key, pattern in (*_patterns(trigger, _REF_KEYS), *_patterns(trigger, _PATH_KEYS)):
            reason = _pattern_problem(pattern) or (
                _path_problem(pattern) if key.startswith("paths") else _ref_problem(pattern)
            )
            if reason:
                yield Finding(
                    span=_place(subject, trigger, pattern),
                    message=f"The {key} filter '{pattern}' never matches as meant: {reason}",
                )


def _pattern_problem(pattern: str) -> str | None:
    bare = pattern.removeprefix("!")
    if not bare:
        return "it is empty"
    bracket = re.sub(r"\\.|\[[^\]]*\]", "", bare)
    if "[" in bracket:
        return "a '[' is not closed"
    if re.search(r"\[\]", bare):
        return "a pair of brackets is empty"
    backwards = next((m for m in re.findall(r"\[[^\]]*?(\w)-(\w)", bare) if m[0] > m[1]), None)
    if backwards:
        return f"the range {backwards[0]}-{backwards[1]} is backwards"
    if _QUANTIFIED_NOTHING.search(bare):
        return "'?' and '+' repeat the character before them, and there is none"
    return None


def _ref_problem(pattern: str) -> str | None:
    bare = pattern.removeprefix("!")
    if bare.startswith(("refs/heads/", "refs/tags/")):
        return "names are compared without refs/heads/ or refs/tags/"
    if bare.startswith("/"):
        return "no name begins with '/'"
    illegal = _ILLEGAL_IN_REF.search(bare)
    return f"no name has {illegal[0]!r} there" if illegal else None


def _path_problem(pattern: str) -> str | None:
    bare = pattern.removeprefix("!")
    if bare.startswith(("./", "../")):
        return "paths begin at the root of the repository, without './'"
    if bare.startswith("/"):
        return "paths begin without '/'"
    if bare.endswith("/"):
        return "it names a folder; files in it are matched by '/**'"
    if bare != bare.strip():
        return "it begins or ends with a blank"
    return None


@rule(
    Severity.WARNING,
    "Filters that only exclude include nothing: the event never starts the workflow.",
    "branches: ['!main']",
)
def filter_without_inclusion(subject: Subject) -> Iterator[Finding]:
    """Lists of patterns that all begin with ``!``."""
    for trigger in subject.workflow.triggers.values():
        for key in ("branches", "tags", "paths"):
            patterns: tuple[str, ...] | None = getattr(trigger, key)
            if patterns and all(pattern.startswith("!") for pattern in patterns):
                yield Finding(
                    span=_place(subject, trigger, patterns[0]),
                    message=f"The {key} filter of '{trigger.event.value}' only excludes, so nothing matches it",
                    hint=f"begin with '**', or use `{key}-ignore`",
                )


def _place(subject: Subject, trigger: Trigger, pattern: str) -> Span:
    return subject.source.find_after(trigger.event.span, pattern) if pattern else trigger.event.span


RULES = (invalid_filter, filter_without_inclusion)
