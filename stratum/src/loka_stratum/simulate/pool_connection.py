"""One connection as the pool sees it: a method for each request of Stratum V1, and what the pool says of itself.

The dialogue is the one that miners and pools use in the field: https://en.bitcoin.it/wiki/Stratum_mining_protocol, with
version rolling after BIP 310.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NoReturn

from loka_stratum.simulate.faults import MALFORMED, happens
from loka_stratum.simulate.judging import (
    NOT_SUBSCRIBED,
    OTHER,
    STALE,
    UNAUTHORIZED,
    Accepted,
    RefusedError,
    Submission,
    Terms,
    error_of,
    judge,
    read_submission,
)
from loka_stratum.simulate.lines import JsonLines
from loka_stratum.simulate.record import RecordedShare, now

if TYPE_CHECKING:
    from loka_stratum.simulate.pool import Pool

_KEPT_CONDITIONS = 32
_LOWEST_SUGGESTION = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What holds for one job on one connection."""

    difficulty: Decimal
    first: bytes


class PoolConnection(JsonLines):
    """From a miner, or from a proxy for a miner."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool
        self.names: set[str] = set()
        self.terms: Terms | None = None
        self.answers: list[dict[str, Any]] = []
        """What it answered to the pool's own questions."""
        self.difficulty = pool.difficulty
        self._conditions: dict[str, _Conditions] = {}
        self._session = ""
        self._rolls = False
        self._mask = 0
        self._follows_extranonce = False
        self._shares = 0
        self._silent = False
        self._asked = 0
        self._methods: dict[str, Callable[[list[Any]], object]] = {
            "mining.subscribe": self._subscribe,
            "mining.authorize": self._authorize,
            "mining.configure": self._configure,
            "mining.extranonce.subscribe": self._subscribe_extranonce,
            "mining.suggest_difficulty": self._suggest_difficulty,
            "mining.get_transactions": self._get_transactions,
            "mining.multi_version": lambda _: True,
            "mining.ping": lambda _: "pong",
        }

    # What the connection does.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and order its reconnection where that is a fault."""
        super().connection_made(transport)
        self.pool.connections.add(self)
        self.pool.tally.connections += 1
        if self.pool.faults.reconnect:
            asyncio.get_running_loop().call_later(self.pool.faults.reconnect, self._send_away)

    def connection_lost(self, exc: Exception | None) -> None:
        """Its session may come back."""
        super().connection_lost(exc)
        self.pool.connections.discard(self)
        if self.terms is not None:
            self.pool.keep_session(self._session, self.terms.first)

    def malformed(self, line: bytes) -> None:
        """Count the line; say what is wrong with it."""
        del line
        self.pool.tally.malformed_lines += 1
        self._answer(None, None, [OTHER, "this line is no message", None])

    def receive(self, message: dict[str, Any]) -> None:
        """Answer a request, or keep an answer to the pool's own question."""
        method, identifier = message.get("method"), message.get("id")
        if method is None:
            self.answers.append(message)
        elif method == "mining.submit":
            self._take_share(identifier, message.get("params"))
        else:
            self._take_request(identifier, method, message.get("params"))

    def _take_request(self, identifier: object, method: object, params: object) -> None:
        handler = self._methods.get(method) if isinstance(method, str) else None
        try:
            result = handler(params if isinstance(params, list) else []) if handler else _unknown(method)
        except RefusedError as refused:
            self._answer(identifier, None, error_of(refused))
            return
        self._answer(identifier, result, None)
        if method == "mining.authorize":
            self._give_first_work()

    def _answer(self, identifier: object, result: object, error: object) -> None:
        if not self._silent:
            self.send({"id": identifier, "result": result, "error": error})

    # What the pool says of itself.

    def notify(self, method: str, *params: object) -> None:
        """Tell it something that needs no answer."""
        if not self._silent:
            self.send({"id": None, "method": method, "params": params})

    def ask(self, method: str, *params: object) -> None:
        """Ask it something; the answer goes to ``answers``."""
        self._asked += 1
        if not self._silent:
            self.send({"id": f"pool-{self._asked}", "method": method, "params": params})

    def give_job(self, job: str, line: bytes) -> None:
        """Give it a job, at the difficulty that was set last. Who is not authorized yet gets none."""
        if not self.names or self._silent:
            return
        self._hold(job)
        self.send_line(line)

    def _hold(self, job: str) -> None:
        """What is in force when a job goes out holds for its shares, whatever is said later."""
        if self.terms is not None:
            self._conditions[job] = _Conditions(self.difficulty, self.terms.first)
        if len(self._conditions) > _KEPT_CONDITIONS:
            del self._conditions[next(iter(self._conditions))]

    def set_difficulty(self, difficulty: Decimal) -> None:
        """From the next job on."""
        self.difficulty = difficulty
        if self.names:
            self.notify("mining.set_difficulty", difficulty)

    def set_extranonce(self, first: bytes) -> None:
        """From the next job on, which the caller gives at once; only for one who asked to be told."""
        if self.terms is not None and self._follows_extranonce:
            self.terms = Terms(first, self.terms.second_size, self._mask)
            self.notify("mining.set_extranonce", first.hex(), self.terms.second_size)

    def set_mask(self, mask: int) -> None:
        """At once; only for one who rolls the version."""
        if self._rolls:
            self._hold_mask(mask)
            self.notify("mining.set_version_mask", f"{mask:08x}")

    def _hold_mask(self, mask: int) -> None:
        self._mask = mask
        if self.terms is not None:
            self.terms = Terms(self.terms.first, self.terms.second_size, mask)

    def _send_away(self) -> None:
        if not self.closed:
            self.pool.tally.faults["reconnect"] += 1
            self.notify("client.reconnect")

    def _give_first_work(self) -> None:
        self.notify("mining.set_difficulty", self.difficulty)
        job = self.pool.newest.job
        self._hold(job.id)
        self.notify("mining.notify", *job.params(clean=True))

    # Requests.

    def _subscribe(self, params: list[Any]) -> object:
        session = params[1] if len(params) > 1 and isinstance(params[1], str) else None
        first = self.pool.extranonce(session)
        self._session = f"session-{first.hex()}"
        self.terms = Terms(first, self.pool.settings.second_size, self._mask)
        subscriptions = [["mining.set_difficulty", self._session], ["mining.notify", self._session]]
        return [subscriptions, first.hex(), self.terms.second_size]

    def _authorize(self, params: list[Any]) -> object:
        if self.terms is None:
            raise RefusedError(NOT_SUBSCRIBED)
        name = params[0] if params else None
        if not isinstance(name, str) or not name or name in self.pool.settings.refused_names:
            raise RefusedError(UNAUTHORIZED)
        self.names.add(name)
        return True

    def _configure(self, params: list[Any]) -> object:
        extensions = params[0] if params and isinstance(params[0], list) else []
        wishes = params[1] if len(params) > 1 and isinstance(params[1], dict) else {}
        result: dict[str, object] = {}
        for extension in filter(lambda each: isinstance(each, str), extensions):
            match extension:
                case "version-rolling":
                    result |= self._allow_rolling(wishes.get("version-rolling.mask"))
                case "subscribe-extranonce":
                    result[extension] = self._subscribe_extranonce([])
                case "minimum-difficulty":
                    result[extension] = True
                case _:
                    result[extension] = False
        return result

    def _allow_rolling(self, wished: object) -> dict[str, object]:
        try:
            mask = int(wished, 16) if isinstance(wished, str) else 0xFFFFFFFF
        except ValueError:
            return {"version-rolling": "the mask is not hexadecimal"}
        self._rolls = True
        self._hold_mask(self.pool.mask & mask)
        return {"version-rolling": True, "version-rolling.mask": f"{self._mask:08x}"}

    def _subscribe_extranonce(self, _: list[Any]) -> object:
        self._follows_extranonce = True
        return True

    def _suggest_difficulty(self, params: list[Any]) -> object:
        try:
            difficulty = Decimal(str(params[0]))
        except (IndexError, InvalidOperation):
            raise RefusedError(OTHER, "mining.suggest_difficulty takes a number") from None
        if not difficulty.is_finite() or difficulty < _LOWEST_SUGGESTION:
            raise RefusedError(OTHER, "the difficulty is too low")
        self.set_difficulty(difficulty)
        return True

    def _get_transactions(self, params: list[Any]) -> object:
        transactions = self.pool.transactions_of(str(params[0])) if params else None
        if transactions is None:
            raise RefusedError(STALE)
        return [transaction.hex() for transaction in transactions]

    # Shares.

    def _take_share(self, identifier: object, params: object) -> None:
        self._shares += 1
        faults = self.pool.faults
        if faults.disconnect_after and self._shares >= faults.disconnect_after:
            self.pool.tally.faults["disconnect"] += 1
            self.drop()
        elif faults.silent_after and self._shares >= faults.silent_after:
            self.pool.tally.faults["silent"] += not self._silent
            self._silent = True
        elif faults.slow:
            self.pool.tally.faults["slow"] += 1
            asyncio.get_running_loop().call_later(faults.slow, self._answer_share, identifier, params)
        else:
            self._answer_share(identifier, params)

    def _answer_share(self, identifier: object, params: object) -> None:
        """Judge it only when it can be answered, so that nothing counts here that nobody was told of."""
        if self.closed or self._silent:
            return
        if happens(self.pool.random, self.pool.faults.malformed):
            self.pool.tally.faults["malformed"] += 1
            self.send_line(self.pool.random.choice(MALFORMED))
        try:
            self._judge(params)
        except RefusedError as refused:
            self.pool.tally.refused[refused.code] += 1
            self._answer(identifier, None, error_of(refused))
        else:
            self._answer(identifier, True, None)

    def _judge(self, params: object) -> None:
        if self.terms is None:
            raise RefusedError(NOT_SUBSCRIBED)
        submission = read_submission(params)
        if submission.name not in self.names:
            raise RefusedError(UNAUTHORIZED)
        opened = self.pool.open_jobs.get(submission.job)
        held = self._conditions.get(submission.job)
        if opened is None or held is None:
            raise RefusedError(STALE)
        terms = replace(self.terms, first=held.first)
        accepted = judge(opened, submission, terms, held.difficulty)
        if happens(self.pool.random, self.pool.faults.reject):
            self.pool.tally.faults["reject"] += 1
            raise RefusedError(OTHER, "refused to order")
        self._keep(submission, accepted, held.difficulty, terms)

    def _keep(self, submission: Submission, accepted: Accepted, difficulty: Decimal, terms: Terms) -> None:
        tally = self.pool.tally
        tally.accepted += 1
        tally.accepted_by_name[submission.name] += 1
        tally.blocks += accepted.block
        self.pool.record.add(
            RecordedShare(
                at=now(),
                name=submission.name,
                job=submission.job,
                extranonce=(terms.first + submission.second).hex(),
                time=f"{submission.time:08x}",
                nonce=f"{submission.nonce:08x}",
                version=f"{accepted.version:08x}",
                difficulty=str(difficulty),
                hash=accepted.hash,
            )
        )


def _unknown(method: object) -> NoReturn:
    raise RefusedError(OTHER, f"unknown method {method}")
