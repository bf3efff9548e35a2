"""Jobs: block templates that are whole (coinbase, transactions, branches), and their form in ``mining.notify``. Pure.

The coinbase is cut in two; between the parts go the pool's extranonce and the miner's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from loka_stratum.simulate.work import branches_of, double_sha256, header, root_of, swap_words

FIRST_SIZE = 4
"""Bytes of the pool's part of the extranonce."""
SECOND_SIZE = 4
"""Bytes of the miner's part, unless the pool says otherwise."""
SUBSIDY = 312_500_000
"""Satoshi for a block since the fourth halving."""
VERSION = 0x20000000
BITS = 0x1D00FFFF
"""The network's target in templates, of difficulty 1: far above any share's that is solved here."""
ROLLING_MASK = 0x1FFFE000
"""The bits of the version that miners may roll (BIP 320)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a miner needs to make headers."""

    id: str
    previous: bytes
    head: bytes
    tail: bytes
    branches: tuple[bytes, ...]
    version: int
    bits: int
    time: int

    def header(self, extranonce: bytes, *, version: int, time: int, nonce: int) -> bytes:
        """The header with both parts of the extranonce in the coinbase."""
        root = root_of(self.head + extranonce + self.tail, self.branches)
        return header(version=version, previous=self.previous, root=root, time=time, bits=self.bits, nonce=nonce)

    def params(self, *, clean: bool) -> list[Any]:
        """The parameters of ``mining.notify``."""
        return [
            self.id,
            swap_words(self.previous).hex(),
            self.head.hex(),
            self.tail.hex(),
            [branch.hex() for branch in self.branches],
            f"{self.version:08x}",
            f"{self.bits:08x}",
            f"{self.time:08x}",
            clean,
        ]


def read_job(params: Sequence[Any]) -> Job:
    """The job in the parameters of ``mining.notify``. Raises ``ValueError``, ``TypeError`` or ``AttributeError``."""
    identifier, previous, head, tail, branches, version, bits, time = params[:8]
    return Job(
        id=str(identifier),
        previous=swap_words(bytes.fromhex(previous)),
        head=bytes.fromhex(head),
        tail=bytes.fromhex(tail),
        branches=tuple(map(bytes.fromhex, branches)),
        version=int(version, 16),
        bits=int(bits, 16),
        time=int(time, 16),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A job and the transactions that its branches stand for."""

    job: Job
    transactions: tuple[bytes, ...]


@dataclass(slots=True)
class TemplateMaker:
    """Makes one template after another; the same seed gives the same ones."""

    random: Random
    second_size: int = SECOND_SIZE
    height: int = 900_000
    made: int = 0
    previous: bytes = b""

    def __post_init__(self) -> None:
        self.found_block()

    def found_block(self) -> None:
        """Someone found a block: the next template stands on it."""
        self.height += 1
        self.previous = self.random.randbytes(28) + bytes(4)

    def template(self, time: int) -> Template:
        """The next template, at this time in seconds."""
        self.made += 1
        transactions = tuple(_transaction(self.random) for _ in range(self.random.randrange(1, 8)))
        hashes = [double_sha256(transaction) for transaction in transactions]
        head, tail = self._coinbase(fees=1_000 * len(transactions))
        job = Job(
            id=f"{self.made:x}",
            previous=self.previous,
            head=head,
            tail=tail,
            branches=tuple(branches_of(hashes)),
            version=VERSION,
            bits=BITS,
            time=time,
        )
        return Template(job=job, transactions=transactions)

    def _coinbase(self, fees: int) -> tuple[bytes, bytes]:
        """Both parts. The script starts with the height (BIP 34) and ends with a name."""
        height = self.height.to_bytes((self.height.bit_length() + 8) // 8, "little")
        start, name = bytes([len(height)]) + height, b"/simulate/"
        size = len(start) + FIRST_SIZE + self.second_size + len(name)
        head = _INPUT + bytes(32) + b"\xff\xff\xff\xff" + bytes([size]) + start
        return head, name + _LAST + _output(SUBSIDY + fees, self.random) + bytes(4)


_INPUT = (1).to_bytes(4, "little") + b"\x01"
"""Version 1 and one input."""
_LAST = b"\xff\xff\xff\xff\x01"
"""The input's sequence number, and one output."""


def _transaction(random: Random) -> bytes:
    """One input with a signature's length of random bytes, one output."""
    script = random.randbytes(107)
    spent = random.randbytes(32) + bytes(4)
    return _INPUT + spent + bytes([len(script)]) + script + _LAST + _output(random.randrange(10**8), random) + bytes(4)


def _output(satoshi: int, random: Random) -> bytes:
    """So much to the hash of a key."""
    return satoshi.to_bytes(8, "little") + b"\x19\x76\xa9\x14" + random.randbytes(20) + b"\x88\xac"
