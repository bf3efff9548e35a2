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

    \b
    sluice doctor
    """
    from sluice.app.inventory import (
        inspect_engine,
        inspect_isolation,
        inspect_jobs,
        inspect_machine,
        inspect_values,
    )
    from sluice.app.root import project_root_if_any
    from sluice.app.running.machine import host_runner
    from sluice.app.settings import Settings, load_settings

    root = project_root_if_any()
    runner = host_runner(load_settings(root) if root else Settings())
    _show("machine", [*inspect_machine(), inspect_isolation(runner), inspect_engine()])
    if root is not None:
        _show("jobs", inspect_jobs(root, runner))
        _show("secrets and variables", inspect_values(root))
    return 0


def _show(title: str, findings: Iterable[Finding]) -> None:
    from sluice.views.text.lines import BLANK, line
    from sluice.views.text.painting import print_lines

    listed = list(findings)
    width = max((len(found.name) for found in listed), default=0)
    print_lines([line((title, "heading"))])
    print_lines(
        line(
            "  ",
            ("+", "success") if found.there else ("-", "warning"),
            f" {found.name:<{width}}  ",
            (found.detail, "quiet"),
        )
        for found in listed
    )
    print_lines([BLANK])
