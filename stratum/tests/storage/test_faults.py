"""What breaks: the database for a while, the process at any instant, the disk.

The stored set is the submitted set, exactly.
"""

import asyncio
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from servers import Postmaster, temporary_server
from shares_at_hand import answer, fetch, mine, share, stored, until

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.shares import LedgerFullError, Verdict
from loka_stratum.storage.generations import begin
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.pairing import Settled
from loka_stratum.storage.reserve import Reserve
from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.store import open_store
from loka_stratum.storage.storing import Stored, Storing

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]
SUPPORT = Path(__file__).parent / "support"


def leave_behind(settings: StorageSettings, count: int, *, segment_bytes: int = 20_000) -> tuple[dict[UUID, str], Path]:
    """What a process that was killed leaves: a generation whose lock is gone, and nothing stored."""
    generation = begin(settings.folder)
    journal = Journal(generation.folder, segment_bytes=segment_bytes)
    ledger = JournalLedger(journal, Reserve(generation.folder, 100), most_bytes=1 << 30, most_outstanding=1000)
    expected = mine(ledger, count)
    ledger.close()
    generation.release()
    return expected, generation.folder


@pytest.mark.slow
async def test_a_database_that_dies_again_and_again_under_load_costs_nothing(settings: StorageSettings) -> None:
    with temporary_server() as server:
        postmaster = await asyncio.to_thread(Postmaster, server)
        own = dataclasses.replace(settings, dsn=server.url, segment_bytes=50_000)
        await up(DatabaseAddress.parse(own.dsn))
        expected: dict[UUID, str] = {}
        async with open_store(own) as store:
            for how in (signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT):
                before = store.state().stored
                expected |= await _mine_for(store.ledger, 100)
                await until(lambda before=before: store.state().stored > before)  # type: ignore[misc]  # mypy can't infer a lambda with a default
                await asyncio.gather(asyncio.to_thread(postmaster.stop, how), _mine_into(expected, store.ledger))
                expected |= await _mine_for(store.ledger, 100)
                await until(lambda: store.state().away is not None)
                await asyncio.gather(asyncio.to_thread(postmaster.start), _mine_into(expected, store.ledger))
                await until(lambda: store.state().away is None)
        assert await stored(own.dsn) == expected
        assert list(own.folder.iterdir()) == []
        await asyncio.to_thread(postmaster.stop)


async def _mine_into(expected: dict[UUID, str], ledger: JournalLedger) -> None:
    expected |= await _mine_for(ledger, 300)


async def _mine_for(ledger: JournalLedger, rounds: int) -> dict[UUID, str]:
    """A farm at work while something else happens."""
    done: dict[UUID, str] = {}
    for number in range(rounds):
        done |= mine(ledger, 10, first=10 * number)
        await asyncio.sleep(0.001)
    return done


@pytest.mark.slow
async def test_a_lost_connection_in_the_middle_of_a_batch_stores_nothing_twice(settings: StorageSettings) -> None:
    async with open_store(settings) as store:
        expected: dict[UUID, str] = {}
        for number in range(20):
            expected |= mine(store.ledger, 200, first=200 * number)
            await asyncio.sleep(0.005)
            await fetch(
                settings.dsn,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()",
            )
    assert await stored(settings.dsn) == expected


@pytest.mark.slow
@pytest.mark.parametrize("lines", [1, 500, 5000])
async def test_a_process_that_is_killed_has_kept_every_call_that_returned(
    settings: StorageSettings, lines: int
) -> None:
    said = await asyncio.to_thread(_run_and_kill, settings, lines)
    async with open_store(settings) as store:
        pass
    assert store.state().recovered + len(said) > 0
    found = await stored(settings.dsn)
    assert {key: found.get(key) for key in said} == said
    # The one call at whose return it was killed, before it could say so.
    assert len(found) - len(said) in {0, 1}
    assert list(settings.folder.iterdir()) == []


def _run_and_kill(settings: StorageSettings, lines: int) -> dict[UUID, str]:
    """Let a process journal until it has said so many lines, and kill it. Returns what it said it had kept."""
    command = [sys.executable, str(SUPPORT / "journalling_process.py"), str(settings.folder), settings.dsn]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        text = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        text += process.stdout.readlines()
    said: dict[UUID, str] = {}
    for line in text:
        match line.decode().split():
            case ["s", key]:
                said[UUID(key)] = "unanswered"
            case ["a", key, verdict]:
                said[UUID(key)] = verdict
            case other:
                raise AssertionError(other)
    return _with_the_last_answer_open(said, text)


def _with_the_last_answer_open(said: dict[UUID, str], text: list[bytes]) -> dict[UUID, str]:
    """Killed after it submitted, its last share may have been answered without a word: then either is right."""
    last = text[-1].split()
    if last[0] == b"s":
        del said[UUID(last[1].decode())]
    return said


@pytest.mark.slow
async def test_a_batch_whose_commit_was_not_heard_of_waits_no_more_once_it_is_known(
    settings: StorageSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Storing._insert
    lost: list[int] = []

    async def unheard(self: Storing, connection: asyncpg.Connection, batch: Sequence[Settled]) -> Stored:
        done = await insert(self, connection, batch)
        if not lost:
            lost.append(len(batch))
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return done

    monkeypatch.setattr(Storing, "_insert", unheard)
    async with open_store(settings) as store:
        expected = mine(store.ledger, 10)
        await until(lambda: store.state().stored + store.state().known == 10)
        assert lost
        assert store.state().known == lost[0] > 0
        assert store.state().waiting == 0
    assert await stored(settings.dsn) == expected


@pytest.mark.slow
async def test_shares_of_a_dead_process_are_not_taken_for_those_of_this_one(settings: StorageSettings) -> None:
    leave_behind(settings, 50)
    async with open_store(settings) as store:
        waiting = share()
        store.ledger.submitted(waiting)
        await until(lambda: store.state().recovered == 50)
        assert store.state().waiting == 1


@pytest.mark.slow
async def test_what_a_dead_process_left_is_stored_at_the_next_start(settings: StorageSettings) -> None:
    first, _ = leave_behind(settings, 1000)
    second, _ = leave_behind(settings, 10)
    async with open_store(settings) as store:
        third = mine(store.ledger, 10)
    assert await stored(settings.dsn) == first | second | third
    assert (store.state().recovered, store.state().stored) == (1010, 1020)


@pytest.mark.slow
async def test_a_journal_that_is_read_twice_is_stored_once(settings: StorageSettings, tmp_path: Path) -> None:
    expected, folder = leave_behind(settings, 1000)
    shutil.copytree(folder, tmp_path / "copy")
    for _ in range(2):
        async with open_store(settings) as store:
            pass
        shutil.copytree(tmp_path / "copy", folder)
    async with open_store(settings) as store:
        pass
    assert await stored(settings.dsn) == expected
    assert (store.state().stored, store.state().known) == (0, 1000)


@pytest.mark.slow
async def test_a_journal_that_is_being_recovered_while_the_process_dies_is_recovered_again(
    settings: StorageSettings,
) -> None:
    expected, _ = leave_behind(settings, 3000)
    hasty = dataclasses.replace(settings, drain_seconds=0.0)
    for _ in range(3):
        async with open_store(hasty):
            await asyncio.sleep(0.02)
    async with open_store(settings):
        pass
    assert await stored(settings.dsn) == expected


async def test_a_torn_last_line_costs_that_line_only(settings: StorageSettings) -> None:
    expected, folder = leave_behind(settings, 10)
    with (folder / "00000001.journal").open("ab") as file:
        file.write(b'["s","0192')
    async with open_store(settings) as store:
        pass
    assert await stored(settings.dsn) == expected
    assert store.state().damaged == 1


@pytest.mark.parametrize(
    "damage", [b"\0" * 300_000 + b"\n", b"nonsense\n", b'["s"]\n', b'["a","x",1]\n', b"\xff\xfe\n"]
)
async def test_damage_in_the_middle_costs_the_damaged_lines_only(settings: StorageSettings, damage: bytes) -> None:
    expected, folder = leave_behind(settings, 10)
    file = folder / "00000001.journal"
    whole = file.read_bytes()
    middle = whole.index(b"\n", len(whole) // 2) + 1
    file.write_bytes(whole[:middle] + damage + whole[middle:])
    async with open_store(settings) as store:
        pass
    found = await stored(settings.dsn)
    assert found == expected
    assert store.state().damaged == 1


async def test_the_journal_of_a_living_process_is_left_alone(settings: StorageSettings) -> None:
    async with open_store(dataclasses.replace(settings, linger_seconds=60)) as living:
        one = share()
        living.ledger.submitted(one)
        async with open_store(settings):
            pass
        assert await stored(settings.dsn) == {}
        living.ledger.answered(answer(one))
    assert await stored(settings.dsn) == {one.id: "accepted"}


async def test_two_processes_may_share_the_folder(settings: StorageSettings) -> None:
    async with open_store(settings) as one, open_store(settings) as other:
        expected = mine(one.ledger, 500) | mine(other.ledger, 500)
    assert await stored(settings.dsn) == expected


async def test_what_is_not_stored_when_the_store_closes_is_stored_at_the_next_start(settings: StorageSettings) -> None:
    away = dataclasses.replace(settings, dsn="postgresql://a@127.0.0.1:1/b", drain_seconds=0.05)
    async with open_store(away) as store:
        expected = mine(store.ledger, 100)
        waiting = share()
        store.ledger.submitted(waiting)
    async with open_store(settings):
        pass
    assert await stored(settings.dsn) == expected | {waiting.id: "unanswered"}


class FullDisk(Journal):
    """A journal on a disk that can be filled."""

    full = False

    def append(self, line: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().append(line)


async def test_a_full_disk_refuses_shares_and_keeps_the_answers_until_it_has_room(
    settings: StorageSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loka_stratum.storage.store.Journal", FullDisk)
    one = share()
    async with open_store(settings) as store:
        store.ledger.submitted(one)
        monkeypatch.setattr(FullDisk, "full", True)
        with pytest.raises(LedgerFullError, match="No space left on device"):
            store.ledger.submitted(share(1))
        store.ledger.answered(answer(one, Verdict.STALE))
        assert store.state().refusal == "the journal can't be written: No space left on device"
        monkeypatch.setattr(FullDisk, "full", False)
        await until(lambda: store.state().accepting)
        expected = mine(store.ledger, 1)
    assert await stored(settings.dsn) == expected | {one.id: "stale"}


async def test_a_bug_in_the_writer_loses_nothing(settings: StorageSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("loka_stratum.storage.source.decode_line", lambda data: data / 0)
        async with open_store(dataclasses.replace(settings, most_delay_seconds=0.01)) as store:
            expected = mine(store.ledger, 10)
            await until(lambda: "a bug in the writer" in (store.state().away or ""))
            patch.undo()
            await until(lambda: store.state().stored == 10)
    assert await stored(settings.dsn) == expected
