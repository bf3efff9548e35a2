"""Every case of GitHub's own conformance data for expressions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance_data import conformance_folder

from sluice.expressions.outside import evaluate_case

Case = dict[str, Any]


def _cases(folder: Path) -> Iterator[tuple[str, Case]]:
    for file in sorted(folder.glob("*.json")):
        for group, cases in json.loads(file.read_text(encoding="utf-8")).items():
            yield from ((f"{file.stem}/{group}", case) for case in cases)


def _is_right(case: Case, answer: dict[str, Any]) -> bool:
    if "err" not in case:
        return bool(answer == case["result"])
    error = answer.get("error", {})
    return bool(error.get("kind") == case["err"]["kind"] and case["err"]["value"] in error["message"])


def test_every_conformance_case_has_githubs_answer(record_property: Callable[[str, object], None]) -> None:
    cases = list(_cases(conformance_folder("expressions")))
    wrong = [
        (name, case["expr"], evaluate_case(case)) for name, case in cases if not _is_right(case, evaluate_case(case))
    ]
    record_property("checked", f"{len(cases)} expression cases of GitHub's conformance data")
    assert wrong == []
    assert len(cases) >= 763


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ({"expr": "1", "result": {"kind": "Number", "value": 1}}, {"kind": "Number", "value": 2}),
        ({"expr": "1", "result": {"kind": "Number", "value": 1}}, {"kind": "String", "value": 1}),
        ({"expr": "(", "err": {"kind": "parsing", "value": "x"}}, {"error": {"kind": "lexing", "message": "x"}}),
        ({"expr": "(", "err": {"kind": "parsing", "value": "x"}}, {"kind": "Null", "value": None}),
    ],
)
def test_a_wrong_answer_is_noticed(case: Case, answer: dict[str, Any]) -> None:
    assert not _is_right(case, answer)
