"""What a miner has asked for so far, kept so that another pool can be asked the same, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Raw

from loka_stratum.configuration.settings import Pool
from loka_stratum.protocol.messages import MalformedError, decode
from loka_stratum.protocol.replies import encode
from loka_stratum.proxy.pools.worker import Worker

_REPEATED = frozenset({"mining.configure"})
"""Methods that a miner may send several times with different contents that all hold."""
_MOST_OF_A_KIND = 8


@dataclass(slots=True)
class Step:
    """One request of the handshake."""

    method: str
    params: bytes
    miner_id: bytes | None
    """The id of the miner's request while its answer is owed; None when it was given."""
    worker: Worker | None = None
    password: str = ""

    def params_for(self, pool: Pool, session: str | None) -> bytes:
        """The parameters as the pool must get them. ``session`` is what it called this miner before."""
        if self.worker is not None:
            return encode([self.worker.at_pool(pool), pool.password.reveal() or self.password])
        if session is not None and self.method == "mining.subscribe":
            return encode([_agent(self.params), session])
        return self.params


@dataclass(slots=True)
class Handshake:
    """All of a miner's steps, by what they are about."""

    steps: dict[tuple[str, bytes], Step] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    """What each pool called its session with this miner."""

    def add(self, step: Step) -> bool:
        """Remember a step in place of an earlier one about the same; False if there are too many."""
        about = step.worker.text.encode() if step.worker else step.params if step.method in _REPEATED else b""
        key = (step.method, about)
        if (
            key not in self.steps
            and not step.worker
            and sum(method == step.method for method, _ in self.steps) >= _MOST_OF_A_KIND
        ):
            return False
        self.steps[key] = step
        return True

    def __iter__(self) -> Iterator[Step]:
        return iter(tuple(self.steps.values()))

    def has(self, method: str) -> bool:
        """Whether the miner has asked for this."""
        return any(known == method for known, _ in self.steps)


def _agent(params: bytes) -> str:
    """The miner's program, from the parameters of ``mining.subscribe``."""
    try:
        parts = decode(Raw(params), list[object])
    except MalformedError:
        return ""
    return parts[0] if parts and isinstance(parts[0], str) else ""
