"""What belongs to a step, and what is killed of it."""

from __future__ import annotations

import os
import socket
import time

import pytest

from sluice.runners.host.inside import tree
from sluice.runners.host.inside.keeper import Keeper

KEEPER = 9
TABLE = {5: (KEEPER, 5, "S"), 6: (5, 6, "S"), 7: (KEEPER, 4, "S"), 8: (7, 4, "S")}
"""Step 4 was reaped and left 7 and 8, step 5 lives."""


def test_a_step_that_was_reaped_has_its_orphans_and_no_number() -> None:
    assert tree.tree(5, KEEPER, TABLE) == {5, 6}
    assert tree.tree(4, KEEPER, TABLE, reaped=True) == {7, 8}


def test_a_number_that_the_kernel_gave_once_more_is_not_the_first_step_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: KEEPER)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        keeper = Keeper(ours, apart=False)
        keeper._started, keeper._numbers = {1: 4, 2: 5, 3: 5}, {5: 3}
        assert [keeper._tree(number, TABLE) for number in (1, 2, 3)] == [{7, 8}, set(), {5, 6}]


def test_nothing_waits_for_what_may_not_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(number: int, _: int) -> None:
        asked.append(number)
        raise PermissionError

    monkeypatch.setattr(tree, "processes", lambda: TABLE)
    monkeypatch.setattr(os, "kill", refuse)
    start = time.monotonic()
    assert not tree.kill(lambda _: {5}, lambda: None)
    assert (asked, time.monotonic() - start < 2) == ([5], True)
