"""Read workflow files for the linter: every diagnostic of each, and its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from sluice.actions.builtin.majors import history_of, manifest_at
from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.repositories import OF_THE_REPOSITORY, Repositories, inside, parse_remote
from sluice.actions.resolve import manifest_in, manifest_of
from sluice.app.settings import load_settings
from sluice.app.workflows.other_repositories import other_repositories
from sluice.app.workflows.planning import calls_before_a_run
from sluice.app.workflows.repository import check_workflow, display_name, read_text
from sluice.source.diagnostics import Diagnostic, Severity, sort_diagnostics
from sluice.source.errors import InvalidInputError, UnavailableError
from sluice.source.positions import Span
from sluice.store.places import find_places
from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.model import ActionManifest, ActionStep, NormalJob, Workflow


class LintedFile(Struct, frozen=True, kw_only=True):
    """``found`` is in reading order."""

    file: str
    text: str
    found: tuple[Diagnostic, ...]


class Manifests:
    """The actions that can be had without running anything; ``missed`` says which could not, and why.

    ``absent`` are those that are only not here; ``wrong`` are those that are here and that GitHub refuses, also below
    a composite action of the repository: ``above`` is the ``uses`` of the workflow that leads there.
    """

    def __init__(self, root: Path, repositories: Repositories) -> None:
        self._root = root
        self._repositories = repositories
        self.missed: dict[str, str] = {}
        self.wrong: dict[str, InvalidInputError] = {}
        self.absent: list[str] = []
        self.above: dict[str, str] = {}

    def find(self, uses: str) -> ActionManifest | None:
        """The manifest for a ``uses`` text."""
        if uses.startswith("docker://") or "${{" in uses:
            return None
        try:
            found = self._find(uses)
        except InvalidInputError as error:
            self.wrong[uses] = error
        except UnavailableError as error:
            self.missed[uses] = error.message
            self.absent.append(uses)
        else:
            self._look_below(uses, found)
            return found
        return None

    def _look_below(self, uses: str, found: ActionManifest) -> None:
        nested = [step.uses.value for step in found.steps if isinstance(step, ActionStep)]
        for below in nested if uses.startswith(OF_THE_REPOSITORY) else ():
            if below.startswith(OF_THE_REPOSITORY) and below not in self.above:
                self.above[below] = self.above.get(uses, uses)
                self.find(below)

    def _find(self, uses: str) -> ActionManifest:
        if uses.startswith(OF_THE_REPOSITORY):
            return manifest_in(uses, inside(self._root, uses[2:], uses))
        remote = parse_remote(uses)
        name = uses.partition("@")[0].lower()
        make = BUILTINS.get(name)
        known = make is not None and history_of(name).knows(remote.ref)
        if make is not None and known and not self._repositories.is_mapped(remote.repository):
            return manifest_at(name, make().manifest, remote.ref)
        return manifest_of(uses, self._repositories)


def lint_files(root: Path, paths: Iterable[Path], *, offline: bool = True) -> list[LintedFile]:
    """Each file with what is wrong in it. Offline, what is in no cache is told as not checked."""
    settings = load_settings(root)
    repositories = other_repositories(root, settings, find_places(), offline=offline)
    return [_lint(root, path, repositories, settings.known_labels, offline=offline) for path in paths]


def _lint(root: Path, path: Path, repositories: Repositories, labels: tuple[str, ...], *, offline: bool) -> LintedFile:
    file, text = display_name(root, path), read_text(path)
    workflow, found = check_workflow(text, file)
    if workflow is not None:
        manifests = Manifests(root, repositories)
        found += lint_workflow(workflow, text, manifests.find, labels=labels)
        found += _wrong_actions(workflow, manifests)
        found += _not_checked(workflow, manifests, offline=offline)
        found += calls_before_a_run(root, file, repositories).problems(workflow)
    return LintedFile(file=file, text=text, found=tuple(_each_once(sort_diagnostics(found))))


def _wrong_actions(workflow: Workflow, manifests: Manifests) -> Iterator[Diagnostic]:
    """Each action that GitHub would not load, where it is used, with every reason."""
    for uses, error in manifests.wrong.items():
        message = f"'{uses}' can't be used: {error.in_one_line}"
        yield Diagnostic(span=_place_of(workflow, uses, manifests), rule="action", message=message)


def _not_checked(workflow: Workflow, manifests: Manifests, *, offline: bool) -> Iterator[Diagnostic]:
    """Each action that could not be looked into, with the reason; those that only were not fetched in one line."""
    absent = dict.fromkeys(manifests.absent) if offline else {}
    if len(absent) > 1:
        named = ", ".join(f"'{uses}'" for uses in absent)
        message = f"Inputs and outputs of {len(absent)} actions were not checked, which can't be had offline: {named}"
        place = _place_of(workflow, next(iter(absent)), manifests)
        yield _unseen(place, message, "sluice lint --fetch brings them")
    for uses, reason in manifests.missed.items():
        if len(absent) < 2 or uses not in absent:
            message = f"Inputs and outputs of '{uses}' were not checked: {reason}"
            hint = None if uses.startswith(OF_THE_REPOSITORY) else "sluice lint --fetch brings it"
            yield _unseen(_place_of(workflow, uses, manifests), message, hint)


def _unseen(place: Span, message: str, hint: str | None) -> Diagnostic:
    return Diagnostic(span=place, rule="not-checked", message=message, severity=Severity.NOTICE, hint=hint)


def _place_of(workflow: Workflow, uses: str, manifests: Manifests) -> Span:
    """Where an action, or one that uses it in turn, is used first."""
    written = [step.uses for step in _action_steps(workflow)]
    return next(found.span for found in written if found.value in {uses, manifests.above.get(uses)})


def _action_steps(workflow: Workflow) -> list[ActionStep]:
    jobs = [job for job in workflow.jobs.values() if isinstance(job, NormalJob)]
    return [step for job in jobs for step in job.steps if isinstance(step, ActionStep)]


def _each_once(found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What the parser and a rule both say is told once; the first of them has the wider place."""
    told: set[tuple[int, str]] = set()
    for diagnostic in found:
        if (diagnostic.span.start.line, diagnostic.message) not in told:
            yield diagnostic
        told.add((diagnostic.span.start.line, diagnostic.message))
