"""The command as a user meets it: what it prints, where errors go, how it exits."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from migrating import Command, Ended, on_the_newest

REVISIONS = ["0001", "0002", "0003", "0004"]
TITLES = [
    "Pools, miners and workers",
    "Submissions, with a hash count that is exact for every difficulty",
    "Earnings of a day, and their distribution over workers",
    "The indexes of the named queries: shares per worker per hour, hashrate over a window, earnings per day",
]


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a command is missing; there are: up, down, status, generate-models, describe, rehearse, violate, plans"),
        (["sideways"], "No such command 'sideways'"),
        (["up", "0"], "0 is not in the range x>=1"),
        (["down", "many"], "'many' is not a valid integer"),
        (["status", "--yaml"], "No such option '--yaml'"),
        (
            ["status"],
            "DATABASE_URL is not set\n  hint: export DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/DATABASE",
        ),
    ],
)
def test_what_cannot_be_done_as_asked_exits_2(command: Command, arguments: list[str], message: str) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert message in ended.err
    assert not ended.out


def test_an_address_of_another_kind_exits_2(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hidden@localhost/loka")
    ended = command("up")
    assert ended.code == 2
    assert ended.err == (
        "loka-migration: DATABASE_URL begins with mysql://; write postgresql://USER:PASSWORD@HOST:5432/DATABASE "
        "(postgres:// is the same)\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [["up"], ["down"], ["status"], ["generate-models"], ["generate-models", "--check"], ["violate"], ["plans"]],
)
def test_a_database_that_is_away_is_one_line_and_a_hint(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://root:hidden@127.0.0.1:1/loka")
    ended = command(*arguments)
    assert ended.code == 1
    first, hint = ended.err.splitlines()
    assert first.startswith("loka-migration: the database postgresql://root@127.0.0.1:1/loka can't be reached: ")
    assert hint == "  hint: start the server, or correct host and port in DATABASE_URL"


@pytest.mark.slow
def test_python_dash_m_is_the_same_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "loka_migration", "sideways"], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 2
    assert "No such command 'sideways'" in ended.stderr


@pytest.mark.needs_postgresql
@on_the_newest
def test_a_wrong_password_is_named_and_never_printed(
    command: Command, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = urlsplit(database)
    monkeypatch.setenv(
        "DATABASE_URL", place._replace(netloc=f"{place.username}:hid%64en@{place.hostname}:{place.port}").geturl()
    )
    ended = command("status")
    assert ended.code == 1
    assert f'password authentication failed for user "{place.username}"' in ended.err
    assert "hint: correct the user or the password" in ended.err
    assert "hid" not in ended.err


@pytest.mark.needs_postgresql
@on_the_newest
def test_a_database_that_does_not_exist_is_named(
    command: Command, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database + "_of_nobody")
    ended = command("up")
    assert (ended.code, "hint: create it with `createdb`, or correct the name" in ended.err) == (1, True)


@pytest.mark.slow
@pytest.mark.needs_postgresql
@on_the_newest
def test_status_is_a_table_and_json(command: Command, database: str) -> None:
    assert command("up", "2") == Ended(0, f"applied 0001  {TITLES[0]}\napplied 0002  {TITLES[1]}\n", "")
    shown = f"postgresql://{urlsplit(database).username}@{database.partition('@')[2]}"
    states = ["applied", "applied", "pending", "pending"]
    rows = [f"{r}  {title:102}  {state}" for r, title, state in zip(REVISIONS, TITLES, states, strict=True)]
    assert command("status").out.splitlines() == [f"{shown}: at 0002, newest 0004, 2 pending", *rows]
    listed = [{"revision": r, "title": title} for r, title in zip(REVISIONS, TITLES, strict=True)]
    assert json.loads(command("status", "--json").out) == {
        "database": shown,
        "current": "0002",
        "head": "0004",
        "applied": listed[:2],
        "pending": listed[2:],
    }


@pytest.mark.slow
@pytest.mark.needs_postgresql
@on_the_newest
def test_up_and_down_say_what_they_did(command: Command, database: str) -> None:
    assert database
    assert command("down").out == "There is nothing to take back.\n"
    assert command("up").out.splitlines() == [f"applied {r}  {t}" for r, t in zip(REVISIONS, TITLES, strict=True)]
    assert command("up").out == "The database is up to date.\n"
    assert command("down").out == f"taken back 0004  {TITLES[3]}\n"
    assert command("down", "2").out.splitlines()[-1] == f"taken back 0002  {TITLES[1]}"
    assert command("down", "--all").out == f"taken back 0001  {TITLES[0]}\n"
    assert command("down", "--all").out == "There is nothing to take back.\n"


CHANGES = {
    "ALTER TABLE pools ADD COLUMN colour text": "+  column colour text",
    "ALTER TABLE submissions DROP CONSTRAINT ck_submissions_verdict": "-  constraint ck_submissions_verdict CHECK",
    "DROP INDEX ix_earnings_date": "-  CREATE INDEX ix_earnings_date ON earnings USING btree (date)",
    "ALTER TABLE miners ALTER username TYPE text": "+  column username text not null",
    "ALTER TABLE pools ALTER port DROP NOT NULL": "+  column port integer",
    "CREATE TABLE rumours (id int)": "+table rumours",
}
"""What is done to a migrated database, and the line that tells it."""


@pytest.mark.slow
@pytest.mark.needs_postgresql
@on_the_newest
@pytest.mark.parametrize(("change", "line"), CHANGES.items())
def test_a_difference_between_database_and_models_is_shown_and_exits_1(
    command: Command, database: str, change: str, line: str
) -> None:
    command("up")
    asyncio.run(_execute(database, change))
    ended = command("generate-models", "--check")
    assert ended.code == 1
    assert [found for found in ended.out.splitlines() if found.startswith(line)]
    assert "differs from loka_model" in ended.err
    assert "loka_migration_comparison" not in ended.out


@pytest.mark.slow
@pytest.mark.needs_postgresql
def test_every_server_tells_each_of_many_differences(command: Command, database: str) -> None:
    command("up")
    assert command("generate-models", "--check") == Ended(0, "The database and loka_model agree.\n", "")
    for change in CHANGES:
        asyncio.run(_execute(database, change))
    told = command("generate-models", "--check").out.splitlines()
    assert [line for line in CHANGES.values() if not any(found.startswith(line) for found in told)] == []


@pytest.mark.needs_postgresql
@pytest.mark.slow
def test_generated_models_make_the_same_database_again(command: Command, database: str, tmp_path: Path) -> None:
    command("up")
    target = tmp_path / "models.py"
    both = command("generate-models", "--check", "--output", str(target))
    assert both == Ended(0, f"Wrote {target}.\nThe database and loka_model agree.\n", "")
    source = target.read_text(encoding="utf-8")
    assert "alembic_version" not in source
    script = (
        "import asyncio, sys\nfrom sqlalchemy.ext.asyncio import create_async_engine\nfrom models import Base\n"
        "async def main():\n  async with create_async_engine(sys.argv[1]).begin() as c:\n"
        "    await c.run_sync(Base.metadata.create_all)\nasyncio.run(main())\n"
    )
    command("down", "4")
    driver = database.replace("postgresql://", "postgresql+asyncpg://")
    subprocess.run([sys.executable, "-c", script, driver], cwd=tmp_path, check=True, timeout=60)
    assert command("generate-models", "--check") == Ended(0, "The database and loka_model agree.\n", "")


@pytest.mark.slow
@pytest.mark.needs_postgresql
@on_the_newest
def test_a_folder_is_made_for_a_file_and_one_that_cannot_be_is_an_error(
    command: Command, database: str, tmp_path: Path
) -> None:
    assert database
    written = tmp_path / "none/models.py"
    assert command("generate-models", "--output", str(written)).code == 0
    ended = command("generate-models", "--output", str(written / "models.py"))
    assert (ended.code, "models.py can't be written: File exists" in ended.err) == (1, True)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
