"""The body of a ``run`` step: its shell, script file and process."""

from __future__ import annotations

import uuid
from pathlib import Path

from sluice.engine.jobs.scopes import layered_environment
from sluice.engine.processes.command_files import CommandFiles
from sluice.engine.processes.running import Command
from sluice.engine.processes.shells import Shell, choose_shell, command_line, display, write_script
from sluice.engine.rehearsing import led_back
from sluice.engine.steps.execution import execute, leave_behind, process_environment
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import StepOutcome, from_exit_code
from sluice.expressions.values import extended
from sluice.runners.protocol import on_machine
from sluice.source.errors import UnavailableError
from sluice.workflow.evaluation import Scope, evaluate_text
from sluice.workflow.model import RunStep
from sluice.workflow.tokens import Token


async def run_script(run: StepRun, step: RunStep) -> StepOutcome:
    """Write the script, show it in the log, run it, read its command files."""
    files = run.session.command_files.take()
    try:
        command = _prepare(run, step, files)
    except BaseException:
        files.discard()
        raise
    return from_exit_code(await execute(run, command, files=files))


def _prepare(run: StepRun, step: RunStep, files: CommandFiles) -> Command:
    script = evaluate_text(step.run, _with_files(run, files))
    environment = process_environment(run)
    environment["PATH"] = led_back(run.session, environment["PATH"])
    environment["SLUICE_PATH"] = environment["PATH"]
    shell, program = _shell(run, step, environment["PATH"])
    path = run.session.workspace.paths.temp / f"{uuid.uuid4().hex}{shell.suffix}"
    files.give_script(path)
    write_script(shell, script, path)
    _show(run, script, display(shell, program))
    words = command_line(shell, program, path)
    try:
        folder = _folder(run, step)
    except UnavailableError:  # a shell stands as near to it as can be
        leave_behind(
            run, Command(words=words, environment=environment, directory=run.session.workspace.paths.workspace)
        )
        raise
    return Command(words=words, environment=environment, directory=folder)


def _with_files(run: StepRun, files: CommandFiles) -> Scope:
    """A script may name its command files: ``${{ github.env }}`` is ``$GITHUB_ENV`` (actions/runner, ActionRunner)."""
    scope, inside = run.scope, run.session.workspace.to_job
    places = {name: inside(path) for name, path in files.places.items()}
    return Scope(
        contexts={**scope.contexts, "github": extended(scope.contexts["github"], places)}, functions=scope.functions
    )


def _shell(run: StepRun, step: RunStep, path: str) -> tuple[Shell, str]:
    def find(name: str) -> str | None:
        return run.session.workspace.find_program(name, path)

    contained = run.session.contained
    shell = choose_shell(_text(run, step.shell) or _default_shell(run), lambda name: not contained and bool(find(name)))
    program = find(shell.program) or (find(shell.otherwise) if shell.otherwise else None)
    if program is None:
        raise UnavailableError(
            f"The shell '{shell.program}' was not found on PATH",
            tried=path.split(":"),
            hint="install it or name another `shell`",
        )
    return shell, program


def _default_shell(run: StepRun) -> str | None:
    return None if run.frame.nested else _text(run, run.session.defaults.shell)


def _folder(run: StepRun, step: RunStep) -> Path:
    token = step.working_directory
    if token is None and not run.frame.nested:
        token = run.session.defaults.working_directory
    workspace = run.session.workspace
    folder = workspace.paths.workspace / workspace.to_host(_text(run, token) or "")
    if not Path(on_machine(workspace, str(folder))).is_dir() and not (
        run.session.contained and folder.is_relative_to(workspace.paths.root) is False
    ):
        raise UnavailableError(
            f"An error occurred trying to start process with working directory '{folder}'. No such file or directory",
            hint="`working-directory` is relative to the workspace: is the repository checked out?",
        )
    return folder


def _text(run: StepRun, token: Token | None) -> str | None:
    return None if token is None else evaluate_text(token, run.scope)


def _show(run: StepRun, script: str, shell: str) -> None:
    """The head of the step's log: the script, its shell and the variables that the author set."""
    lines = script.rstrip("\n").splitlines() or [""]
    run.recorder.group(f"Run {lines[0]}", [*lines, f"shell: {shell}", *_variable_lines(run)])


def _variable_lines(run: StepRun) -> list[str]:
    layers = layered_environment(run.session, run.frame, run.environment)
    return ["env:", *(f"  {name}: {value}" for name, value in layers.items())] if layers else []
