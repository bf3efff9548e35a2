from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sluice.services.embedded.npm import (
    HttpRegistry,
    NpmCommand,
    Registry,
    check_integrity,
    find_registry,
    registry_address,
)
from sluice.source.errors import UnavailableError

BYTES = b"an archive"
NAME = "@some/package"


def digest(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")


class Served(BaseHTTPRequestHandler):
    """A registry with one package of two versions; the archive of the second is damaged."""

    def do_GET(self) -> None:
        host = self.headers["Host"]
        path = self.path.lower().replace("%2f", "/")
        if path == f"/{NAME}":
            versions = {
                number: {
                    "name": NAME,
                    "version": number,
                    "dist": {"tarball": f"http://{host}/{number}.tgz", "integrity": digest(BYTES)},
                }
                for number in ("1.0.0", "2.0.0")
            }
            packument = {"name": NAME, "dist-tags": {"latest": "2.0.0"}, "versions": versions}
            self.answer(200, json.dumps(packument).encode())
        elif path.endswith(".tgz"):
            self.answer(200, BYTES if path == "/1.0.0.tgz" else b"something else")
        else:
            self.answer(404, b'{"error": "not found"}')

    def answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["http", pytest.param("npm", marks=[pytest.mark.needs_node, pytest.mark.slow])])
def registry(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> Registry:
    if request.param == "http":
        return HttpRegistry(address)
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    (tmp_path / "home").mkdir()
    return NpmCommand(
        npm,
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "NPM_CONFIG_REGISTRY": address,
            "NPM_CONFIG_FETCH_RETRIES": "0",
        },
    )


def test_versions_are_listed(registry: Registry) -> None:
    assert sorted(registry.versions(NAME)) == ["1.0.0", "2.0.0"]


def test_a_package_that_is_not_there_is_an_error(registry: Registry) -> None:
    with pytest.raises(UnavailableError, match=r"404|Not Found"):
        registry.versions("@some/other")


def test_an_archive_is_downloaded(registry: Registry, tmp_path: Path) -> None:
    if isinstance(registry, NpmCommand):
        pytest.skip("npm packs real archives only")
    assert registry.download(NAME, "1.0.0", tmp_path).read_bytes() == BYTES


def test_an_archive_with_another_digest_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"is damaged: its sha512 is|EINTEGRITY"):
        registry.download(NAME, "2.0.0", tmp_path)


def test_a_version_that_is_not_there_is_an_error(address: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"@some/package has no version 3\.0\.0"):
        HttpRegistry(address).download(NAME, "3.0.0", tmp_path)


def test_a_registry_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(UnavailableError, match="The npm registry doesn't answer for a"):
        HttpRegistry("http://127.0.0.1:1/").versions("a")
    with pytest.raises(UnavailableError, match="neither http nor https"):
        HttpRegistry("file:///").versions("a")


def test_without_a_digest_nothing_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(BYTES)
    check_integrity(tmp_path / "a", digest(BYTES))
    for integrity in ("", "md5-abc"):
        with pytest.raises(UnavailableError, match="gives no digest"):
            check_integrity(tmp_path / "a", integrity)


def test_the_registry_is_the_one_that_npm_is_set_up_for(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("; a comment\naudit=false\nregistry = http://a/npm\n", encoding="utf-8")
    (tmp_path / "other").write_text("registry='http://b/'\n", encoding="utf-8")
    home = {"HOME": str(tmp_path)}
    assert registry_address(home) == "http://a/npm/"
    assert registry_address({**home, "NPM_CONFIG_USERCONFIG": str(tmp_path / "other")}) == "http://b/"
    assert registry_address({**home, "npm_config_registry": "http://c"}) == "http://c/"


def test_without_npm_plain_http_is_used(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "NPM_CONFIG_REGISTRY": "http://a/"}
    assert find_registry(environment) == HttpRegistry("http://a/")
    (tmp_path / "npm").touch(mode=0o755)
    assert isinstance(find_registry(environment), NpmCommand)
