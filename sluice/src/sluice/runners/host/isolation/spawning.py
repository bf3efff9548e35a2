"""The process that makes the keepers of jobs, and what it makes them of. In: a place. Out: a ``Holding``.

It decides nothing about which namespaces there are.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import weakref
from pathlib import Path

from msgspec import Struct

import sluice
from sluice.machine.processes import identify
from sluice.runners.host.inside import wire
from sluice.runners.host.isolation.holding import SEND_BUFFER, Holding, send
from sluice.runners.host.processes import ENGINE, engine_id

_SPAWNER = "sluice.runners.host.inside.spawner"


class Layers(Struct, frozen=True, kw_only=True):
    """Folders of this machine that a job may change for itself, each with the folder that its changes go to.

    Entries ``shared`` stay the machine's, to write to; those that are ``hidden`` the job does not see.
    """

    folders: tuple[tuple[Path, Path], ...] = ()
    shared: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def made(self) -> bool:
        """Whether the keeper could make all of them, now that the job is held."""
        return bool(self.folders) and all((store / "upper").is_dir() for _, store in self.folders)


class Place(Struct, frozen=True, kw_only=True):
    """What a keeper shall make. ``namespaces`` are ``user``, ``mount``, ``pid``, ``ipc``, ``network``, or none: then it
    only holds the job's processes.

    ``temp`` is put where ``/tmp`` is; of what is there only ``visible`` stays to be seen. ``files`` are put in the
    place of others (target, source). What the job changes in the folders of ``layers`` goes elsewhere, if the machine
    can do so. ``outside`` is (address pool, first slot, MTU, gateway) for a way out by NAT, or empty.
    """

    namespaces: tuple[str, ...]
    temp: Path
    visible: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    layers: Layers = Layers()
    outside: tuple[str, ...] = ()

    def packed(self) -> bytes:
        """As the keeper reads it."""
        files = [path for pair in self.files for path in pair]
        layers = [str(path) for pair in self.layers.folders for path in pair]
        own = (layers, self.layers.shared, self.layers.hidden)
        return wire.pack((self.namespaces, (str(self.temp),), self.visible, files, *own, self.outside))


class Spawner:
    """The process that makes keepers; it ends when this object does, and when the engine is killed."""

    def __init__(self, outside: tuple[str, ...] = ()) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = str(Path(sluice.__file__).parent.parent)
        start = (
            f"import gc, sys; gc.disable(); sys.path.insert(0, {home!r}); "
            f"import {_SPAWNER} as spawner; spawner.main({list(outside)!r})"
        )
        with theirs:
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-c", start],
                {**os.environ, ENGINE: engine_id(*identify())},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
                setsid=True,
            )
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._socket = ours
        self.close = weakref.finalize(self, _end_spawner, ours, process)

    def end(self) -> None:
        """Let it end, which takes the kernel ten milliseconds for the network; ``close`` waits until it has."""
        self._socket.close()

    async def hold(self, place: Place) -> Holding:
        """A keeper for a job. Raises ``PlaceRefusedError`` with the machine's reason."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if place.namespaces:  # whose processes the kernel numbers for this one; else it would name the keeper itself
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        life, held = os.pipe()
        holding = Holding(ours, life)
        try:
            send(self._socket, wire.packets(wire.OPEN, 0, body=place.packed()), [theirs.fileno(), held])
        finally:
            theirs.close()
            os.close(held)
        try:
            await holding.ready()
        except BaseException:
            holding.abandon()
            raise
        return holding


def _end_spawner(connection: socket.socket, process: int) -> None:
    connection.close()
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)
