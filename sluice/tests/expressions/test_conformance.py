"""Every case of GitHub's own expression engine, answered as it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance import conformance_folder

from sluice.expressions.outside import evaluate_case

EXPECTED = 763


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(conformance_folder("expressions").glob("*.json")):
        for group, listed in json.loads(path.read_text(encoding="utf-8")).items():
            yield from ((f"{path.stem}/{group}", case) for case in listed)


def complaint(case: dict[str, Any]) -> str | None:
    answer: Any = evaluate_case({"expr": case["expr"], "contexts": case.get("contexts") or {}})
    if "err" in case:
        wanted = case["err"]
        error = answer.get("error")
        right = error is not None and error["kind"] == wanted["kind"] and wanted["value"] in error["message"]
    else:
        wanted = case["result"]
        right = answer.get("kind") == wanted["kind"] and same(answer["value"], wanted["value"])
    return None if right else f"{case['expr']}: wanted {wanted}, got {answer}"


def same(value: object, wanted: object) -> bool:
    """Equal as JSON; ``true`` is not 1."""
    return json.dumps(normal(value), sort_keys=True) == json.dumps(normal(wanted), sort_keys=True)


def normal(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | dict | list):
        return value
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return float(value) + 0.0  # JSON makes no difference between 0 and -0


def test_every_case_of_githubs_engine_has_githubs_answer() -> None:
    listed = list(cases())
    wrong = [f"{name}: {found}" for name, case in listed if (found := complaint(case)) is not None]
    print(f"{len(listed) - len(wrong)} of {len(listed)} expression cases")
    assert wrong == []
    assert len(listed) == EXPECTED


def test_a_wrong_answer_would_be_noticed() -> None:
    assert complaint({"expr": "1", "result": {"kind": "Number", "value": 2}}) is not None
    assert complaint({"expr": "1 ==", "err": {"kind": "lexing", "value": "x"}}) is not None
