import logging
import resource
from collections.abc import Iterator

import pytest

from loka_stratum.open_files import raise_limit, room_for


@pytest.fixture(autouse=True)
def limit() -> Iterator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_is_raised_as_far_as_it_goes(limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limit))
    assert raise_limit() == limit
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (limit, limit)


def test_too_few_files_for_the_miners_allowed_are_told_at_the_start(
    limit: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert room_for(10)
        assert not caplog.records
        assert not room_for(limit)
    assert caplog.records[0].getMessage().endswith(f"and not for limits.connections = {limit}")
