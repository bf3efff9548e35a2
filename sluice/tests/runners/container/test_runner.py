"""A job's container as it is opened."""

from __future__ import annotations

import pytest

from sluice.runners.container import runner


@pytest.mark.parametrize(
    ("name", "value", "passed"),
    [
        ("HTTPS_PROXY", "http://proxy.example:3128", True),
        ("UV_EXTRA_INDEX_URL", "https://index.example/simple", True),
        ("GOPROXY", "https://go.example", True),
        ("HTTPS_PROXY", "http://127.0.0.1:3128", False),
        ("PIP_INDEX_URL", "http://user@localhost:8080/simple", False),
        ("PIP_INDEX_URL", "/srv/wheels", False),
        ("PIP_CERT", "https://no.example", False),
        ("TOKEN", "abc", False),
    ],
)
def test_only_addresses_that_a_container_can_reach_are_handed_on(name: str, value: str, passed: bool) -> None:
    assert runner._passed_on({name: value}) == ({name: value} if passed else {})
