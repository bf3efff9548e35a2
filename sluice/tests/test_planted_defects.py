"""A defect is planted in a copy of this repository, and the job that is there for it turns red, the others don't.

The jobs of migrate.yml are run as they are. Of ci-cd.yml's the command of the step that should fail is run on the copy
with this tree's environment, which a job would take a minute to make.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
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

pytestmark = [pytest.mark.slow, pytest.mark.needs_root, pytest.mark.needs_git]


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it stands, committed."""
    folder = tmp_path_factory.mktemp("pristine") / "loka"
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "As it is")
    return folder


@pytest.fixture
def planted(pristine: Path, tmp_path: Path) -> Path:
    """A copy to plant something in."""
    git(tmp_path, "clone", "--quiet", "--local", str(pristine), "loka")
    return tmp_path / "loka"


def plant(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def results(folder: Path, home: Path, workflow: str, *jobs: str) -> Mapping[str, str]:
    """How these jobs ended."""
    words = [str(BIN / "sluice"), "run", workflow, "--json", *(word for job in jobs for word in ("--job", job))]
    environment = os.environ | {"SLUICE_HOME": str(home), "PATH": f"{ROOT / '.tools/bin'}:{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode in {0, 1}, done.stderr
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    return {event["job"]: event["conclusion"] for event in events if event["event"] == "JobCompleted"}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Caches that the runs share."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize(
    ("plants", "jobs", "red"),
    [
        pytest.param([], (OLD, NEW, SCHEMA, LARGE), set(), id="nothing"),
        pytest.param([(f"{VERSIONS}/v0005_planted.py", "", REFUSED_BEFORE_15)], (OLD, NEW), {OLD}, id="refused by 13"),
        pytest.param(
            [("model/src/loka_model/farm.py", 'server_default=text("0")', 'server_default=text("1")')],
            (NEW, SCHEMA, LARGE),
            {NEW, SCHEMA},
            id="a model that differs",
        ),
        pytest.param(
            [
                ("model/src/loka_model/farm.py", '        CheckConstraint("priority >= 0", name="priority"),\n', ""),
                (FARM, '        sa.CheckConstraint("priority >= 0", name="ck_pools_priority"),\n', ""),
            ],
            (NEW, SCHEMA, LARGE),
            {SCHEMA},
            id="a constraint dropped from model and migration",
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
        ),
    ],
)
def test_of_the_migrations_jobs_only_the_right_ones_turn_red(
    planted: Path, home: Path, plants: list[tuple[str, str, str]], jobs: tuple[str, ...], red: set[str]
) -> None:
    for name, old, new in plants:
        if not old:
            (planted / name).touch()
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


def test_dangerous_code_is_found_by_the_audit(planted: Path) -> None:
    plant(planted, "model/src/loka_model/base.py", "import uuid\n", "import uuid\nimport hashlib\n")
    with (planted / "model/src/loka_model/base.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef _weak(text: bytes) -> str:\n    return hashlib.md5(text).hexdigest()\n")
    done = run(planted, str(BIN / "sluice"), "audit", "code")
    assert (done.returncode, "model/src/loka_model/base.py" in done.stdout) == (1, True)


def test_a_slower_hot_path_is_found_by_the_comparison(planted: Path) -> None:
    plant(
        planted,
        "stratum/src/loka_stratum/protocol/messages.py",
        "def parse(line: bytes) -> Message:\n",
        "def parse(line: bytes) -> Message:\n    str(line), str(line)\n    return _parse(line)\n\n\n"
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
