"""Every real report, damaged at random: never an error, never a number that is none, and the time is bounded.

What is damaged how is drawn from one random number of Hypothesis's: to let it choose each took twice as long.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.evidence.model import Kind
from sluice.evidence.reading import read_report

from .reports import REPORTS, named

SOURCE = "target/criterion/group/new/sample.json"
ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    -(10**400),
    1e308,
    math.nan,
    math.inf,
    "",
    "\x00",
    "NaN",
    "a" * 2000,
    [],
    {},
    [[]],
    [None],
    {"": {}},
    {"name": []},
)
SCRAPS = (
    b"",
    b"\\ud800",
    b"\\u0000",
    b"-",
    b"1e400",
    b"9" * 299,
    b"9" * 700,
    b"0.1e-99999",
    b"\xed\xa0\x80",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"null",
    b"NaN",
    b"\x00",
    b"\n",
    b"<",
    b">",
    b"/*",
)
JUNK = (
    *(b"", b"\x00", b"\xff", b"{", b"]", b'"', b"<", b"&x;", b"-"),
    *(b"9" * 5000, b"1e999", b"NaN", b"null", b",", b"\n"),
)
CHANCES = st.randoms(use_true_random=True)
SOME = settings(deadline=2000, suppress_health_check=[HealthCheck.too_slow])


def check(data: bytes) -> None:
    evidence = read_report(data, source=SOURCE)
    for measure in evidence.measures:
        assert math.isfinite(measure.value)
        assert measure.value >= 0
    for found in (*evidence.findings, *evidence.problems):
        texts = (found.id, found.title, found.package, found.version, found.path, *found.fixed_in, *found.aliases)
        assert all(text is None or text.isprintable() for text in texts)
    assert all(measure.name.isprintable() for measure in evidence.measures)
    assert all(found.kind is not Kind.REPORT_PROBLEM for found in evidence.findings)
    assert all(found.kind is Kind.REPORT_PROBLEM for found in evidence.problems)


@pytest.mark.slow
@pytest.mark.parametrize("path", REPORTS, ids=named)
@SOME
@given(chance=CHANCES)
def test_bytes_cut_out_and_put_in(path: Path, chance: random.Random) -> None:
    text = path.read_bytes()
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice([0, 1, 2, 10, 100, len(text)]))
        text = text[:start] + chance.choice(JUNK) + text[end:]
    check(text)


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in REPORTS if path.suffix in {".json", ".sarif"}], ids=named)
@SOME
@given(chance=CHANCES)
def test_values_of_another_type(path: Path, chance: random.Random) -> None:
    document = json.loads(path.read_text())
    for _ in range(chance.randint(1, 3)):
        document = mutated(document, chance)
    check(json.dumps(document).encode())


@pytest.mark.slow
@pytest.mark.parametrize("path", REPORTS, ids=named)
def test_many_small_damages(path: Path) -> None:
    chance = random.Random(path.name)  # noqa: S311 - damage, not a secret
    for _ in range(300):
        text = path.read_bytes()
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(text) + 1)
            text = text[:start] + chance.choice(SCRAPS) + text[start + chance.choice((0, 0, 1, 3, 20)) :]
        check(text)


def mutated(value: object, chance: random.Random) -> object:
    if isinstance(value, dict) and value and chance.randint(0, 9):
        key = chance.choice(sorted(value))
        changed = mutated(value[key], chance)
        return {**value, key: changed} if chance.randint(0, 7) else {k: v for k, v in value.items() if k != key}
    if isinstance(value, list) and value and chance.randint(0, 9):
        index = chance.randint(0, len(value) - 1)
        return [*value[:index], mutated(value[index], chance), *value[index + chance.randint(0, 1) :]]
    return chance.choice(ODD)
