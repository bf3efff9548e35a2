"""A run owns its stand-ins."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from sluice.rehearsal.stand_ins import StandIns


class Registry:
    started = 0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open = True

    async def close(self) -> None:
        self.open = False


async def start(folder: Path) -> Registry:
    await anyio.lowlevel.checkpoint()
    Registry.started += 1
    return Registry(folder)


def test_whoever_asks_gets_the_same_one_and_the_run_closes_it(tmp_path: Path) -> None:
    async def use() -> None:
        found: list[Registry] = []

        async def ask() -> None:
            found.append(await stand_ins.use(Registry, start))

        stand_ins = StandIns(tmp_path)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(ask)
        assert len({id(one) for one in found}) == 1
        assert found[0].folder == tmp_path / "Registry"
        assert found[0].folder.is_dir()
        await stand_ins.close()
        assert not found[0].open

    Registry.started = 0
    anyio.run(use)
    assert Registry.started == 1


def test_a_start_that_failed_is_tried_again(tmp_path: Path) -> None:
    async def fail(folder: Path) -> Registry:
        raise OSError(f"no room in {folder}")

    async def use() -> None:
        stand_ins = StandIns(tmp_path)
        with pytest.raises(OSError, match="no room"):
            await stand_ins.use(Registry, fail)
        assert (await stand_ins.use(Registry, start)).open
        await stand_ins.close()

    anyio.run(use)
