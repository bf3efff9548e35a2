"""The lines of the inputs ``tags``, ``flavor`` and ``images``: text in, checked rules out. Pure.

A mistake is a ``RuleError`` in the real action's words.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from msgspec import Struct

from sluice.source.numbers import whole_number

_PRIORITIES = {
    "schedule": 1000,
    "semver": 900,
    "pep440": 900,
    "match": 800,
    "edge": 700,
    "ref": 600,
    "raw": 200,
    "sha": 100,
}
"""The rule whose tag is the version is the first of the highest priority."""
_USUAL = ("type=schedule", "type=ref,event=branch", "type=ref,event=tag", "type=ref,event=pr")
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "schedule": {"pattern": "nightly"},
    "semver": {"value": ""},
    "pep440": {"value": ""},
    "match": {"group": "0", "value": ""},
    "edge": {"branch": ""},
    "sha": {"prefix": "sha-", "format": "short"},
}
_NEEDED = {"semver": "pattern", "pep440": "pattern", "match": "pattern", "ref": "event", "raw": "value"}
_CHOICES = {("ref", "event"): ("branch", "tag", "pr"), ("sha", "format"): ("short", "long")}


class RuleError(ValueError):
    """A rule that can't be read; the message is for the user."""


class Rule(Struct, frozen=True, kw_only=True):
    """One line of ``tags``; ``text`` is the line as it was written."""

    kind: str
    text: str
    attributes: Mapping[str, str]

    @property
    def priority(self) -> float:
        """Higher goes first."""
        return float(self.attributes["priority"])


class Flavor(Struct, frozen=True, kw_only=True):
    """What holds for all tags; ``latest`` is auto, true, false, or an expression that gives one."""

    latest: str = "auto"
    prefix: str = ""
    prefix_latest: bool = False
    suffix: str = ""
    suffix_latest: bool = False


class ImageName(Struct, frozen=True, kw_only=True):
    """One line of ``images``."""

    name: str
    enable: str = "true"


def read_rules(lines: Sequence[str]) -> list[Rule]:
    """The rules in the order in which they count; none given are the usual ones."""
    rules = [read_rule(line) for line in lines or _USUAL]
    return sorted(rules, key=lambda rule: -rule.priority)


def read_rule(line: str) -> Rule:
    """One rule."""
    given: dict[str, str] = {}
    for key, value in _fields(line):
        given[key or "value"] = value
    kind = given.pop("type", "raw")
    if kind not in _PRIORITIES:
        raise RuleError(f"Unknown tag type attribute: {kind} (expected one of {', '.join(_PRIORITIES)})")
    _check(kind, given, line)
    if kind == "ref" and given["event"] == "pr":
        given.setdefault("prefix", "pr-")
    usual = {"enable": "true", "priority": str(_PRIORITIES[kind]), **_DEFAULTS.get(kind, {})}
    return _with_numbers(Rule(kind=kind, text=line, attributes={**usual, **given}))


def _check(kind: str, given: Mapping[str, str], line: str) -> None:
    needed = _NEEDED.get(kind)
    if needed is not None and needed not in given:
        raise RuleError(f"Missing {needed} attribute for {line}")
    for (of, name), choices in _CHOICES.items():
        if kind == of and name in given and given[name] not in choices:
            raise RuleError(f"Invalid {name} for {line} (expected one of {', '.join(choices)})")


def _with_numbers(rule: Rule) -> Rule:
    for name in ("priority", "group"):
        value = rule.attributes.get(name, "0")
        if whole_number(value.removeprefix("-")) is None:
            what = "match group" if name == "group" else name
            raise RuleError(f"Invalid {what} for {rule.text}")
    return rule


def read_flavor(lines: Sequence[str]) -> Flavor:
    """What holds for all tags."""
    found: dict[str, str | bool] = {}
    for line in lines:
        last = ""
        for key, value in _fields(line):
            if key in {"latest", "prefix", "suffix"}:
                found[key] = value
                last = key
            elif key == "onlatest" and last in {"prefix", "suffix"}:
                found[f"{last}_latest"] = value.lower() == "true"
            else:
                raise RuleError(f"Unknown flavor entry: {line}")
    return Flavor(**found)  # type: ignore[arg-type]


def read_images(lines: Sequence[str]) -> list[ImageName]:
    """The images' names, each with its condition."""
    return [_image(line) for line in lines]


def _image(line: str) -> ImageName:
    given = {key or "name": value for key, value in _fields(line)}
    if not given.get("name"):
        raise RuleError(f"Image name attribute empty: {line}")
    if unknown := given.keys() - {"name", "enable"}:
        raise RuleError(f"Unknown image attribute: {', '.join(sorted(unknown))}")
    return ImageName(name=given["name"], enable=given.get("enable", "true"))


def _fields(line: str) -> list[tuple[str, str]]:
    """Comma-separated ``key=value``, quoted as in CSV; a value without a key has an empty one."""
    row = next(iter(csv.reader([line], skipinitialspace=True)), [])
    parts = [field.partition("=") for field in row]
    return [(key.strip().lower(), value.strip()) if equals else ("", key.strip()) for key, equals, value in parts]
