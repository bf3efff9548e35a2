"""Import the package before any test: pytest would otherwise take the member's folder of the same name for it.

A test that checks a body of cases says how many with ``record_property("checked", text)``; the end of the run prints
them, also where the tests ran in other processes.
"""

from typing import Any

import pytest

import sluice

__all__ = ["sluice"]


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest has no public type for it
    """Print what the tests say they checked."""
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for report in reports:
        for name, text in report.user_properties:
            if name == "checked":
                terminalreporter.write_line(f"checked: {text}")
