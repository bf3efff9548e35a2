"""A defect is planted in a copy of this repository, and the job of ci-cd.yml that is there for it turns red, no other.

The jobs are run as they are, but for what would only take time: of the tests those of the models, on the Python that
runs no slow ones, without the compiled proxy.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from planting import Plant, git, plant, results

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.needs_root, pytest.mark.needs_git]
WORKFLOW = ".github/workflows/ci-cd.yml"
COMPILED = "Tests of the proxy as it ships, compiled"
UNLESS = "        if: steps.reuse.outputs.hit != 'true' && env.COMPILED == 'true'\n"
FEWER: list[Plant] = [
    (WORKFLOW, '        python: ["3.13", "3.11"] # what takes longest begins first\n', '        python: ["3.11"]\n'),
    (WORKFLOW, "--cov-report=' || '' }}", "--cov-report=' || 'model/tests' }}"),
    (WORKFLOW, f"      - name: {COMPILED}\n{UNLESS}", f"      - name: {COMPILED}\n        if: false\n"),
]
LINT, TEST, PACKAGE, FARM = "lint", "test.1", "package", "model/src/loka_model/farm.py"
SLOWER = (
    "def parse(line: bytes) -> Message:\n    str(line)\n    return _parse(line)\n\n\n"
    "def _parse(line: bytes) -> Message:\n"
)


@pytest.fixture
def shortened(planted: Path) -> Path:
    """The copy, with what takes time left out."""
    for file, old, new in FEWER:
        plant(planted, file, old, new)
    git(planted, "commit", "--quiet", "--all", "-m", "Shorter")
    return planted


@pytest.mark.needs_postgresql
@pytest.mark.parametrize(
    ("plants", "red"),
    [
        pytest.param([], set(), id="nothing"),
        pytest.param([(FARM, "port: Mapped[int]", "port : Mapped[int]")], {LINT}, id="a formatting error"),
        pytest.param(
            [("model/src/loka_model/amounts.py", "Decimal('4294967.296')", "Decimal('4294967')")],
            {TEST},
            id="a failing doctest",
        ),
        pytest.param(
            [
                (
                    "sluice/pyproject.toml",
                    'packages = ["src/sluice"]\n',
                    'packages = ["src/sluice"]\nexclude = ["src/sluice/cli/main.py"]\n',
                )
            ],
            {PACKAGE},
            id="a package without its program",
        ),
    ],
)
def test_of_the_jobs_for_every_push_only_the_right_ones_turn_red(
    shortened: Path, home: Path, plants: list[Plant], red: set[str]
) -> None:
    for name, old, new in plants:
        plant(shortened, name, old, new)
    jobs = (LINT, TEST, PACKAGE)
    assert results(shortened, home, "ci-cd.yml", *jobs) == {job: "failure" if job in red else "success" for job in jobs}


@pytest.mark.parametrize("slower", [False, True], ids=["nothing", "a hot path a third slower"])
def test_a_slower_hot_path_turns_the_comparison_red(shortened: Path, home: Path, slower: bool) -> None:
    git(shortened, "switch", "--quiet", "--create", "request")
    plant(shortened, "README.md", "# Sluice\n", "# Sluice\n\n")
    if slower:
        parsing = "stratum/src/loka_stratum/protocol/messages.py"
        plant(shortened, parsing, "def parse(line: bytes) -> Message:\n", SLOWER)
    git(shortened, "commit", "--quiet", "--all", "-m", "A request")
    jobs = ("performance-check", PACKAGE)
    ends = results(shortened, home, "ci-cd.yml", *jobs, options=("--event", "pull_request", "--base", "main"))
    assert ends == {"performance-check": "failure" if slower else "success", PACKAGE: "success"}


def test_dangerous_code_turns_the_security_job_red(shortened: Path, home: Path) -> None:
    plant(shortened, "model/src/loka_model/base.py", "import uuid\n", "import uuid\nimport hashlib\n")
    with (shortened / "model/src/loka_model/base.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef _weak(text: bytes) -> str:\n    return hashlib.md5(text).hexdigest()\n")
    assert results(shortened, home, "ci-cd.yml", "security", PACKAGE) == {"security": "failure", PACKAGE: "success"}
