"""The look at every connection in turn: who stays is looked at once in a round, whoever else comes and goes."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from loka_stratum.proxy import sweeping

pytestmark = pytest.mark.anyio
PARTS, ROUNDS = 8, 5


async def test_who_stays_is_looked_at_once_in_a_round_while_others_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    staying, leaving = list(range(10)), list(range(100, 190))
    house: Any = SimpleNamespace(
        links={*staying, *leaving},
        sessions=set(),
        now=lambda: 0.0,
        admission=SimpleNamespace(bans=SimpleNamespace(expire=lambda _: None)),
    )
    seen: Counter[int] = Counter()
    turns = iter(range(PARTS * ROUNDS))

    async def pause(_: float) -> None:
        turn = next(turns, None)
        if turn is None:
            raise asyncio.CancelledError
        house.links.discard(leaving.pop(0))  # every turn one goes and one comes: places in the set move
        house.links.add(1000 + turn)

    monkeypatch.setattr(sweeping, "pace", lambda _: (0.0, PARTS))
    monkeypatch.setattr(sweeping, "Returns", lambda _: SimpleNamespace(move_some=lambda _: None))
    monkeypatch.setattr(sweeping, "check_link", lambda _, link, __: seen.update([link]))
    monkeypatch.setattr(asyncio, "sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await sweeping.sweep(house)
    assert {link: seen[link] for link in staying} == dict.fromkeys(staying, ROUNDS)
    assert not [link for link in seen if link not in staying and seen[link] > ROUNDS]
