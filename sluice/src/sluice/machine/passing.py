"""A connection that stands for another one: what either side says goes to the other."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TypeAlias

Side: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CHUNK = 64 * 1024


async def pass_on(one: Side, other: Side) -> None:
    """Until both have said all, or one is gone without a word, which the other then hears; both are being closed."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_one_way(one[0], other[1]))
            group.create_task(_one_way(other[0], one[1]))
    except* OSError:
        pass
    finally:
        one[1].close()
        other[1].close()


async def _one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from one to the other until the one has said all; then the other hears no more."""
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
