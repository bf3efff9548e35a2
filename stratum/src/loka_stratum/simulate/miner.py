"""One simulated miner: it subscribes, authorizes, solves real shares at its pace, and takes whatever comes back.

What many miners have in common (pace, tallies, where to connect) is the crowd's, in ``miners``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

from loka_stratum.simulate.jobs import ROLLING_MASK, read_job
from loka_stratum.simulate.lines import JsonLines
from loka_stratum.simulate.searching import Conditions, Search

if TYPE_CHECKING:
    from loka_stratum.simulate.miners import Crowd

AGENT = "loka-simulate/1.0"
_TRIES = 512
"""Hashes before others get a turn: about a millisecond."""
_SUBSCRIBE, _AUTHORIZE, _CONFIGURE, _EXTRANONCE = range(1, 5)
_FIRST_SHARE = 100
_WITHOUT_WORK = 0.1
"""Seconds until one without a job looks again."""


@dataclass(slots=True)
class _Sent:
    """A share on its way."""

    at: float
    search: Search
    nonce: int


class Miner(JsonLines):
    """One connection of a miner. It ends with the connection; the crowd makes another in its place."""

    def __init__(self, crowd: Crowd, name: str, random: Random) -> None:
        super().__init__()
        self.crowd = crowd
        self.name = name
        self.random = random
        self.ended = asyncio.get_running_loop().create_future()
        """Done when the connection is."""
        self.answered = asyncio.get_running_loop().create_future()
        """Done when the last share is answered or lost, after ``finish``."""
        self._finishing = False
        self.ready = False
        """Whether it is authorized."""
        self._extranonce: tuple[bytes, int] | None = None
        self._difficulty = Decimal(1)
        self._conditions: Conditions | None = None
        self._searching = False
        self._mask = 0
        self._second = 0
        self._sent: dict[int, _Sent] = {}
        self._numbers = count(_FIRST_SHARE)
        self._timer: asyncio.TimerHandle | None = None
        self._methods: dict[str, Callable[[list[Any]], None]] = {
            "mining.notify": self._take_job,
            "mining.set_difficulty": self._take_difficulty,
            "mining.set_extranonce": self._take_extranonce,
            "mining.set_version_mask": self._take_mask,
            "client.reconnect": lambda _: self.drop(),
            "client.show_message": lambda _: None,
        }
        self._answers: dict[int, Callable[[Any], None]] = {
            _SUBSCRIBE: self._subscribed,
            _AUTHORIZE: self._authorized,
            _CONFIGURE: self._configured,
            _EXTRANONCE: lambda _: None,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce itself."""
        super().connection_made(transport)
        if self.crowd.settings.version_rolling:
            wishes = {"version-rolling.mask": f"{ROLLING_MASK:08x}", "version-rolling.min-bit-count": 2}
            self._ask(_CONFIGURE, "mining.configure", ["version-rolling"], wishes)
        self._ask(_SUBSCRIBE, "mining.subscribe", AGENT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Shares that were not answered stay so."""
        super().connection_lost(exc)
        if self._timer:
            self._timer.cancel()
        self.crowd.tally.unanswered += len(self._sent)
        self._sent.clear()
        self._settle()
        if not self.ended.done():
            self.ended.set_result(None)

    def malformed(self, line: bytes) -> None:
        """Count the line and go on."""
        del line
        self.crowd.tally.malformed_lines += 1

    def receive(self, message: dict[str, Any]) -> None:
        """A notification, a question or an answer; what is wrong in it is counted."""
        try:
            self._receive(message.get("method"), message)
        except (ValueError, TypeError, AttributeError, IndexError, ArithmeticError):
            self.crowd.tally.malformed_lines += 1

    def finish(self) -> None:
        """``answered`` is to be done as soon as nothing is on its way any more."""
        self._finishing = True
        self._settle()

    def _settle(self) -> None:
        if self._finishing and not self._sent and not self.answered.done():
            self.answered.set_result(None)

    def _receive(self, method: object, message: dict[str, Any]) -> None:
        if method is None:
            self._take_answer(message)
        elif isinstance(method, str) and method in self._methods:
            self._methods[method](message["params"] if isinstance(message.get("params"), list) else [])
        elif message.get("id") is not None:
            known = {"client.get_version": AGENT, "mining.ping": "pong", "client.ping": "pong"}
            result = known.get(str(method))
            error = None if result else [20, f"unknown method {method}", None]
            self.send({"id": message["id"], "result": result, "error": error})

    def _ask(self, number: int, method: str, *params: object) -> None:
        self.send({"id": number, "method": method, "params": params})

    # Answers.

    def _take_answer(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        if not isinstance(number, int):
            self.crowd.tally.malformed_lines += number is not None
            return
        sent = self._sent.pop(number, None)
        if sent is not None:
            self._share_answered(sent, message)
        elif number in self._answers:
            if message.get("error"):
                self.crowd.tally.refused_requests += 1
                return
            self._answers[number](message.get("result"))

    def _subscribed(self, result: Any) -> None:  # noqa: ANN401 (whatever was answered)
        self._extranonce = (bytes.fromhex(result[1]), int(result[2]))
        self._second = self.random.randrange(1 << 16)
        self._ask(_AUTHORIZE, "mining.authorize", self.name, "x")
        self._ask(_EXTRANONCE, "mining.extranonce.subscribe")

    def _authorized(self, result: Any) -> None:  # noqa: ANN401 (whatever was answered)
        self.ready = result is True
        if self.ready:
            self.crowd.tally.authorized += 1
            self._later(self.crowd.gap(self.random))
        else:
            self.crowd.tally.refused_requests += 1

    def _configured(self, result: Any) -> None:  # noqa: ANN401 (whatever was answered)
        if result.get("version-rolling") is True:
            self._mask = int(result["version-rolling.mask"], 16)

    def _share_answered(self, sent: _Sent, message: dict[str, Any]) -> None:
        accepted = message.get("result") is True and not message.get("error")
        self.crowd.tally.latencies.add(self.crowd.clock() - sent.at)
        if accepted:
            self.crowd.accepted(sent.search.solved(self.name, sent.nonce))
        else:
            self.crowd.tally.count_refusal(message.get("error"))
        self._settle()
        if not self.crowd.settings.rate:
            self._later(0)

    # Work.

    def _take_job(self, params: list[Any]) -> None:
        job = read_job(params)
        self.crowd.tally.jobs += 1
        if self._extranonce is not None:
            self._conditions = Conditions.of(job, self._extranonce, self._difficulty)

    def _take_difficulty(self, params: list[Any]) -> None:
        difficulty = Decimal(str(params[0]))
        if not difficulty > 0:
            raise ValueError("a difficulty is positive")
        self._difficulty = difficulty

    def _take_extranonce(self, params: list[Any]) -> None:
        self._extranonce = (bytes.fromhex(params[0]), int(params[1]))

    def _take_mask(self, params: list[Any]) -> None:
        self._mask = int(params[0], 16)

    # Shares: the next one when its time has come, or without a pace when the last one was answered.

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._next_share)

    def _next_share(self) -> None:
        if self.crowd.settings.rate:
            self._later(self.crowd.gap(self.random))
        if self._conditions is None:
            if not self.crowd.settings.rate:
                self._later(_WITHOUT_WORK)
        elif not self._searching:
            self._searching = True
            self._search(self._new_search(self._conditions))

    def _new_search(self, conditions: Conditions) -> Search:
        self._second += 1
        return Search(conditions, self._second, self._mask, self.random)

    def _search(self, search: Search) -> None:
        """A few hashes, then others get a turn; a new job is begun with at once."""
        if self.closed or self.crowd.finished or self._conditions is None:
            return
        if search.conditions is not self._conditions:
            search = self._new_search(self._conditions)
        nonce = search.step(_TRIES)
        if nonce is None:
            asyncio.get_running_loop().call_soon(self._search, search)
        else:
            self._searching = False
            self._submit(search, nonce)

    def _submit(self, search: Search, nonce: int) -> None:
        number = next(self._numbers)
        self._sent[number] = _Sent(self.crowd.clock(), search, nonce)
        self.crowd.tally.submitted += 1
        job = search.conditions.job
        bits = [f"{search.version_bits:08x}"] if self._mask else []
        share = (self.name, job.id, search.second.hex(), f"{job.time:08x}", f"{nonce:08x}", *bits)
        self._ask(number, "mining.submit", *share)
