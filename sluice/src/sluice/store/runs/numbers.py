"""The numbers of runs and of what is theirs. In: ids as the store gives them. Out: integers that JavaScript keeps."""

from __future__ import annotations

import time
import zlib
from calendar import timegm

NUMBER_BITS = 20
"""A job's or an artifact's number is that of its run's row, with so many bits for itself behind it."""
_CHANCE_BITS = 16
_MOMENT = "%Y%m%d-%H%M%S"


def number_of(run: str) -> int:
    """``github.run_id`` of ``20261128-164024-de21``: seconds since 1970, and the chance behind them."""
    moment, _, chance = run.rpartition("-")
    return (timegm(time.strptime(moment, _MOMENT)) << _CHANCE_BITS) + int(chance, 16)


def run_of(number: int) -> str:
    """The id of the run with this number, whether there is one or not."""
    moment = time.strftime(_MOMENT, time.gmtime(number >> _CHANCE_BITS))
    return f"{moment}-{number % (1 << _CHANCE_BITS):04x}"


def number_within(row: int, name: str) -> int:
    """``job.check_run_id`` of the job run with this key, in the run of this row of the store."""
    return (row << NUMBER_BITS) + zlib.crc32(name.encode()) % (1 << NUMBER_BITS)
