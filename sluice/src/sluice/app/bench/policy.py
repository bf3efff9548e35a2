"""The gates that a comparison is held to. In: a repository, the base commit, measured names. Out: a policy.

The base's gates count, so that a change can't loosen its own; a name that none of them compares gets the default one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from sluice.app.judging.gating import load_policy
from sluice.gates.policy.conditions import parse_condition
from sluice.gates.policy.model import BaselineKind, Gate, Policy, PolicyOrigin, PolicySource
from sluice.gates.policy.names import NamePattern
from sluice.gates.verdict.measures import fits_measures, needs_baseline
from sluice.source.errors import UsageError
from sluice.source.positions import Span

FAIL, WARN = "> +20%", ">= +10%"
_FILE = "default gates"


def comparison_policy(root: Path, commit: str, names: Iterable[str]) -> Policy:
    """The gates of ``commit``'s policy that match any of ``names``, each against the same run, and defaults for the
    names that none compares. Raises ``InvalidInputError`` for a policy with errors.
    """
    policy = _written(root, commit)
    measured = list(dict.fromkeys(names))
    gates = [
        replace(gate, settings=replace(gate.settings, baseline=(BaselineKind.SAME_RUN,)))
        for gate in policy.gates
        if fits_measures(gate) and any(map(gate.pattern.matches, measured))
    ]
    comparing = [gate for gate in gates if needs_baseline(gate)]
    bare = [name for name in measured if not any(gate.pattern.matches(name) for gate in comparing)]
    return replace(policy, gates=(*gates, *map(_default, bare)))


def _written(root: Path, commit: str) -> Policy:
    try:
        return load_policy(root, commit)
    except UsageError:  # neither the commit nor the working tree has one
        return Policy(origin=PolicyOrigin(source=PolicySource.COMPARISON, file=_FILE))


def _default(name: str) -> Gate:
    span = Span.at(_FILE)
    return Gate(pattern=NamePattern(name), span=span, fail=parse_condition(FAIL), warn=parse_condition(WARN))
