"""A defect is planted in a copy of this repository, and the job that is there for it turns red, the others don't.

The jobs of migrate.yml and the security job are run as they are. Of the other jobs of ci-cd.yml the command of the step
that should fail is run on the copy with this tree's environment, which a job would take a minute to make.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from audited import ADVISORY
from planting import BIN, Plant, git, plant, results

VERSIONS = "migration/src/loka_migration/versions"
FARM, INDEXES = f"{VERSIONS}/v0001_farm.py", f"{VERSIONS}/v0004_indexes.py"
REFUSED_BEFORE_15 = '''"""Planted."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0005", "0004"
def upgrade():
    op.create_table("planted", sa.Column("difficulty", sa.Numeric(3, 32)))
    op.drop_table("planted")
def downgrade():
    pass
'''
OLD, NEW, SCHEMA, LARGE = "migration-test.1", "migration-test.3", "schema-compatibility", "migration-performance"

QUICKLY = "TIMES, LOOPS, ROUNDS = 400, 2,"

pytestmark = [pytest.mark.slow, pytest.mark.needs_root, pytest.mark.needs_git]


@pytest.mark.parametrize(
    ("plants", "jobs", "red"),
    [
        pytest.param([], (OLD, NEW, SCHEMA, LARGE), set(), id="nothing", marks=pytest.mark.long),
        pytest.param([(f"{VERSIONS}/v0005_planted.py", "", REFUSED_BEFORE_15)], (OLD, NEW), {OLD}, id="refused by 13"),
        pytest.param(
            [("model/src/loka_model/farm.py", 'server_default=text("0")', 'server_default=text("1")')],
            (NEW, SCHEMA, LARGE),
            {NEW, SCHEMA},
            id="a model that differs",
            marks=pytest.mark.long,
        ),
        pytest.param(
            [
                ("model/src/loka_model/farm.py", '        CheckConstraint("priority >= 0", name="priority"),\n', ""),
                (FARM, '        sa.CheckConstraint("priority >= 0", name="ck_pools_priority"),\n', ""),
            ],
            (NEW, SCHEMA, LARGE),
            {SCHEMA},
            id="a constraint dropped from model and migration",
            marks=pytest.mark.long,
        ),
        pytest.param(
            [
                ("model/src/loka_model/rewards.py", 'Index(None, "date"), ', ""),
                (INDEXES, '    op.create_index("ix_earnings_date", "earnings", ["date"])\n', ""),
                (INDEXES, '    op.drop_index("ix_earnings_date", "earnings")\n', ""),
            ],
            (NEW, SCHEMA, LARGE),
            {LARGE},
            id="an index dropped from model and migration",
            marks=pytest.mark.long,
        ),
    ],
)
def test_of_the_migrations_jobs_only_the_right_ones_turn_red(
    planted: Path, home: Path, plants: list[Plant], jobs: tuple[str, ...], red: set[str]
) -> None:
    for name, old, new in plants:
        plant(planted, name, old, new)
    found = results(planted, home, "migrate.yml", *jobs)
    assert found == {job: "failure" if job in red else "success" for job in jobs}


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=600
    )


def test_a_formatting_error_is_found_by_the_format_step(planted: Path) -> None:
    command = [str(BIN / "ruff"), "format", "--check", "model"]
    assert run(planted, *command).returncode == 0
    plant(planted, "model/src/loka_model/farm.py", "port: Mapped[int]", "port : Mapped[int]")
    done = run(planted, *command)
    assert (done.returncode, "model/src/loka_model/farm.py" in done.stdout) == (1, True)


def test_a_failing_example_is_found_by_the_documentation_tests(planted: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "--doctest-modules", "model/src/loka_model/amounts.py"]
    assert run(planted, *command).returncode == 0
    plant(planted, "model/src/loka_model/amounts.py", "Decimal('4294967.296')", "Decimal('4294967')")
    done = run(planted, *command)
    assert (done.returncode, "loka_model.amounts.hashes" in done.stdout) == (1, True)


@pytest.mark.long
@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("", {"security": "success", "vulnerabilities": "success"}),
        ("werkzeug==2.3.7\n", {"security": "failure", "vulnerabilities": "skipped"}),
    ],
    ids=["nothing", "a vulnerable dependency"],
)
def test_a_vulnerable_dependency_turns_the_security_job_red(
    planted: Path, home: Path, line: str, ends: dict[str, str]
) -> None:
    """The advisories are a folder of this test's, as no service is asked; the audit is the job's own."""
    plant(planted, "advisories/one.yaml", "", ADVISORY)
    plant(planted, "sluice.toml", "[audit]\n", '[audit]\nadvisories = "advisories"\n')
    with (planted / "stratum/requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write(line)
    assert results(planted, home, "ci-cd.yml", "security", "vulnerabilities") == ends


def test_dangerous_code_is_found_by_the_audit(planted: Path) -> None:
    """Among the model's code: to scan the other members' too, as `make ci` does, takes eight times as long."""
    for member in ("sluice", "stratum", "metrics", "migration", "benches"):
        shutil.rmtree(planted / member)
    plant(planted, "model/src/loka_model/base.py", "import uuid\n", "import uuid\nimport hashlib\n")
    with (planted / "model/src/loka_model/base.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef _weak(text: bytes) -> str:\n    return hashlib.md5(text).hexdigest()\n")
    done = run(planted, str(BIN / "sluice"), "audit", "code")
    assert (done.returncode, "model/src/loka_model/base.py" in done.stdout) == (1, True)


def test_a_slower_hot_path_is_found_by_the_comparison(planted: Path) -> None:
    plant(planted, "stratum/src/loka_stratum/bench/critical.py", "TIMES, LOOPS, ROUNDS = 2_000, 5,", QUICKLY)
    git(planted, "commit", "--quiet", "--all", "--message", "Each step is timed a tenth as often, on both sides")
    plant(
        planted,
        "stratum/src/loka_stratum/protocol/messages.py",
        "def parse(line: bytes) -> Message:\n",
        "def parse(line: bytes) -> Message:\n    [str(line) for _ in range(9)]\n    return _parse(line)\n\n\n"
        "def _parse(line: bytes) -> Message:\n",
    )
    sources = ":".join(f"{member}/src" for member in ("stratum", "metrics", "model", "migration"))
    environment = {"PYTHONPATH": sources, "BUILD": "true", "BASE": "HEAD", "MOST": "8"}
    done = run(
        planted,
        "stratum/run_benchmarks.sh",
        "compare",
        PYTHON=sys.executable,
        SLUICE=str(BIN / "sluice"),
        **environment,
    )
    assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"
    assert "parse-share" in done.stdout
