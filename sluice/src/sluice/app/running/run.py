"""``sluice run``, from words to an exit code: find, snapshot, read, choose, perform.

While git takes the snapshot and the first job's keeper starts, the workflows are read and the engine is loaded.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sluice.app.running.options import INTERRUPTED, SUCCESS, RunOptions
from sluice.app.runs.telling import tell_left_runs
from sluice.machine.own_folders import own_folder
from sluice.repository.snapshot import Snapshot, keep_pull
from sluice.repository.taking import take_snapshot
from sluice.source.errors import UsageError
from sluice.store.places import find_places

if TYPE_CHECKING:
    from sluice.app.running.earlier_runs import EarlierRuns
    from sluice.app.running.occasion import Occasion
    from sluice.app.running.setting import Repeat
    from sluice.app.settings import Settings
    from sluice.app.workflows.repository import ReadWorkflow
    from sluice.runners.host.runner import HostRunner


def run_workflows(options: RunOptions, repeat: Repeat | None = None) -> int:
    """Run what was asked for; 0 when every run succeeded, 1 when one didn't, 130 when it was interrupted.

    ``repeat`` is what this run does again.
    """
    from sluice.app.root import find_root

    root = find_root(_start(options))
    tell_left_runs(str(root), options.secrets)
    places = find_places().prepare()
    target = own_folder(places.cache / "snapshots")
    try:
        with ThreadPoolExecutor(1) as beside:
            taking = beside.submit(take_snapshot, root, target)
            settings, options, read, runner = _ready(root, options)
            from sluice.app.running.earlier_runs import EarlierRuns
            from sluice.app.running.setting import Setting
            from sluice.app.running.starting import start_run
            from sluice.store.runs.sqlite import SqliteStore

            snapshot = taking.result()
        with SqliteStore(places.state) as store:
            chosen = _choose(options, snapshot, read, EarlierRuns(store, str(root)))
            setting = Setting(
                root=root,
                settings=settings,
                options=options,
                places=places,
                store=store,
                snapshot=snapshot,
                runner=runner,
                repeat=repeat,
            )
            return worst_code(_codes(start_run(setting, found, occasion) for found, occasion in chosen))
    finally:
        shutil.rmtree(target, ignore_errors=True)


def _ready(root: Path, options: RunOptions) -> tuple[Settings, RunOptions, tuple[ReadWorkflow, ...], HostRunner]:
    """What is read and started before anything runs."""
    from sluice.app.running.unknown_words import check_approvals, check_event
    from sluice.app.secrets.reading import check_lengths
    from sluice.app.settings import load_settings
    from sluice.app.workflows.repository import find_files, read_workflows

    settings = load_settings(root)
    options = _with_values(options, settings, root)
    check_lengths(options.secrets)
    read = read_workflows(root, find_files(root, options.paths))
    check_event(options.event)
    check_approvals(options.approvals, settings.environments, read)
    from sluice.app.running.machine import host_runner

    runner = host_runner(settings, options.isolation)
    runner.prepare()
    return settings, options, read, runner


def _with_values(options: RunOptions, settings: Settings, root: Path) -> RunOptions:
    """The options with the values that sluice.toml has, or says where to look for.

    What only a keyring could know that can't be asked is not given: whether a job needs it is asked later.
    """
    options = replace(options, variables={**settings.variables, **options.variables})
    if not settings.declarations:
        return options
    from sluice.app.secrets.sources import Values, look_up

    found = look_up(Values(secrets=options.secrets, variables=options.variables), settings.declarations, root)
    if found.unanswered:
        names, error = ", ".join(name for _, name in found.unanswered), next(iter(found.unanswered.values()))
        sys.stderr.write(f"sluice: taken for not given: {names}: {error.in_one_line}\n")
    return replace(options, secrets=found.secrets, variables=found.variables)


def _codes(runs: Iterator[int]) -> Iterator[int]:
    """Each run's exit code; after an interruption no further one is started."""
    for code in runs:
        yield code
        if code == INTERRUPTED:
            return


def worst_code(codes: Iterable[int]) -> int:
    """One exit code for several runs."""
    return max(codes, default=SUCCESS)


def _start(options: RunOptions) -> Path:
    """Where to look for the repository: at the first path that is there, else here."""
    for word in options.paths:
        path = Path(word)
        if path.exists():
            return path if path.is_dir() else path.parent
    return Path.cwd()


def _choose(
    options: RunOptions, snapshot: Snapshot, read: tuple[ReadWorkflow, ...], earlier: EarlierRuns
) -> list[tuple[ReadWorkflow, Occasion]]:
    """The workflows that the event starts. A workflow named on the command line without an event always is."""
    by_hand = options.forced or (bool(options.paths) and options.event is None)
    from sluice.app.running.default_branch import TARGETED, DefaultBranch
    from sluice.app.running.occasion import choose_event, read_payload
    from sluice.plan.event.facts import occurrence_of
    from sluice.plan.event.triggers import answer

    chosen: list[tuple[ReadWorkflow, Occasion]] = []
    refusals: list[str] = []
    default, payload = DefaultBranch(snapshot), read_payload(options.event_file)
    if options.event == TARGETED and not options.paths:
        read = default.workflows()
    for working in read:
        event = choose_event(working.workflow, options) if by_hand else options.event or "push"
        found = default.workflow(working) if event == TARGETED else working
        occasion = _occasion(event, found, snapshot, options, payload, earlier)
        verdict = answer(found.workflow, occurrence_of(occasion.facts))
        if verdict.starts or by_hand:
            chosen.append((found, occasion))
        else:
            refusals.append(f"{found.file}: {verdict.reason}")
    if not chosen:
        raise _no_workflow(refusals)
    return _with_jobs(chosen, options.jobs) if options.jobs else chosen


def _occasion(
    event: str,
    found: ReadWorkflow,
    snapshot: Snapshot,
    options: RunOptions,
    payload: Mapping[str, object],
    earlier: EarlierRuns,
) -> Occasion:
    """The event for this workflow; the refs of its pull request are in the snapshot then."""
    from sluice.app.running.occasion import make_occasion

    occasion = make_occasion(event, found.workflow, snapshot, options, payload, earlier.newest)
    if occasion.facts.pull_request:
        keep_pull(snapshot, occasion.facts.pull_request.number)
    return occasion


def _no_workflow(refusals: list[str]) -> UsageError:
    return UsageError(
        "The event starts no workflow:\n" + "\n".join(f"  {line}" for line in refusals),
        hint="--event names another event, --activity its type; a workflow named without --event runs whatever its "
        "filters say",
    )


def _with_jobs(
    chosen: list[tuple[ReadWorkflow, Occasion]], names: tuple[str, ...]
) -> list[tuple[ReadWorkflow, Occasion]]:
    """Those with a job of these names, each of which one of them must have. Raises ``UsageError``."""
    from sluice.plan.graph.building import build_graph, known_jobs

    having = {found.file: known_jobs(build_graph(found.workflow), names) for found, _ in chosen}
    absent = [name for name in names if not any(name in known for known in having.values())]
    if absent and len(chosen) > 1:
        raise UsageError(f"There is no job '{absent[0]}' in any of {', '.join(having)}", hint="sluice plan draws them")
    return [one for one in chosen if having[one[0].file] or absent]
