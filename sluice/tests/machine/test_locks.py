"""A lock that is had or not, at once."""

from __future__ import annotations

from pathlib import Path

from sluice.machine.locks import take_lock


def test_one_descriptor_has_it_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as second:
        with path.open("w") as first:
            assert take_lock(first.fileno())
            assert take_lock(first.fileno())
            assert not take_lock(second.fileno())
        assert take_lock(second.fileno())
