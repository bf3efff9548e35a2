"""The process that an environment consists of: keeps its versions running and switches between them.

``python -m sluice.targets.process.supervisor FOLDER``. It outlives the command that started it, takes orders as lines
of JSON on a socket in its folder, and finds what it has to keep running in ``records.FILE``: after a power cut, too.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from sluice.machine.locks import take_lock
from sluice.targets.process.front import Front, Way, open_front
from sluice.targets.process.orders import Answer, Close, Look, Order, Running, Start, Stop, Switch
from sluice.targets.process.program import Program, end_stray
from sluice.targets.process.records import Desired, Slot, load, save

SOCKET = "control"
LOCK = "supervisor.lock"
_LARGEST_LOG = 50 << 20
_RETIRED = 3
_LINE = 4 << 20


class Supervisor:
    """Everything of one environment; ``folder`` is its own."""

    def __init__(self, folder: Path, group: asyncio.TaskGroup) -> None:
        self._folder = folder
        self._group = group
        self._desired = load(folder)
        self._programs: dict[int, Program] = {}
        self._keeping: dict[int, asyncio.Task[None]] = {}
        self._fronts: dict[tuple[str, str], Front] = {}
        self._missing: dict[str, str] = {}
        self._listening = asyncio.Lock()  # orders come at once
        self.over = asyncio.Event()

    async def revive(self) -> None:
        """Have everything that was desired run again. An address that is taken now is tried again at each order: what
        runs, and whoever asks how things stand, does not wait for it.
        """
        for slot in self._desired.slots.values():
            await end_stray(slot)
            self._run(slot)
        await self._listen_where_possible()

    async def _listen_where_possible(self) -> None:
        self._missing = {}
        for name, address in self._desired.fronts.items():
            try:
                await self._listen_at(name, address)
            except OSError as error:
                self._missing[name] = str(error)

    async def obey(self, order: Order) -> Answer:
        """Carry out one order and say how things stand."""
        try:
            match order:
                case Start(slot=slot, fronts=fronts):
                    await self._start(slot, fronts)
                case Switch(number=number, fronts=fronts):
                    await self._switch(number, self._desired.fronts if fronts is None else fronts)
                case Stop(number=number):
                    await self._stop(number)
                case Look():
                    pass
                case Close():
                    await self.end()
        except (OSError, LookupError) as error:
            return replace(await self._standing(), error=str(error))
        return await self._standing()

    async def end(self) -> None:
        """End every version; what is desired stays as it is."""
        await asyncio.gather(*(self._let_end(number) for number in tuple(self._programs)))
        for front in self._fronts.values():
            front.close()
        self.over.set()

    async def _start(self, slot: Slot, fronts: Mapping[str, str]) -> None:
        """Where a version is live its addresses are those that count until the switch, after a power cut, too."""
        await self._listen(fronts)
        await self._let_end(slot.number)
        wanted = fronts if self._desired.live is None else self._desired.fronts
        self._want(slots={**self._desired.slots, slot.number: slot}, fronts=wanted)
        self._run(slot)

    async def _switch(self, number: int, fronts: Mapping[str, str]) -> None:
        """Whoever goes back to this version does so without an address that is taken meanwhile, too."""
        if number not in self._programs:
            raise LookupError(f"version {number} does not run")
        self._want(live=number, fronts=fronts)
        await self._listen_where_possible()
        for other in set(self._fronts) - set(fronts.items()):
            self._fronts.pop(other).close()

    async def _stop(self, number: int) -> None:
        left = {key: slot for key, slot in self._desired.slots.items() if key != number}
        live = None if self._desired.live == number else self._desired.live
        self._want(slots=left, live=live, retired=self._retired_with(number))
        await self._let_end(number)

    def _retired_with(self, number: int) -> dict[int, Slot]:
        slot = self._desired.slots.get(number)
        known = {**self._desired.retired, **({number: slot} if slot else {})}
        return {key: known[key] for key in sorted(known)[-_RETIRED:]}

    async def _let_end(self, number: int) -> None:
        program, keeping = self._programs.get(number), self._keeping.get(number)
        if program is None or keeping is None:
            return
        await program.end()
        await keeping
        self._programs.pop(number, None)
        self._keeping.pop(number, None)

    def _run(self, slot: Slot) -> None:
        log = self._folder / "logs" / f"{slot.number}.log"
        log.parent.mkdir(mode=0o700, exist_ok=True)
        program = Program(slot, log, self._note)
        self._programs[slot.number] = program
        self._keeping[slot.number] = self._group.create_task(program.keep())

    def _note(self, slot: Slot) -> None:
        """A program is another process now. A full disk is no reason to end it: a supervisor after this one starts it
        again.
        """
        if slot.number not in self._desired.slots:
            return
        slots = {**self._desired.slots, slot.number: slot}
        try:
            self._want(slots=slots)
        except OSError as error:
            sys.stderr.write(f"{self._folder}: {error}\n")
            self._desired = replace(self._desired, slots=slots)

    def _want(self, **changes: object) -> None:
        """On disk first: what this process dies over is found again."""
        desired: Desired = replace(self._desired, **changes)
        save(self._folder, desired)
        self._desired = desired

    async def _listen(self, fronts: Mapping[str, str]) -> None:
        """Take connections at these addresses, too; at none of them where one is taken: raises ``OSError``."""
        before = set(self._fronts)
        try:
            for name, address in fronts.items():
                await self._listen_at(name, address)
        except OSError:
            for new in set(self._fronts) - before:
                self._fronts.pop(new).close()
            raise

    async def _listen_at(self, name: str, address: str) -> None:
        """Besides where it is heard of already: until the switch the live version stays where it was."""
        async with self._listening:
            if (name, address) not in self._fronts:
                front = Front(address, lambda: self._way(name))
                await open_front(front, name)
                self._fronts[name, address] = front

    def _way(self, name: str) -> Way | None:
        """To the live version's port of this name. Whether it expects a header is its own: the next may not, or may."""
        live = self._programs.get(self._desired.live or 0)
        port = live.slot.ports.get(name) if live is not None else None
        return Way(port, name in live.slot.announced) if live is not None and port is not None else None

    async def _standing(self) -> Answer:
        if self._missing and not self.over.is_set():
            await self._listen_where_possible()
        return Answer(
            live=self._desired.live,
            versions=tuple(map(_running, self._programs.values())),
            fronts={
                name: self._fronts[name, address].bound
                for name, address in self._desired.fronts.items()
                if (name, address) in self._fronts
            },
            missing=self._missing,
        )

    async def shorten_logs(self) -> None:
        """Keep what the versions print from filling the disk: a log that is too long begins anew, with one kept."""
        while True:
            await asyncio.sleep(60)
            for log in (self._folder / "logs").glob("*.log"):
                if log.stat().st_size > _LARGEST_LOG:
                    await asyncio.to_thread(shutil.copyfile, log, log.with_suffix(".before"))
                    os.truncate(log, 0)


def _running(program: Program) -> Running:
    return Running(
        number=program.slot.number,
        version=program.slot.version,
        colour=program.slot.colour,
        state=program.state,
        since=program.since,
        restarts=program.restarts,
        last_exit=program.last_exit,
        ports=program.slot.ports,
    )


async def supervise(folder: Path) -> None:
    """Until a ``Close`` or SIGTERM."""
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(folder, group)
        await supervisor.revive()
        server = await _take_orders(supervisor, folder)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: group.create_task(supervisor.end()))
        shortening = group.create_task(supervisor.shorten_logs())
        await supervisor.over.wait()
        shortening.cancel()
        server.close()


async def _take_orders(supervisor: Supervisor, folder: Path) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):  # cancelled when everything ends
            while line := await reader.readline():
                answer = await supervisor.obey(msgspec.json.decode(line, type=Order))
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        writer.close()

    os.chdir(folder)  # the path of a socket may have 100 characters at most, so it is a relative one
    Path(SOCKET).unlink(missing_ok=True)  # noqa: ASYNC240 (once, before anything is served)
    before = os.umask(0o077)
    try:
        return await asyncio.start_unix_server(serve, SOCKET, limit=_LINE)
    finally:
        os.umask(before)


def main() -> int:
    """Run as the one supervisor of the folder; 0 when there is one already."""
    folder = Path(sys.argv[1])
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    if not take_lock(descriptor):
        return 0
    asyncio.run(supervise(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
