"""``sluice doctor``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sluice.app.inventory import Finding


@click.command("doctor", short_help="Say what this machine has, and what each job needs.")
def command() -> int:
    """Say what this machine has, whether each job of the repository can run on it, and what they are not given.

    A job marked with + has all that it names, one with - misses something, and one with ? takes something from
    elsewhere, which was not tried.

    \b
    sluice doctor
    """
    from sluice.app.inventory import (
        inspect_engine,
        inspect_isolation,
        inspect_jobs,
        inspect_labels,
        inspect_machine,
        inspect_values,
    )
    from sluice.app.root import project_root_if_any
    from sluice.app.running.machine import host_runner
    from sluice.app.settings import Settings, load_settings

    root = project_root_if_any()
    runner = host_runner(load_settings(root) if root else Settings())
    _show("machine", [*inspect_machine(), inspect_isolation(runner), inspect_engine(), inspect_labels(runner)])
    if root is not None:
        _show("jobs", inspect_jobs(root, runner))
        _show("secrets and variables", inspect_values(root))
    return 0


def _show(title: str, findings: Iterable[Finding]) -> None:
    from sluice.views.text.lines import BLANK, fold, line
    from sluice.views.text.painting import output_width, print_lines

    listed = list(findings)
    width = max((len(found.name) for found in listed), default=0)
    print_lines([line((title, "heading"))])
    shown = (line("  ", _mark(found), f" {found.name:<{width}}  ", (found.detail, "quiet")) for found in listed)
    print_lines(row for one in shown for row in fold(one, output_width(), width + 6))
    print_lines([BLANK])


def _mark(found: Finding) -> tuple[str, str]:
    if found.untried:
        return "?", "warning"
    return ("+", "success") if found.there else ("-", "warning")
