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
from sluice.actions.repositories import Repositories, parse_remote
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
from sluice.actions.repositories import Repositories, parse_remote
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
        ("some/action", "map it to a folder: --map-action some/action=FOLDER"),
    ],
)
def test_an_action_that_is_not_here_is_told_with_what_to_do(tmp_path: Path, repository: str, advice: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        ActionCache(tmp_path, offline=True).fetch(repository, "v1")
    assert advice in (caught.value.hint or "")
    assert "sluice run --job" in (caught.value.hint or "")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of ``octo/own``: ``main`` is one commit ahead of the remote's, and there is a tag."""
    folder = tmp_path / "clone"

    def git(*words: str) -> None:
        told = ["git", "-c", "user.name=a", "-c", "user.email=a", "-C", str(folder), *words]
        subprocess.run(told, check=True, capture_output=True)

    folder.mkdir()
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", "git@github.com:Octo/own.git")
    for step, words in (
        ("pushed", ["update-ref", "refs/remotes/origin/main", "HEAD"]),
        ("tagged", ["tag", "v1"]),
        ("here", ["branch", "new"]),
    ):
        (folder / "file").write_text(step, encoding="utf-8")
        git("add", "file")
        git("commit", "-q", "-m", step)
        git(*words)
    return folder


@pytest.mark.needs_git
@pytest.mark.parametrize(("ref", "content"), [("main", "pushed"), ("v1", "tagged"), ("new", "here"), ("", "tagged")])
def test_the_repository_itself_comes_from_its_clone_where_it_cannot_be_had(
    clone: Path, tmp_path: Path, ref: str, content: str
) -> None:
    """As it was pushed, before what is only here; ``""`` stands for the tag's commit."""
    cache = ActionCache(tmp_path / "actions", offline=True)
    told = ["git", "-C", str(clone), "rev-parse", "v1"]
    ref = ref or subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()
    found = Repositories(cache, {}, clone).find(parse_remote(f"octo/own/a@{ref}"))
    assert (found.folder / "file").read_text(encoding="utf-8") == content
    assert found.source == "clone"


@pytest.mark.needs_git
def test_a_clone_that_does_not_know_the_ref_was_tried_and_no_other_repository_comes_from_it(
    clone: Path, tmp_path: Path
) -> None:
    repositories = Repositories(ActionCache(tmp_path / "actions", offline=True), {}, clone)
    with pytest.raises(UnavailableError) as caught:
        repositories.find(parse_remote("octo/own/a@v9"))
    assert caught.value.tried[-1] == "this clone of it, which has no branch, tag or commit 'v9'"
    with pytest.raises(UnavailableError) as caught:
        repositories.find(parse_remote("octo/other/a@v1"))
    assert "clone" not in str(caught.value)
