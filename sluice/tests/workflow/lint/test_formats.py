from __future__ import annotations

import json

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Position, Span
from sluice.workflow.lint.formats import FORMATS, format_annotations, format_json, format_sarif, format_text

FOUND = [
    Diagnostic(
        span=Span("a,b.yml", Position(2, 3), Position(2, 6)),
        rule="constant-condition",
        message="100% wrong: é\nindeed",
        severity=Severity.NOTICE,
        hint="do it",
        allowed=("x", "y"),
    ),
    Diagnostic(span=Span("c.yml", Position(1, 1), Position(3, 1)), rule="of-the-parser", message="broken"),
]


def test_text_has_the_line_and_a_caret() -> None:
    assert format_text(FOUND[1:], {"c.yml": "on:\n  x\n"}) == (
        "c.yml:1:1: error: broken [of-the-parser]\n    1 | on:\n      | ^^^\n"
    )
    assert format_text(FOUND[1:], {}) == "c.yml:1:1: error: broken [of-the-parser]\n"
    assert "\x1b[31m" in format_text(FOUND[1:], {}, colour=True)


def test_json_has_every_part() -> None:
    document = json.loads(format_json(FOUND, {}))
    assert document[0] == {
        "file": "a,b.yml",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 6,
        "severity": "notice",
        "rule": "constant-condition",
        "message": "100% wrong: é\nindeed",
        "hint": "do it",
        "allowed": ["x", "y"],
    }
    assert document[1]["hint"] is None


def test_sarif_names_each_rule_once_and_places_each_result() -> None:
    document = json.loads(format_sarif([*FOUND, FOUND[0]], {}))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["constant-condition", "of-the-parser"]
    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"] == {"level": "note"}
    assert [(result["ruleId"], result["ruleIndex"], result["level"]) for result in run["results"]] == [
        ("constant-condition", 0, "note"),
        ("of-the-parser", 1, "error"),
        ("constant-condition", 0, "note"),
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "a%2Cb.yml"},
        "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 6},
    }


def test_annotations_are_workflow_commands_with_escapes() -> None:
    properties = "file=a%2Cb.yml,line=2,endLine=2,title=constant-condition,col=3,endColumn=6"
    assert format_annotations(FOUND, {}).splitlines() == [
        f"::notice {properties}::100%25 wrong: é%0Aindeed (do it)",
        "::error file=c.yml,line=1,endLine=3,title=of-the-parser::broken",
    ]


def test_nothing_found_is_a_whole_document_in_every_format() -> None:
    assert format_text([], {}) == format_annotations([], {}) == ""
    assert json.loads(format_json([], {})) == []
    assert json.loads(format_sarif([], {}))["runs"][0]["results"] == []
    assert list(FORMATS) == ["text", "json", "sarif", "github"]
