"""What ``github.run_id`` is here: a run's id as a number, and back. In: ids as the store gives them. Out: integers
that JavaScript keeps.
"""

from __future__ import annotations

import time
from calendar import timegm

_CHANCE_BITS = 16
_MOMENT = "%Y%m%d-%H%M%S"


def number_of(run: str) -> int:
    """The number of ``20261128-164024-de21``: seconds since 1970, and the chance behind them."""
    moment, _, chance = run.rpartition("-")
    return (timegm(time.strptime(moment, _MOMENT)) << _CHANCE_BITS) + int(chance, 16)


def run_of(number: int) -> str:
    """The id of the run with this number, whether there is one or not."""
    moment = time.strftime(_MOMENT, time.gmtime(number >> _CHANCE_BITS))
    return f"{moment}-{number % (1 << _CHANCE_BITS):04x}"
