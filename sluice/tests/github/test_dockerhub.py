"""A repository's page on Docker Hub, and what is left of the pulls, against a stand-in for Docker Hub."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from docker_hub import SECRET, DockerHub, serve_docker_hub

from sluice.github.dockerhub import Account, Usage, read_usage, sync_readme
from sluice.rehearsal.docker_hub import Change, page_mistakes
from sluice.rehearsal.docker_hub import serve_docker_hub as serve_stand_in
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


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"full_description": "x" * 25_001}, "full_description"),
        ({"description": "x" * 101}, "description"),
        ({"readme": "x"}, "readme"),
        ({}, "detail"),
        ([], "detail"),
    ],
)
def test_the_stand_in_of_a_rehearsal_refuses_what_docker_hub_does(body: object, field: str) -> None:
    assert list(page_mistakes(body)) == [field]
    changes: list[Change] = []
    with serve_stand_in(changes) as address:
        given = {"identifier": "octo", "secret": "x"}
        token = requests.post(f"{address}/v2/auth/token", json=given, timeout=5).json()["access_token"]
        assert requests.post(f"{address}/v2/auth/token", json={"username": "octo"}, timeout=5).status_code == 400
        signed = {"Authorization": f"Bearer {token}"}
        place = f"{address}/v2/repositories/octo/app/"

        def patch(at: str, sent: object, **headers: str) -> int:
            return requests.patch(at, data=json.dumps(sent), headers=headers, timeout=5).status_code

        good = {"description": "x"}
        assert [patch(place, body, **signed), patch(place, good), patch(f"{place}x", good, **signed)] == [400, 401, 404]
        assert changes == []
        assert patch(place, good, **signed) == 200
    assert changes == [("/v2/repositories/octo/app/", {"description": "x"})]
