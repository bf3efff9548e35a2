"""The commands that try migrations: what they print and write, and how they end."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from servers import VERSIONS

from loka_migration.rehearsing.round_trips import fill
from loka_model.address import DatabaseAddress

pytestmark = [pytest.mark.slow, pytest.mark.needs_postgresql]


def call(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loka_migration", *arguments],
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_rehearsal_with_data_then_plans_then_constraints(database_url: str, tmp_path: Path) -> None:
    moves, plans, text = tmp_path / "moves.jsonl", tmp_path / "plans.jsonl", tmp_path / "plans.txt"
    schema = tmp_path / "schema.txt"
    done = call(database_url, "rehearse", "--large", "--limit", "60", "--measures", str(moves), "--schema", str(schema))
    assert done.returncode == 0, done.stderr
    assert "Every version comes back to where it was" in done.stdout
    measured = [json.loads(line) for line in moves.read_text().splitlines()]
    assert measured[0]["measure"] == "migration/seconds"
    assert len(measured) == 1 + 2 * 4
    done = call(database_url, "plans", "--output", str(text), "--measures", str(plans))
    assert done.returncode == 0, done.stderr
    assert len(plans.read_text().splitlines()) == 8
    assert text.read_text().count("Execution Time") == 8
    assert text.read_text().count("Index") >= 8
    done = call(database_url, "describe")
    assert "  constraint pk_pools PRIMARY KEY (id)" in done.stdout.splitlines()
    assert schema.read_text() == done.stdout
    assert asyncio.run(emptied_of_an_index(database_url)) == (), "each table was filled"
    done = call(database_url, "plans")
    assert (done.returncode, "index: earnings per day by ix_earnings_date\n" in done.stderr) == (1, True), done.stderr


async def emptied_of_an_index(url: str) -> tuple[str, ...]:
    """What there is to fill still; the index that carries a query is gone then."""
    left = await fill(DatabaseAddress.parse(url))
    connection = await asyncpg.connect(url)
    await connection.execute("DROP INDEX ix_earnings_date")
    await connection.close()
    return left


@pytest.mark.parametrize("server", [VERSIONS[-1]], indirect=True)
def test_moves_over_the_limit_exit_1_and_the_measures_are_kept(database_url: str, tmp_path: Path) -> None:
    moves = tmp_path / "moves.jsonl"
    done = call(database_url, "rehearse", "--limit", "0.001", "--measures", str(moves))
    assert (done.returncode, "more than 0.001 s" in done.stderr, moves.exists()) == (1, True, True)


def test_constraints_of_a_migrated_database_are_violated(database_url: str) -> None:
    call(database_url, "up")
    done = call(database_url, "violate")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("constraints refuses what it is there for.\n")
    assert "ck_submissions_difficulty" in done.stdout.splitlines()
