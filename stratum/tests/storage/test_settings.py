"""A pool that the table would refuse is refused at once."""

from dataclasses import replace

import pytest

from loka_stratum.storage.errors import StorageError
from loka_stratum.storage.settings import PoolDefinition

GOOD = PoolDefinition(name="main", host="pool.example", port=3333, username="farm", password="s3cret")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"host": ""},
        {"host": "x" * 256},
        {"username": "a\0"},
        {"password": "x" * 256},
        {"user_separator": "." * 9},
        {"port": 0},
        {"port": 65536},
        {"priority": -1},
    ],
)
def test_what_no_row_can_hold_is_an_error_that_names_the_pool(change: dict[str, str]) -> None:
    with pytest.raises(StorageError, match="pool "):
        replace(GOOD, **change)  # type: ignore[arg-type]  # wrong values are the point


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(GOOD)
