"""Bitcoin's work as numbers and bytes: difficulty to target, coinbase and branches to root, header to hash. Pure.

Hashes are bytes in the order in which they are hashed; what people read is that order reversed. The rules are Bitcoin's
own: https://developer.bitcoin.org/reference/block_chain.html
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256

HIGHEST_TARGET = (1 << 256) - 1
"""Every hash is at or below it."""
TARGET_OF_ONE = 0xFFFF << 208
"""The target that difficulty 1 stands for."""


@lru_cache(1024)
def target_of(difficulty: Decimal | Fraction | int) -> int:
    """The largest hash that is a share of this difficulty, exactly. Raises ``ValueError`` unless it is positive.

    >>> target_of(1) == 0xFFFF * 2**208
    True
    """
    exact = Fraction(difficulty)
    if exact <= 0:
        raise ValueError(f"a difficulty is positive, not {difficulty}")
    return min(HIGHEST_TARGET, int(TARGET_OF_ONE / exact))


def target_of_bits(bits: int) -> int:
    """The target that a header's `bits` stand for: an exponent in the first byte, a mantissa in the other three."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    return mantissa >> 8 * (3 - exponent) if exponent <= 3 else mantissa << 8 * (exponent - 3)


def double_sha256(data: bytes) -> bytes:
    """Bitcoin's hash."""
    return sha256(sha256(data).digest()).digest()


def number_of(digest: bytes) -> int:
    """A hash as the number that a target is compared with."""
    return int.from_bytes(digest, "little")


def branches_of(hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes beside the way from the coinbase up to the root. ``hashes`` are the other transactions', in order.

    On each level the last hash stands for its missing neighbour, as Bitcoin has it.
    """
    branches: list[bytes] = []
    level: list[bytes] = list(hashes)
    while level:
        branches.append(level[0])
        rest = level[1:]
        if len(rest) % 2:
            rest.append(rest[-1])
        level = [double_sha256(left + right) for left, right in zip(rest[::2], rest[1::2], strict=True)]
    return branches


def root_of(coinbase: bytes, branches: Iterable[bytes]) -> bytes:
    """The Merkle root over a coinbase transaction and what stands beside its way up."""
    root = double_sha256(coinbase)
    for branch in branches:
        root = double_sha256(root + branch)
    return root


def header(  # noqa: PLR0913 (a header has six parts)
    *, version: int, previous: bytes, root: bytes, time: int, bits: int, nonce: int
) -> bytes:
    """The 80 bytes of a block's header."""
    return b"".join(
        (
            version.to_bytes(4, "little"),
            previous,
            root,
            time.to_bytes(4, "little"),
            bits.to_bytes(4, "little"),
            nonce.to_bytes(4, "little"),
        )
    )


def swap_words(data: bytes) -> bytes:
    """Each four bytes reversed: how Stratum writes the previous block's hash.

    >>> swap_words(bytes(range(8))).hex()
    '0302010007060504'
    """
    return b"".join(data[place : place + 4][::-1] for place in range(0, len(data), 4))


def rolled(version: int, bits: int, mask: int) -> int:
    """A header's version with the bits that a miner chose within the mask (BIP 310)."""
    return (version & ~mask) | (bits & mask)


def solve(start: bytes, target: int, first: int, tries: int) -> int | None:
    """The first nonce from ``first`` on that solves a header whose other 76 bytes are ``start``; None after ``tries``.

    Nonces go on from 0 after the last one.
    """
    middle = sha256(start[:64])
    tail = start[64:]
    for nonce in range(first, first + tries):
        state = middle.copy()
        state.update(tail + (nonce & 0xFFFFFFFF).to_bytes(4, "little"))
        if int.from_bytes(sha256(state.digest()).digest(), "little") <= target:
            return nonce & 0xFFFFFFFF
    return None
