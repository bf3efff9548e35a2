"""Miners by the thousand in one process: they connect, keep their pace, come back when cut off, and are counted.

What one of them says and hears is ``miner``'s. The same seed gives the same paces, nonces and names.
"""

import asyncio
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from loka_stratum.simulate.chance import seeded
from loka_stratum.simulate.latencies import Latencies
from loka_stratum.simulate.miner import Miner
from loka_stratum.simulate.record import Record, RecordedShare

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_LAST_ANSWERS = 5.0
"""Seconds that the answers to the last shares may take."""
_CONNECTING = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MinersSettings:
    """What the miners are told before they start."""

    host: str = "127.0.0.1"
    port: int = 3333
    count: int = 10
    rate: float = 0.2
    """Shares a second of each miner, on average; 0 is one after the other, as soon as the last is answered."""
    duration: float | None = None
    """Seconds; None is until they are stopped."""
    user: str = "farm"
    users: int = 1
    seed: int = 0
    connect_rate: float = 500.0
    """New connections a second at the start."""
    version_rolling: bool = True
    tls: ssl.SSLContext | None = None

    def name(self, index: int) -> str:
        """``user.worker``; users are numbered where there are several."""
        number = "" if self.users == 1 else str(index % self.users + 1)
        return f"{self.user}{number}.rig{index + 1:04d}"


@dataclass(slots=True)
class MinersTally:
    """What the miners saw."""

    connections: int = 0
    failed_connections: int = 0
    authorized: int = 0
    refused_requests: int = 0
    jobs: int = 0
    submitted: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By Stratum's code, or ``other``."""
    unanswered: int = 0
    """Shares whose connection ended before they were answered."""
    malformed_lines: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    """From a share's going out to its answer."""

    def count_refusal(self, error: object) -> None:
        """Count a refused share under its code."""
        match error:
            case [int(code), *_] | {"code": int(code)}:
                self.rejected[str(code)] += 1
            case _:
                self.rejected["other"] += 1

    def report(self, seconds: float) -> dict[str, Any]:
        """As JSON has it; ``seconds`` is how long it all took."""
        return {
            "seconds": round(seconds, 3),
            "connections": self.connections,
            "failed_connections": self.failed_connections,
            "authorized": self.authorized,
            "refused_requests": self.refused_requests,
            "jobs": self.jobs,
            "submitted": self.submitted,
            "accepted": self.accepted,
            "rejected": dict(sorted(self.rejected.items())),
            "unanswered": self.unanswered,
            "malformed_lines": self.malformed_lines,
            "accepted_per_second": round(self.accepted / seconds, 3) if seconds else 0.0,
            "latency_seconds": {
                "p50": self.latencies.percentile(0.5),
                "p99": self.latencies.percentile(0.99),
                "max": self.latencies.largest if self.latencies.count else None,
            },
        }


class Crowd:
    """All miners of a process, from ``run`` until its time is over or ``finish`` is called."""

    def __init__(self, settings: MinersSettings, record: Record | None = None) -> None:
        self.settings = settings
        self.tally = MinersTally()
        self.clock = time.perf_counter
        self.seconds = 0.0
        self._record = record or Record()
        self._finish = asyncio.Event()
        self._miners: set[Miner] = set()

    @property
    def finished(self) -> bool:
        """Whether no more shares are to be looked for."""
        return self._finish.is_set()

    def finish(self) -> None:
        """Take the answers that are on their way, then end."""
        self._finish.set()

    def gap(self, random: Random) -> float:
        """Seconds until a miner's next share: as irregular as finding shares is."""
        return random.expovariate(self.settings.rate) if self.settings.rate else 0.0

    def accepted(self, share: RecordedShare) -> None:
        """A share counts."""
        self.tally.accepted += 1
        self._record.add(share)

    async def run(self) -> None:
        """Mine until it is over."""
        started = self.clock()
        async with asyncio.TaskGroup() as tasks:
            for index in range(self.settings.count):
                tasks.create_task(self._keep_mining(index))
            try:
                await asyncio.wait_for(self._finish.wait(), self.settings.duration)
            except TimeoutError:
                self.finish()
            self.seconds = self.clock() - started
            await self._take_last_answers()
            for miner in list(self._miners):
                miner.drop()

    async def _take_last_answers(self) -> None:
        for miner in self._miners:
            miner.finish()
        waiting = [miner.answered for miner in self._miners]
        if waiting:
            await asyncio.wait(waiting, timeout=_LAST_ANSWERS)

    async def _keep_mining(self, index: int) -> None:
        """Connect, mine until the connection ends, and come back."""
        random = seeded(self.settings.seed, index)
        await self._pause(index / self.settings.connect_rate)
        pause = _FIRST_PAUSE
        while not self.finished:
            miner = await self._connect(index, random)
            if miner is not None:
                await miner.ended
                self._miners.discard(miner)
                pause = _FIRST_PAUSE if miner.ready else pause
            await self._pause(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _connect(self, index: int, random: Random) -> Miner | None:
        settings = self.settings
        try:
            async with asyncio.timeout(_CONNECTING):
                _, miner = await asyncio.get_running_loop().create_connection(
                    lambda: Miner(self, settings.name(index), random), settings.host, settings.port, ssl=settings.tls
                )
        except (OSError, TimeoutError):
            self.tally.failed_connections += 1
            return None
        self.tally.connections += 1
        self._miners.add(miner)
        if self.finished:
            miner.drop()
        return miner

    async def _pause(self, seconds: float) -> None:
        """So long, or until it is over."""
        if seconds and not self.finished:
            try:
                await asyncio.wait_for(self._finish.wait(), seconds)
            except TimeoutError:
                return
