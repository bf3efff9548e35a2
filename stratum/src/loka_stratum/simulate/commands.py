"""The commands ``simulate pool`` and ``simulate miners``: options in, a running simulation, and a report at the end."""

import asyncio
import json
import signal
import ssl
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from loka_stratum.open_files import raise_limit
from loka_stratum.simulate.faults import FaultError, Faults, read_faults
from loka_stratum.simulate.jobs import SECOND_SIZE
from loka_stratum.simulate.miners import Crowd, MinersSettings
from loka_stratum.simulate.pool import Pool, PoolSettings
from loka_stratum.simulate.record import Record


class _Address(click.ParamType[tuple[str, int]]):
    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ANN401 (click's)
        if isinstance(value, tuple):
            return value
        host, colon, port = str(value).rpartition(":")
        if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65536):
            self.fail(f"{value!r} is not host:port, such as 127.0.0.1:3333", param, ctx)
        return host.strip("[]"), int(port)


class _Difficulty(click.ParamType[Decimal]):
    name = "NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:  # noqa: ANN401 (click's)
        try:
            difficulty = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not (difficulty.is_finite() and difficulty > 0):
            self.fail("a difficulty is positive", param, ctx)
        return difficulty


class _FaultList(click.ParamType[Faults]):
    name = "LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Faults:  # noqa: ANN401 (click's)
        if isinstance(value, Faults):
            return value
        try:
            return read_faults(str(value))
        except FaultError as error:
            self.fail(str(error), param, ctx)


class _CannotRunError(click.ClickException):
    """It can't be run as asked here: exit code 2, as for wrong usage."""

    exit_code = 2


_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def simulate() -> None:
    """A pool and miners that speak real Stratum, to try a proxy with."""


@simulate.command()
@click.option(
    "--listen",
    type=_Address(),
    default="127.0.0.1:3334",
    show_default=True,
    help="Where miners connect; port 0 is any.",
)
@click.option(
    "--difficulty",
    type=_Difficulty(),
    default="0.000000001",
    show_default=True,
    help="Of a share: 2^32 hashes times it.",
)
@click.option(
    "--job-every",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds between jobs.",
)
@click.option(
    "--block-every",
    type=click.FloatRange(0, min_open=True),
    default=600.0,
    show_default=True,
    help="Seconds between blocks, which void older jobs.",
)
@click.option(
    "--extranonce-size",
    type=click.IntRange(1, 16),
    default=SECOND_SIZE,
    show_default=True,
    help="Bytes of a miner's own extranonce.",
)
@click.option(
    "--refuse-name", multiple=True, metavar="NAME", help="A worker name that is not authorized; may be repeated."
)
@click.option(
    "--fault",
    "faults",
    type=_FaultList(),
    default="",
    metavar="LIST",
    help="What it does wrong: slow=200ms, disconnect-after=100, silent-after=100, reject=5%, malformed=1%, "
    "reconnect or reconnect=30s, with commas between.",
)
@click.option("--record", type=_FILE, help="Write each accepted share to this file, a line of JSON each.")
@click.option("--certificate", type=_EXISTING, help="Speak TLS with this certificate (PEM).")
@click.option("--key", type=_EXISTING, help="The certificate's key (PEM), where it is not in the same file.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The same one gives the same templates and faults."
)
@click.option("--duration", type=click.FloatRange(0, min_open=True), help="Seconds until it ends by itself.")
def pool(  # noqa: PLR0913 (an option is a parameter, as click has it)
    *,
    listen: tuple[str, int],
    difficulty: Decimal,
    job_every: float,
    block_every: float,
    extranonce_size: int,
    refuse_name: tuple[str, ...],
    faults: Faults,
    record: Path | None,
    certificate: Path | None,
    key: Path | None,
    seed: int,
    duration: float | None,
) -> None:
    """A pool with real block templates that checks every share.

    It runs until it is interrupted, then prints what it counted.
    """
    settings = PoolSettings(
        host=listen[0],
        port=listen[1],
        difficulty=difficulty,
        job_every=job_every,
        block_every=block_every,
        second_size=extranonce_size,
        seed=seed,
        refused_names=frozenset(refuse_name),
        tls=_server_tls(certificate, key),
    )
    with _record(record) as shares:
        report = _run(lambda: _serve(settings, faults, shares, duration))
    click.echo(json.dumps(report, indent=2))


@simulate.command()
@click.option("--connect", type=_Address(), default="127.0.0.1:3333", show_default=True, help="The proxy or the pool.")
@click.option("--count", type=click.IntRange(1), default=10, show_default=True, help="How many miners.")
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=0.2,
    show_default=True,
    help="Shares a second of each miner, on average; 0 is as fast as they are answered.",
)
@click.option("--duration", type=click.FloatRange(0, min_open=True), help="Seconds; without it until interrupted.")
@click.option("--user", default="farm", show_default=True, help="The user part of the miners' names.")
@click.option(
    "--users", type=click.IntRange(1), default=1, show_default=True, help="Spread the miners over so many users."
)
@click.option(
    "--connect-rate",
    type=click.FloatRange(0, min_open=True),
    default=500.0,
    show_default=True,
    help="New connections a second at the start.",
)
@click.option("--version-rolling/--no-version-rolling", default=True, show_default=True)
@click.option("--tls", is_flag=True, help="Speak TLS; any certificate will do unless --authority is given.")
@click.option("--authority", type=_EXISTING, help="Speak TLS and check the certificate against this one (PEM).")
@click.option("--record", type=_FILE, help="Write each accepted share to this file, a line of JSON each.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same one gives the same paces and nonces.")
def miners(  # noqa: PLR0913 (as above)
    *,
    connect: tuple[str, int],
    count: int,
    rate: float,
    duration: float | None,
    user: str,
    users: int,
    connect_rate: float,
    version_rolling: bool,
    tls: bool,
    authority: Path | None,
    record: Path | None,
    seed: int,
) -> None:
    """Miners that solve real shares of low difficulty.

    They run until their time is over or they are interrupted, then print what they saw: shares by answer, and how long
    the answers took.
    """
    settings = MinersSettings(
        host=connect[0],
        port=connect[1],
        count=count,
        rate=rate,
        duration=duration,
        user=user,
        users=users,
        seed=seed,
        connect_rate=connect_rate,
        version_rolling=version_rolling,
        tls=_client_tls(authority) if tls or authority else None,
    )
    with _record(record) as shares:
        report = _run(lambda: _mine(settings, shares))
    click.echo(json.dumps(report, indent=2))


async def _serve(settings: PoolSettings, faults: Faults, record: Record, duration: float | None) -> dict[str, Any]:
    simulated = Pool(settings, faults, record)
    port = await simulated.start()
    click.echo(f"the pool listens on {settings.host}:{port}, difficulty {settings.difficulty}", err=True)
    ended = asyncio.Event()
    _at_signals(ended.set)
    try:
        await asyncio.wait_for(ended.wait(), duration)
    except TimeoutError:
        pass
    finally:
        await simulated.stop()
    return simulated.tally.report()


async def _mine(settings: MinersSettings, record: Record) -> dict[str, Any]:
    crowd = Crowd(settings, record)
    click.echo(f"{settings.count} miners connect to {settings.host}:{settings.port}", err=True)
    _at_signals(crowd.finish)
    await crowd.run()
    return crowd.tally.report(crowd.seconds)


def _at_signals(call: Callable[[], None]) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, call)


def _run(simulation: Callable[[], Any]) -> dict[str, Any]:
    """Run it on the fastest loop there is, with as many open files as the system allows."""
    raise_limit()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            report: dict[str, Any] = runner.run(simulation())
    except OSError as error:
        raise _CannotRunError(str(error)) from error
    return report


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 (it is not everywhere)
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _record(path: Path | None) -> Record:
    try:
        return Record(path)
    except OSError as error:
        raise _CannotRunError(f"{path} can't be written: {error.strerror}") from error


def _server_tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise click.UsageError("--key needs --certificate")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise _CannotRunError(f"{certificate} can't be used: {error}") from error
    return context


def _client_tls(authority: Path | None) -> ssl.SSLContext:
    if authority is not None:
        return ssl.create_default_context(cafile=authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
