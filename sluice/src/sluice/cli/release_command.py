"""``sluice release``."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import click


@click.group("release", short_help="Plan, check, cut and build a release.")
def command() -> None:
    """Plan, check, cut and build a release of this repository.

    \b
    sluice release plan                 the next version, and what is in it
    sluice release cut --pre rc         a pre-release: v1.2.3-rc.1
    sluice release check v1.2.3         whether tree, changelog, tags and versions agree
    sluice release build v1.2.3         its files, the same bytes each time
    sluice release images v1.2.3        the tags of its images
    """


@command.command("plan", short_help="Say which version comes next, and what is in it.")
@click.option("--pre", "channel", metavar="CHANNEL", help="A pre-release: alpha, beta or rc.")
@click.option("--version", "version", metavar="X.Y.Z", help="This version instead of the one that the commits ask for.")
@click.option("--allow-empty", "empty", is_flag=True, help="Also where nothing came since the last release.")
@click.option("--notes", "notes_only", is_flag=True, help="The notes alone, as Markdown.")
def plan(channel: str | None, version: str | None, empty: bool, notes_only: bool) -> int:
    """Say which version comes next by the commits since the last stable release, and what is in it.

    \b
    sluice release plan
    sluice release plan --pre rc
    sluice release plan --notes > notes.md
    """
    from sluice.app.releasing.planning import Wish, describe, make_plan
    from sluice.app.root import project_root

    made = make_plan(project_root(), Wish(channel=channel, version=version, empty=empty))
    click.echo(made.notes if notes_only else "\n".join(describe(made)), nl=not notes_only)
    return 0


@command.command("check", short_help="Say whether all agrees for a tag.")
@click.argument("tag")
def check(tag: str) -> int:
    """Say whether tree, changelog, tags and package versions agree that HEAD is TAG, or may become it where the tag
    isn't there yet; what differs, one a line, and then the exit code is 1.

    \b
    sluice release check v1.2.3
    """
    from sluice.app.releasing.cutting import find_differences, how_to_tag
    from sluice.app.root import project_root

    root = project_root()
    found = find_differences(root, tag)
    for one in found:
        click.echo(f"{one.place}: {one.found}\n  {one.remedy}")
    wanted = None if found else how_to_tag(root, tag)
    if wanted is not None:
        click.echo(f"{tag}: tree, changelog and packages agree, but the tag is not there yet\n  {wanted}")
    elif not found:
        click.echo(f"{tag}: tree, changelog, tags and packages agree")
    return 1 if found else 0


@command.command("cut", short_help="Write versions and changelog, commit and tag.")
@click.option("--pre", "channel", metavar="CHANNEL", help="A pre-release: alpha, beta or rc.")
@click.option("--version", "version", metavar="X.Y.Z", help="This version instead of the one that the commits ask for.")
@click.option("--allow-empty", "empty", is_flag=True, help="Also where nothing came since the last release.")
def cut(channel: str | None, version: str | None, empty: bool) -> int:
    """Write the versions and the changelog, commit them, and tag the commit. Nothing leaves the machine.

    \b
    sluice release cut
    sluice release cut --pre rc
    sluice release cut --version 2.0.0
    """
    from sluice.app.releasing.cutting import cut as perform
    from sluice.app.releasing.cutting import let_go
    from sluice.app.releasing.planning import Wish, make_plan
    from sluice.app.root import project_root

    root = project_root()
    made = make_plan(root, Wish(channel=channel, version=version, empty=empty))
    commit = perform(root, made)
    click.echo(f"{made.tag} is tagged at {commit[:12]}")
    click.echo(f"  rehearse it  sluice run --event push --ref refs/tags/{made.tag}")
    for title, line in zip_longest(("let it go",), let_go(root, made.tag), fillvalue=""):
        click.echo(f"  {title:<11}  {line}")
    return 0


@command.command("notes", short_help="Print what the changelog says of a release.")
@click.argument("tag")
def notes(tag: str) -> int:
    """Print the changelog's section for TAG, as Markdown.

    \b
    sluice release notes v1.2.3 > notes.md
    """
    from sluice.app.releasing.cutting import read_notes
    from sluice.app.root import project_root

    click.echo(read_notes(project_root(), tag), nl=False)
    return 0


@command.command("images", short_help="Print the tags of a release's images.")
@click.argument("tag")
def images(tag: str) -> int:
    """Print the tags of the images of TAG, one a line: a pre-release has its own alone, and what an older line releases
    moves neither `latest` nor a wider version back. The repository's tags say what there is.

    \b
    sluice release images v1.2.3
    """
    from sluice.app.releasing.planning import tags_of_images
    from sluice.app.root import project_root

    click.echo("\n".join(tags_of_images(project_root(), tag)))
    return 0


@command.command("build", short_help="Build the files of a release.")
@click.argument("tag")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="dist",
    show_default=True,
    help="Where to: a new folder, an empty one, or one of an earlier build, which goes.",
)
@click.option("--commit", metavar="COMMIT", help="This commit, where the tag isn't there yet.")
def build(tag: str, out: Path, commit: str | None) -> int:
    """Build wheels, sdists, source, bill of materials, checksums and provenance of TAG, the same bytes each time.

    \b
    sluice release build v1.2.3
    sluice release build v1.2.3 --commit HEAD --out out/release
    """
    from sluice.app.releasing.building import build_release
    from sluice.app.root import project_root

    for path in build_release(project_root(), tag, out, commit):
        click.echo(f"{path.stat().st_size:>10}  {path.name}")
    return 0
