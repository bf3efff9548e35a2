"""Runs with actions have one tool cache."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _shared_tools(shared_tools: None) -> None:
    """What one has set up need not be set up again."""
