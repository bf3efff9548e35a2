"""Actions from a git server that answers as GitHub does for what isn't there."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sluice.actions.fetching import ActionCache
from sluice.source.errors import UnavailableError


class _Asks(BaseHTTPRequestHandler):
    """A server that wants a name and a password for everything."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is to be said."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Asks) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.needs_git
def test_a_repository_that_is_not_there_asks_nobody_for_a_password(tmp_path: Path, address: str) -> None:
    cache = ActionCache(tmp_path / "actions", git_base=address)
    with pytest.raises(UnavailableError) as caught:
        cache.fetch("actions/chekout", "v4")
    assert caught.value.tried[-1] == (f"{address}/actions/chekout: there is no such repository, or it is a private one")


ON_A_TERMINAL = """import os, sys
from pathlib import Path
from sluice.actions.fetching import ActionCache
from sluice.source.errors import UnavailableError
os.open(sys.argv[1], os.O_RDWR)  # of a session that has none it becomes the terminal
try:
    ActionCache(Path(sys.argv[2]), git_base=sys.argv[3]).fetch("nobody/nothing", "v1")
except UnavailableError as error:
    print(error.tried[-1])
"""


@pytest.mark.needs_git
@pytest.mark.slow
def test_a_terminal_is_not_asked_either(tmp_path: Path, address: str) -> None:
    master, slave = pty.openpty()
    words = [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(slave), str(tmp_path / "actions"), address]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            os.close(slave)
            os.close(master)
    assert "there is no such repository" in said


@pytest.mark.parametrize(
    ("repository", "advice"),
    [
        ("ossf/scorecard-action", "leave its job to GitHub; or map it to a folder"),
        ("docker/bake-action", "docker buildx bake"),
        ("some/action", "map it to a folder: --map-action some/action=FOLDER"),
    ],
)
def test_an_action_that_is_not_here_is_told_with_what_to_do(tmp_path: Path, repository: str, advice: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        ActionCache(tmp_path, offline=True).fetch(repository, "v1")
    assert advice in (caught.value.hint or "")
    assert "sluice run --job" in (caught.value.hint or "")
