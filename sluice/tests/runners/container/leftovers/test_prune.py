"""What runs that died left goes, and nothing of those that live."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine, engine_of

from sluice.runners.container.leftovers.ownership import OWNED, OWNER, own_labels
from sluice.runners.container.leftovers.prune import prune


@pytest.mark.anyio
async def test_containers_networks_and_volumes_of_processes_that_are_gone_are_removed() -> None:
    dead, mine = {OWNED: "true", OWNER: "999999999 1.0"}, own_labels({})
    engine = FakeEngine(
        containers=[{"Id": "1", "Names": ["/dead"], "Labels": dead}, {"Id": "2", "Names": ["/mine"], "Labels": mine}],
        networks=[{"Id": "3", "Name": "net", "Labels": dead}, {"Id": "4", "Name": "live", "Labels": mine}],
        volumes=[{"Name": "data", "Labels": dead}, {"Name": "live", "Labels": mine}, {"Name": "x", "Labels": None}],
    )
    assert await prune(engine_of(engine)) == ["dead", "net", "data"]
    assert engine.removed == ["1", "3", "data"]


@pytest.mark.anyio
async def test_a_container_that_has_lost_its_name_is_removed_as_well() -> None:
    """One whose removal was interrupted has none any more."""
    dead = {OWNED: "true", OWNER: "999999999 1.0"}
    without: tuple[list[str] | None, ...] = ([], None)
    nameless = [{"Id": "0123456789abcdef", "Names": names, "Labels": dead} for names in without]
    engine = FakeEngine(containers=[*nameless, {"Id": "2", "Names": ["/dead"], "Labels": dead}])
    assert await prune(engine_of(engine)) == ["0123456789ab", "0123456789ab", "dead"]
