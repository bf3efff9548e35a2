import os
import sys

import pytest
from running import Run

ONE = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"


@pytest.mark.needs_git
@pytest.mark.needs_root
@pytest.mark.slow
def test_without_isolation_a_job_shares_processes_and_network_of_the_machine(run: Run) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("namespaces need root here")
    assert "processes" in run(ONE).job("a").isolation
    assert "processes" not in run(ONE, isolation="none").job("a").isolation
