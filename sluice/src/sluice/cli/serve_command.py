"""``sluice serve``."""

from __future__ import annotations

import click


@click.command("serve", short_help="Serve this repository's runs as a web page, here alone.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The port at 127.0.0.1; 0 is a free one.",
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def command(port: int, show: bool) -> int:
    """Serve the workflows and runs of this repository until interrupted: follow runs, start, cancel and repeat them.

    It listens at 127.0.0.1 only; the address that it prints has a token in it, which is needed for everything.

    \b
    sluice serve
    sluice serve --port 8080 --open
    """
    from sluice.app.serving_web.serving import serve

    return serve(port, show=show)
