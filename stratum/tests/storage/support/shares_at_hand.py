"""Shares and answers for the storage's tests, and what the database holds of them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg

from loka_stratum.shares import Answer, Share, ShareLedger, Verdict

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
VERDICTS = tuple(Verdict)


def share(number: int = 0, *, id: UUID | None = None, pool: str = "main", miner: str = "alice") -> Share:  # noqa: A002 - the field's name
    """One share of a few workers."""
    return Share(
        id=id or uuid4(),
        pool=pool,
        miner=miner,
        worker=f"rig{number % 5}",
        job=f"{number:x}",
        difficulty=Decimal("0.001") * (number % 7 + 1),
        submitted_at=NOON + timedelta(milliseconds=number),
    )


def answer(to: Share, verdict: Verdict = Verdict.ACCEPTED, reason: str | None = None) -> Answer:
    """What the pool says of it, a millisecond later."""
    if reason is None and verdict in {Verdict.REJECTED, Verdict.STALE, Verdict.DUPLICATE}:
        reason = f"it is {verdict.value}"
    return Answer(share=to.id, verdict=verdict, reason=reason, answered_at=to.submitted_at + timedelta(milliseconds=1))


def mine(ledger: ShareLedger, count: int, *, first: int = 0) -> dict[UUID, str]:
    """Submit and answer so many shares, with every verdict in turn. Returns the verdict by id."""
    done = {}
    for number in range(first, first + count):
        one = share(number)
        ledger.submitted(one)
        verdict = VERDICTS[number % len(VERDICTS)]
        ledger.answered(answer(one, verdict))
        done[one.id] = verdict.value
    return done


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it; half a minute at most."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what the store has done is a number, not an event
            await asyncio.sleep(0.005)


async def stored(url: str) -> dict[UUID, str]:
    """The verdict of every submission, by id."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT id, verdict FROM submissions")
    await connection.close()
    return {row["id"]: row["verdict"] for row in rows}


async def fetch(url: str, query: str) -> Sequence[tuple[object, ...]]:
    """The rows of a query."""
    connection = await asyncpg.connect(url)
    rows: Iterable[tuple[object, ...]] = await connection.fetch(query)
    await connection.close()
    return [tuple(row) for row in rows]
