"""What is known of each pool: whether it answers and since when. Who needs a pool asks here for the best one."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable
from contextlib import suppress

from loka_metrics import Counter
from loka_stratum.configuration.settings import Failover, Pool
from loka_stratum.errors import UnavailableError
from loka_stratum.measures import Measures

log = logging.getLogger(__name__)


class PoolState:
    """One pool as it stands. Times are monotonic seconds."""

    __slots__ = (
        "answers",
        "difficulty",
        "error",
        "errors",
        "failures",
        "heard_at",
        "miners",
        "settings",
        "since",
        "tls",
        "tries",
    )

    def __init__(self, settings: Pool, measures: Measures) -> None:
        self.settings = settings
        self.tls = tls_context(settings) if settings.tls else None
        self.answers: bool | None = None
        """None until it was asked."""
        self.since = 0.0
        """Since when `answers` holds."""
        self.heard_at = float("-inf")
        self.failures = 0
        """In a row."""
        self.error: str | None = None
        self.miners = 0
        self.difficulty = 0.0
        self.errors: Counter = measures.pool_errors.labels(settings.name)
        self.tries: Counter = measures.reconnections.labels(settings.name)

    @property
    def name(self) -> str:
        """As configured."""
        return self.settings.name


def tls_context(pool: Pool) -> ssl.SSLContext:
    """How to speak TLS to a pool. Raises ``UnavailableError``."""
    try:
        context = ssl.create_default_context(cafile=pool.tls_authority or None)
    except (OSError, ssl.SSLError) as error:
        raise UnavailableError(f"pool {pool.name}: tls_authority {pool.tls_authority} can't be used: {error}") from None
    if not pool.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Pools:
    """All active pools, the best first."""

    def __init__(self, pools: Iterable[Pool], failover: Failover, measures: Measures) -> None:
        self.all = [PoolState(pool, measures) for pool in pools if pool.active]
        self._failover = failover
        self._measures = measures
        self._changed = asyncio.Event()
        for state in self.all:
            measures.pool_up.labels(state.name).set(0)

    def best(self, avoided: Iterable[str] = ()) -> PoolState | None:
        """The first pool that answers, or was never asked, and isn't avoided."""
        without = set(avoided)
        return next((state for state in self.all if state.answers is not False and state.name not in without), None)

    def better(self, than: PoolState, now: float, avoided: Iterable[str] = ()) -> PoolState | None:
        """A pool of higher priority that has answered for long enough to return to it."""
        found = self.best(avoided)
        if found is None or found.settings.priority >= than.settings.priority or not found.answers:
            return None
        return found if now - found.since >= self._failover.return_after else None

    def heard(self, state: PoolState, now: float) -> None:
        """The pool has said something."""
        state.heard_at = now
        if not state.answers:
            log.info("pool %s answers", state.name)
            state.failures, state.error = 0, None
            self._set(state, now, answers=True)

    def failed(self, state: PoolState, now: float, why: str) -> None:
        """The pool can't be reached or doesn't answer."""
        state.failures += 1
        state.error = why
        state.errors.inc()
        if state.answers is not False:
            log.warning("pool %s does not answer: %s", state.name, why)
            self._set(state, now, answers=False)

    def pause(self, state: PoolState) -> float:
        """Seconds until a pool that failed is asked again: doubling, bounded."""
        return min(
            self._failover.retry_longest, self._failover.retry_shortest * 2.0 ** min(16, max(0, state.failures - 1))
        )

    async def lost(self, state: PoolState, seconds: float) -> None:
        """Return when the pool does not answer any more, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while state.answers:
                    await self._changed.wait()

    async def changed(self, seconds: float) -> None:
        """Return when a pool's state changes, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    @property
    def any_answers(self) -> bool:
        """Whether a pool answers."""
        return any(state.answers for state in self.all)

    def _set(self, state: PoolState, now: float, *, answers: bool) -> None:
        state.answers, state.since = answers, now
        self._measures.pool_up.labels(state.name).set(1 if answers else 0)
        self._changed.set()
        self._changed = asyncio.Event()
