"""Chance that repeats: the same seed gives the same simulation. Nothing here is a secret. Pure."""

from random import Random


def seeded(*seeds: int) -> Random:
    """A source of numbers of its own for each combination of seeds."""
    return Random(" ".join(map(str, seeds)))  # noqa: S311 (a simulation, to be repeated)
