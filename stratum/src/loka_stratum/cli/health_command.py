"""``loka-stratum health``: one page of a running proxy asked, its verdict as the exit code. Images use it."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

import click

from loka_stratum.errors import UnavailableError

PAGES = ("health", "ready", "live")


@click.command("health")
@click.option("--url", default="http://127.0.0.1:9090", show_default=True, metavar="URL", help="Where its pages are.")
@click.option("--page", type=click.Choice(PAGES), default="health", show_default=True, help="Which one is asked.")
@click.option("--timeout", type=click.FloatRange(0.1, 60), default=5.0, show_default=True, help="Seconds.")
def command(url: str, page: str, timeout: float) -> None:
    """Exit 0 if the proxy says that all is well, 1 if it doesn't, 2 if none answers."""
    holds, words = ask(f"{url.rstrip('/')}/{page}", timeout)
    click.echo(words, nl=False)
    sys.exit(0 if holds else 1)


def ask(address: str, timeout: float) -> tuple[bool, str]:
    """Whether the page says yes, and its words. Raises ``UnavailableError`` if there is no answer."""
    if not address.startswith(("http://", "https://")):
        raise UnavailableError(f"{address} is not an address of a page", hint="write http://HOST:PORT")
    try:
        with urllib.request.urlopen(address, timeout=timeout) as answer:  # noqa: S310 (its scheme was looked at)
            return True, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return False, refusal.read().decode()
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise UnavailableError(f"no proxy answers at {address}: {reason}", hint="--url says where it is") from None
