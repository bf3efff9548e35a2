"""Who a container belongs to, as labels on it, so that what a dead run left can be told from what a live one uses."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.machine.processes import identify, is_alive

OWNED = "sluice.service"
OWNER = "sluice.owner"


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels given, and those that name this process."""
    pid, started = identify()
    return {**labels, OWNED: "true", OWNER: f"{pid} {started}"}


def is_left(labels: Mapping[str, str]) -> bool:
    """Whether the process that these labels name is gone."""
    pid, _, started = labels.get(OWNER, "").partition(" ")
    try:
        return not is_alive(int(pid), float(started))
    except ValueError:
        return OWNED in labels
