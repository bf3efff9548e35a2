"""``sluice metrics``."""

from __future__ import annotations

import click

_PORTS = 1 << 16


@click.command("metrics", short_help="Print what Prometheus reads, or serve it.")
@click.option("--listen", metavar="HOST:PORT", help="Serve the page at /metrics until interrupted.")
@click.option("--all", "everything", is_flag=True, help="Every repository that runs were made of, not only this one.")
def command(listen: str | None, everything: bool) -> int:
    """Print runs, jobs, caches, measures, findings and deployments as metrics in Prometheus' text format.

    \b
    sluice metrics
    sluice metrics --all --listen 127.0.0.1:9477
    """
    from sluice.app.runs.exporting import print_metrics, serve_metrics

    if listen is None:
        click.echo(print_metrics(everything=everything), nl=False)
        return 0
    return serve_metrics(*_place(listen), everything=everything)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) >= _PORTS:
        raise click.BadParameter(f"'{text}' is no HOST:PORT, such as 127.0.0.1:9477", param_hint="--listen")
    return host.strip("[]"), int(port)
