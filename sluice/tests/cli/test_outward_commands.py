"""``sluice github`` and ``sluice dockerhub``: rehearsed with each request listed, then let go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from docker_hub import SECRET, DockerHub, serve_docker_hub
from github_hub import Served, serve_hub
from projects import commit

from sluice.cli.main import cli
from sluice.source.errors import SluiceError

pytestmark = pytest.mark.slow
ADVISORY = ("advisory", "app", "--affected", "< 1.2", "--severity", "high", "--summary", "It leaks")
CASES = {
    "dependencies": (("dependencies",), "/dependency-graph/snapshots"),
    "advisory": (ADVISORY, "/security-advisories"),
    "milestone": (("milestone", "v1.2.0"), "/milestones"),
    "label": (("label", "nightly", "--color", "d73a4a"), "/labels"),
}


@pytest.fixture
def here(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (repository / "requirements.txt").write_text("idna==3.10\nanyio==4.6.0\n", encoding="utf-8")
    (repository / "README.md").write_text("# App\n\nIt does things.\n", encoding="utf-8")
    commit(repository)
    for name in (
        "GITHUB_TOKEN",
        "GITHUB_REPOSITORY",
        "GITHUB_ACTIONS",
        "SLUICE_PUBLISH",
        "DOCKERHUB_USERNAME",
        "DOCKERHUB_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    return repository


@pytest.fixture
def served(tmp_path: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    assert here.is_dir()
    with serve_hub(tmp_path / "github") as hub:
        for name, value in (("TOKEN", "x"), ("REPOSITORY", "octo/app"), ("API_URL", hub.api)):
            monkeypatch.setenv(f"GITHUB_{name}", value)
        yield hub
        assert not hub.problems


@pytest.fixture
def docker_hub(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerHub]:
    assert here.is_dir()
    with serve_docker_hub() as hub:
        for name, value in (("USERNAME", "octo"), ("TOKEN", SECRET), ("URL", hub.address)):
            monkeypatch.setenv(f"DOCKERHUB_{name}", value)
        yield hub


def call(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words), standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value or 0, done.output


@pytest.mark.parametrize("case", CASES)
def test_a_rehearsal_lists_the_request_and_tells_nobody(case: str, here: Path) -> None:
    words, path = CASES[case]
    code, said = call("github", *words)
    assert code == 0, said
    assert here.is_dir()
    assert "rehearsed " in said
    assert f"POST /repos/local/repository{path}" in said
    assert "--publish lets it go" in said


@pytest.mark.parametrize("case", CASES)
def test_published_github_is_told(case: str, served: Served) -> None:
    words, path = CASES[case]
    code, said = call("github", *words, "--publish")
    assert code == 0
    assert "rehearsed" not in said
    assert f"POST /repos/octo/app{path}" in served.requests


@pytest.mark.parametrize("case", CASES)
def test_without_a_token_nothing_is_published(case: str, here: Path) -> None:
    assert here.is_dir()
    with pytest.raises(SluiceError, match="GITHUB_TOKEN and GITHUB_REPOSITORY"):
        call("github", *CASES[case][0], "--publish")


def test_dependencies_are_those_of_the_lock_files(here: Path) -> None:
    _, said = call("github", "dependencies")
    assert "pkg:pypi/anyio@4.6.0" in said
    assert "2 packages of requirements.txt" in said
    (here / "requirements.txt").unlink()
    with pytest.raises(SluiceError, match="no lock file here pins anything"):
        call("github", "dependencies")


def test_a_milestone_is_closed_once(served: Served) -> None:
    call("github", "milestone", "v1", "--publish")
    assert call("github", "milestone", "v1", "--close", "--publish")[0] == 0
    assert call("github", "milestone", "v1", "--close", "--publish") == (1, "there is none\n")
    assert served.requests.count("POST /repos/octo/app/milestones") == 1


def test_a_refusal_is_told(served: Served) -> None:
    served.failures += [(403, {})] * 10
    with pytest.raises(SluiceError, match="403"):
        call("github", "milestone", "v1", "--publish")


def test_the_readme_is_printed_and_then_sent(docker_hub: DockerHub) -> None:
    code, said = call("dockerhub", "readme", "octo/app", "--short", "Things")
    assert code == 0
    assert 'PATCH https://hub.docker.com/v2/repositories/octo/app/ {"full_description": "# App' in said
    assert docker_hub.asked == []
    assert call("dockerhub", "readme", "octo/app", "--short", "Things", "--publish")[0] == 0
    method, path, body = docker_hub.asked[-1]
    assert (method, path) == ("PATCH", "/v2/repositories/octo/app/")
    assert body == {"full_description": "# App\n\nIt does things.\n", "description": "Things"}
    assert SECRET not in json.dumps(body) + said


def test_in_a_job_of_a_rehearsal_nothing_is_published_and_the_run_is_told(
    docker_hub: DockerHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLUICE_PUBLISH", "false")
    monkeypatch.setenv("SLUICE_EFFECTS", str(tmp_path / "effects"))
    assert call("dockerhub", "readme", "octo/app", "--publish")[0] == 0
    assert docker_hub.asked == []
    told = json.loads((tmp_path / "effects").read_text(encoding="utf-8"))
    assert (told["kind"], told["target"]) == ("readme", "octo/app")
    assert told["request"].startswith("PATCH https://hub.docker.com/v2/repositories/octo/app/ {")
    monkeypatch.setenv("SLUICE_PUBLISH", "true")
    assert call("dockerhub", "readme", "octo/app", "--publish")[0] == 0
    assert docker_hub.asked[-1][:2] == ("PATCH", "/v2/repositories/octo/app/")


def test_usage_says_what_is_left(docker_hub: DockerHub) -> None:
    docker_hub.limits = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "7;w=21600"}
    assert call("dockerhub", "usage") == (0, "7 of 100 pulls left in 6 h\n")
    assert call("dockerhub", "usage", "--least", "8")[0] == 1
    docker_hub.limits = {}
    assert call("dockerhub", "usage", "--least", "8") == (0, "the account has no limit\n")


def test_docker_hub_needs_an_account(here: Path) -> None:
    assert here.is_dir()
    for words in (("usage",), ("readme", "octo/app", "--publish")):
        with pytest.raises(SluiceError, match="DOCKERHUB_USERNAME and DOCKERHUB_TOKEN"):
            call("dockerhub", *words)
