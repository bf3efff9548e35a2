"""Import the package before any test: pytest would otherwise take the member's folder of the same name for it.

A test that checks a body of cases says how many with ``record_property("checked", text)``; the end of the run prints
them, also where the tests ran in other processes. How many examples a property is tried with is the profile's to say:
``--hypothesis-profile=quick`` for `make quick`, all of them otherwise.

Python's collector of reference cycles finds none while tests are collected, and what they are made of lasts to the end:
looking again and again took two fifths of that time.

A module that is slow as a whole is not even read where the slow ones are left out: each process would import it for
nothing.

In several processes, a test that passes is one report and not five: to send them and to take them in took a fifth of
what an empty test takes. All are sent where somebody reads them: with ``--junit-xml`` and ``--durations``.
"""

import gc
import re
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

import sluice

__all__ = ["sluice"]

SLOW_AS_A_WHOLE = re.compile(r"^pytestmark = (?:\[[^\]]*)?pytest\.mark\.slow\b", re.MULTILINE)

gc.disable()

settings.register_profile("full", max_examples=150, deadline=None)
settings.register_profile("quick", max_examples=20, deadline=None)
settings.load_profile("full")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, unread, what the selection would leave out test by test."""
    if not config.option.markexpr.startswith("not slow") or not collection_path.match("test_*.py"):
        return None
    return True if SLOW_AS_A_WHOLE.search(collection_path.read_text()) else None


def pytest_collection_finish() -> None:
    """Look for cycles again, in what tests make."""
    gc.freeze()
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Leave out of a worker's reports what nobody reads."""
    if hasattr(config, "workerinput") and not (config.option.xmlpath or config.option.durations):
        config.pluginmanager.register(FewReports())


class FewReports:
    """Of a test: its call, and whatever did not pass."""

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run it, as pytest does that logs its reports itself."""
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest has no public type for it
    """Print what the tests say they checked."""
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for report in reports:
        for name, text in report.user_properties:
            if name == "checked":
                terminalreporter.write_line(f"checked: {text}")
