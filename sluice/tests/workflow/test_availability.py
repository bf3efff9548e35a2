"""Which contexts and functions may stand where."""

from __future__ import annotations

import pytest

from sluice.workflow.action_parser import parse_action
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
        (STEP("shell: '${{ matrix.os }}'"), ["Unrecognized named-value: 'matrix'"]),
        (STEP("shell: '${{ fromJSON(1) }}'"), ["A template expression is not allowed in this context"]),
        (STEP("shell: sh") + ", defaults: {run: {shell: '${{ matrix.a }}', working-directory: '${{ env.B }}'}}", []),
        ("runs-on: '${{ env.A }}', steps: []", ["Unrecognized named-value: 'env'"]),
        ("runs-on: x, env: {A: '${{ env.B }}'}, steps: []", ["Unrecognized named-value: 'env'"]),
        ("runs-on: x, steps: [], snapshot: {image-name: a, if: needs.before.result && matrix.b}", []),
        ("runs-on: x, steps: [], snapshot: {image-name: a, if: secrets.A}", ["Unrecognized named-value: 'secrets'"]),
        ("runs-on: x, steps: [], strategy: {matrix: {a: ['${{ matrix.b }}']}}", ["Unrecognized named-value: 'matrix'"]),
    ],
)
def test_rule_10_every_key_has_its_own_contexts_and_functions(where: str, said: list[str]) -> None:
    assert refused(where) == said


def test_rule_10_what_a_workflow_offers_and_calls_is_written_out() -> None:
    text = """
on:
  schedule: [{cron: "${{ vars.CRON }}"}]
  workflow_dispatch: {inputs: {a: {default: "${{ github.actor }}"}, b: {type: choice, options: ["${{ fromJSON(1) }}"]}}}
  workflow_call:
    inputs: {c: {type: string, default: "${{ github.ref }}"}, d: {type: string, default: "${{ secrets.D }}"}}
    outputs: {o: {description: "${{ github.ref }}", value: "${{ jobs.a.result }}"}}
jobs:
  a: {uses: "./.github/workflows/${{ inputs.c }}.yml"}
  b: {runs-on: x, steps: [{run: x, shell: ""}]}
"""
    _, found = parse_workflow(text, "w.yml")
    assert "Located at position 1 within expression: inputs.c" in found[5].message
    assert [(one.span.start.line, one.message.split(".")[0]) for one in found] == [
        (3, "Unrecognized named-value: 'vars'"),
        (4, "Unrecognized named-value: 'github'"),
        (4, "A template expression is not allowed in this context"),
        (6, "Unrecognized named-value: 'secrets'"),
        (7, "Unrecognized named-value: 'github'"),
        (9, "Unrecognized named-value: 'inputs'"),
        (10, "Unexpected value ''"),
    ]


def test_rule_10_defaults_of_a_whole_workflow_are_written_out() -> None:
    defaults = "{run: {shell: '${{ vars.A }}', working-directory: '${{ github.job }}'}}"
    text = f"on: push\ndefaults: {defaults}\njobs: {{a: {{uses: a/b/c@v1}}}}\n"
    _, found = parse_workflow(text, "w.yml")
    assert [one.message.split(".")[0] for one in found] == [
        "Unrecognized named-value: 'vars'",
        "Unrecognized named-value: 'github'",
    ]


COMPOSITE = "runs: {{using: composite, steps: [{{run: x, shell: sh, {}}}]}}".format


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (
            COMPOSITE("if: github.ref && inputs.a && env.B && steps.c.outcome && job.status && runner.os && always()"),
            [],
        ),
        (COMPOSITE("shell: '${{ inputs.shell }}'").replace("shell: sh, ", ""), []),
        (COMPOSITE("env: {A: '${{ secrets.A }}'}"), ["Unrecognized named-value: 'secrets'"]),
        (COMPOSITE("name: '${{ needs.a.result }}'"), ["Unrecognized named-value: 'needs'"]),
        (COMPOSITE("if: vars.A"), ["Unrecognized named-value: 'vars'"]),
        (COMPOSITE("if: success('a')"), ["Too many parameters supplied: 'success'"]),
        (COMPOSITE("timeout-minutes: 5"), ["Unexpected value 'timeout-minutes'"]),
        (COMPOSITE("background: true"), ["Unexpected value 'background'"]),
        ("runs: {using: composite, steps: [{run: x}]}", ["Required property is missing: shell"]),
        ("runs: {using: composite, steps: [{run: x, shell: ''}]}", ["Unexpected value ''"]),
        ("runs: {using: composite, steps: [{uses: a/b@v1, with: {a: '${{ inputs.a }}'}}]}", []),
        ("runs: {using: composite, steps: [{wait: a}]}", ["Required property is missing: uses"]),
        ("inputs: {a: {default: '${{ github.token }}'}}\nruns: {using: node20, main: m.js}", []),
        (
            "inputs: {a: {default: '${{ inputs.b }}'}}\nruns: {using: node20, main: m.js}",
            ["Unrecognized named-value: 'inputs'"],
        ),
        (
            "outputs: {a: {value: '${{ secrets.b }}'}}\nruns: {using: composite, steps: []}",
            ["Unrecognized named-value: 'secrets'"],
        ),
        ("runs: {using: docker, image: i, args: ['${{ inputs.a }}']}", []),
        ("runs: {using: docker, image: i, env: {A: '${{ github.b }}'}}", ["Unrecognized named-value: 'github'"]),
    ],
)
def test_an_action_has_its_own_contexts_keys_and_a_shell(action: str, said: list[str]) -> None:
    _, found = parse_action(f"name: a\n{action}\n", "action.yml")
    assert [one.message.split(".")[0] for one in found] == said
