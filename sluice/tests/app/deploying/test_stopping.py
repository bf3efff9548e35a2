"""``sluice deploy stop``: what it ends is told and in the history, and nothing comes back by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from deployed import Project
from deployments import requested
from made_up_target import Listener, MadeUpTarget

from sluice.app.deploying.orders import recover_if_free
from sluice.app.deploying.rollout import roll_out
from sluice.app.deploying.site import Site
from sluice.app.deploying.stopping import stop
from sluice.delivery.deployment.events import Failed, Switched
from sluice.delivery.deployment.policy import EnvironmentPolicy
from sluice.delivery.deployment.state import Phase
from sluice.store.ledgers.deployments import DeploymentLog
from sluice.targets.protocol import TargetError

Make = Callable[..., Project]


@pytest.fixture
def target() -> MadeUpTarget:
    return MadeUpTarget()


@pytest.fixture
def site(tmp_path: Path, target: MadeUpTarget) -> Site:
    """With version a, deployment 1, in it."""
    log, policy = DeploymentLog(tmp_path / "log"), EnvironmentPolicy(name="staging", watch=0)
    made = Site(root=tmp_path, repository="r", policy=policy, folder=tmp_path, log=log, target=target)
    roll_out(made, made.begin(requested("a")), Listener())
    return made


@pytest.mark.slow
def test_a_stop_says_what_it_ended_and_is_in_the_history(project: Project) -> None:
    assert "staging: nothing ran" in project.run("stop", "staging")
    assert project.history() == []
    project.commit("v1")
    project.run("staging")
    assert "staging: ended blue v1 (live); nothing runs now" in project.run("stop", "staging", "--why", "a move")
    assert "staging: nothing ran" in project.run("stop", "staging")
    history = project.run("history")
    assert "staging-2  v1 (stop)  stopped" in history
    assert "a move" in history
    assert len(project.history()) == 2
    assert "empty" in project.run("status")


@pytest.mark.slow
def test_what_a_person_stopped_does_not_come_back_by_itself(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    project.run("stop", "staging")
    project.commit("crashes")
    assert "staging is empty, as before" in project.run("staging", code=1)
    assert "nothing runs since the last deployment failed" in project.run("status", code=1)
    assert project.supervisor() is None
    project.run("stop", "staging")
    assert "empty" in project.run("status")
    project.run("rollback", "staging")
    assert project.answer() == "v1"


def stop_in_vain(site: Site, target: MadeUpTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise TargetError("the engine is gone")

    with monkeypatch.context() as broken:
        broken.setattr(target, "restore", fail)
        with pytest.raises(TargetError):
            stop(site, "", Listener())


def test_a_stop_that_was_interrupted_goes_on(site: Site, target: MadeUpTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_in_vain(site, target, monkeypatch)
    assert target.runs == {1}
    recover_if_free(site, Listener())
    assert target.runs == set()
    assert [(one.phase, one.recovered) for one in site.deployments()][1:] == [(Phase.FINISHED, True)]


@pytest.mark.parametrize("switched", [True, False])
def test_a_stop_ends_an_interrupted_deployment_too(site: Site, target: MadeUpTarget, switched: bool) -> None:
    number = site.begin(requested("b", previous="a"))
    if switched:
        site.note(number, Switched())
    site.note(number, Failed(reason="it was ill"))
    target.runs, target.live = {1, 2}, 2
    assert stop(site, "", Listener()) == ("1", "2")
    recover_if_free(site, Listener())
    assert target.runs == set(), "nobody goes on with it"
    hanging = site.deployments()[1]
    assert (hanging.is_over, hanging.reason) == (True, "it was ill; then everything was stopped")


def test_a_stop_goes_on_with_one_that_was_interrupted(
    site: Site, target: MadeUpTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_in_vain(site, target, monkeypatch)
    assert stop(site, "", Listener()) == ("1",)
    assert target.runs == set()
    assert [one.phase for one in site.deployments()][1:] == [Phase.FINISHED], "and none is told of as failed"
    assert stop(site, "", Listener()) == ()
