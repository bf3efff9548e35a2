"""GitHub's own cases of workflow files: every one, compared exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conformance_data import conformance_folder

from sluice.workflow.conformance import outcome
from sluice.workflow.conformance_case import read_fixture

LEFT_OUT = {
    "errors-anchor-tag": "GitHub has accepted anchors since 2025; this case is older",
    "errors-max-result-size": "a limit on the bytes of GitHub's own objects, which nobody meets before that on nesting",
}
COUNT = 132


@pytest.mark.slow
def test_every_case_comes_out_as_github_says(record_property: Callable[[str, object], None]) -> None:
    cases = sorted(conformance_folder("workflows").glob("*.yml"))
    different = [path.stem for path in cases if path.stem not in LEFT_OUT and not _agrees(path)]
    assert different == []
    assert len(cases) == COUNT
    reasons = "; ".join(f"{name}: {reason}" for name, reason in LEFT_OUT.items())
    record_property("checked", f"{COUNT - len(LEFT_OUT)} of {COUNT} workflow cases of GitHub's data ({reasons})")


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_case_that_is_left_out_differs_still(name: str) -> None:
    assert not _agrees(conformance_folder("workflows") / f"{name}.yml")


def _agrees(path: Path) -> bool:
    case = read_fixture(path.read_text(encoding="utf-8"), path.name)
    expected = {key: value for key, value in case.expected.items() if key != "events"}
    return outcome(case) == expected


def test_a_case_with_a_planted_difference_is_seen(tmp_path: Path) -> None:
    text = "---\non: push\njobs: {a: {runs-on: x, steps: []}}\n---\n" + '{"jobs": []}'
    path = tmp_path / "planted.yml"
    path.write_text(text, encoding="utf-8")
    assert not _agrees(path)
