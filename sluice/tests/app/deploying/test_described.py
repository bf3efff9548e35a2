"""Which settings count: the working tree's for who may deploy where, the commit's for how its version runs."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from deployed import IDENTITY, Project
from msgspec.structs import replace

from sluice.app.deploying.described import differences, policy_at
from sluice.app.deploying.references import find_release
from sluice.app.deploying.site import open_site
from sluice.delivery.deployment.policy import ComposeTarget, EnvironmentPolicy, KubernetesTarget

pytestmark = pytest.mark.slow
Make = Callable[..., Project]


def change(project: Project, before: str, after: str) -> str:
    """In the working tree's settings; what they were."""
    settings = project.root / "sluice.toml"
    text = settings.read_text(encoding="utf-8")
    assert before in text
    settings.write_text(text.replace(before, after), encoding="utf-8")
    return text


def test_a_version_runs_as_its_commit_says_and_it_is_told(make_project: Make) -> None:
    project = make_project("variables = { TOKEN = 'committed' }")
    project.commit("v1")
    change(project, "committed", "uncommitted")
    for said in (project.run("diff", "staging"), project.run("staging")):
        assert "not the working tree's variables" in said
    assert project.answer() == "v1 committed"
    project.commit("v2")
    assert "working tree" not in project.run("staging")
    assert project.answer() == "v2 uncommitted"


def test_who_may_is_for_the_working_tree_to_say(project: Project) -> None:
    project.commit("v1")
    change(project, "watch = 0.1", 'watch = 0.1\nbranches = ["release"]\nreviewers = ["ada"]')
    assert "staging' takes branches release" in project.run("staging", "v1", code=2)


def test_the_old_version_is_judged_by_its_own_check(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    change(project, 'url = "http://127.0.0.1:$PORT_WEB/"', 'command = "test $SLUICE_VERSION = v9"')
    change(project, "timeout = 10", "timeout = 1")
    project.commit("v2")
    assert "staging is back at v1" in project.run("staging", code=1)
    assert project.answer() == "v1"
    assert "healthy" in project.run("status")


def test_what_goes_back_has_its_own_ports_again(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = f"127.0.0.1:{other.getsockname()[1]}"
    change(project, f"127.0.0.1:{project.port}", free)
    change(project, "timeout = 10", "timeout = 1")
    project.commit("ill")
    deployment, until = project.start("staging"), time.monotonic() + 120
    while deployment.poll() is None:
        assert time.monotonic() < until
        assert project.answer() == "v1", "nobody is sent away from where the live version is"
        time.sleep(0.02)
    assert "staging is back at v1" in deployment.communicate()[0]
    assert project.answer() == "v1"
    project.cut_power()
    assert "healthy" in project.run("status")
    assert project.answer() == "v1"


def test_a_commit_whose_settings_are_wrong_is_not_deployed_and_what_was_good_comes_back(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    before = change(project, "watch = 0.1", "watch = 'long'")
    project.commit("v2")
    (project.root / "sluice.toml").write_text(before, encoding="utf-8")
    assert "'watch' must be a number of seconds" in project.run("staging", code=2)
    assert [one["phase"] for one in project.history()] == ["finished"]
    assert project.answer() == "v1"


def test_no_commit_moves_the_place(repository: Path) -> None:
    (repository / "settings").mkdir()
    (repository / "sluice.toml").symlink_to("settings/all.toml")
    (repository / "settings/all.toml").write_text(
        '[environment.a]\nsecrets = ["ALL"]\n[environment.a.kubernetes]\noverlay = "new"\ncontext = "theirs"\n',
        encoding="utf-8",
    )
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    subprocess.run(["git", *IDENTITY, "commit", "--quiet", "-m", "x"], cwd=repository, check=True)
    here = EnvironmentPolicy(name="a", target=KubernetesTarget(overlay="old", context="mine"))
    found = policy_at(repository, here, "HEAD")
    assert found == replace(here, target=KubernetesTarget(overlay="new", context="mine"))
    assert differences(here, found) == "kubernetes"
    other = EnvironmentPolicy(name="a", target=ComposeTarget())
    assert policy_at(repository, other, "HEAD") == other, "it is another kind of place"
    assert policy_at(repository, here, "HEAD~9") == here


def test_what_was_good_is_as_the_working_tree_has_it_where_its_commit_is_wrong_by_now(repository: Path) -> None:
    text = "[environment.a]\nwatch = WATCH\n[environment.a.process]\nstart = 'true'\n"
    releases = []
    for watch in ("'long'", "2", "3"):
        (repository / "sluice.toml").write_text(text.replace("WATCH", watch), encoding="utf-8")
        subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
        subprocess.run(["git", *IDENTITY, "commit", "--quiet", "-m", "x"], cwd=repository, check=True)
        releases.append(find_release(repository, None))
    wrong, right, _ = releases
    site = open_site(repository, "a")
    assert [site.at(right).policy.watch, site.at_best(wrong).policy.watch] == [2, 3]
    assert site.at(right).at_best(wrong).policy == site.policy
