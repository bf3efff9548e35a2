"""Every secret and variable that workflows use or ``sluice.toml`` declares, with where its value would come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from sluice.app.root import find_root
from sluice.app.secrets.sources import Values, look_up
from sluice.app.settings import Settings, load_settings
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.planning import calls_before_a_run
from sluice.app.workflows.repository import ReadWorkflow, find_files, read_workflows
from sluice.delivery.secrets.declared import Declaration, Required
from sluice.plan.uses import ANY, Kind, uses_in
from sluice.store.places import find_places

_WHEN = {
    Required.ALWAYS: "required",
    Required.TO_PUBLISH: "required to publish",
    Required.NEVER: "may be missing",
}


class Entry(Struct, frozen=True, kw_only=True):
    """One name: ``origin`` of its value (empty without one), ``jobs`` as ``file job``, ``terms`` of its declaration.

    ``unanswered`` is why the keyring could not be asked for it.
    """

    kind: Kind
    name: str
    origin: str
    jobs: tuple[str, ...]
    terms: str
    description: str = ""
    unanswered: str = ""

    @property
    def stands(self) -> str:
        """``given``, ``missing`` (declared and required) or ``empty``."""
        return "given" if self.origin else "missing" if self.terms == _WHEN[Required.ALWAYS] and self.jobs else "empty"


def list_entries(start: Path, paths: Iterable[str], given: Values, *, offline: bool) -> list[Entry]:
    """The entries of the workflows that are named, by kind and name."""
    root = find_root(start)
    return entries_of(root, read_workflows(root, find_files(root, paths)), given, offline=offline)


def entries_of(root: Path, read: Iterable[ReadWorkflow], given: Values, *, offline: bool) -> list[Entry]:
    """The entries of workflows that were read, by kind and name."""
    settings = load_settings(root)
    values = look_up(_with_settings(given, settings), settings.declarations, root)
    jobs = _jobs(root, settings, read, offline=offline)
    declared = {(one.kind, one.name.upper()): one for one in settings.declarations}
    names = {**{key: one.name for key, one in declared.items()}, **{key: name for key, (name, _) in jobs.items()}}
    return [
        _entry(key[0], names[key], declared.get(key), jobs.get(key, ("", ()))[1], values)
        for key in sorted(names, key=lambda key: (key[0] is Kind.VARIABLE, key[1]))
    ]


def _with_settings(given: Values, settings: Settings) -> Values:
    origins = {(Kind.VARIABLE, name): "sluice.toml" for name in settings.variables}
    for name, place in settings.environments.items():
        origins |= {(Kind.VARIABLE, one): f"environment '{name}'" for one in place.variables}
    variables = {**dict.fromkeys((name for _, name in origins), ""), **settings.variables, **given.variables}
    return Values(secrets=given.secrets, variables=variables, origins={**origins, **given.origins})


def _jobs(
    root: Path, settings: Settings, read: Iterable[ReadWorkflow], *, offline: bool
) -> dict[tuple[Kind, str], tuple[str, tuple[str, ...]]]:
    """The name as written and the jobs that use it, over all the workflows."""
    repositories = other_repositories(root, settings, find_places(), offline=offline)
    gathered: dict[tuple[Kind, str], tuple[str, tuple[str, ...]]] = {}
    for found in read:
        calls = calls_before_a_run(root, found.file, repositories)
        calls.problems(found.workflow)
        for use in uses_in(found.workflow, calls.workflow):
            if use.name != ANY:
                name, known = gathered.get((use.kind, use.name.upper()), (use.name, ()))
                jobs = (f"{Path(found.file).name} {job}" for job in use.jobs)
                gathered[use.kind, use.name.upper()] = (name, (*known, *jobs))
    return gathered


def _entry(kind: Kind, name: str, declaration: Declaration | None, jobs: tuple[str, ...], values: Values) -> Entry:
    origins = {(one, known.upper()): text for (one, known), text in values.origins.items()}
    return Entry(
        kind=kind,
        name=name,
        origin=origins.get((kind, name.upper()), ""),
        jobs=jobs,
        terms=_WHEN[declaration.required] if declaration else "not declared",
        description=declaration.description if declaration else "",
        unanswered=error.message if (error := values.unanswered.get((kind, name))) else "",
    )


def lines_of(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str]]:
    """State, name and the rest in words, of each entry."""
    for entry in entries:
        where = f"from {entry.origin}" if entry.origin else entry.unanswered or "not given"
        used = f"for {', '.join(entry.jobs)}" if entry.jobs else "no workflow uses it"
        about = (entry.description, where, entry.terms, used)
        yield entry.stands, entry.name, "; ".join(part for part in about if part)
