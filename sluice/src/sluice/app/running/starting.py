"""One run of a command: its draft is checked, it gets its number and its place, it is performed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import partial

from sluice.app.running.draft import Draft, draft_run
from sluice.app.running.occasion import Occasion
from sluice.app.running.performance import Performance, perform
from sluice.app.running.setting import Setting
from sluice.app.workflows.repository import ReadWorkflow
from sluice.engine.facilities import RunPlan
from sluice.expressions.values import Value
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.runs.numbers import number_of, number_within


def start_run(setting: Setting, found: ReadWorkflow, occasion: Occasion) -> int:
    """Run a workflow for an event; returns the exit code."""
    setting.runner.prepare()
    draft = draft_run(setting, found, occasion)
    notices = _check(draft)
    run, number = _new_run(draft)
    run_id = _run_id(draft, run)
    contexts = draft.contexts(run_id, number)
    return perform(
        Performance(
            plan=_plan(draft, run, contexts),
            queued=draft.queued(contexts, run_id, number),
            notices=notices,
            store=setting.store,
            places=setting.places,
            settings=setting.settings,
            options=setting.options,
            snapshot=setting.snapshot,
            repositories=draft.repositories,
            runner=setting.runner,
        )
    )


def _check(draft: Draft) -> Mapping[str, str]:
    """What each job will find empty. Raises ``InvalidInputError`` when something declared is missing, ``UsageError``
    when it must not publish.
    """
    contexts = draft.contexts(run_id=0, number=0)
    notices = _check_needs(draft, contexts)
    if draft.setting.options.publish:
        from sluice.app.running.publishing import prepare_publication

        setting = draft.setting
        queued = draft.queued(contexts, run_id=0, number=0)
        prepare_publication(setting.store, queued, setting.options.secrets, setting.settings.declarations)
    return notices


def _check_needs(draft: Draft, contexts: Mapping[str, Value]) -> Mapping[str, str]:
    settings, options = draft.setting.settings, draft.setting.options
    if not settings.declarations and not any(word in draft.found.text for word in ("secrets", "vars")):
        return {}
    from sluice.app.secrets.checking import check_needs, names_given, names_kept

    names, kept = names_given(settings, options), names_kept(settings, options)
    return check_needs(draft.graph, draft.called, contexts, settings.declarations, names, kept, publish=options.publish)


def _run_id(draft: Draft, run: str) -> int:
    """``github.run_id``, which all attempts share (docs.github.com: github context)."""
    repeat = draft.setting.repeat
    return repeat.run_id if repeat else number_of(run)


def _new_run(draft: Draft) -> tuple[str, int]:
    """The run's id and number. One that is done again keeps its number over all attempts, and finds what the jobs that
    stand uploaded.
    """
    store, repeat = draft.setting.store, draft.setting.repeat
    run, number = store.new_run(draft.found.file, str(draft.setting.root))
    if repeat is None:
        return run, number
    if repeat.artifacts:
        folder = store.folder(run) / "artifacts"
        shutil.copytree(repeat.artifacts, folder, dirs_exist_ok=True)
        for name in repeat.uploaded_anew(draft.kept):
            FolderArtifacts(folder).delete(name)
    return run, repeat.number


def _plan(draft: Draft, run: str, contexts: dict[str, Value]) -> RunPlan:
    return RunPlan(
        run=run,
        workflow=draft.found.workflow,
        graph=draft.graph,
        contexts=contexts,
        called=draft.called.find,
        check_run=partial(number_within, draft.setting.store.find_run(run).id),
        strict=draft.setting.options.strict,
        selection=draft.selection,
        kept=draft.kept,
    )
