"""What the proxy costs: throughput, added latency, memory for each miner, processor time, beside a bare relay of bytes.

    python benches/proxy.py [--miners 100 1000 5000] [--seconds 5] [--rounds 3] [--farm 1000] [--json FILE] [--check]
                            [--existing PYTHON]

What ships is compiled, what is checked out is not: `make compiled`, then with PYTHONPATH=build/compiled.

Pool, miners and what stands between them are processes of their own on loopback; relay and proxy take turns, so that a
busy machine slows both. First as many shares as go through, a share of each miner on its way at a time; then a farm at
its real pace, a share of each miner every five seconds, stored in a real PostgreSQL. Latency is compared at that pace
only: with all miners at once it is the length of the queue. With ``--check`` a missed aim ends the program with 1.

``--existing`` names a Python that has bit-byte-block (`pip install bit-byte-block==0.1.1`), a Stratum proxy that passes
bytes on and looks at none; it is measured beside the two. Of the registries' others, aiostratum-proxy speaks Equihash
only, and coin-hive-stratum serves browsers.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.bench.measuring import Measured, Program, added_milliseconds, in_turns, measure, share_of_limit
from loka_stratum.bench.table import lines_of, row
from sluice.services.temporary import temporary_postgresql
from sluice.source.errors import UnavailableError

FARM_PAUSE = 5.0
FARM_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Aim:
    """What was measured beside what it should be."""

    words: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is what it should be."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        word = "reached" if self.reached else "NOT REACHED"
        return f"{word}: {self.words} {self.measured:.4g} {self.unit}, {bound} {self.limit:g} {self.unit}"


def main() -> int:
    """Measure, print, and return the exit code."""
    options = _options()
    measured: list[Measured] = []
    aims: list[Aim] = []
    for miners in options.miners:
        print(f"\nas fast as they are answered, {miners} miners, {options.rounds} rounds of {options.seconds:g} s")
        aims.append(_all_at_once(miners, options.seconds, options.rounds, measured))
        if options.existing:
            _show_existing(options.existing, miners, options.seconds, options.rounds, measured)
    print(f"\na share every {FARM_PAUSE:g} s, {options.farm} miners, stored in PostgreSQL")
    aims += _farm(options.farm, options.rounds, measured)
    print()
    for aim in aims:
        print(aim)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=1) + b"\n")
    return 1 if options.check and not all(aim.reached for aim in aims) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the proxy costs.")
    parser.add_argument("--miners", type=int, nargs="*", default=[100, 1000, 5000])
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--farm", type=int, default=1000, help="miners at a farm's pace")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    parser.add_argument("--existing", help="a Python that has bit-byte-block, to measure it as well")
    parser.add_argument("--check", action="store_true", help="exit 1 when an aim is missed")
    return parser.parse_args()


def _all_at_once(miners: int, seconds: float, rounds: int, measured: list[Measured]) -> Aim:
    relays, proxies = in_turns(miners, seconds, 0.0, rounds)
    _show(relays, proxies, measured, paced=False)
    return Aim(
        f"{miners} miners, throughput of the relay's", share_of_limit(relays, proxies) * 100, 60, "%", at_least=True
    )


def _show_existing(python: str, miners: int, seconds: float, rounds: int, measured: list[Measured]) -> None:
    program = Program("existing", (python, str(Path(__file__).with_name("existing_proxy.py"))))
    for _ in range(rounds):
        found = measure(program, miners, seconds, 0.0)
        measured.append(found)
        print(row(found), flush=True)


def _farm(miners: int, rounds: int, measured: list[Measured]) -> list[Aim]:
    with tempfile.TemporaryDirectory() as folder, _database() as url:
        relays, proxies = in_turns(miners, FARM_SECONDS, FARM_PAUSE, rounds, (url, f"{folder}/shares"))
    _show(relays, proxies, measured, paced=True)
    _, p99 = added_milliseconds(relays, proxies)
    return [
        Aim(f"{miners} miners, added p99", p99, 10, "ms"),
        Aim(f"{miners} miners, memory", max(each.memory_bytes for each in proxies) / 1e6, 512, "MB"),
        Aim(f"{miners} miners, of one core", median(each.cpu_share for each in proxies) * 100, 50, "%"),
    ]


@contextmanager
def _database() -> Iterator[str]:
    """A migrated database, or none (an empty text) where there is no server to be had."""
    try:
        with temporary_postgresql("18") as url:
            asyncio.run(up(DatabaseAddress.parse(url)))
            yield url
    except UnavailableError as error:
        print(f"not stored, since no PostgreSQL is to be had: {error.message}")
        yield ""


def _show(relays: list[Measured], proxies: list[Measured], measured: list[Measured], *, paced: bool) -> None:
    measured += [*relays, *proxies]
    for line in lines_of(relays, proxies, paced=paced):
        print(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
