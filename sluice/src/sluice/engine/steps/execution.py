"""Run a process as a step's: its whole environment, its command files before and after, its output to the log."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.engine.jobs.scopes import layered_environment
from sluice.engine.processes.command_files import CommandFiles
from sluice.engine.processes.environment import github_variables, runner_variables, search_path
from sluice.engine.processes.running import Command, Sink, Starting, run_process
from sluice.engine.steps.effects import record_effects
from sluice.engine.steps.failure import FailedStep, leave
from sluice.engine.steps.held_back import Overheard, tell_refused
from sluice.engine.steps.lifecycle import StepRun
from sluice.events.model import SummaryWritten
from sluice.expressions.values import Dictionary


def process_environment(
    run: StepRun, extra: Mapping[str, str] | None = None, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a process of this step, without the command files; ``base`` is there instead of the
    workspace's.
    """
    session = run.session
    layers = layered_environment(session, run.frame, run.environment)
    environment = {
        **(session.workspace.environment if base is None else base),
        **layers,
        **_context_variables(run),
        **(extra or {}),
    }
    environment["PATH"] = search_path(environment.get("PATH", ""), session.variables.paths)
    environment.setdefault("CI", "true")
    environment["HOME"] = layers.get("HOME", str(session.workspace.paths.home))
    return environment


def _context_variables(run: StepRun) -> dict[str, str]:
    contexts = run.scope.contexts
    github, runner = contexts["github"], contexts["runner"]
    publishes = "true" if run.session.tools.publish else "false"
    variables = {"GITHUB_ACTIONS": "true", "SLUICE_PUBLISH": publishes, **run.session.variables.facts}
    if isinstance(github, Dictionary):
        variables |= github_variables(github)
    if isinstance(runner, Dictionary):
        variables |= runner_variables(runner)
    return variables


async def execute(
    run: StepRun, command: Command, place: Starting | None = None, files: CommandFiles | None = None
) -> int:
    """Start, wait, read the command files (also after a failure). Returns the exit code. ``place`` is where, when that
    is not the job's workspace; ``files`` are those that the command was told of already.
    """
    session = run.session
    files = files or session.command_files.take()
    environment = {**command.environment, **files.environment}
    started = Command(words=command.words, environment=environment, directory=command.directory)
    try:
        overheard = Overheard(run.recorder.feed)
        sink = Sink(overheard.feed, run.recorder.flush)
        code = await run_process(
            place or session.workspace, started, sink, run.interruption, session.command_files.prepare
        )
        tell_refused(run, overheard)
        if code != 0:
            leave_behind(run, started)
        return code
    finally:
        _read_back(run, files)


def leave_behind(run: StepRun, command: Command) -> None:
    """Keep for ``sluice shell`` where the step stood, or would have."""
    root = run.session.workspace.paths.root
    failed = FailedStep(
        root=str(root),
        step=run.plan.key,
        command=tuple(command.words),
        directory=str(command.directory),
        environment=dict(command.environment),
    )
    leave(failed, root)


def _read_back(run: StepRun, files: CommandFiles) -> None:
    """What the step wrote to its command files, also when it failed (semantics 22)."""
    found, recorder = files.collect(), run.recorder
    recorder.outputs |= found.outputs
    recorder.exported |= found.environment
    recorder.paths += found.path
    for name, value in found.state.items():
        recorder.save_state(name, value)
    record_effects(run.session, found.effects)
    for message in found.errors:
        recorder.annotate("error", message)
    if found.failed:
        recorder.failure = found.errors[-1] if found.errors else "a command file could not be read"
    if found.summary:
        keep_summary(run, found.summary)


def keep_summary(run: StepRun, summary: bytes) -> None:
    """Markdown of the step's, masked, appended to what it wrote before."""
    folder = run.session.tools.summaries
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run.session.key.replace('/', '~')}.{run.plan.key}.md"
    masked = run.session.masker.mask(summary)
    with path.open("ab") as file:
        file.write(masked)
    run.session.emit(
        SummaryWritten(
            job=run.session.key,
            step=run.plan.key,
            path=f"{folder.name}/{path.name}",
            size=path.stat().st_size,
        )
    )
