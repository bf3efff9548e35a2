"""Which contexts and functions may stand where."""

from __future__ import annotations

import pytest

from sluice.workflow.parser import parse_workflow


def refused(where: str) -> list[str]:
    text = f"on: push\njobs:\n  before: {{runs-on: x, steps: []}}\n  job: {{needs: before, {where}}}\n"
    _, found = parse_workflow(text, "w.yml")
    return [one.message.split(".")[0] for one in found]


STEP = "runs-on: x, steps: [{{run: x, {}}}]".format


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("runs-on: x, steps: [], if: github.ref && inputs.a && vars.b && needs.before.result", []),
        ("runs-on: x, steps: [], if: matrix.os", ["Unrecognized named-value: 'matrix'"]),
        ("runs-on: x, steps: [], if: secrets.A", ["Unrecognized named-value: 'secrets'"]),
        ("runs-on: x, steps: [], if: \"hashFiles('a')\"", ["Unrecognized function: 'hashFiles'"]),
        ("runs-on: x, steps: [], if: success('before')", []),
        (STEP("if: steps.a.outcome && env.A && job.status && runner.os"), []),
        (STEP("if: secrets.A"), ["Unrecognized named-value: 'secrets'"]),
        (STEP("if: \"hashFiles('a') && success()\""), []),
        (STEP("if: success('before')"), ["Too many parameters supplied: 'success'"]),
        (STEP("env: {A: '${{ secrets.A }}'}"), []),
        (STEP("name: '${{ always() }}'"), ["Unrecognized function: 'always'"]),
        ("runs-on: '${{ env.A }}', steps: []", ["Unrecognized named-value: 'env'"]),
        ("runs-on: x, env: {A: '${{ env.B }}'}, steps: []", ["Unrecognized named-value: 'env'"]),
        ("runs-on: x, steps: [], snapshot: {image-name: a, if: needs.before.result && matrix.b}", []),
        ("runs-on: x, steps: [], snapshot: {image-name: a, if: secrets.A}", ["Unrecognized named-value: 'secrets'"]),
        ("runs-on: x, steps: [], strategy: {matrix: {a: ['${{ matrix.b }}']}}", ["Unrecognized named-value: 'matrix'"]),
    ],
)
def test_rule_10_every_key_has_its_own_contexts_and_functions(where: str, said: list[str]) -> None:
    assert refused(where) == said
