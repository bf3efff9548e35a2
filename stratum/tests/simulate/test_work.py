"""Against blocks that everyone has: the first one, and 125552."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loka_stratum.simulate.work import (
    HIGHEST_TARGET,
    TARGET_OF_ONE,
    branches_of,
    double_sha256,
    header,
    number_of,
    rolled,
    root_of,
    solve,
    swap_words,
    target_of,
    target_of_bits,
)


def internal(shown: str) -> bytes:
    """A hash as people read it, in the order in which it is hashed."""
    return bytes.fromhex(shown)[::-1]


FIRST_COINBASE = bytes.fromhex(
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054"
    "696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420"
    "666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61"
    "deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
)
FIRST_ROOT = internal("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b")
FIRST_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
FIRST = header(version=1, previous=bytes(32), root=FIRST_ROOT, time=1231006505, bits=0x1D00FFFF, nonce=2083236893)

LATER_TRANSACTIONS = [
    internal("51d37bdd871c9e1f4d5541be67a6ab625e32028744d7d4609d0c37747b40cd2d"),
    internal("60c25dda8d41f8d3d7d5c6249e2ea1b05a25bf7ae2ad6d904b512b31f997e1a1"),
    internal("01f314cdd8566d3e5dbdd97de2d9fbfbfd6873e916a00d48758282cbb81a45b9"),
    internal("b519286a1040da6ad83c783eb2872659eaf57b1bec088e614776ffe7dc8f6d01"),
]
LATER_ROOT = internal("2b12fcf1b09288fcaff797d71e950e71ae42b91e8bdb2304758dfcffc2b620e3")
LATER_HASH = "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d"
LATER = header(
    version=1,
    previous=internal("00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81"),
    root=LATER_ROOT,
    time=0x4DD7F5C7,
    bits=0x1A44B9F2,
    nonce=0x9546A142,
)


def joined(hashes: list[bytes]) -> bytes:
    """A Merkle root the plain way, all of the tree."""
    level = list(hashes)
    while len(level) > 1:
        level += level[-1:] * (len(level) % 2)
        level = [double_sha256(left + right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def test_the_first_blocks_coinbase_is_its_merkle_root() -> None:
    assert root_of(FIRST_COINBASE, []) == FIRST_ROOT


@pytest.mark.parametrize(("block", "shown"), [(FIRST, FIRST_HASH), (LATER, LATER_HASH)])
def test_a_known_headers_hash_is_the_blocks(block: bytes, shown: str) -> None:
    assert len(block) == 80
    assert double_sha256(block)[::-1].hex() == shown


@pytest.mark.parametrize(("shown", "bits"), [(FIRST_HASH, 0x1D00FFFF), (LATER_HASH, 0x1A44B9F2)])
def test_a_known_block_meets_its_own_target_and_not_a_millionth_of_it(shown: str, bits: int) -> None:
    assert int(shown, 16) <= target_of_bits(bits)
    assert target_of_bits(bits) // 10**6 < int(shown, 16)


def test_the_branches_of_a_known_block_lead_to_its_root() -> None:
    first, *others = LATER_TRANSACTIONS
    root = first
    for branch in branches_of(others):
        root = double_sha256(root + branch)
    assert root == LATER_ROOT
    assert len(branches_of(others)) == 2


@given(st.binary(min_size=60, max_size=80), st.lists(st.binary(min_size=32, max_size=32), max_size=20))
def test_branches_lead_to_the_root_of_the_whole_tree(coinbase: bytes, others: list[bytes]) -> None:
    assert root_of(coinbase, branches_of(others)) == joined([double_sha256(coinbase), *others])


@pytest.mark.parametrize(
    ("difficulty", "target"),
    [
        (1, TARGET_OF_ONE),
        (2, TARGET_OF_ONE // 2),
        (Decimal("0.5"), TARGET_OF_ONE * 2),
        (Decimal("0.001"), TARGET_OF_ONE * 1000),
        (Decimal("0.1"), TARGET_OF_ONE * 10),
        (Fraction(1, 3), TARGET_OF_ONE * 3),
        (Decimal("1e-12"), HIGHEST_TARGET),
        (3, TARGET_OF_ONE // 3),
        (Decimal("1e80"), 0),
    ],
)
def test_a_difficulty_is_a_target_exactly(difficulty: Decimal | Fraction | int, target: int) -> None:
    assert target_of(difficulty) == target


def test_bits_and_difficulty_agree_where_both_say_the_same() -> None:
    assert target_of(1) == target_of_bits(0x1D00FFFF)
    assert target_of_bits(0x1A44B9F2) == 0x44B9F2 << 8 * (0x1A - 3)
    assert target_of_bits(0x03123456) == 0x123456
    assert target_of_bits(0x02123456) == 0x1234


@pytest.mark.parametrize("difficulty", [0, -1, Decimal("-0.1")])
def test_a_difficulty_is_positive(difficulty: Decimal | int) -> None:
    with pytest.raises(ValueError, match="a difficulty is positive, not "):
        target_of(difficulty)


def test_the_first_blocks_nonce_is_found_again() -> None:
    assert solve(FIRST[:76], TARGET_OF_ONE, 2083236893 - 500, 1000) == 2083236893
    assert solve(FIRST[:76], TARGET_OF_ONE, 2083236893 + 1, 500) is None


def test_nonces_go_on_from_0_after_the_last() -> None:
    assert solve(FIRST[:76], number_of(double_sha256(FIRST[:76] + bytes(4))), 0xFFFFFFFF, 2) in {0, 0xFFFFFFFF}


def test_words_are_swapped_and_swapped_back() -> None:
    previous = internal(FIRST_HASH)
    assert swap_words(previous).hex() == "0a8ce26f72b3f1b646a2a6c14ff763ae65831e939c085ae10019d66800000000"
    assert swap_words(swap_words(previous)) == previous


def test_only_the_bits_in_the_mask_are_rolled() -> None:
    assert rolled(0x20000004, 0x00FFE000, 0x1FFFE000) == 0x20FFE004
    assert rolled(0x3FFFE004, 0, 0x1FFFE000) == 0x20000004
    assert rolled(0x20000000, 0xFFFFFFFF, 0) == 0x20000000
