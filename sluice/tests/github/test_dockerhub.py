"""A repository's page on Docker Hub, and what is left of the pulls, against a stand-in for Docker Hub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docker_hub import SECRET, DockerHub, serve_docker_hub

from sluice.github.dockerhub import Account, Usage, read_usage, sync_readme
from sluice.source.errors import UnavailableError


@pytest.fixture
def hub() -> Iterator[DockerHub]:
    with serve_docker_hub() as found:
        yield found


def account(hub: DockerHub, password: str = SECRET) -> Account:
    return Account(name="octo", password=password, hub=hub.address, auth=hub.address, registry=hub.address)


def test_the_page_says_the_readme_cut_to_what_fits(hub: DockerHub) -> None:
    hub.failures = [503]
    sync_readme(account(hub), "octo/app", "é" * 20_000, short="An app")
    method, path, body = hub.asked[-1]
    assert (method, path, body["description"]) == ("PATCH", "/v2/repositories/octo/app/", "An app")
    assert len(body["full_description"].encode()) <= 25_000
    assert body["full_description"].endswith("é…")
    assert [path for _, path, _ in hub.asked[:2]] == ["/v2/auth/token"] * 2, "a failure is tried again"


def test_what_is_left_of_the_pulls(hub: DockerHub) -> None:
    hub.limits = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600"}
    assert read_usage(account(hub)) == Usage(limit=100, remaining=76, seconds=21600)
    hub.limits = {}
    assert read_usage(account(hub)) == Usage(limit=None, remaining=None, seconds=None)


def test_a_refusal_is_told_without_the_password(hub: DockerHub) -> None:
    with pytest.raises(UnavailableError, match=r"Docker Hub refused POST .*: 401") as found:
        sync_readme(account(hub, "wrong-secret"), "octo/app", "x")
    assert "wrong-secret" not in str(found.value) + repr(account(hub, "wrong-secret"))
