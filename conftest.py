"""Import the package before any test: pytest would otherwise take the member's folder of the same name for it.

A test that checks a body of cases says how many with ``record_property("checked", text)``; the end of the run prints
them, also where the tests ran in other processes. How many examples a property is tried with is the profile's to say:
``--hypothesis-profile=quick`` for `make quick`, all of them otherwise.

Python's collector of reference cycles finds none while tests are collected, and what they are made of lasts to the end:
looking again and again took two fifths of that time.
"""

import gc
from typing import Any

import pytest
from hypothesis import settings

import sluice

__all__ = ["sluice"]

gc.disable()

settings.register_profile("full", max_examples=150, deadline=None)
settings.register_profile("quick", max_examples=20, deadline=None)
settings.load_profile("full")


def pytest_collection_finish() -> None:
    """Look for cycles again, in what tests make."""
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest has no public type for it
    """Print what the tests say they checked."""
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for report in reports:
        for name, text in report.user_properties:
            if name == "checked":
                terminalreporter.write_line(f"checked: {text}")
