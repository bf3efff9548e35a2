"""The pool's side of the dialogue, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loka_stratum.simulate.chance import seeded
from loka_stratum.simulate.faults import MALFORMED, Faults, read_faults
from loka_stratum.simulate.jobs import ROLLING_MASK, Job, read_job
from loka_stratum.simulate.pool import Pool, PoolSettings
from loka_stratum.simulate.record import Record, read_record, shares_by_name
from loka_stratum.simulate.searching import Conditions, Search
from loka_stratum.simulate.work import double_sha256, root_of

pytestmark = pytest.mark.anyio
EASY = Decimal("0.000000001")


class Dialogue:
    """A connection to the pool, a line at a time; what comes in between is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.notified: list[dict[str, Any]] = []
        self.garbage: list[bytes] = []
        self.first = b""
        self.second_size = 0
        self.second = 0
        self.identifier = 0

    def write(self, line: bytes) -> None:
        self.writer.write(line + b"\n")

    async def line(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.readline()

    async def message(self) -> dict[str, Any]:
        while line := await self.line():
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                message = None
            if isinstance(message, dict):
                return message
            self.garbage.append(line.strip())
        raise EOFError

    async def ask(self, method: str, *params: object) -> dict[str, Any]:
        self.identifier += 1
        self.write(json.dumps({"id": self.identifier, "method": method, "params": params}).encode())
        while (message := await self.message()).get("id") != self.identifier:
            self.notified.append(message)
        return message

    async def told(self, method: str) -> list[Any]:
        """The parameters of the next notification of that kind."""
        for place, message in enumerate(self.notified):
            if message.get("method") == method:
                return list(self.notified.pop(place)["params"])
        while (message := await self.message()).get("method") != method:
            self.notified.append(message)
        return list(message["params"])

    async def ended(self) -> bool:
        while await self.line():
            pass
        return True

    async def begin(self, name: str = "farm.rig") -> Job:
        """Subscribe, authorize, and return the first job."""
        _, first, self.second_size = (await self.ask("mining.subscribe", "test"))["result"]
        self.first = bytes.fromhex(first)
        assert (await self.ask("mining.authorize", name, "x"))["result"] is True
        return read_job(await self.told("mining.notify"))

    def solve(self, job: Job, difficulty: Decimal = EASY, mask: int = 0) -> list[str]:
        """The parameters of a new share."""
        self.second += 1
        conditions = Conditions.of(job, (self.first, self.second_size), difficulty)
        search = Search(conditions, self.second, mask, seeded(self.second))
        nonce = search.step(1_000_000)
        assert nonce is not None
        bits = [f"{search.version_bits:08x}"] if mask else []
        return ["farm.rig", job.id, search.second.hex(), f"{job.time:08x}", f"{nonce:08x}", *bits]

    async def submit(self, share: list[str]) -> dict[str, Any]:
        return await self.ask("mining.submit", *share)

    async def code(self, share: list[str]) -> int:
        """The code with which a share is refused."""
        answer = await self.submit(share)
        assert answer["result"] is None
        return int(answer["error"][0])


@asynccontextmanager
async def running(
    faults: str = "", settings: PoolSettings | None = None, record: Record | None = None
) -> AsyncIterator[tuple[Pool, int]]:
    pool = Pool(settings or PoolSettings(difficulty=EASY), read_faults(faults), record)
    port = await pool.start()
    try:
        yield pool, port
    finally:
        await pool.stop()


@asynccontextmanager
async def talking(port: int) -> AsyncIterator[Dialogue]:
    dialogue = Dialogue(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield dialogue
    finally:
        dialogue.writer.close()


async def test_a_miner_subscribes_authorizes_gets_work_and_its_shares_count(tmp_path: Path) -> None:
    path = tmp_path / "shares"
    with Record(path) as record:
        async with running(record=record) as (pool, port), talking(port) as miner:
            job = await miner.begin()
            assert await miner.told("mining.set_difficulty") == [1e-9]
            for _ in range(3):
                assert (await miner.submit(miner.solve(job)))["result"] is True
            assert pool.tally.accepted == 3
            assert pool.tally.accepted_by_name == {"farm.rig": 3}
    shares = list(read_record(path))
    assert shares_by_name(path) == {"farm.rig": 3}
    assert {share.job for share in shares} == {job.id}
    for share in shares:
        made = job.header(
            bytes.fromhex(share.extranonce),
            version=int(share.version, 16),
            time=int(share.time, 16),
            nonce=int(share.nonce, 16),
        )
        assert double_sha256(made)[::-1].hex() == share.hash
        assert Decimal(share.difficulty) == EASY


async def test_each_refusal_has_its_code() -> None:
    async with running() as (pool, port), talking(port) as miner:
        unsubscribed = ["farm.rig", "1", "00000000", "65000000", "00000000"]
        assert await miner.code(unsubscribed) == 25
        assert (await miner.ask("mining.authorize", "farm.rig", "x"))["error"] == [25, "Not subscribed", None]
        job = await miner.begin()
        share = miner.solve(job)
        assert await miner.code(["other.rig", *share[1:]]) == 24
        assert await miner.code([share[0], "no such job", *share[2:]]) == 21
        assert (await miner.submit(share))["result"] is True
        assert await miner.code(share) == 22
        pool.set_difficulty(Decimal(1))
        harder = read_job(await miner.told("mining.notify"))
        assert await miner.code(miner.solve(harder)) == 23
        assert await miner.code([*share[:4], "xx"]) == 20
        assert pool.tally.refused == {20: 1, 21: 1, 22: 1, 23: 1, 24: 1, 25: 1}


async def test_a_new_block_makes_older_jobs_stale_and_a_new_job_does_not() -> None:
    async with running() as (pool, port), talking(port) as miner:
        job = await miner.begin()
        pool.new_job(clean=False)
        assert (await miner.told("mining.notify"))[8] is False
        assert (await miner.submit(miner.solve(job)))["result"] is True
        pool.new_job(clean=True)
        params = await miner.told("mining.notify")
        assert params[8] is True
        assert await miner.code(miner.solve(job)) == 21
        assert (await miner.submit(miner.solve(read_job(params))))["result"] is True


async def test_jobs_come_as_time_goes_by() -> None:
    async with running(settings=PoolSettings(job_every=0.02, block_every=0.07)) as (_, port), talking(port) as miner:
        await miner.begin()
        cleans = [(await miner.told("mining.notify"))[8] for _ in range(8)]
        assert set(cleans) == {True, False}


async def test_a_difficulty_holds_from_the_next_job_on() -> None:
    async with running() as (pool, port), talking(port) as miner:
        job = await miner.begin()
        await miner.told("mining.set_difficulty")
        pool.set_difficulty(Decimal("0.0000001"))
        assert await miner.told("mining.set_difficulty") == [1e-7]
        later = read_job(await miner.told("mining.notify"))
        assert (await miner.submit(miner.solve(job)))["result"] is True
        assert (await miner.submit(miner.solve(later, Decimal("0.0000001"))))["result"] is True


async def test_a_suggested_difficulty_is_taken() -> None:
    async with running() as (pool, port), talking(port) as miner:
        await miner.begin()
        await miner.told("mining.set_difficulty")
        assert (await miner.ask("mining.suggest_difficulty", 0.0000002))["result"] is True
        assert await miner.told("mining.set_difficulty") == [2e-7]
        for wrong in ("much", -1, 1e-30, "nan"):
            assert (await miner.ask("mining.suggest_difficulty", wrong))["error"][0] == 20
        pool.new_job(clean=False)
        job = read_job(await miner.told("mining.notify"))
        assert (await miner.submit(miner.solve(job, Decimal("0.0000002"))))["result"] is True


async def test_the_version_is_rolled_within_what_was_agreed() -> None:
    async with running() as (pool, port), talking(port) as miner:
        wish = {"version-rolling.mask": "1fffffff"}
        answer = await miner.ask("mining.configure", ["version-rolling", "minimum-difficulty", "info"], wish)
        assert answer["result"] == {
            "version-rolling": True,
            "version-rolling.mask": "1fffe000",
            "minimum-difficulty": True,
            "info": False,
        }
        job = await miner.begin()
        assert (await miner.submit(miner.solve(job, mask=ROLLING_MASK)))["result"] is True
        pool.set_mask(0x00FFE000)
        assert await miner.told("mining.set_version_mask") == ["00ffe000"]
        assert (await miner.submit(miner.solve(job, mask=0x00FFE000)))["result"] is True
        assert await miner.code([*miner.solve(job), "10000000"]) == 20


async def test_who_agreed_on_nothing_rolls_nothing() -> None:
    async with running() as (_, port), talking(port) as miner:
        job = await miner.begin()
        answer = await miner.submit([*miner.solve(job), "00002000"])
        assert answer["error"] == [20, "version bits outside the mask 00000000", None]


async def test_an_extranonce_changes_for_those_who_asked_to_be_told() -> None:
    async with running() as (pool, port), talking(port) as asks, talking(port) as other:
        assert (await asks.ask("mining.extranonce.subscribe"))["result"] is True
        before = await asks.begin()
        old = asks.first
        await other.begin()
        pool.set_extranonces()
        first, size = await asks.told("mining.set_extranonce")
        assert size == asks.second_size
        assert (await asks.submit(asks.solve(before)))["result"] is True, "an older job goes with the older extranonce"
        asks.first = bytes.fromhex(first)
        assert asks.first != old
        assert (await asks.submit(asks.solve(read_job(await asks.told("mining.notify")))))["result"] is True
        job = read_job(await other.told("mining.notify"))
        assert (await other.submit(other.solve(job)))["result"] is True
        assert all(message["method"] != "mining.set_extranonce" for message in other.notified)


async def test_a_session_that_comes_back_has_its_extranonce() -> None:
    async with running(settings=PoolSettings(second_size=8)) as (_, port):
        async with talking(port) as miner:
            (_, (_, session)), first, size = (await miner.ask("mining.subscribe", "test"))["result"]
            assert size == 8
        async with talking(port) as other:
            assert (await other.ask("mining.subscribe", "test"))["result"][1] != first
        async with talking(port) as again:
            assert (await again.ask("mining.subscribe", "test", session))["result"][1] == first
            async with talking(port) as thief:
                assert (await thief.ask("mining.subscribe", "test", session))["result"][1] != first


async def test_transactions_of_a_job_lead_to_its_branches() -> None:
    async with running() as (_, port), talking(port) as miner:
        job = await miner.begin()
        texts = (await miner.ask("mining.get_transactions", job.id))["result"]
        hashes = [double_sha256(bytes.fromhex(text)) for text in texts]
        assert job.branches[0] == hashes[0]
        assert root_of(b"", job.branches)
        assert (await miner.ask("mining.get_transactions", "no such job"))["error"][0] == 21
        assert (await miner.ask("mining.get_transactions"))["error"][0] == 21


async def test_what_is_asked_otherwise_has_an_answer() -> None:
    async with running() as (_, port), talking(port) as miner:
        assert (await miner.ask("mining.multi_version", 1))["result"] is True
        assert (await miner.ask("mining.ping"))["result"] == "pong"
        assert (await miner.ask("mining.hum"))["error"] == [20, "unknown method mining.hum", None]


async def test_the_pool_asks_and_keeps_what_is_answered() -> None:
    async with running() as (pool, port), talking(port) as miner:
        await miner.begin()
        pool.ask("client.get_version")
        question = await miner.message()
        while question["method"] != "client.get_version":
            question = await miner.message()
        miner.write(json.dumps({"id": question["id"], "result": "miner/1", "error": None}).encode())
        await miner.ask("mining.ping")
        (connection,) = pool.connections
        assert [answer["result"] for answer in connection.answers] == ["miner/1"]
        pool.broadcast("client.show_message", "hello")
        assert await miner.told("client.show_message") == ["hello"]


async def test_a_refused_name_is_not_authorized() -> None:
    settings = PoolSettings(refused_names=frozenset(["thief.rig"]))
    async with running(settings=settings) as (_, port), talking(port) as miner:
        await miner.ask("mining.subscribe")
        assert (await miner.ask("mining.authorize", "thief.rig", "x"))["error"] == [24, "Unauthorized worker", None]
        assert (await miner.ask("mining.authorize"))["error"][0] == 24


async def test_lines_that_are_no_messages_change_nothing() -> None:
    async with running() as (pool, port), talking(port) as miner:
        job = await miner.begin()
        for line in (*MALFORMED, b"", b"   ", b'"text"', b"\x00" * 100):
            miner.write(line)
        assert (await miner.submit(miner.solve(job)))["result"] is True
        assert pool.tally.malformed_lines == 8


async def test_a_line_without_end_is_cut_off() -> None:
    async with running() as (_, port), talking(port) as miner:
        miner.writer.write(b"x" * ((1 << 20) + 1))
        assert await miner.ended()


async def test_a_slow_pool_answers_later_and_counts_then() -> None:
    async with running("slow=50ms") as (pool, port), talking(port) as miner:
        job = await miner.begin()
        started = asyncio.get_running_loop().time()
        assert (await miner.submit(miner.solve(job)))["result"] is True
        assert asyncio.get_running_loop().time() - started >= 0.045
        miner.write(json.dumps({"id": 99, "method": "mining.submit", "params": miner.solve(job)}).encode())
        await miner.ask("mining.ping")
    assert pool.tally.accepted == 1, "the miner left before its second share was judged"


async def test_a_connection_ends_before_the_share_that_is_one_too_many() -> None:
    async with running("disconnect-after=3") as (pool, port), talking(port) as miner:
        job = await miner.begin()
        for _ in range(2):
            assert (await miner.submit(miner.solve(job)))["result"] is True
        with pytest.raises(EOFError):
            await miner.submit(miner.solve(job))
        assert pool.tally.accepted == 2
        assert pool.tally.faults == {"disconnect": 1}


async def test_a_silent_pool_stays_and_says_nothing() -> None:
    async with running("silent-after=2") as (pool, port), talking(port) as miner:
        job = await miner.begin()
        await miner.submit(miner.solve(job))
        miner.write(json.dumps({"id": 99, "method": "mining.submit", "params": miner.solve(job)}).encode())
        miner.write(b'{"id": 100, "method": "mining.ping", "params": []}')
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(miner.reader.readline(), 0.1)
            pool.new_job(clean=True)
        assert pool.tally.faults == {"silent": 1}
        assert len(pool.connections) == 1
        assert pool.tally.accepted == 1


async def test_shares_are_refused_to_order_in_the_share_that_was_ordered() -> None:
    async with running("reject=50%") as (pool, port), talking(port) as miner:
        job = await miner.begin()
        answers = [await miner.submit(miner.solve(job)) for _ in range(60)]
        refused = [answer["error"] for answer in answers if answer["error"]]
        assert 10 < len(refused) < 50
        assert refused == [[20, "refused to order", None]] * len(refused)
        assert pool.tally.accepted == 60 - len(refused)


async def test_malformed_lines_come_between_right_answers() -> None:
    async with running("malformed=100%") as (pool, port), talking(port) as miner:
        job = await miner.begin()
        for _ in range(30):
            assert (await miner.submit(miner.solve(job)))["result"] is True
        assert len(set(miner.garbage)) > 3
        assert pool.tally.faults == {"malformed": 30}


async def test_a_pool_sends_away_after_the_time_ordered() -> None:
    async with running("reconnect=30ms") as (_, port), talking(port) as miner:
        await miner.begin()
        assert await miner.told("client.reconnect") == []


async def test_faults_can_be_changed_while_it_runs() -> None:
    async with running() as (pool, port), talking(port) as miner:
        job = await miner.begin()
        assert (await miner.submit(miner.solve(job)))["result"] is True
        pool.faults = Faults(reject=1.0)
        assert await miner.code(miner.solve(job)) == 20


async def test_a_pool_that_stops_has_no_connection_left_when_it_says_so() -> None:
    async with running() as (pool, port), talking(port) as late:
        await late.begin()
        (connection,) = pool.connections
        connection.send_line(b"x" * 7_000_000)
        stopping = asyncio.create_task(pool.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        assert len(await late.reader.read(-1)) > 7_000_000
        await stopping
        assert not pool.connections
