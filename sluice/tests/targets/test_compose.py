"""Compose as a target, with a program in the engine's place that writes down what it is told."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_programs import FakeProgram
from projects import commit

from sluice.app.deploying.site import open_site
from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.policy import ComposeTarget
from sluice.source.errors import UnavailableError
from sluice.targets.compose import ComposePlace, project_name
from sluice.targets.protocol import Bundle, TargetError

OUT = "--project-name staging"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    return FakeProgram("docker", tmp_path, monkeypatch)


@pytest.fixture
def place(tmp_path: Path) -> ComposePlace:
    return ComposePlace(ComposeTarget(files=("a.yml", "b.yml"), timeout=9), "staging", tmp_path / "place")


@pytest.fixture
def root(repository: Path) -> Path:
    for name in ("a.yml", "b.yml"):
        (repository / name).write_text("services: {}\n", encoding="utf-8")
    commit(repository)
    return repository


def bundle(root: Path, number: int, version: str) -> Bundle:
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()
    return Bundle(number=number, environment="staging", release=Release(version=version, commit=head), root=root)


@pytest.mark.slow
def test_a_version_is_pulled_checked_and_brought_up(
    docker: FakeProgram, place: ComposePlace, root: Path, tmp_path: Path
) -> None:
    first = bundle(root, 1, "v1")
    for step in (place.prepare, place.start, place.switch):
        step(first)
    source = tmp_path / "place/source-1"
    files = f"compose {OUT} --file {source}/a.yml --file {source}/b.yml"
    assert [call for call in docker.calls() if not call.startswith("compose version")] == [
        f"{files} pull",
        f"{files} config --quiet",
        f"{files} up --detach --remove-orphans --wait --wait-timeout 9",
    ]
    assert [tag for tag in docker.tags() if tag] == ["v1"] * 3
    assert place.standing().live == 1


@pytest.mark.slow
def test_images_that_are_in_no_registry_are_told_of_the_setting_that_builds_them(
    docker: FakeProgram, place: ComposePlace, root: Path
) -> None:
    docker.answer({" pull": (18, "Some service image(s) must be built from source by running:")})
    with pytest.raises(TargetError, match="docker compose pull ended with 18") as caught:
        place.prepare(bundle(root, 1, "v1"))
    assert (caught.value.hint or "").endswith("`build = true` in [environment.staging.compose] builds them here")
    docker.answer({" pull": (1, "no such host")})
    with pytest.raises(TargetError) as caught:
        place.prepare(bundle(root, 1, "v1"))
    assert caught.value.hint == "no such host"


@pytest.mark.slow
def test_what_does_not_become_healthy_fails_and_the_old_one_comes_back(
    docker: FakeProgram, place: ComposePlace, root: Path
) -> None:
    for number, version in ((1, "v1"), (2, "v2")):
        place.prepare(bundle(root, number, version))
    place.switch(bundle(root, 1, "v1"))
    docker.answer({" up ": (1, "container staging-web-1 is unhealthy")})
    with pytest.raises(TargetError, match="docker compose up ended with 1") as caught:
        place.switch(bundle(root, 2, "v2"))
    assert caught.value.hint == "container staging-web-1 is unhealthy"
    assert place.standing().live == 1
    docker.answer({})
    docker.forget()
    place.restore(bundle(root, 1, "v1"))
    assert docker.tags()[-1] == "v1"


@pytest.mark.slow
def test_services_and_their_health(docker: FakeProgram, place: ComposePlace, root: Path) -> None:
    place.restore(bundle(root, 1, "v1"))
    rows = (
        '{"Service": "web", "State": "running", "Health": "unhealthy"}\n'
        '{"Service": "migration", "State": "exited", "ExitCode": 0}'
    )
    docker.answer({" ps ": (0, rows)})
    assert [(part.name, part.well) for part in place.standing().parts] == [("web", False), ("migration", True)]
    docker.answer({" ps ": (0, "what?")})
    with pytest.raises(TargetError, match="no JSON"):
        place.standing()


def test_without_compose_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, place: ComposePlace, root: Path, tmp_path: Path
) -> None:
    first = bundle(root, 1, "v1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="needs Docker Compose") as caught:
        place.prepare(first)
    assert caught.value.tried == ("docker: not in PATH", "docker-compose: not in PATH")


@pytest.mark.slow
def test_files_are_those_of_the_commit_and_settings_beside_them_are_read(
    docker: FakeProgram, place: ComposePlace, root: Path, tmp_path: Path
) -> None:
    first = bundle(root, 1, "v1")
    (root / "a.yml").write_text("not committed", encoding="utf-8")
    (root / ".env").write_text("A=1\n", encoding="utf-8")
    place.prepare(first)
    assert (tmp_path / "place/source-1/a.yml").read_text(encoding="utf-8") == "services: {}\n"
    assert f"--env-file {root}/.env" in docker.calls()[-1]
    place.prepare(bundle(root, 2, "v2"))
    place.retire(bundle(root, 2, "v2"))
    assert [path.name for path in (tmp_path / "place").glob("source-*")] == ["source-2"]
    (root / "b.yml").unlink()
    commit(root)
    with pytest.raises(TargetError, match=r"v3 has no b\.yml"):
        place.prepare(bundle(root, 3, "v3"))


@pytest.mark.slow
def test_the_first_version_of_compose_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, place: ComposePlace, root: Path, tmp_path: Path
) -> None:
    first = bundle(root, 1, "v1")
    old = FakeProgram("docker-compose", tmp_path, monkeypatch)
    for name in ("git", "tar"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    old.answer({"version --short": (0, "1.29.2")})
    with pytest.raises(UnavailableError) as caught:
        place.prepare(first)
    assert caught.value.tried[1] == "docker-compose: version 1.29.2, and 2.1.1 or newer is needed"
    old.answer({"version --short": (0, "2.24.0")})
    assert place.prepare(first) == "images pulled"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("app-0f3a", "staging"), "app-0f3a-staging"),
        (("My.App-0f3a", "Prod.EU"), "my-app-0f3a-prod-eu"),
        (("_a", "b."), "a-b"),
    ],
)
def test_a_project_has_a_name_that_compose_takes(parts: tuple[str, ...], name: str) -> None:
    assert project_name(*parts) == name


def test_environments_of_two_repositories_are_two_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)  # a job has one
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    names = set()
    for name in ("one", "two"):
        root = tmp_path / name / "app"
        root.mkdir(parents=True)
        (root / "sluice.toml").write_text("[environment.Staging.compose]\n", encoding="utf-8")
        target = open_site(root, "Staging").target
        assert isinstance(target, ComposePlace)
        names.add(target.project)
    assert len(names) == 2
    assert all(re.fullmatch(r"app-[0-9a-f]{8}-staging", name) for name in names)
