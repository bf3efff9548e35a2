"""The parts of SARIF 2.1.0 that are read: what is picked from the stream, and the shape that each part must have.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/ names the sections: 3.19 run, 3.20 invocation, 3.27 result, 3.49 rule.
"""

from __future__ import annotations

import msgspec

from sluice.evidence.json_stream import SCALAR, Choice, Entries, Fields
from sluice.evidence.model import Kind, Severity
from sluice.evidence.problems import Problem

_MESSAGE = Fields(keys={"text": SCALAR, "id": SCALAR, "markdown": SCALAR})
_RULE_KEYS: dict[str, Choice] = {
    "id": SCALAR,
    "name": SCALAR,
    "shortDescription": _MESSAGE,
    "defaultConfiguration": Fields(keys={"level": SCALAR}),
    "properties": Fields(keys={"security-severity": SCALAR}),
}
_SAID = Fields(
    keys={
        **dict.fromkeys(("kind", "severity", "package", "version", "problem"), SCALAR),
        **dict.fromkeys(("fixedIn", "aliases"), Entries(of=SCALAR, most=50)),
    }
)
_RESULT = Fields(
    name="result",
    keys={
        "ruleId": SCALAR,
        "ruleIndex": SCALAR,
        "rule": Fields(keys={"id": SCALAR, "index": SCALAR, "toolComponent": Fields(keys={"index": SCALAR})}),
        "level": SCALAR,
        "kind": SCALAR,
        "baselineState": SCALAR,
        "message": _MESSAGE,
        "suppressions": Entries(of=Fields(keys={"status": SCALAR}), most=20),
        "properties": Fields(keys={"security-severity": SCALAR, "sluice": _SAID}),
        "locations": Entries(
            most=1,
            of=Fields(
                keys={
                    "physicalLocation": Fields(
                        keys={
                            "artifactLocation": Fields(keys={"uri": SCALAR}),
                            "region": Fields(keys={"startLine": SCALAR}),
                        }
                    )
                }
            ),
        ),
    },
)
_INVOCATION = Fields(
    name="invocation",
    keys={
        "executionSuccessful": SCALAR,
        "toolExecutionNotifications": Entries(
            most=200,
            of=Fields(keys={"level": SCALAR, "message": _MESSAGE, "properties": Fields(keys={"sluice": _SAID})}),
        ),
    },
)
_RUN = Fields(
    name="run",
    keys={
        "tool": Fields(
            keys={
                "driver": Fields(keys={"name": SCALAR, "rules": Entries(of=Fields(name="rule", keys=_RULE_KEYS))}),
                "extensions": Entries(
                    of=Fields(keys={"rules": Entries(of=Fields(name="extension-rule", keys=_RULE_KEYS))})
                ),
            }
        ),
        "invocations": Entries(of=_INVOCATION),
        "results": Entries(of=_RESULT),
    },
)
LOG = Fields(name="log", keys={"version": SCALAR, "runs": Entries(of=_RUN)})


class Text(msgspec.Struct):
    """A message."""

    text: str | None = None
    id: str | None = None


class Configuration(msgspec.Struct):
    """What a rule does unless told otherwise."""

    level: str | None = None


class Said(msgspec.Struct, frozen=True, rename="camel"):
    """What Sluice's own log says beyond SARIF: of a result as of a finding, of a notification as of a problem."""

    kind: Kind | None = None
    severity: Severity | None = None
    package: str | None = None
    version: str | None = None
    fixed_in: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    problem: Problem | None = None


NOTHING_SAID = Said()


class Properties(msgspec.Struct, rename={"security_severity": "security-severity"}):
    """The property bag: GitHub reads a CVSS score there, as text."""

    security_severity: str | float | None = None
    sluice: Said | None = None


class Rule(msgspec.Struct, rename="camel"):
    """A rule of the tool."""

    id: str
    name: object = None
    short_description: Text | None = None
    default_configuration: Configuration | None = None
    properties: Properties | None = None


class Reference(msgspec.Struct):
    """A result's reference to its rule."""

    id: str | None = None
    index: int | None = None


class Artifact(msgspec.Struct):
    """A file."""

    uri: str | None = None


class Region(msgspec.Struct, rename="camel"):
    """A part of a file."""

    start_line: int | None = None


class Physical(msgspec.Struct, rename="camel"):
    """A place in a file."""

    artifact_location: Artifact | None = None
    region: Region | None = None


class Location(msgspec.Struct, rename="camel"):
    """A place."""

    physical_location: Physical | None = None


class Suppression(msgspec.Struct):
    """Why a result does not count."""

    status: str | None = None


class Result(msgspec.Struct, rename="camel"):
    """One result."""

    message: Text
    rule_id: str | None = None
    rule_index: int | None = None
    rule: Reference | None = None
    level: str | None = None
    kind: str = "fail"
    baseline_state: str | None = None
    suppressions: list[Suppression] | None = None
    properties: Properties | None = None
    locations: list[Location] | None = None


class Notification(msgspec.Struct):
    """A message of the tool about itself."""

    message: Text | None = None
    level: str | None = None
    properties: Properties | None = None


class Invocation(msgspec.Struct, rename="camel"):
    """How the tool's own run went."""

    execution_successful: bool = True
    tool_execution_notifications: list[Notification] | None = None


class Driver(msgspec.Struct, frozen=True):
    """The tool's own component."""

    name: str = ""


class Tool(msgspec.Struct, frozen=True):
    """What made the run."""

    driver: Driver = Driver()


class Run(msgspec.Struct):
    """What is left of a run once its parts were handed out; no ``results`` at all means that none were looked for."""

    tool: Tool = Tool()
    results: list[object] | None = None
