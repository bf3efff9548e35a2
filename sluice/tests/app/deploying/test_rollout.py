"""A deployment at a made-up target: each step fails once, each phase is interrupted once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from deployments import requested
from made_up_target import Listener, MadeUpTarget
from msgspec.structs import replace

from sluice.app.deploying.locking import alone
from sluice.app.deploying.orders import Order, roll_back
from sluice.app.deploying.rollout import recover, roll_out
from sluice.app.deploying.site import Site
from sluice.delivery.deployment.events import (
    Event,
    Failed,
    Finished,
    Healthy,
    Prepared,
    Started,
    Switched,
    Verified,
    Watching,
)
from sluice.delivery.deployment.policy import Busy, EnvironmentPolicy, HealthCheck
from sluice.delivery.deployment.state import Phase
from sluice.store.ledgers.deployments import DeploymentLog

WHOLE: tuple[Event, ...] = (Prepared(), Started(), Healthy(), Verified(), Switched(), Watching(seconds=0), Finished())


@pytest.fixture
def target() -> MadeUpTarget:
    return MadeUpTarget()


@pytest.fixture
def site(tmp_path: Path, target: MadeUpTarget) -> Site:
    """With version a, deployment 1, in it."""
    log = DeploymentLog(tmp_path / "log")
    policy = EnvironmentPolicy(name="staging", watch=0)
    made = Site(root=tmp_path, repository="r", policy=policy, folder=tmp_path, log=log, target=target)
    assert roll_out(made, made.begin(requested("a")), Listener()).phase is Phase.FINISHED
    return made


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("prepare", "it could not be built: broken on purpose"),
        ("start", "it could not be started: broken on purpose"),
        ("health", "it could not be started: it died"),
        ("switch", "it could not be switched to: broken on purpose"),
        ("retire", "the old version could not be ended: broken on purpose"),
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_whatever_fails_the_old_version_is_alone_again(
    site: Site, target: MadeUpTarget, broken: str, reason: str, beside: bool
) -> None:
    target.broken, target.beside = broken, beside
    listener = Listener()
    deployment = roll_out(site, site.begin(requested("b", previous="a")), listener)
    assert (deployment.phase, deployment.reason) == (Phase.ROLLED_BACK, reason)
    assert (target.live, target.runs) == (1, {1})
    assert listener.told[-2:] == [reason, "ended rolled back"]


@pytest.mark.parametrize(("check", "phase"), [(None, Phase.ROLLED_BACK), (HealthCheck(command="true"), Phase.FINISHED)])
def test_a_program_that_ended_once_has_failed_unless_a_check_finds_it_well(
    site: Site, target: MadeUpTarget, check: HealthCheck | None, phase: Phase
) -> None:
    target.ends = 1
    site = replace(site, policy=replace(site.policy, health=check))
    assert roll_out(site, site.begin(requested("b", previous="a")), Listener()).phase is phase


def test_who_was_interrupted_may_have_run_for_long_and_ended_once(site: Site, target: MadeUpTarget) -> None:
    number = site.begin(requested("b", previous="a"))
    for event in WHOLE[:5]:
        site.note(number, event)
    target.live, target.runs, target.ends = 2, {1, 2}, 1
    found = recover(site, Listener())
    assert found is not None
    assert found.phase is Phase.FINISHED


def test_the_first_deployment_that_fails_leaves_nothing(tmp_path: Path, target: MadeUpTarget) -> None:
    log, policy = DeploymentLog(tmp_path / "log"), EnvironmentPolicy(name="staging", watch=0)
    site = Site(root=tmp_path, repository="r", policy=policy, folder=tmp_path, log=log, target=target)
    target.broken = "switch"
    assert roll_out(site, site.begin(requested("a")), Listener()).phase is Phase.ROLLED_BACK
    assert (target.live, target.runs) == (None, set())


@pytest.mark.parametrize("length", range(7))
@pytest.mark.parametrize("noted", [True, False])
def test_a_kill_after_each_event(site: Site, target: MadeUpTarget, length: int, noted: bool) -> None:
    """``noted``: the kill came after the event, not between a switch and its event."""
    number = site.begin(requested("b", previous="a"))
    for event in WHOLE[:length]:
        site.note(number, event)
    target.runs |= {2} if length >= 1 else set()
    switched = length >= 5 or (length == 4 and not noted)
    target.live = 2 if switched else 1
    deployment = recover(site, Listener())
    assert deployment is not None
    assert deployment.phase is (Phase.FINISHED if switched else Phase.ABANDONED)
    assert deployment.recovered
    assert (target.live, target.runs) == ((2, {2}) if switched else (1, {1}))
    assert recover(site, Listener()) is None


def test_what_was_switched_to_and_is_ill_goes_back_when_it_is_found(site: Site, target: MadeUpTarget) -> None:
    number = site.begin(requested("b", previous="a"))
    for event in WHOLE[:5]:
        site.note(number, event)
    target.live, target.runs, target.broken = 2, {1, 2}, "health"
    deployment = recover(site, Listener())
    assert deployment is not None
    assert (deployment.phase, deployment.reason) == (Phase.ROLLED_BACK, "it could not be started: it died")
    assert (target.live, target.runs) == (1, {1})


def test_a_way_back_that_was_killed_goes_on(site: Site, target: MadeUpTarget) -> None:
    number = site.begin(requested("b", previous="a"))
    for event in (*WHOLE[:5], Failed(reason="ill")):
        site.note(number, event)
    target.live, target.runs = 2, {1, 2}
    deployment = recover(site, Listener())
    assert deployment is not None
    assert (deployment.phase, deployment.reason) == (Phase.ROLLED_BACK, "ill")
    assert target.live == 1


def test_a_rollback_is_from_what_an_interrupted_deployment_left_live(site: Site, target: MadeUpTarget) -> None:
    roll_out(site, site.begin(requested("b", previous="a")), Listener())
    number = site.begin(requested("c", previous="b"))
    for event in WHOLE[:5]:
        site.note(number, event)
    target.live, target.runs = number, {2, number}
    back = roll_back(site, Order(), Listener())
    assert (back.release.version, back.phase) == ("b", Phase.FINISHED)
    versions = [(one.release.version, one.phase) for one in site.deployments()]
    assert versions[2:] == [("c", Phase.FINISHED), ("b", Phase.FINISHED)]


def test_a_rollback_waits_for_the_deployment_that_it_is_from(site: Site) -> None:
    listener, held = Listener(), threading.Event()

    def deploy_meanwhile() -> None:
        with alone(site.folder, "deploy of b", Busy.WAIT, listener.said):
            held.set()
            while not listener.told:
                time.sleep(0.01)
            roll_out(site, site.begin(requested("b", previous="a")), Listener())

    other = threading.Thread(target=deploy_meanwhile)
    other.start()
    assert held.wait(5)
    back = roll_back(site, Order(), listener)
    other.join(5)
    assert listener.told[0].startswith("waits for deploy of b")
    assert back.release.version == "a"
