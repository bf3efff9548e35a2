"""What a supervisor listens at while versions come and go, and what it would do so again after a power cut."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from slots import make_slot

from sluice.targets.process.orders import Start, Switch
from sluice.targets.process.records import load
from sluice.targets.process.supervisor import Supervisor

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def supervisor(folder: Path) -> AsyncIterator[Supervisor]:
    async with asyncio.TaskGroup() as group:
        found = Supervisor(folder, group)
        try:
            yield found
        finally:
            await found.end()


def free() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"


def is_heard(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_server((host, int(port))).close()
    except OSError:
        return True
    return False


async def test_until_the_switch_the_addresses_of_the_live_version_are_those_that_count(tmp_path: Path) -> None:
    old, new = {"web": free()}, {"web": free()}
    async with supervisor(tmp_path) as one:
        await one.obey(Start(slot=make_slot(1, tmp_path), fronts=old))
        await one.obey(Switch(number=1, fronts=old))
        await one.obey(Start(slot=make_slot(2, tmp_path), fronts=new))
        assert load(tmp_path).fronts == old, "what it dies over here comes back where it was"
        assert is_heard(old["web"])
        assert is_heard(new["web"])
        await one.obey(Switch(number=2, fronts=new))
        assert load(tmp_path).fronts == new
        assert not is_heard(old["web"])


async def test_where_one_address_is_taken_none_of_the_others_is_kept(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        fronts = {"api": free(), "web": f"127.0.0.1:{taken.getsockname()[1]}"}
        async with supervisor(tmp_path) as one:
            answer = await one.obey(Start(slot=make_slot(1, tmp_path), fronts=fronts))
            assert "port 'web' can't be had" in answer.error
            assert not answer.versions
            assert not is_heard(fronts["api"])


async def test_two_orders_at_once_do_not_take_an_address_from_each_other(tmp_path: Path) -> None:
    fronts = {"web": free()}
    async with supervisor(tmp_path) as one:
        orders = [Start(slot=make_slot(number, tmp_path), fronts=fronts) for number in (1, 2)]
        answers = await asyncio.gather(*(one.obey(order) for order in orders))
        assert [answer.error for answer in answers] == ["", ""]
