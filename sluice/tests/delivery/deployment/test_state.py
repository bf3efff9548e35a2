"""Deployments as their events tell them, and what becomes of one that was interrupted."""

from __future__ import annotations

import pytest
from deployments import SECONDS, entries, release, requested

from sluice.delivery.deployment.events import (
    Abandoned,
    Entry,
    Event,
    Failed,
    Finished,
    Healthy,
    Prepared,
    RolledBack,
    Started,
    Switched,
    Verified,
    Watching,
    decode,
    encode,
)
from sluice.delivery.deployment.state import (
    Phase,
    TransitionError,
    fold_all,
    good_releases,
    live_release,
    unfinished,
)
from sluice.delivery.deployment.strategy import Resolution, Step, Way, resolve, steps

WHOLE: tuple[Event, ...] = (Prepared(), Started(), Healthy(), Verified(), Switched(), Watching(seconds=1), Finished())


def test_a_deployment_goes_through_its_phases() -> None:
    for length, phase in enumerate(list(Phase)[:8]):
        (deployment,) = fold_all(entries(1, requested("a"), *WHOLE[:length]))
        assert deployment.phase == phase
        assert deployment.is_over is (length == len(WHOLE))
    (deployment,) = fold_all(entries(1, requested("a"), *WHOLE))
    assert deployment.name == "staging-1"
    assert deployment.switched == 5 * SECONDS


def test_what_is_live_is_the_last_that_finished() -> None:
    log = [
        *entries(1, requested("a"), *WHOLE),
        *entries(2, requested("b", previous="a"), *WHOLE),
        *entries(3, requested("c", previous="b"), Prepared(), Failed(reason="no"), RolledBack(reason="no")),
        *entries(4, requested("d", previous="b"), Prepared(), Abandoned(reason="killed")),
        *entries(5, requested("e", previous="b"), Prepared()),
    ]
    deployments = fold_all(log)
    live = live_release(deployments)
    assert live is not None
    assert live.release == release("b")
    assert [one.release.version for one in good_releases(deployments)] == ["a"]
    hanging = unfinished(deployments)
    assert hanging is not None
    assert hanging.number == 5
    assert [one.reason for one in deployments[2:4]] == ["no", "killed"]


def test_what_was_rolled_back_by_hand_is_nothing_to_go_back_to() -> None:
    deployments = fold_all(
        [
            *entries(1, requested("a"), *WHOLE),
            *entries(2, requested("b", previous="a"), *WHOLE),
            *entries(3, requested("a", previous="b", kind="rollback"), *WHOLE),
        ]
    )
    assert good_releases(deployments) == ()


def test_after_a_stop_nothing_is_live_and_the_last_that_was_good_is_what_to_go_back_to() -> None:
    log = [
        *entries(1, requested("a"), *WHOLE),
        *entries(2, requested("b", previous="a"), *WHOLE),
        *entries(3, requested("b", kind="stop"), Finished()),
    ]
    assert live_release(fold_all(log)) is None
    assert [one.release.version for one in good_releases(fold_all(log))] == ["b", "a"]


@pytest.mark.parametrize(
    "events",
    [
        (Prepared(),),
        (requested("a"), requested("a")),
        (requested("a"), *WHOLE, Failed(reason="late")),
        (requested("a"), Switched(), Abandoned(reason="x")),
    ],
)
def test_events_that_can_not_follow(events: tuple[Event, ...]) -> None:
    with pytest.raises(TransitionError):
        fold_all(entries(1, *events))


def test_events_survive_their_codec() -> None:
    for event in (requested("a", previous="b"), *WHOLE, Failed(reason="x"), RolledBack(reason="x")):
        assert decode(encode(event)) == event


def test_the_order_of_steps() -> None:
    beside, in_place = steps(beside=True), steps(beside=False)
    assert beside.index(Step.VERIFY) < beside.index(Step.SWITCH)
    assert in_place.index(Step.VERIFY) > in_place.index(Step.SWITCH)
    assert set(beside) == set(in_place) == set(Step)


@pytest.mark.parametrize("length", range(7))
@pytest.mark.parametrize("live", [1, 2])
def test_an_interrupted_deployment_ends_where_the_target_stands(length: int, live: int) -> None:
    (deployment,) = fold_all(entries(2, requested("b", previous="a"), *WHOLE[:length]))
    resolution = resolve(deployment, live)
    switched = length >= 5
    expected = Way.FINISH if live == 2 else Way.GO_BACK if switched else Way.UNDO
    assert resolution == Resolution(way=expected, reason=f"interrupted after it was {deployment.phase}")


def test_a_way_back_that_was_interrupted_goes_on_whatever_is_live() -> None:
    (deployment,) = fold_all(entries(2, requested("b", previous="a"), Prepared(), Failed(reason="ill")))
    for live in (None, 1, 2):
        assert resolve(deployment, live) == Resolution(way=Way.GO_BACK, reason="ill")


def test_entries_of_several_environments_are_told_apart() -> None:
    there = Entry(environment="production", number=1, time=0, event=requested("a"))
    assert len(fold_all([*entries(1, requested("a")), there])) == 2
