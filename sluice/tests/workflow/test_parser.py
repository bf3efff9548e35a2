from __future__ import annotations

import pytest

from sluice.source.rendering import render_diagnostic
from sluice.workflow.action_parser import parse_action
from sluice.workflow.model import ActionUsing, NormalJob, ReusableJob, RunStep
from sluice.workflow.parser import parse_workflow
from sluice.workflow.tokens import BooleanToken, InsertToken, MappingToken, NumberToken, StringToken

GOOD = """name: CI
on:
  push: {branches: [main]}
  schedule: [{cron: '0 2 * * *', timezone: Europe/Berlin}]
  workflow_dispatch: {inputs: {level: {type: choice, options: [low, high], default: low}}}
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - run: make
      - {run: make test, if: "github.ref == 'refs/heads/main'"}
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
  call: {needs: build, uses: ./.github/workflows/x.yml, secrets: inherit}
"""


def messages(text: str) -> list[str]:
    return [f"{found.span.start} {found.message}" for found in parse_workflow(text, "w.yml")[1]]


def test_a_workflow_becomes_a_typed_model() -> None:
    workflow, found = parse_workflow(GOOD, "w.yml")
    assert found == []
    assert workflow is not None
    build, call = workflow.jobs["build"], workflow.jobs["call"]
    assert isinstance(build, NormalJob)
    assert isinstance(call, ReusableJob)
    assert [step.id for step in build.steps] == ["__run", "__run_2", "__actions_checkout", "__actions_checkout_2"]
    assert build.steps[1].condition.source == "success() && (github.ref == 'refs/heads/main')"
    assert isinstance(build.timeout_minutes, NumberToken)
    assert workflow.triggers["schedule"].cron[0][1] == "Europe/Berlin"
    assert workflow.triggers["workflow_dispatch"].inputs["level"].options == ("low", "high")


@pytest.mark.parametrize("written", ["always()", "!cancelled()", "failure() || github.ref == ''"])
def test_a_status_function_takes_the_place_of_the_implied_success(written: str) -> None:
    text = f'on: push\njobs: {{a: {{runs-on: x, steps: [{{run: a, if: "{written}"}}]}}}}'
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    job = workflow.jobs["a"]
    assert isinstance(job, NormalJob)
    assert job.steps[0].condition.source == written


@pytest.mark.parametrize("written", ["contains('always()', 'x')", "github.ref != 'failure()'"])
def test_rule_9_a_status_function_within_a_text_takes_no_place(written: str) -> None:
    text = f'on: push\njobs: {{a: {{runs-on: x, steps: [{{run: a, if: "{written}"}}]}}}}'
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    job = workflow.jobs["a"]
    assert isinstance(job, NormalJob)
    assert job.steps[0].condition.source == f"success() && ({written})"


def test_rule_26_the_conditions_of_an_actions_other_stages_imply_nothing() -> None:
    stages = "pre: a, pre-if: github.ref != '', main: b, post: c, post-if: runner.os == 'Linux'"
    action, found = parse_action(f"name: x\nruns: {{using: node20, {stages}}}", "action.yml")
    assert found == []
    assert action is not None
    assert action.pre_if is not None
    assert action.post_if is not None
    assert (action.pre_if.source, action.post_if.source) == ("github.ref != ''", "runner.os == 'Linux'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1 Required property is missing: jobs"]),
        ("on: push", ["1:1 Required property is missing: jobs"]),
        ("on: push\njobs: {a: {steps: [{run: x}]}}", ["2:11 Required property is missing: runs-on"]),
        ("on: push\njobs: {a: {runs-on: x, stepz: []}}", ["2:24 Unexpected value 'stepz'"]),
        (
            "on: push\njobs: {a: {runs-on: x, steps: [{run: x}], needs: b}}",
            ["2:50 Job 'a' depends on unknown job 'b'."],
        ),
        ("on: push\njobs: {1a: {runs-on: x, steps: [{run: x}]}}", ["2:8 The identifier '1a' is invalid."]),
        ("on: push\non: pull_request\njobs: {}", ["2:1 'on' is already defined"]),
        ("on: push\njobs: {a: {runs-on: '${{ github', steps: [{run: x}]}}", ["2:21 The expression is not closed."]),
        ("on: push\njobs: {a: {runs-on: x, steps: [{run: x, if: a ==}]}}", ["2:45 Unexpected end of expression: '=='"]),
        ("on: [push\n", ["2:1 did not find expected ',' or ']'"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, expected: list[str]) -> None:
    found = messages(text)
    assert len(found) >= len(expected)
    for wanted in expected:
        assert any(message.startswith(wanted) for message in found), found


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("on: push\njobs:\n\ta:\n", "YAML is indented with spaces, not with tabs"),
        ("on: pusj\njobs: {a: {runs-on: x, steps: [{run: x}]}}", "did you mean 'push'?"),
        ("on: [push, zzz]\njobs: {a: {runs-on: x, steps: [{run: x}]}}", None),
        ("on: push\njobs:\n  a: @b\n", None),
        (
            "on: push\njobs: \n  a:\n    name: a: b\n",
            "text with ': ' in it stands in quotes or under `|`; a key is indented like those beside it",
        ),
    ],
)
def test_a_usual_mistake_has_a_hint(text: str, hint: str | None) -> None:
    assert [found.hint for found in parse_workflow(text, "w.yml")[1]] == [hint]


def test_every_error_is_collected_not_only_the_first() -> None:
    found = messages("on: push\nextra: 1\njobs:\n  a: {runs-on: x, steps: [{run: x, uzes: y}]}\n  b: {steps: []}\n")
    assert [line.split(" ", 1)[1] for line in found] == [
        "Unexpected value 'extra'",
        "Unexpected value 'uzes'",
        "Required property is missing: runs-on",
    ]


def test_a_cycle_of_needs_names_its_jobs() -> None:
    job = "  {}: {{needs: {}, runs-on: x, steps: [{{run: x}}]}}\n"
    start = "  s: {runs-on: x, steps: [{run: x}]}\n"
    text = f"on: push\njobs:\n{start}{job.format('a', 'b')}{job.format('b', 'a')}"
    assert messages(text) == [
        "4:14 Job 'a' depends on job 'b' which creates a cycle in the dependency graph.",
        "5:14 Job 'b' depends on job 'a' which creates a cycle in the dependency graph.",
    ]


def test_a_secret_in_a_steps_if_is_refused_before_anything_starts() -> None:
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {if: secrets.TOKEN != '', run: x}\n"
    assert messages(text) == [
        "6:14 Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.TOKEN != ''"
    ]


def test_the_allowed_values_and_the_caret_are_shown() -> None:
    text = "on: push\nconcurrency: {group: a, queue: many}\njobs: {}\n"
    found = next(found for found in parse_workflow(text, "w.yml")[1] if "many" in found.message)
    assert render_diagnostic(found, text).splitlines()[1:4] == [
        "    2 | concurrency: {group: a, queue: many}",
        "      |                                ^^^^",
        "  allowed: single, max",
    ]


def test_anchors_stand_for_what_they_name() -> None:
    text = "on: push\njobs:\n  a: &a {runs-on: x, steps: [{run: one}]}\n  b: *a\n"
    workflow, found = parse_workflow(text, "w.yml")
    assert (found, workflow is not None and list(workflow.jobs)) == ([], ["a", "b"])


def test_a_yaml_bomb_is_refused() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + level)}: &{chr(98 + level)} [{','.join(['*' + chr(97 + level)] * 9)}]\n" for level in range(8)
    )
    assert any("Maximum object size exceeded" in message for message in messages(bomb))


def test_deep_nesting_is_refused() -> None:
    assert any("Maximum object depth exceeded" in message for message in messages("on: " + "[" * 80 + "]" * 80))


def test_scalars_are_read_by_the_core_schema() -> None:
    text = "on: push\nenv: {a: yes, b: true, c: 0x10, d: 1e3, e: '1', f: 0o17}\njobs: {}\n"
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    tokens = {key.value: value for key, value in workflow.env.literal_items()}  # type: ignore[union-attr]  # a mapping, as written
    assert isinstance(tokens["a"], StringToken)
    assert isinstance(tokens["b"], BooleanToken)
    numbers = [token.value for token in tokens.values() if isinstance(token, NumberToken)]
    assert numbers == [16, 1000, 15]
    assert isinstance(tokens["e"], StringToken)


@pytest.mark.parametrize("key", ["${{ insert }}", "${{insert}}", "'${{   insert}} '"])
def test_insert_is_a_directive_however_it_is_spaced(key: str) -> None:
    more = "${{ fromJSON('{}') }}"
    text = (
        f"on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{{run: x}}]\n    env:\n      A: b\n      {key}: {more}\n"
    )
    workflow, found = parse_workflow(text, "w.yml")
    assert found == []
    assert workflow is not None
    job = workflow.jobs["a"]
    assert isinstance(job, NormalJob)
    assert isinstance(job.env, MappingToken)
    assert isinstance(job.env.entries[1][0], InsertToken)


def test_an_action_manifest_is_read() -> None:
    text = (
        "name: A\ninputs: {who: {default: you}}\noutputs: {o: {value: x}}\n"
        "runs: {using: composite, steps: [{run: echo, shell: sh}]}"
    )
    manifest, found = parse_action(text, "action.yml")
    assert found == []
    assert manifest is not None
    assert manifest.using is ActionUsing.COMPOSITE
    assert isinstance(manifest.steps[0], RunStep)


def test_an_action_of_an_unknown_kind_is_an_error_that_lists_the_kinds() -> None:
    manifest, (found,) = parse_action("name: A\nruns: {using: perl}", "action.yml")
    assert manifest is None
    assert found.message == "'using: perl' is not supported"
    assert "composite" in found.allowed


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("needs: null", "Unexpected value ''"),
        ("concurrency: null", "Unexpected value ''"),
        ("services: {a: null}", "Unexpected value ''"),
        ("services: {a: ''}", "Unexpected value ''"),
        ("services: {a: []}", "A sequence was not expected"),
        ("needs: []", None),
        ("container: null", None),
        ("services: {a: redis}", None),
        ("services: '${{ fromJSON(vars.SERVICES) }}'", None),
    ],
)
def test_where_nothing_may_stand_in_a_job_is_as_on_github(job: str, said: str | None) -> None:
    found = messages(f"on: push\njobs: {{a: {{runs-on: x, {job}, steps: [{{run: a}}]}}}}")
    assert [one.partition(" ")[2] for one in found] == ([said] if said else [])


@pytest.mark.parametrize("kind", ["inputs", "secrets", "outputs"])
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("description: {a: 1}", "A mapping was not expected"),
        ("description: [a]", "A sequence was not expected"),
        ("description: null", None),
    ],
)
def test_a_description_is_a_text(kind: str, key: str, said: str | None) -> None:
    more = {"inputs": ", type: string", "secrets": "", "outputs": ", value: x"}[kind]
    text = (
        f"on: {{workflow_call: {{{kind}: {{a: {{{key}{more}}}}}}}}}\njobs: {{a: {{runs-on: x, steps: [{{run: a}}]}}}}"
    )
    assert [one.partition(" ")[2] for one in messages(text)] == ([said] if said else [])


@pytest.mark.parametrize("event", ["workflow_call", "workflow_dispatch"])
def test_required_is_true_or_false_and_not_left_empty(event: str) -> None:
    text = "on: {%s: {inputs: {a: {type: string, required: %s}}}}\njobs: {a: {runs-on: x, steps: [{run: a}]}}"
    assert [one.partition(" ")[2] for one in messages(text % (event, "null"))] == ["Unexpected value ''"]
    assert messages(text % (event, "false")) == []


def test_a_label_is_a_text() -> None:
    found = messages("on: push\njobs: {a: {runs-on: [x, {run: a}], steps: [{run: a}]}}")
    assert [one.partition(" ")[2] for one in found] == ["A mapping was not expected"]
