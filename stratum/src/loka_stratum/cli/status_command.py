"""``loka-stratum status``: a running proxy as a table, once or live, or as JSON."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request

import click
import msgspec

from loka_stratum.errors import UnavailableError
from loka_stratum.web.status import Status

_SECONDS = 5


@click.command("status")
@click.option("--url", default="http://127.0.0.1:9090", show_default=True, metavar="URL", help="Where its pages are.")
@click.option("--watch", "-w", is_flag=True, help="Draw anew until interrupted.")
@click.option("--interval", type=click.FloatRange(0.1, 3600), default=2.0, show_default=True, help="Seconds between.")
@click.option("--json", "as_json", is_flag=True, help="Print what the page says, as it is.")
def command(url: str, *, watch: bool, interval: float, as_json: bool) -> None:
    """Show a running proxy: pools, miners, hashrate, shares."""
    if as_json:
        click.echo(fetch(url), nl=False)
    elif watch:
        _watch(url, interval)
    else:
        _draw_once(url)


def fetch(url: str) -> bytes:
    """The status page. Raises ``UnavailableError``."""
    address = url.rstrip("/") + "/status"
    if not address.startswith(("http://", "https://")):
        raise UnavailableError(f"{url} is not an address of a page", hint="write http://HOST:PORT")
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 (its scheme was looked at)
            content: bytes = answer.read()
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise UnavailableError(f"no proxy answers at {address}: {reason}", hint="--url says where it is") from None
    return content


def read(url: str) -> Status:
    """The state of the proxy at ``url``. Raises ``UnavailableError``."""
    try:
        return msgspec.json.decode(fetch(url), type=Status)
    except msgspec.MsgspecError as error:
        raise UnavailableError(f"what answers at {url} is no proxy: {error}") from None


def _draw_once(url: str) -> None:
    from rich.console import Console  # noqa: PLC0415

    from loka_stratum.cli.status_table import draw  # noqa: PLC0415

    Console(file=sys.stdout).print(draw(read(url)))


def _watch(url: str, interval: float) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    from loka_stratum.cli.status_table import draw, draw_absence  # noqa: PLC0415

    console = Console(file=sys.stdout)
    with Live(draw(read(url)), console=console, screen=console.is_terminal, auto_refresh=False) as live:
        while True:
            time.sleep(interval)
            try:
                live.update(draw(read(url)), refresh=True)
            except UnavailableError as error:
                live.update(draw_absence(error.message), refresh=True)
