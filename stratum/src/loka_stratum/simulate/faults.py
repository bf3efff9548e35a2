"""Faults to order: from ``slow=200ms,disconnect-after=100,reject=5%`` to what a pool does wrong. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from random import Random

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_PERCENTAGE = re.compile(r"(\d+(?:\.\d+)?)%")
_RECONNECT = 30.0
MALFORMED = (
    b"{",
    b"nonsense",
    b'{"id": 1, "result": tru}',
    b"[1, 2",
    b"\xff\xfe\x00",
    b'{"id": null, "method": "mining.notify", "params": [1]}',
    b'{"id": null, "method": "mining.set_difficulty", "params": ["much"]}',
    b'{"id": {"a": 1}, "result": true, "error": null}',
    b"[" * 2000,
)
"""Lines that are no messages, or messages with wrong contents. None of them answers a question that was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What a pool does wrong. Durations are seconds, shares of all are between 0 and 1."""

    slow: float = 0.0
    """Each answer to a share comes so much later."""
    disconnect_after: int = 0
    """A connection ends when so many shares came in on it, before the last is looked at. 0 is never."""
    silent_after: int = 0
    """A connection says nothing more when so many shares came in on it, but stays. 0 is never."""
    reject: float = 0.0
    """Of the shares that would count, so many are refused instead."""
    malformed: float = 0.0
    """Before so many of the answers comes a line that is no message."""
    reconnect: float = 0.0
    """Each connection is told to reconnect so long after it was made. 0 is never."""


class FaultError(ValueError):
    """The order of faults can't be read; the text says what is allowed."""


def read_faults(text: str) -> Faults:
    """The faults in a list with commas between. Raises ``FaultError``.

    >>> read_faults("slow=200ms,reject=5%").slow
    0.2
    """
    values: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.strip().partition("=")
        reader = _READERS.get(name)
        if reader is None:
            raise FaultError(f"{name!r} is no fault; these are: {', '.join(_READERS)}")
        values[name.replace("-", "_")] = _RECONNECT if name == "reconnect" and not equals else reader(name, value)
    return Faults(**values)  # type: ignore[arg-type]  # each reader gives its field's kind


def _duration(name: str, text: str) -> float:
    if found := _DURATION.fullmatch(text):
        return float(found[1]) * _SECONDS[found[2]]
    raise FaultError(f"{name} takes a duration such as 200ms, 5s or 1m, not {text!r}")


def _count(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise FaultError(f"{name} takes a number of shares, 1 or more, not {text!r}")


def _percentage(name: str, text: str) -> float:
    found = _PERCENTAGE.fullmatch(text)
    if found and float(found[1]) <= 100:
        return float(found[1]) / 100
    raise FaultError(f"{name} takes a percentage up to 100%, such as 5%, not {text!r}")


_READERS: Mapping[str, Callable[[str, str], float]] = {
    "slow": _duration,
    "disconnect-after": _count,
    "silent-after": _count,
    "reject": _percentage,
    "malformed": _percentage,
    "reconnect": _duration,
}
assert {name.replace("-", "_") for name in _READERS} == {each.name for each in fields(Faults)}  # noqa: S101 (both in step)


def happens(random: Random, share: float) -> bool:
    """Whether a fault that so many are subject to happens now."""
    return share > 0 and random.random() < share
