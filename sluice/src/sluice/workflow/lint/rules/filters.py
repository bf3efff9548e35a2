"""Rules for branch, tag and path filters: well-formed patterns that can't match what they are meant for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import Trigger

_REF_KEYS = ("branches", "branches_ignore", "tags", "tags_ignore")
_PATH_KEYS = ("paths", "paths_ignore")
_ILLEGAL_IN_REF = re.compile(r"[\s~^:]|\.\.|@\{|//|/$|\.lock$")


@rule(
    Severity.WARNING,
    "A filter pattern for names that no branch, tag or path ever has matches nothing.",
    "branches: ['refs/heads/main']",
)
def pointless_filter(subject: Subject) -> Iterator[Finding]:
    """Patterns with a prefix that names never have, or with illegal characters."""
    for trigger in subject.workflow.triggers.values():
        for key, pattern in (*_patterns(trigger, _REF_KEYS), *_patterns(trigger, _PATH_KEYS)):
            bare = pattern.removeprefix("!")
            reason = _path_problem(bare) if key.startswith("paths") else _ref_problem(bare)
            if reason:
                yield Finding(
                    span=subject.source.find_after(trigger.event.span, pattern),
                    message=f"The {key} filter '{pattern}' never matches: {reason}",
                )


def _patterns(trigger: Trigger, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        patterns: tuple[str, ...] | None = getattr(trigger, key)
        yield from ((key.replace("_", "-"), pattern) for pattern in patterns or ())


def _ref_problem(pattern: str) -> str | None:
    if pattern.startswith(("refs/heads/", "refs/tags/")):
        return "names are compared without refs/heads/ or refs/tags/"
    if pattern.startswith("/"):
        return "no name begins with '/'"
    illegal = _ILLEGAL_IN_REF.search(pattern)
    return f"no name has {illegal[0]!r} there" if illegal else None


def _path_problem(pattern: str) -> str | None:
    if pattern.startswith(("./", "../")):
        return "paths begin at the root of the repository, without './'"
    if pattern.startswith("/"):
        return "paths begin without '/'"
    if pattern.endswith("/"):
        return "it names a folder; the files in it are matched by '/**'"
    return "it begins or ends with a blank" if pattern != pattern.strip() else None


RULES = (pointless_filter,)
