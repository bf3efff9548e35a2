"""``sluice gate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sluice.gates.verdict.model import Report

FORMATS = ("text", "markdown", "comment", "json", "junit", "sarif", "github")
_REPORTS = click.Path(path_type=Path, readable=False)
"""One that can't be read is a problem of the report on all of them."""


@click.command("gate", short_help="Judge reports by the gates of sluice.toml.")
@click.argument("reports", nargs=-1, metavar="[REPORT]...", type=_REPORTS)
@click.option("--base", multiple=True, type=_REPORTS, metavar="PATH", help="A report on the base, of the same job.")
@click.option("--merge-base", multiple=True, type=_REPORTS, metavar="PATH", help="A stored report of the merge base.")
@click.option("--release", multiple=True, type=_REPORTS, metavar="PATH", help="A stored report of the last release.")
@click.option(
    "--advisories",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="OSV records, a folder or an archive: they rate what its tool did not.",
)
@click.option("--only", multiple=True, metavar="GATE", help="Judge by these gates alone; patterns are allowed.")
@click.option("--policy-commit", metavar="COMMIT", help="Take sluice.toml from this commit.")
@click.option("--record", is_flag=True, help="Keep the measures in the history, under the commit checked out.")
@click.option(
    "--keep", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the measures to a file."
)
@click.option(
    "--comment", "key", metavar="KEY", help="Say it in one comment on this job's pull request, edited in place."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to print the report.")
@click.option("--write", "writes", multiple=True, metavar="FORMAT=PATH", help="Write the report to a file too.")
def command(
    reports: tuple[Path, ...],
    base: tuple[Path, ...],
    merge_base: tuple[Path, ...],
    release: tuple[Path, ...],
    advisories: Path | None,
    only: tuple[str, ...],
    policy_commit: str | None,
    record: bool,
    keep: Path | None,
    key: str | None,
    form: str,
    writes: tuple[str, ...],
) -> int:
    """Judge each REPORT, a file or a folder of files, by the gates of sluice.toml.

    Exit 0 for a pass or warnings, 1 for a fail, 2 when something could not be judged. On a pull request the policy is
    the base commit's.

    --comment needs a token in SLUICE_COMMENT_TOKEN and does nothing without; each KEY has a comment of its own.

    \b
    sluice gate out/ --base out-base/
    sluice gate bench.json --only "bench/**"
    sluice gate coverage.json --merge-base old/coverage.json --write sarif=out/gates.sarif
    """
    import datetime as dt

    from sluice.app.judging.gating import GateOptions, judge_reports
    from sluice.app.root import project_root

    targets = [_target(text) for text in writes]
    options = GateOptions(
        reports=reports,
        base=base,
        merge_base=merge_base,
        release=release,
        advisories=advisories,
        only=only,
        policy_commit=policy_commit,
        record=record,
        keep=keep,
        written=tuple(path for _, path in targets),
    )
    today = dt.datetime.now(tz=dt.UTC).date()
    return judge_reports(project_root(), options, today, show=lambda found: _tell(found, form, targets, key)).exit_code


def _tell(report: Report, form: str, targets: list[tuple[str, Path]], key: str | None) -> None:
    """Print the report first, then write it: what can't be written or kept after that hides no verdict."""
    from sluice.app.writing import write_file
    from sluice.gates.formats.registry import render

    _show(report, form)
    for kind, path in targets:
        write_file(path, render(report, kind))
    if key is not None:
        _comment(report, key)


def _show(report: Report, form: str) -> None:
    from sluice.gates.formats.registry import render
    from sluice.views.findings.gating import print_gates

    if form == "text":
        print_gates(report)
    else:
        click.echo(render(report, form), nl=False)


def _comment(report: Report, key: str) -> None:
    """A comment that can't be made is told; it changes no verdict."""
    from sluice.app.judging.commenting import comment, find_place
    from sluice.gates.formats.markdown import as_comment
    from sluice.source.errors import UnavailableError

    place = find_place()
    if place is None:
        return
    try:
        click.echo(f"comment {comment(place, as_comment(report, key), key)}", err=True)
    except UnavailableError as error:
        click.echo(f"warning: {error.in_one_line}", err=True)


def _target(text: str) -> tuple[str, Path]:
    kind, _, path = text.partition("=")
    if kind not in FORMATS or not path:
        raise click.UsageError(f"'{text}' is not FORMAT=PATH; formats: {', '.join(FORMATS)}")
    return kind, Path(path)
