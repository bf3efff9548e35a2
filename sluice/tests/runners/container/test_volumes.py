"""Named volumes of containers are the job's, and where somebody else has a name, the job's is another one there."""

from __future__ import annotations

from typing import Any

import pytest
from fake_engine import FakeEngine, engine_of

from sluice.runners.container.volumes import mark_of, remove_volumes, with_own_volumes

pytestmark = pytest.mark.anyio
ONE, TWO = {"sluice.run": "r", "sluice.job": "one"}, {"sluice.run": "r", "sluice.job": "two"}


async def test_each_job_has_its_own_and_the_machines_stays() -> None:
    engine = FakeEngine(volumes=[{"Name": "machines", "Labels": None}])
    mounts = [
        {"Type": "volume", "Source": "more", "Target": "/m", "VolumeOptions": {"DriverConfig": {"Name": "nfs"}}},
        {"Type": "volume", "Source": "", "Target": "/anonymous"},
        {"Type": "bind", "Source": "/a", "Target": "/b"},
    ]
    host: dict[str, Any] = {"binds": ["data:/d:ro", "/a:/b", "/c", "machines:/m", "data:/e"], "mounts": mounts}
    assert await with_own_volumes(engine_of(engine), {"binds": []}, ONE) == {"binds": []}
    one = await with_own_volumes(engine_of(engine), {**host, "volume_driver": "nfs"}, ONE)
    two = await with_own_volumes(engine_of(engine), host, TWO)
    assert one["binds"] == ["data:/d:ro", "/a:/b", "/c", f"machines-{mark_of(ONE)}:/m", "data:/e"]
    assert one["mounts"] == mounts
    mark = mark_of(TWO)
    assert two["binds"] == [f"data-{mark}:/d:ro", "/a:/b", "/c", f"machines-{mark}:/m", f"data-{mark}:/e"]
    assert [mount["Source"] for mount in two["mounts"]] == [f"more-{mark}", "", "/a"]
    await remove_volumes(engine_of(engine), ONE)
    await remove_volumes(engine_of(engine), TWO)
    assert engine.things["volumes"] == [{"Name": "machines", "Labels": None}]
