"""Does an event start a workflow? In: a typed workflow and the plain facts of an event. Out: yes or no, and why.

The rules are GitHub's: filters are ordered and ``!`` takes matches back; ``branches`` alone leaves tag pushes out and
``tags`` alone branch pushes; ``paths`` is not looked at for tags, and only the first 300 changed files count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from sluice.plan.event.patterns import find_problems, passes
from sluice.source.diagnostics import Diagnostic
from sluice.workflow.model import Trigger, Workflow

DEFAULT_TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
}
"""Events that start only on some activity types when ``types`` is absent; all others start on every type."""

CHANGED_FILES_LIMIT = 300
_PULL_REQUESTS = frozenset(DEFAULT_TYPES)
_SKIP_MARKS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_SKIP_TRAILER = re.compile(r"\n\nskip-checks:\s*true\s*$", re.IGNORECASE)


class Occurrence(Struct, frozen=True, kw_only=True):
    """Something that happened.

    ``activity`` is the activity type (for ``repository_dispatch`` the event's own type). ``ref`` is a full ref:
    what was pushed. ``branch`` is the branch that filters look at where it is not the pushed one: the base of a pull
    request or merge group, the head branch of a ``workflow_run``. ``changed_files`` is ``None`` when it is not known;
    then path filters let everything through. ``workflow`` names the workflow that a ``workflow_run`` is about,
    ``cron`` the line that came due. ``message`` is the head commit's.
    """

    event: str
    activity: str | None = None
    ref: str = ""
    branch: str | None = None
    changed_files: tuple[str, ...] | None = None
    workflow: str | None = None
    cron: str | None = None
    message: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """Whether the workflow starts; ``reason`` is a sentence's end that says why, or why not."""

    starts: bool
    reason: str


def answer(workflow: Workflow, occurrence: Occurrence) -> Answer:
    """Whether this event starts this workflow.

    Raises ``PatternError`` for a filter pattern that can't be read: check with ``find_trigger_problems`` first.
    """
    trigger = workflow.triggers.get(occurrence.event)
    if trigger is None:
        listed = ", ".join(workflow.triggers)
        return _no(f"'{occurrence.event}' is not among its events ({listed})")
    for check in (_check_skip, _check_activity, _check_source, _check_refs, _check_paths):
        refusal = check(trigger, occurrence)
        if refusal is not None:
            return _no(refusal)
    return Answer(starts=True, reason=_describe(occurrence))


def find_trigger_problems(workflow: Workflow) -> list[Diagnostic]:
    """A diagnostic for every filter pattern and cron line that can't be read, can't match or comes too often."""
    return [problem for trigger in workflow.triggers.values() for problem in _trigger_problems(trigger)]


def _trigger_problems(trigger: Trigger) -> Iterable[Diagnostic]:
    yield from _pattern_problems(trigger)
    yield from _pairs_of_filters(trigger)
    if trigger.cron:
        from sluice.plan.event.schedule import find_schedule_problems

        yield from find_schedule_problems(trigger)


def _pattern_problems(trigger: Trigger) -> Iterable[Diagnostic]:
    for key, patterns in _filters(trigger).items():
        for text, message in find_problems(patterns or ()):
            if key.endswith("-ignore") and message.startswith("only patterns"):
                continue
            yield Diagnostic(
                span=trigger.event.span,
                rule="filter-pattern",
                message=f"Invalid pattern '{text}' in '{key}' of '{trigger.event.value}': {message}",
            )


def _pairs_of_filters(trigger: Trigger) -> Iterable[Diagnostic]:
    """What is taken and what is left out can't stand side by side (GitHub's service; its parser takes it)."""
    found = _filters(trigger)
    for one in ("branches", "tags", "paths"):
        if found[one] is not None and found[f"{one}-ignore"] is not None:
            message = f"you may only define one of `{one}` and `{one}-ignore` for a single event"
            hint = f"`!` before a pattern of `{one}` takes it back"
            yield Diagnostic(span=trigger.event.span, rule="filters", message=message, hint=hint)


def _filters(trigger: Trigger) -> dict[str, tuple[str, ...] | None]:
    return {
        "branches": trigger.branches,
        "branches-ignore": trigger.branches_ignore,
        "tags": trigger.tags,
        "tags-ignore": trigger.tags_ignore,
        "paths": trigger.paths,
        "paths-ignore": trigger.paths_ignore,
    }


def _no(reason: str) -> Answer:
    return Answer(starts=False, reason=reason)


def _check_skip(trigger: Trigger, occurrence: Occurrence) -> str | None:
    if trigger.event.value not in {"push", "pull_request"}:
        return None
    found = next((mark for mark in _SKIP_MARKS if mark in occurrence.message), None)
    if found is None and _SKIP_TRAILER.search(occurrence.message):
        found = "skip-checks: true"
    return f"the commit message says '{found}'" if found else None


def _check_activity(trigger: Trigger, occurrence: Occurrence) -> str | None:
    types = trigger.types if trigger.types is not None else DEFAULT_TYPES.get(trigger.event.value)
    if types is None or occurrence.activity is None or occurrence.activity in types:
        return None
    default = "" if trigger.types is not None else ", the default for this event"
    return f"activity type '{occurrence.activity}' is not among {_listed(types)}{default}"


def _check_source(trigger: Trigger, occurrence: Occurrence) -> str | None:
    named = trigger.workflows
    if occurrence.event == "workflow_run" and named is not None and occurrence.workflow not in named:
        return f"workflow '{occurrence.workflow}' is not among {_listed(named)}"
    if occurrence.event == "schedule" and occurrence.cron is not None:
        lines = tuple(line.value for line, _ in trigger.cron)
        if occurrence.cron not in lines:
            return f"cron '{occurrence.cron}' is not among {_listed(lines)}"
    return None


def _check_refs(trigger: Trigger, occurrence: Occurrence) -> str | None:
    tag = occurrence.ref.removeprefix("refs/tags/")
    if occurrence.event == "push" and tag != occurrence.ref:
        if trigger.tags is None and trigger.tags_ignore is None:
            only = trigger.branches is not None or trigger.branches_ignore is not None
            return "a tag was pushed and the trigger names only branches" if only else None
        return _check_name("tag", tag, trigger.tags, trigger.tags_ignore)
    branch = _branch_of(occurrence)
    if branch is None:
        return None
    if trigger.branches is None and trigger.branches_ignore is None:
        only = trigger.tags is not None or trigger.tags_ignore is not None
        return "a branch was pushed and the trigger names only tags" if only else None
    return _check_name("branch", branch, trigger.branches, trigger.branches_ignore)


def _branch_of(occurrence: Occurrence) -> str | None:
    if occurrence.event == "push":
        return occurrence.ref.removeprefix("refs/heads/")
    return occurrence.branch


def _check_name(kind: str, name: str, wanted: tuple[str, ...] | None, ignored: tuple[str, ...] | None) -> str | None:
    plural = "branches" if kind == "branch" else "tags"
    if wanted is not None and not passes(wanted, name):
        return f"{kind} '{name}' does not pass {plural}: {_listed(wanted)}"
    if ignored is not None and passes(ignored, name):
        return f"{kind} '{name}' is left out by {plural}-ignore: {_listed(ignored)}"
    return None


def _check_paths(trigger: Trigger, occurrence: Occurrence) -> str | None:
    if occurrence.changed_files is None or not _looks_at_paths(occurrence):
        return None
    files = occurrence.changed_files[:CHANGED_FILES_LIMIT]
    counted = "" if len(files) == len(occurrence.changed_files) else f" (only the first {CHANGED_FILES_LIMIT} count)"
    if trigger.paths is not None and not any(passes(trigger.paths, file) for file in files):
        return f"no changed file passes paths: {_listed(trigger.paths)}{counted}"
    if trigger.paths_ignore is not None and all(passes(trigger.paths_ignore, file) for file in files):
        return f"every changed file is left out by paths-ignore: {_listed(trigger.paths_ignore)}{counted}"
    return None


def _looks_at_paths(occurrence: Occurrence) -> bool:
    if occurrence.event == "push":
        return not occurrence.ref.startswith("refs/tags/")
    return occurrence.event in _PULL_REQUESTS


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _describe(occurrence: Occurrence) -> str:
    activity = f" ({occurrence.activity})" if occurrence.activity else ""
    where = occurrence.branch or occurrence.ref
    return f"started by {occurrence.event}{activity}{f' on {where}' if where else ''}"
