"""A repository's page on Docker Hub, and what is left of the pulls, against a stand-in for Docker Hub."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sluice.github.dockerhub import Account, Usage, read_usage, sync_readme
from sluice.source.errors import UnavailableError

SECRET = "made-up-password"


@dataclass
class DockerHub:
    """What was asked; ``failures`` are answered first."""

    address: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    limits: dict[str, str] = field(default_factory=dict)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, object, dict[str, str]]:  # noqa: ANN401
        self.asked.append((method, path, body))
        if self.failures:
            return self.failures.pop(0), {}, {}
        match method, path.partition("?")[0]:
            case "POST", "/v2/auth/token":
                good = body == {"identifier": "octo", "secret": SECRET}
                return (200, {"access_token": "hub-token"}, {}) if good else (401, {}, {})
            case "PATCH", "/v2/repositories/octo/app/":
                return (200 if headers.get("Authorization") == "Bearer hub-token" else 401), {}, {}
            case "GET", "/token":
                return 200, {"token": "pull-token"}, {}
            case "HEAD", "/v2/ratelimitpreview/test/manifests/latest":
                return (200 if headers.get("Authorization") == "Bearer pull-token" else 401), None, self.limits
            case _:
                return 404, {}, {}


@pytest.fixture
def hub() -> Iterator[DockerHub]:
    found = DockerHub()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body, headers = found.answer(
                self.command, self.path, dict(self.headers.items()), json.loads(data or b"null")
            )
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_HEAD = handle_any  # noqa: N815 - the names that http.server calls

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


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
