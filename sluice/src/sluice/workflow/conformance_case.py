"""A case of GitHub's workflow conformance data, taken apart.

In: the text of a case: options, a workflow, the workflows that it calls, and what must come of it, with a line ``---``
between the parts. Out: these parts. It judges nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import yaml
from msgspec import Struct

_BETWEEN = re.compile(r"(?:^|\r?\n)---[ \t]*\r?\n")


class FixtureOptions(Struct, frozen=True, kw_only=True):
    """What a case sets: limits, whether the result names places, what the caller's token may do."""

    include_source: bool = False
    service: bool = True
    """Whether GitHub's service agrees, or only the parser of its editor."""
    permissions: str = "Write"
    most_depth: int | None = None
    most_jobs: int | None = None
    most_nesting: int | None = None
    called: bool = True
    partial: bool = False


class Fixture(Struct, frozen=True, kw_only=True):
    """``others`` are the workflows that it calls, by what calls them; ``expected`` is the JSON of the last part."""

    file: str
    options: FixtureOptions
    workflow: str
    others: Mapping[str, str]
    expected: Mapping[str, object]


def read_fixture(text: str, name: str) -> Fixture:
    """Take a case apart; ``name`` is that of its file, without its folders. Raises ``ValueError`` when it is none."""
    options, workflow, *pairs, expected = _BETWEEN.split(text)
    if len(pairs) % 2:
        raise ValueError("a called workflow has a name and a text, each between lines of ---")
    result = json.loads(expected)
    if not isinstance(result, dict):
        raise ValueError("the last part is a JSON object")  # noqa: TRY004 (the text is wrong, not a type)
    return Fixture(
        file=f".github/workflows/{name}",
        options=_options(yaml.safe_load(options) or {}),
        workflow=workflow,
        others={called.strip(): other for called, other in zip(pairs[::2], pairs[1::2], strict=True)},
        expected=result,
    )


def _options(given: Mapping[str, object]) -> FixtureOptions:
    return FixtureOptions(
        include_source=given.get("include-source") is True,
        service="C#" not in _words(given.get("skip")),
        permissions=str(given.get("permissions-policy", "Write")),
        most_depth=_number(given, "max-depth"),
        most_jobs=_number(given, "max-job-limit"),
        most_nesting=_number(given, "max-nested-reusable-workflows-depth"),
        called=given.get("skip-reusable-workflows") is not True,
        partial=given.get("is-partial-rerun") is True,
    )


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []


def _number(given: Mapping[str, object], key: str) -> int | None:
    value = given.get(key)
    return value if isinstance(value, int) else None
