"""Which output a run has, by the options of its command line."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from sluice.source.errors import UsageError

if TYPE_CHECKING:
    from sluice.app.running.options import Output


def chosen_output(*, as_json: bool, quiet: bool, plain: bool, verbose: bool = False) -> Output:
    """JSON lines, the verdict only, plain lines, or whatever fits: one of these."""
    return "json" if as_json else "quiet" if quiet else "plain" if plain or verbose else "auto"


def check_outputs(*, as_json: bool, quiet: bool, plain: bool, verbose: bool = False) -> None:
    """Raise ``UsageError`` for two of them; --verbose is plain lines, and more of them."""
    given = {"--quiet": quiet, "--verbose": verbose, "--plain": plain and not verbose, "--json": as_json}
    for one, other in combinations((name for name, asked in given.items() if asked), 2):
        raise UsageError(f"{one} and {other} exclude each other: each says what is printed", hint="give one of them")
