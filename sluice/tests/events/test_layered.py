"""A mapping that is never changed, against a ``dict`` that is copied for each change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sluice.events.layered import Layered

KEYS = st.integers(0, 200).map(str)


@given(st.dictionaries(KEYS, st.integers()), st.lists(st.tuples(KEYS, st.integers()), max_size=300))
def test_it_is_what_a_dict_would_be_and_so_is_every_one_before_it(
    base: dict[str, int], changes: list[tuple[str, int]]
) -> None:
    layered, plain = Layered(base), dict(base)
    before = []
    for key, value in changes:
        before.append((layered, dict(plain)))
        layered, plain = layered.with_value(key, value), {**plain, key: value}
    before.append((layered, plain))
    for found, wanted in before[-3:] + before[:3]:
        assert list(found.items()) == list(wanted.items())
        assert (found == wanted, len(found), repr(found)) == (True, len(wanted), repr(wanted))
