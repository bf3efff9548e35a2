"""``sluice audit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sluice.audit.model import Part

PARTS = ("python", "node", "rust", "code", "secrets", "history", "workflows", "dockerfiles", "licences", "age")
FORMATS = ("text", "json", "sarif")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("audit", short_help="Find vulnerable dependencies, secrets, dangerous code and workflows.")
@click.argument("parts", nargs=-1, metavar="[PART]...", type=click.Choice(PARTS))
@click.option("--skip", multiple=True, type=click.Choice(PARTS), help="Leave a part out.")
@click.option(
    "--advisories",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Take this folder or archive of OSV records instead of the OSV service and npm's registry.",
)
@click.option("--offline", is_flag=True, help="Ask nothing outside: what needs it is not checked.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to print the result.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Write reports for `sluice gate` to this folder.")
@click.option("--sbom", type=_FILE, metavar="FILE", help="Write a bill of materials, too (CycloneDX).")
@click.option("--all", "everything", is_flag=True, help="Show what doesn't count, too.")
def command(
    parts: tuple[str, ...],
    skip: tuple[str, ...],
    advisories: Path | None,
    offline: bool,
    form: str,
    folder: Path | None,
    sbom: Path | None,
    everything: bool,
) -> int:
    """Look through the repository: each PART, or all of them.

    Gates and waivers of sluice.toml hold; where no gate speaks of a kind, high vulnerabilities, any secret, medium code
    findings, high misconfigurations and denied licences fail. Exit 0 for a pass or warnings, 1 for a fail, 2 when
    something could not be checked.

    \b
    sluice audit
    sluice audit code secrets
    sluice audit --to out/ --sbom out/sbom.json
    """
    import datetime as dt

    from sluice.app.auditing import AuditOptions, audit_repository, write_into
    from sluice.app.root import project_root
    from sluice.app.writing import write_file
    from sluice.views.findings.audit import draw_audit
    from sluice.views.text.painting import print_lines

    options = AuditOptions(only=_parts(parts), skip=_parts(skip), advisories=advisories, offline=offline)
    found = audit_repository(project_root(), options, dt.datetime.now(tz=dt.UTC).date())
    if folder:
        write_into(folder, found)
    if form == "text":
        print_lines(draw_audit(found.results, found.report, everything=everything))
    else:
        click.echo(found.as_json() if form == "json" else found.as_sarif(), nl=False)
    if sbom:
        write_file(sbom, found.as_bill())
    return found.report.exit_code


def _parts(words: Iterable[str]) -> tuple[Part, ...]:
    from sluice.audit.model import Part

    return tuple(map(Part, words))
