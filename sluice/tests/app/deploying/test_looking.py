"""What a deployment would change, as its files have it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sluice.app.deploying.looking import compare, look
from sluice.app.deploying.references import find_release
from sluice.app.deploying.site import Site, open_site
from sluice.app.runs.exporting import print_metrics
from sluice.delivery.deployment.events import Failed, Finished, Requested, Switched

SETTINGS = '[environment.staging]\nkubernetes = { overlay = "k8s/staging" }\n'
FILES = {
    "sluice.toml": SETTINGS,
    "k8s/staging/kustomization.yaml": "resources: [../base, https://example.org/x.yaml]\n",
    "k8s/base/kustomization.yaml": "resources: [web.yaml]\ncomponents: [../parts/limits]\n",
    "k8s/base/web.yaml": "replicas: 1\n",
    "k8s/parts/limits/kustomization.yaml": "{ this is no YAML",
    "k8s/other/web.yaml": "replicas: 1\n",
}


def commit(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    words = ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "x"]
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", *words], cwd=root, check=True)


def test_an_overlay_is_what_it_refers_to_besides(repository: Path) -> None:
    commit(repository, FILES)
    site = open_site(repository, "staging")
    first = Requested(
        release=find_release(repository, None),
        previous=None,
        previous_number=None,
        kind="deploy",
        actor="ada",
        beside=False,
    )
    number = site.begin(first)
    site.note(number, Switched())
    site.note(number, Finished())
    changed = {"k8s/base/web.yaml": "replicas: 2\n", "k8s/parts/limits/kustomization.yaml": "labels: []\n"}
    commit(repository, {**changed, "k8s/other/web.yaml": "replicas: 3\n"})
    found = compare(site, None).configuration
    assert {"+replicas: 2", "+labels: []"} <= set(found)
    assert "+replicas: 3" not in found


def test_the_address_of_what_was_not_deployed_yet_has_the_port_that_it_will_have(
    repository: Path,
) -> None:
    place = '[environment.a]\nurl = "http://127.0.0.1:$PORT_WEB/x"\n'
    process = '[environment.a.process]\nstart = "true"\nports = { web = 8080 }\n'
    (repository / "sluice.toml").write_text(place + process, encoding="utf-8")
    assert look(open_site(repository, "a")).url == "http://127.0.0.1:8080/x"
    (repository / "sluice.toml").write_text(place + "[environment.a.compose]\n", encoding="utf-8")
    assert look(open_site(repository, "a")).url == ""


def test_what_could_not_be_put_right_is_not_well(repository: Path) -> None:
    commit(repository, {"sluice.toml": '[environment.a.process]\nstart = "true"\n'})
    site = begun(repository)
    assert look(site).health == "empty"
    number = site.begin(site.deployments()[0].request)
    site.note(number, Failed(reason="it was ill"))
    found = look(site)
    assert found.last is not None
    assert (found.health, found.ill) == (
        "unhealthy",
        f"a-2 ({found.last.release.version}) is failed: it was not put right",
    )


def begun(repository: Path) -> Site:
    """A deployment that was finished."""
    site = open_site(repository, "a")
    release = find_release(repository, None)
    first = Requested(release=release, previous=None, previous_number=None, kind="deploy", actor="ada", beside=True)
    number = site.begin(first)
    site.note(number, Switched())
    site.note(number, Finished())
    return site


def add_remote(repository: Path) -> None:
    subprocess.run(["git", "remote", "add", "origin", "https://github.com/octo/app.git"], cwd=repository, check=True)


def test_what_was_deployed_before_there_was_a_remote_is_found_afterwards(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)  # a job has one
    commit(repository, {"sluice.toml": '[environment.a.process]\nstart = "true"\n'})
    before = begun(repository)
    add_remote(repository)
    after = open_site(repository, "a")
    assert (after.folder, len(after.deployments())) == (before.folder, 1)
    (repository / "sluice.toml").write_text('[environment.b.process]\nstart = "true"\n', encoding="utf-8")
    assert open_site(repository, "b").repository == "octo/app"


def test_the_metrics_tell_of_the_deployments_of_a_repository_with_a_remote(repository: Path) -> None:
    commit(repository, {"sluice.toml": '[environment.a.process]\nstart = "true"\n'})
    add_remote(repository)
    begun(repository)
    assert 'sluice_deployments_total{environment="a",repository="octo/app",result="finished"} 1.0' in print_metrics(
        everything=False
    )
