"""``sluice clean``."""

from __future__ import annotations

import re
from contextlib import suppress

import click

_UNITS = {"h": 3600.0, "d": 86400.0, "w": 604800.0}


def _age(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """``30d``, ``12h``, ``4w`` as seconds."""
    found = re.fullmatch(r"(\d+)([hdw])", value or "")
    if value is not None and found is None:
        raise click.BadParameter(f"'{value}' is no age: a number with h, d or w, such as 30d", context, option)
    return int(found[1]) * _UNITS[found[2]] if found else None


@click.command("clean", short_help="Remove old runs, and what killed ones left.")
@click.option("--older-than", callback=_age, metavar="AGE", help="Runs that ended longer ago: 12h, 30d, 4w.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Leave the N newest runs of each workflow.")
@click.option("--all", "everything", is_flag=True, help="Of every repository, not only this one.")
@click.option("--caches", is_flag=True, help="What runs kept by actions/cache, too.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def command(older_than: float | None, keep: int | None, everything: bool, caches: bool, dry_run: bool) -> int:
    """Remove runs that are over: their events, logs, artifacts, workspaces. What runs or waits stays. Without an age
    and a number only what belongs to no run goes: parts of uploads that were killed, folders that were half removed.

    Measures and the history of deployments stay, and so do entries of caches without --caches.

    \b
    sluice clean --older-than 30d --keep 20 --dry-run
    sluice clean --older-than 30d --keep 20
    sluice clean --caches
    """
    from sluice.app.runs.cached import find_entries
    from sluice.app.runs.cleaning import Wish, find_removable, open_to_clean, remove
    from sluice.app.runs.history import current_root
    from sluice.app.runs.interrupted import mark_interrupted
    from sluice.machine.trees import size_of
    from sluice.source.errors import StoreError, UsageError
    from sluice.store.places import find_places
    from sluice.store.runs.removal import remove_path
    from sluice.views.text.wording import count, size, verdict

    age = older_than if older_than is not None else 0.0 if keep is not None else float("inf")
    root = None if everything else current_root()
    if root is None and not everything and (caches or age != float("inf")):
        what = "runs are" if age != float("inf") else "caches are"
        raise UsageError(f"No repository here, and {what} removed of one", hint="go to it, or --all for every one")
    places = find_places().prepare()
    wish = Wish(older_than=age, keep=keep or 0, root=root)
    with open_to_clean(places.state, wish, dry_run=dry_run) as store:
        if not dry_run:
            with suppress(StoreError):  # on a full disk nothing can be marked: `remove` does it when there is room
                mark_interrupted(store)
        found = find_removable(store, wish)
        for row in found.runs:
            click.echo(f"{row.run}  #{row.number} {row.workflow_file}  {verdict(row.conclusion or 'interrupted')}")
        for path in found.leftovers:
            click.echo(str(path.relative_to(store.root)))
        number = len(found.runs) if dry_run else remove(store, found)
    entries = find_entries(places, root) if caches else []
    freed = found.bytes + sum(map(size_of, entries))
    for path in () if dry_run else entries:
        remove_path(path)
    left = f", {count(len(found.leftovers), 'leftover')}" if found.leftovers else ""
    kept = f", the caches of {count(len(entries), 'repository', 'repositories')}" if entries else ""
    click.echo(f"{'would remove' if dry_run else 'removed'} {count(number, 'run')}{left}{kept}: {size(freed)}")
    return 0
