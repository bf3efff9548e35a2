"""``sluice maintain``."""

from __future__ import annotations

import sys

import click

PERIODS = ("weekly", "monthly", "quarterly")


@click.command("maintain", short_help="Say what needs a person this week, month or quarter.")
@click.argument("period", type=click.Choice(PERIODS))
@click.option("--only", multiple=True, metavar="TASK", help="Only this task.")
@click.option("--skip", multiple=True, metavar="TASK", help="Leave a task out.")
@click.option("--offline", is_flag=True, help="Ask nothing outside: what needs it is not looked at.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="For a step's summary or an issue.")
def command(
    period: str, only: tuple[str, ...], skip: tuple[str, ...], offline: bool, as_json: bool, as_markdown: bool
) -> int:
    """Look back over the PERIOD and print what was found, with the commands that help. The monthly and the quarterly
    one carry out the drills of recovery that sluice.toml describes.

    Exit 0 when nothing needs a person, 1 when something does, 2 when something could not be looked at.

    \b
    sluice maintain weekly
    sluice maintain monthly --skip security
    sluice maintain quarterly --markdown
    """
    from sluice.app.maintaining.reporting import maintain
    from sluice.app.root import project_root
    from sluice.delivery.maintenance.model import Period
    from sluice.views.findings.maintenance import draw, draw_json, draw_markdown
    from sluice.views.text.glyphs import glyphs_of
    from sluice.views.text.painting import print_lines

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown are two forms: take one")
    report = maintain(project_root(), Period(period), only, skip, offline=offline)
    if as_json or as_markdown:
        click.echo(draw_json(report) if as_json else draw_markdown(report), nl=False)
    else:
        print_lines(draw(report, glyphs_of(sys.stdout)))
    return report.exit_code
