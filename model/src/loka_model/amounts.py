"""The types of what is counted, and why they hold every value exactly.

A share of difficulty `d` stands for `d * 2**32` hashes on average (the difficulty 1 target is `0xffff * 2**208`, see
the Bitcoin wiki, "Difficulty"; pools count with 2**32). A real difficulty has two bounds: no share is easier than one
that every hash meets, `d >= 2**-32`, and none is harder than the only hash at target 1, `d < 2**224`. Between them it
may be any decimal fraction: pools send `0.001`, `16384` or `4.656542373906925e-10`.

Multiplying a decimal of scale `s` by an integer gives scale `s` at most, so the product needs as many digits after
the point as the difficulty, and `ceil(log10(2**224 * 2**32)) = 78` before it. A fixed NUMERIC(p, s) isn't exact for
every scale: it rounds, and silently; and NUMERIC with `s > p` doesn't exist before PostgreSQL 15. NUMERIC without
precision is exact on every version: up to 131,072 digits before and 16,383 after the point, and so are its products.
So both columns are plain NUMERIC; bounds are check constraints, which refuse instead of rounding, and the hash count
is a generated column (PostgreSQL 12 and later), so that it can't differ from its difficulty.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import Annotated

from sqlalchemy import BigInteger, Computed, Numeric
from sqlalchemy.orm import mapped_column

HASHES_PER_DIFFICULTY = 2**32
"""How many hashes a share of difficulty 1 stands for, on average."""

MOST_DIFFICULTY = 2**224
"""Beyond it there is no target left."""

MOST_DIFFICULTY_DIGITS = 64
"""Digits after the point. A double's shortest decimal has 17 significant ones, so 2**-32 needs 27."""

MOST_SATOSHI = 21_000_000 * 100_000_000
"""All there will ever be."""

_EXACT = Context(prec=256, traps=[Inexact])

Difficulty = Annotated[Decimal, mapped_column(Numeric())]
Hashes = Annotated[
    Decimal, mapped_column(Numeric(), Computed(f"difficulty * {HASHES_PER_DIFFICULTY}", persisted=True), nullable=False)
]
Hashrate = Annotated[Decimal, mapped_column(Numeric())]
"""Hashes per second."""
Satoshi = Annotated[int, mapped_column(BigInteger)]


def hashes(difficulty: Decimal) -> Decimal:
    """How many hashes a share of this difficulty stands for; exact, whatever the context's precision.

    >>> hashes(Decimal("0.001"))
    Decimal('4294967.296')
    """
    if not difficulty.is_finite():
        raise ValueError(f"{difficulty} is no difficulty: it must be a finite number")
    return _EXACT.multiply(difficulty, Decimal(HASHES_PER_DIFFICULTY))
