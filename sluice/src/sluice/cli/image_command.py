"""``sluice image``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_MOST_MESSAGES = 3
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("image", short_help="Look into container images.")
def command() -> None:
    """Look into container images."""


@command.command("analyze", short_help="Layers, waste, user, packages, and what should not be in an image.")
@click.argument("image")
@click.option("--against", metavar="IMAGE", help="Compare with this one.")
@click.option(
    "--require",
    "requirements",
    type=click.Choice(["non-root", "health-check"]),
    multiple=True,
    help="Fail when the image runs as root, or can't be asked how it is.",
)
@click.option("--packed", is_flag=True, help="Find out what a registry would keep, by packing the layers.")
@click.option("--measures", type=_FILE, help="Write the sizes for sluice gate.")
@click.option("--name", default="image", show_default=True, help="The first word of the measures.")
@click.option("--sarif", type=_FILE, help="Write what is wrong as SARIF.")
@click.option("--cyclonedx", type=_FILE, help="Write a bill of materials (CycloneDX 1.5).")
@click.option("--spdx", type=_FILE, help="Write a bill of materials (SPDX 2.3).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def analyze_command(
    image: str,
    against: str | None,
    requirements: tuple[str, ...],
    packed: bool,
    measures: Path | None,
    name: str,
    sarif: Path | None,
    cyclonedx: Path | None,
    spdx: Path | None,
    as_json: bool,
) -> int:
    """Look into IMAGE: an image of the container engine, an archive that docker save wrote, or an OCI layout.

    Keys, credentials, .env files, a .git folder and caches fail it, in any layer: [image] forbid and allow
    in sluice.toml add to these rules. Exit 0, or 1 when it does not pass.

    \b
    sluice image analyze app:latest
    sluice image analyze app.tar --against old.tar
    sluice image analyze app:latest --require non-root --measures out/image.jsonl
    """
    from sluice.app import images
    from sluice.app.root import project_root_if_any
    from sluice.images.comparison import compare
    from sluice.views.findings.images import comparison_lines, image_lines
    from sluice.views.text.glyphs import glyphs_of
    from sluice.views.text.painting import output_width, print_lines

    root = project_root_if_any()
    report = images.look(image, root, pack=packed)
    images.write(report, images.Wanted(measures=measures, sarif=sarif, cyclonedx=cyclonedx, spdx=spdx, name=name))
    found = compare(images.look(against, root, pack=packed), report) if against else None
    width = output_width()
    if as_json:
        click.echo(images.as_json(found or report))
    elif found:
        print_lines(comparison_lines(found, glyphs_of(sys.stdout), width))
    else:
        print_lines(image_lines(report, glyphs_of(sys.stdout), width))
    failed = images.failures(report, requirements)
    for message in failed[:_MOST_MESSAGES]:
        click.echo(f"sluice: {image}: {message}", err=True)
    if len(failed) > _MOST_MESSAGES:
        click.echo(f"sluice: {image}: {len(failed) - _MOST_MESSAGES} more of the kind", err=True)
    return 1 if failed else 0
