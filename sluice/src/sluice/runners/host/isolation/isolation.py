"""How far a job can be set apart on this machine: by namespaces where the kernel allows it, else less, step by step.

In: a job's folders. Out: the keeper that holds it, or nothing. A job's ``isolation`` says what it got.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import anyio
from msgspec import Struct, structs

from sluice.runners.host.isolation.holding import Holding, PlaceRefusedError
from sluice.runners.host.isolation.outside import address_translation, reachable_resolver, slirp_resolver
from sluice.runners.host.isolation.slirp import PROGRAM, Slirp
from sluice.runners.host.isolation.spawning import Layers, Place, Spawner

NO_LAYERS = Layers()
_HOSTS = Path("/etc/hosts")
_RESOLVER = "/etc/resolv.conf"
Way = Literal["translation", "slirp", "shared"]


class Level(Struct, frozen=True):
    """One degree: its namespaces and how the job reaches the outside."""

    namespaces: tuple[str, ...]
    way_out: Way

    @property
    def words(self) -> tuple[str, ...]:
        """As a job's ``isolation`` names it."""
        if not self.namespaces:
            return ()
        network = () if self.way_out == "shared" else ("network",)
        return (*network, "processes", "temporary files")


HELD_ONLY = Level((), "shared")
"""The last degree: nothing is the job's own, but its processes end with the engine all the same."""


def levels(*, linux: bool, root: bool, slirp: bool) -> list[Level]:
    """What to try on this machine, best first."""
    if not linux:
        return []
    alone = ("mount", "pid", "ipc") if root else ("user", "mount", "pid", "ipc")
    ways: dict[Way, bool] = {"translation": root, "slirp": slirp}
    networks = [Level((*alone, "network"), way) for way, there in ways.items() if there]
    return [*networks, Level(alone, "shared"), HELD_ONLY]


def levels_here() -> list[Level]:
    """The degrees that this machine may allow."""
    slirp = shutil.which(PROGRAM) is not None and os.access("/dev/net/tun", os.R_OK | os.W_OK)
    return levels(linux=sys.platform == "linux", root=os.geteuid() == 0, slirp=slirp)


class Held(Struct, frozen=True):
    """A job that was set apart: by this keeper, to this degree. Another job may meanwhile have got less."""

    holding: Holding
    level: Level


class Isolation:
    """Sets jobs apart; a degree that the machine refused is not tried again."""

    def __init__(self, degrees: Iterable[Level]) -> None:
        self._levels = list(degrees)
        self._spawner: Spawner | None = None
        self._ending: Spawner | None = None
        self.refusals: list[str] = []

    @property
    def level(self) -> Level | None:
        """The best degree that was not refused yet."""
        return self._levels[0] if self._levels else None

    def prepare(self) -> None:
        """Start what will hold jobs, so that it is there when the first one comes."""
        if self._levels and self._spawner is None:
            self._spawner = Spawner(_outside(self._levels[0]))

    def rest(self) -> None:
        """End what holds jobs, now that there is none, while the run is wound up. The end of this process waits for
        it; a job that comes after all gets another.
        """
        if self._spawner is not None:
            self._spawner.end()
            self._ending, self._spawner = self._spawner, None

    @asynccontextmanager
    async def hold(self, root: Path, visible: Iterable[str], layers: Layers = NO_LAYERS) -> AsyncIterator[Held | None]:
        """The job in this folder, set apart as far as the machine allows; leaving ends its processes."""
        held, slirp = await self._hold(root, tuple(visible), layers)
        try:
            yield held
        finally:
            if held is not None:
                with anyio.CancelScope(shield=True):
                    await held.holding.end()
            if slirp is not None:
                slirp.close()

    async def _hold(self, root: Path, visible: tuple[str, ...], layers: Layers) -> tuple[Held | None, Slirp | None]:
        while self._levels:
            level = self._levels[0]
            try:
                holding, slirp = await self._try(level, root, visible, layers)
                return Held(holding, level), slirp
            except (PlaceRefusedError, OSError) as error:
                self.refusals.append(f"{', '.join(level.namespaces) or 'held'}: {error}")
                if self._levels[:1] == [level]:
                    del self._levels[0]
        return None, None

    async def _try(
        self, level: Level, root: Path, visible: tuple[str, ...], layers: Layers
    ) -> tuple[Holding, Slirp | None]:
        self._spawner = self._spawner or Spawner()
        holding = await self._spawner.hold(structs.replace(_place(level, root, visible), layers=layers))
        if level.way_out != "slirp":
            return holding, None
        try:
            return holding, await Slirp.connect(holding.pid)
        except BaseException:
            await holding.end()
            raise


def _place(level: Level, root: Path, visible: tuple[str, ...]) -> Place:
    """Raises ``PlaceRefusedError`` where a network of its own would cut the job off."""
    if not level.namespaces:
        return Place(namespaces=(), temp=root)
    own = root / "etc"
    own.mkdir(exist_ok=True)
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    files = [(str(_HOSTS), str(_copied(_HOSTS, own / "hosts")))]
    outside = _outside(level)
    if level.way_out != "shared" and (outside or level.way_out == "slirp"):
        resolver = slirp_resolver() if level.way_out == "slirp" else reachable_resolver()
        if resolver is None:
            raise PlaceRefusedError("no name server that a network of its own could reach")
        (own / "resolv.conf").write_text(resolver)
        files.append((_RESOLVER, str(own / "resolv.conf")))
    present = tuple(pair for pair in files if Path(pair[0]).exists())
    return Place(namespaces=level.namespaces, temp=root / "tmp", visible=visible, files=present, outside=outside)


def _outside(level: Level) -> tuple[str, ...]:
    """A machine without a way out gives its jobs none, but networks of their own all the same."""
    return (level.way_out == "translation" and address_translation()) or ()


def _copied(source: Path, target: Path) -> Path:
    with contextlib.suppress(OSError):
        target.write_bytes(source.read_bytes())
    target.touch()
    return target
