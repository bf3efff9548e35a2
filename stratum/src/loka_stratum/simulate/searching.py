"""Looking for shares: from what is in force for a miner to a nonce that solves. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from loka_stratum.simulate.jobs import Job
from loka_stratum.simulate.record import RecordedShare, now
from loka_stratum.simulate.work import double_sha256, rolled, solve, target_of


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is in force for a job's shares: the pool's part of the extranonce, the size of the miner's, difficulty."""

    job: Job
    first: bytes
    second_size: int
    difficulty: Decimal
    target: int

    @classmethod
    def of(cls, job: Job, extranonce: tuple[bytes, int], difficulty: Decimal) -> "Conditions":
        """With the target that the difficulty stands for."""
        return cls(job, *extranonce, difficulty, target_of(difficulty))


class Search:
    """One share being looked for, a few hashes at a time."""

    __slots__ = ("_nonce", "_start", "conditions", "second", "version", "version_bits")

    def __init__(self, conditions: Conditions, second: int, mask: int, random: Random) -> None:
        job, size = conditions.job, conditions.second_size
        self.conditions = conditions
        self.second = (second % (1 << 8 * size)).to_bytes(size, "big")
        self.version_bits = random.getrandbits(32) & mask
        self.version = rolled(job.version, self.version_bits, mask)
        self._nonce = random.getrandbits(32)
        self._start = job.header(conditions.first + self.second, version=self.version, time=job.time, nonce=0)[:76]

    def step(self, tries: int) -> int | None:
        """Try so many nonces more; the one that solves, or None."""
        found = solve(self._start, self.conditions.target, self._nonce, tries)
        self._nonce = (self._nonce + tries) & 0xFFFFFFFF
        return found

    def solved(self, name: str, nonce: int) -> RecordedShare:
        """The share with this nonce."""
        digest = double_sha256(self._start + nonce.to_bytes(4, "little"))
        return RecordedShare(
            at=now(),
            name=name,
            job=self.conditions.job.id,
            extranonce=(self.conditions.first + self.second).hex(),
            time=f"{self.conditions.job.time:08x}",
            nonce=f"{nonce:08x}",
            version=f"{self.version:08x}",
            difficulty=str(self.conditions.difficulty),
            hash=digest[::-1].hex(),
        )
