"""The named volumes of ``container:`` and of services: the job's, as if it had the machine for itself.

In: what is bound and mounted. Out: the same with volumes that have the job's labels, which go with it. A name that the
machine or another job has stays its own: the job's is another one there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.leftovers.ownership import own_labels


def mark_of(labels: Mapping[str, str]) -> str:
    """What makes a name the job's own, which these labels tell from every other."""
    return hashlib.sha256(" ".join(labels.values()).encode()).hexdigest()[:8]


async def with_own_volumes(engine: Engine, host: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of ``create_host_config`` with the job's volumes, which are there: the engine would make them
    without labels, and they would stay. Raises ``EngineError``.
    """
    driver = {"driver": host["volume_driver"]} if host.get("volume_driver") else {}
    found = {**host, "binds": [await _bound(engine, bind, labels, driver) for bind in host["binds"]]}
    if mounts := host.get("mounts"):
        found["mounts"] = [await _mounted(engine, mount, labels) for mount in mounts]
    return found


async def _bound(engine: Engine, bind: str, labels: Mapping[str, str], driver: Mapping[str, Any]) -> str:
    name, colon, place = bind.partition(":")
    if not colon or name.startswith(("/", ".", "~")):
        return bind
    return f"{await _own(engine, name, labels, driver)}:{place}"


async def _mounted(engine: Engine, mount: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    if mount["Type"] != "volume" or not mount["Source"]:
        return {**mount}
    driver = (mount.get("VolumeOptions") or {}).get("DriverConfig") or {}
    given = {"driver": driver.get("Name"), "driver_opts": driver.get("Options")} if driver else {}
    return {**mount, "Source": await _own(engine, mount["Source"], labels, given)}


async def _own(engine: Engine, name: str, labels: Mapping[str, str], driver: Mapping[str, Any]) -> str:
    """The name that the job's volume has. To make one that exists gives that one, with the labels of whose it is."""
    made = await engine.call("create_volume", name, labels=own_labels(labels), **driver)
    if labels.items() <= (made.get("Labels") or {}).items():
        return name
    other = f"{name}-{mark_of(labels)}"
    await engine.call("create_volume", other, labels=own_labels(labels), **driver)
    return other


async def remove_volumes(engine: Engine, labels: Mapping[str, str]) -> None:
    """Remove those of the job."""
    wanted = [f"{name}={value}" for name, value in labels.items()]
    for one in (await engine.call("volumes", filters={"label": wanted}))["Volumes"] or ():
        with suppress(EngineError):
            await engine.call("remove_volume", one["Name"])
