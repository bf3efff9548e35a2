"""Numbers on the command line: what is no number, or has no end, is refused where it is read."""

from __future__ import annotations

import math
from typing import Any

import click


class Amount(click.FloatRange):
    """A number above zero, or from zero on where ``or_zero``."""

    def __init__(self, *, or_zero: bool = False) -> None:
        super().__init__(min=0, min_open=not or_zero)

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """The number; ``nan`` and ``inf`` are none here."""
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return found
