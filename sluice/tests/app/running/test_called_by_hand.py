"""A workflow that others call, run by itself."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from running import Run

from sluice.cli.main import cli
from sluice.source.errors import InvalidInputError

CALLED = """on:
  workflow_call:
    inputs:
      who: {type: string, required: true}
      count: {type: number, default: 3}
      from: {type: string, default: "${{ github.ref_name }} ${{ vars.A }}"}
jobs:
  a:
    runs-on: ubuntu-latest
    steps: [{run: "echo '>${{ inputs.who }} ${{ inputs.count == 4 }} ${{ inputs.from }}'"}]
"""


def test_it_takes_inputs_of_their_types_and_again_when_it_is_repeated(run: Run) -> None:
    ran = run(CALLED, inputs={"who": "you", "count": "4"}, variables={"A": "b"})
    assert ran.said("a") == ["you true main b"]
    again = CliRunner().invoke(cli, ["rerun", "--quiet"])
    assert again.exit_code == 0


@pytest.mark.parametrize(
    ("inputs", "said"),
    [({}, "Required input 'who' not provided"), ({"who": "a", "x": "y"}, "Unexpected input provided: 'x'")],
)
def test_what_it_requires_and_does_not_know_is_told(run: Run, inputs: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        run(CALLED, inputs=inputs)
