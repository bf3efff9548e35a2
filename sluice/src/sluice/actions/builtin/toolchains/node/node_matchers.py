"""The problem matchers that setup-node registers: the TypeScript compiler's, ESLint's two (actions/setup-node)."""

from __future__ import annotations

_SEVERITIES = "(error|warning|info)"

TSC = {
    "owner": "tsc",
    "pattern": [
        {
            "regexp": rf"^(?:\s+\d+\>)?([^\s].*)\((\d+)(?:,(\d+)(?:,\d+(?:,\d+)?)?)?\)\s*:\s+{_SEVERITIES}"
            r"\s+(\w{1,2}\d+)\s*:\s*(.*)$",
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "code": 5,
            "message": 6,
        }
    ],
}
ESLINT_STYLISH = {
    "owner": "eslint-stylish",
    "pattern": [
        {"regexp": r"^\s*([^\s].*)$", "file": 1},
        {
            "regexp": rf"^\s+(\d+):(\d+)\s+{_SEVERITIES}\s+(.*)\s\s+(.*)$",
            "line": 1,
            "column": 2,
            "severity": 3,
            "message": 4,
            "code": 5,
            "loop": True,
        },
    ],
}
ESLINT_COMPACT = {
    "owner": "eslint-compact",
    "pattern": [
        {
            "regexp": r"^(.+):\sline\s(\d+),\scol\s(\d+),\s([Ee]rror|[Ww]arning|[Ii]nfo)\s-\s(.+)\s\((.+)\)$",
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "message": 5,
            "code": 6,
        }
    ],
}

MATCHERS = {"problemMatcher": [TSC, ESLINT_STYLISH, ESLINT_COMPACT]}
