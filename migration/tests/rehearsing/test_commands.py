"""The commands that try migrations: what they print and write, and how they end."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
from migrating import Command, on_the_newest, on_the_oldest_and_newest

from loka_migration.rehearsing.round_trips import fill
from loka_model.address import DatabaseAddress

pytestmark = [pytest.mark.slow, pytest.mark.needs_postgresql]


@on_the_oldest_and_newest
def test_a_rehearsal_with_data_then_plans_then_constraints(command: Command, database: str, tmp_path: Path) -> None:
    moves, plans, text = tmp_path / "moves.jsonl", tmp_path / "plans.jsonl", tmp_path / "plans.txt"
    schema = tmp_path / "schema.txt"
    done = command("rehearse", "--large", "--limit", "60", "--measures", str(moves), "--schema", str(schema))
    assert done.code == 0, done.err
    assert "Every version comes back to where it was" in done.out
    measured = [json.loads(line) for line in moves.read_text().splitlines()]
    assert measured[0]["measure"] == "migration/seconds"
    assert len(measured) == 1 + 2 * 4
    done = command("plans", "--output", str(text), "--measures", str(plans))
    assert done.code == 0, done.err
    assert len(plans.read_text().splitlines()) == 8
    assert text.read_text().count("Execution Time") == 8
    assert text.read_text().count("Index") >= 8
    done = command("describe")
    assert "  constraint pk_pools PRIMARY KEY (id)" in done.out.splitlines()
    assert schema.read_text() == done.out
    assert asyncio.run(emptied_of_an_index(database)) == (), "each table was filled"
    done = command("plans")
    assert (done.code, "index: earnings per day by ix_earnings_date\n" in done.err) == (1, True), done.err


async def emptied_of_an_index(url: str) -> tuple[str, ...]:
    """What there is to fill still; the index that carries a query is gone then."""
    left = await fill(DatabaseAddress.parse(url))
    connection = await asyncpg.connect(url)
    await connection.execute("DROP INDEX ix_earnings_date")
    await connection.close()
    return left


@on_the_newest
def test_moves_over_the_limit_exit_1_and_the_measures_are_kept(command: Command, database: str, tmp_path: Path) -> None:
    assert database
    moves = tmp_path / "moves.jsonl"
    done = command("rehearse", "--limit", "0.001", "--measures", str(moves))
    assert (done.code, "more than 0.001 s" in done.err, moves.exists()) == (1, True, True)


def test_constraints_of_a_migrated_database_are_violated(command: Command, database: str) -> None:
    assert database
    command("up")
    done = command("violate")
    assert done.code == 0, done.err
    assert done.out.endswith("constraints refuses what it is there for.\n")
    assert "ck_submissions_difficulty" in done.out.splitlines()
