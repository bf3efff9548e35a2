from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.masking import automaton
from sluice.masking.automaton import Automaton
from sluice.masking.encodings import secret_forms
from sluice.masking.sieve import Sieve, choose_anchors

PATTERNS = st.lists(st.text("abcdefgh", min_size=3, max_size=12).map(str.encode), min_size=1, max_size=8)


@given(PATTERNS)
def test_every_pattern_has_an_anchor(patterns: list[bytes]) -> None:
    anchors = choose_anchors(patterns)
    assert all(any(anchor in pattern for anchor in anchors) for pattern in patterns)


def test_the_forms_of_a_secret_share_their_anchors() -> None:
    forms = set().union(*(secret_forms(hashlib.sha256(bytes([number])).hexdigest() + "/+") for number in range(20)))
    assert len(forms) > 150
    assert len(choose_anchors(forms)) <= 100


def test_short_or_too_many_patterns_are_no_use() -> None:
    assert Sieve([b"abcdef"]).useful
    assert not Sieve([b"abcdef", b"ab"]).useful
    assert not Sieve([hashlib.sha256(bytes([one, two])).digest() for one in range(4) for two in range(200)]).useful


@given(
    patterns=PATTERNS,
    lines=st.lists(st.text("abcdefgh ", max_size=20), max_size=10),
    planted=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 300)), max_size=5),
)
def test_a_search_through_the_sieve_finds_what_an_exact_one_finds(
    patterns: list[bytes], lines: list[str], planted: list[tuple[int, int]]
) -> None:
    data = "\n".join(lines).encode()
    for number, place in planted:
        data = data[:place] + patterns[number % len(patterns)] + data[place:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automaton, "_WORTH_SIEVING", 0)
        patch.setattr(automaton, "_DENSE", 0)
        fast, slow = Automaton(patterns, fast=True), Automaton(patterns)
        assert sorted(match[1:] for match in fast.matches(data)) == sorted(match[1:] for match in slow.matches(data))
