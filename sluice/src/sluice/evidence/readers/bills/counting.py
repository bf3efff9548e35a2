"""What a bill of materials says in numbers, whatever its format: how many components, how many without a licence."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.evidence.entries import Item, valued
from sluice.evidence.problems import Problem, problem


def counted(components: int, unlicensed: int) -> Iterator[Item]:
    """``sbom/components`` and ``sbom/unlicensed``; a bill of nothing is a problem."""
    if components == 0:
        yield problem(Problem.NO_DATA, "the bill of materials lists nothing")
    yield valued("sbom/components", "count", components)
    yield valued("sbom/unlicensed", "count", unlicensed)
