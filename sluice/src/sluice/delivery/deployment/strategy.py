"""How a release gets there, and what becomes of a deployment that was interrupted. Pure: facts in, a decision out."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sluice.delivery.deployment.state import Deployment, Phase


class Step(StrEnum):
    """What is done, one after the other. Each ends with the event of its name (``retire`` with ``finished``)."""

    PREPARE = "prepare"
    START = "start"
    HEALTH = "health"
    VERIFY = "verify"
    SWITCH = "switch"
    WATCH = "watch"
    RETIRE = "retire"


_BESIDE = (Step.PREPARE, Step.START, Step.HEALTH, Step.VERIFY, Step.SWITCH, Step.WATCH, Step.RETIRE)
_IN_PLACE = (Step.PREPARE, Step.START, Step.SWITCH, Step.HEALTH, Step.VERIFY, Step.WATCH, Step.RETIRE)


def steps(*, beside: bool) -> tuple[Step, ...]:
    """The steps in order. ``beside``: both versions can run at once, so that the new one is checked before anybody
    meets it; otherwise the target replaces the old one step by step (compose, a cluster) and is checked right after.
    """
    return _BESIDE if beside else _IN_PLACE


class Way(StrEnum):
    """What the next command does with an interrupted deployment."""

    FINISH = "finish"
    UNDO = "undo"
    GO_BACK = "go back"


class Resolution(Struct, frozen=True, kw_only=True):
    """The way, and the words for the history."""

    way: Way
    reason: str


def resolve(deployment: Deployment, live: int | None) -> Resolution:
    """What to do with a deployment whose process is gone; ``live`` is the number of the one that the target has live.

    What the target says counts beside the log: a kill may fall between a switch and its event. Whoever finishes
    checks health first and goes back where there is none.
    """
    if deployment.phase is Phase.FAILED:
        return Resolution(way=Way.GO_BACK, reason=deployment.reason)
    stood = f"interrupted after it was {deployment.phase}"
    if live == deployment.number:
        return Resolution(way=Way.FINISH, reason=stood)
    way = Way.UNDO if deployment.switched is None else Way.GO_BACK
    return Resolution(way=way, reason=stood)
