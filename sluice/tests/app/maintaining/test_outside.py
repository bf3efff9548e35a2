"""What maintenance asks of GitHub and of the log of deployments: updates, old packages, DORA's figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployments import release
from github_hub import Served, serve_hub
from github_packages import add_version

from sluice.app.deploying.site import repository_name
from sluice.app.maintaining.dependencies import look_at_updates
from sluice.app.maintaining.industry import look_at_industry
from sluice.app.maintaining.packages import look_at_packages
from sluice.app.maintaining.scene import Scene
from sluice.delivery.deployment.events import Event, Finished, Requested, RolledBack, Switched
from sluice.delivery.maintenance.model import DAY, Standing
from sluice.source.errors import UnavailableError
from sluice.store.ledgers.deployments import DeploymentLog

MakeScene = Callable[..., Scene]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    with serve_hub(tmp_path / "github") as hub:
        for name, value in (("TOKEN", "x"), ("REPOSITORY", "octo/app"), ("API_URL", hub.api)):
            monkeypatch.setenv(f"GITHUB_{name}", value)
        yield hub
        told = "GET /repos/octo/app/pulls: "  # the stand-in's pull requests are the event's, which tells little
        assert not [problem for problem in hub.problems if not problem.startswith(told)]


@pytest.mark.slow
def test_pull_requests_of_bots_wait_for_somebody(served: Served, make_scene: MakeScene) -> None:
    section = look_at_updates(make_scene(offline=False))
    assert section.standing is Standing.FINE, "pull request 7 is a person's"
    proposal = {"number": 8, "title": "Bump x from 1 to 2", "user": {"login": "dependabot[bot]"}}
    for table in map(served.desk.repository("octo/app").table, ("pulls", "issues")):
        table.add({**table.get(7), **proposal}, 8)
    (found,) = look_at_updates(make_scene(offline=False)).findings
    assert found.text.startswith("#8 Bump x from 1 to 2, open since ")
    assert found.commands == ("gh pr checks 8", "gh pr merge 8 --squash")


@pytest.mark.slow
def test_a_github_that_is_away_is_not_fine(served: Served, make_scene: MakeScene) -> None:
    served.failures += [(403, {})] * 10
    with pytest.raises(UnavailableError, match="403"):
        look_at_updates(make_scene(offline=False))


@pytest.mark.slow
def test_old_untagged_versions_are_told_with_what_deletes_them(
    served: Served, repository: Path, make_scene: MakeScene
) -> None:
    (repository / "sluice.toml").write_text('[maintain]\npackages = ["app"]\n', encoding="utf-8")
    owner = served.desk.repository("octo")
    for number in range(10):
        add_version(owner, "app", f"sha256:{number}", [])
    assert look_at_packages(make_scene(offline=False)).standing is Standing.FINE
    add_version(owner, "app", "sha256:more", [])
    (found,) = look_at_packages(make_scene(offline=False)).findings
    assert found.text == "app has 1 untagged version beyond the 10 newest"
    assert found.commands[0].startswith("gh api --method DELETE /users/octo/packages/container/app/versions/")
    assert all(line.startswith("GET ") for line in served.requests), "a report deletes nothing"


def deploy(scene: Scene, ends: tuple[Event, ...], moment: float, *, committed: float) -> None:
    """A deployment as the log has it, at a time of its own."""
    log = DeploymentLog(scene.places.deployments, clock=lambda: moment)
    name = repository_name(scene.root)
    request = Requested(
        release=release("a", committed), previous=None, previous_number=None, kind="deploy", actor="ada", beside=True
    )
    number = log.begin(name, "production", request)
    for event in ends:
        log.append(name, "production", number, event)


@pytest.mark.slow
def test_figures_that_fell_need_somebody(make_scene: MakeScene) -> None:
    now = time.time()
    scene = make_scene(now - 91 * DAY)
    for day in range(90, 0, -3):
        deploy(scene, (Switched(), Finished()), now - (91 + day) * DAY, committed=now - (91 + day) * DAY - 60)
    deploy(scene, (Switched(), Finished()), now - 50 * DAY, committed=now - 60 * DAY)
    deploy(scene, (Switched(), RolledBack(reason="ill")), now - 40 * DAY, committed=now - 60 * DAY)
    section = look_at_industry(make_scene(now - 91 * DAY))
    texts = [found.text for found in section.findings]
    assert texts[0].startswith("production: deployment frequency fell from high to low")
    assert any("change failure rate fell from elite to low, 50%" in text for text in texts)
    assert section.findings[0].commands == ("sluice deploy history production",)


def test_figures_that_stand_need_nobody(make_scene: MakeScene) -> None:
    now = time.time()
    scene = make_scene(now - 91 * DAY)
    for day in (100, 50, 10):
        deploy(scene, (Switched(), Finished()), now - day * DAY, committed=now - day * DAY - 60)
    section = look_at_industry(make_scene(now - 91 * DAY))
    assert section.standing is Standing.FINE, section
    assert "production, lead time: 1m 00s (elite), 1m 00s before" in section.facts
