import time

import pytest

from sluice.gates.policy.names import NamePattern


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("image/size", "image/size", True),
        ("image/size", "image/size/x", False),
        ("bench/**", "bench/a", True),
        ("bench/**", "bench/a/b[c+d]", True),
        ("bench/**", "bench", False),
        ("bench/*", "bench/a/b", False),
        ("bench/*", "bench/a", True),
        ("dependency/*/age", "dependency/a/age", True),
        ("dependency/*/age", "dependency/a/b/age", False),
        ("**/age", "dependency/a/b/age", True),
        ("b*h/**/x", "bench/1/2/x", True),
        ("b*h/**/x", "bench/1/2/y", False),
        ("bench/**x", "bench/x", True),
        ("bench/**x", "bench/", False),
        ("bench/*x", "bench/x", True),
        ("bench/test[a+b]?", "bench/test[a+b]?", True),
        ("bench/test[a+b]?", "bench/testa", False),
        ("**", "anything/at/all", True),
        ("*", "", True),
    ],
)
def test_a_star_stops_at_a_slash_and_two_do_not(pattern: str, name: str, fits: bool) -> None:
    assert NamePattern(pattern).matches(name) is fits


def test_no_pattern_takes_long() -> None:
    start = time.process_time()
    assert not NamePattern("**a" * 30 + "b").matches("a" * 20_000)
    assert time.process_time() - start < 2
