from collections.abc import Callable

import pytest

from sluice.expressions.values import from_python
from sluice.plan.rules.environments import Environment, environment_of, environment_url, planned_environment
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import NormalJob, Workflow
from sluice.workflow.tokens import Token

Read = Callable[[str], Workflow]
SCOPE = Scope(contexts={"inputs": from_python({"where": "eu", "no": False, "text": "x"})}, functions={})


@pytest.fixture
def token(read_workflow: Read) -> Callable[[str], Token | None]:
    def read(environment: str) -> Token | None:
        text = f"on: push\njobs:\n  a:\n    environment: {environment}\n    runs-on: u\n    steps: [{{run: x}}]\n"
        job = read_workflow(text).jobs["a"]
        assert isinstance(job, NormalJob)
        return job.environment

    return read


ToToken = Callable[[str], Token | None]


def test_a_name_alone_is_an_environment(token: ToToken) -> None:
    assert environment_of(token("production"), SCOPE) == Environment(name="production")
    assert environment_of(token("deploy-${{ inputs.where }}"), SCOPE) == Environment(name="deploy-eu")
    assert environment_of(None, SCOPE) is None


def test_an_environment_whose_name_comes_out_empty_is_none(token: ToToken) -> None:
    assert environment_of(token("${{ inputs.absent }}"), SCOPE) is None
    assert environment_of(token("{name: '${{ inputs.absent }}'}"), SCOPE) is None


def test_the_address_is_evaluated_when_the_job_has_run(token: ToToken) -> None:
    environment = environment_of(token("{name: production, url: 'https://${{ steps.a.outputs.host }}/'}"), SCOPE)
    assert environment is not None
    assert environment.name == "production"
    steps = Scope(contexts={"steps": from_python({"a": {"outputs": {"host": "x.org"}}})}, functions={})
    assert environment_url(environment, steps) == "https://x.org/"
    assert environment_url(Environment(name="x"), steps) == ""


def test_rule_29_an_environment_need_not_be_a_deployment(token: ToToken) -> None:
    borrowed = environment_of(token("{name: production, deployment: false}"), SCOPE)
    assert borrowed == Environment(name="production", deployment=False)
    evaluated = environment_of(token("{name: production, deployment: '${{ inputs.no }}'}"), SCOPE)
    assert evaluated == Environment(name="production", deployment=False)


def test_a_bad_environment_is_a_diagnostic(token: ToToken) -> None:
    with pytest.raises(InvalidInputError, match="Unexpected value 'x'"):
        environment_of(token("{name: production, deployment: '${{ inputs.text }}'}"), SCOPE)


def test_a_planned_environment_shows_what_is_written(token: ToToken) -> None:
    assert planned_environment(None) is None
    assert planned_environment(token("production")) == "production"
    assert planned_environment(token("{name: staging, url: x}")) == "staging"
    assert planned_environment(token("deploy-${{ inputs.where }}")) == "deploy-${{ inputs.where }}"
