"""What a built-in action gets: the engine's side of ``actions.protocol.ActionHost``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sluice.actions.protocol import ArtifactStore, CacheStore
from sluice.engine.processes.running import Command, Sink, run_process
from sluice.engine.rehearsing import outer_address
from sluice.engine.steps.execution import execute, keep_summary, process_environment
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.recorder import stage_of
from sluice.events.model import (
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    EffectRecorded,
)
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary
from sluice.runners.protocol import Workspace, temporary_folder


class StepHost:
    """One stage of one built-in action."""

    def __init__(self, run: StepRun, inputs: Mapping[str, str], ref: str) -> None:
        session = run.session
        github = run.scope.contexts["github"]
        self._run = run
        self._session = session
        inside = session.workspace
        self.container: Workspace | None = inside if session.contained else None
        self.workspace: Workspace = getattr(inside, "outer", inside)
        self.inputs: Mapping[str, str] = {name: inside.to_host(value) for name, value in inputs.items()}
        given = process_environment(run, base=self.workspace.environment)
        self.environment: Mapping[str, str] = {name: inside.to_host(value) for name, value in given.items()}
        self.ref = ref
        self.github = github if isinstance(github, Dictionary) else Dictionary()
        self.artifacts: ArtifactStore = session.tools.artifacts
        self.earlier_artifacts = session.tools.earlier_artifacts
        self.caches: CacheStore = session.tools.caches(
            session.workspace.paths.home, temporary_folder(session.workspace)
        )
        self.job = session.key
        self.source_repository = session.tools.source_repository
        self.publishing = session.tools.publish
        self.stand_ins = session.tools.stand_ins
        self.permissions = session.permissions

    @property
    def state(self) -> Mapping[str, str]:
        """What an earlier stage of this step saved."""
        return self._session.states.get(stage_of(self._run.plan.key), {})

    def log(self, text: str) -> None:
        """A line of the step's log."""
        self._run.recorder.write(text)

    def debug(self, text: str) -> None:
        """A line that only ACTIONS_STEP_DEBUG shows."""
        self._run.recorder.debug(text)

    def notice(self, text: str) -> None:
        """A notice annotation."""
        self._run.recorder.annotate("notice", text)

    def warning(self, text: str) -> None:
        """A warning annotation."""
        self._run.recorder.annotate("warning", text)

    def error(self, text: str) -> None:
        """An error annotation."""
        self._run.recorder.annotate("error", text)

    def mask(self, secret: str) -> None:
        """From here on the secret is not shown."""
        self._session.masker.add(secret)

    def set_output(self, name: str, value: str) -> None:
        """An output of the step."""
        self._run.recorder.outputs[name] = self._session.workspace.to_job(value)

    def set_environment(self, name: str, value: str) -> None:
        """A variable for later steps, as by GITHUB_ENV."""
        self._run.recorder.exported[name] = self._session.workspace.to_job(value)

    def add_path(self, path: Path) -> None:
        """A folder in front of PATH for later steps, as by GITHUB_PATH."""
        self._run.recorder.paths.append(self._session.workspace.to_job(str(path)))

    def save_state(self, name: str, value: str) -> None:
        """For the step's later stages."""
        self._run.recorder.save_state(name, value)

    def add_matcher(self, matcher: Mapping[str, object]) -> None:
        """A problem matcher for this and later steps."""
        self._run.recorder.add_matcher(matcher)

    def add_summary(self, text: str) -> None:
        """Markdown for the step's summary, as by GITHUB_STEP_SUMMARY."""
        keep_summary(self._run, text.encode())

    def record_effect(self, *, kind: str, target: str, request: str, rehearsed: bool) -> None:
        """Something that leaves the machine, or would."""
        self._session.emit(EffectRecorded(job=self.job, kind=kind, target=target, request=request, rehearsed=rehearsed))

    def record_upload(self, name: str, size: int, files: int, digest: str) -> None:
        """An artifact was kept."""
        self._session.emit(ArtifactUploaded(job=self.job, name=name, size=size, files=files, digest=digest))

    def record_download(self, name: str) -> None:
        """An artifact was unpacked."""
        self._session.emit(ArtifactDownloaded(job=self.job, name=name))

    def record_cache_lookup(self, key: str, matched: str | None, size: int = 0) -> None:
        """A cache was asked for."""
        self._session.emit(CacheRestored(job=self.job, key=key, matched=matched, size=size))

    def record_cache_save(self, key: str, size: int) -> None:
        """A cache entry was written."""
        self._session.emit(CacheSaved(job=self.job, key=key, size=size))

    async def reach_github(self) -> tuple[str, str]:
        """GitHub's API as it is found from here and from the job."""
        return await outer_address(self._session), to_text(self.github.get("api_url", ""))

    async def run(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, directory: Path | None = None
    ) -> int:
        """A program with its output in the step's log."""
        return await execute(self._run, self._command(command, environment, directory))

    async def capture_inside(self, command: Sequence[str]) -> tuple[int, str]:
        """A program where the job's steps run."""
        inside, output = self._session.workspace, bytearray()
        given = Command(
            words=tuple(command), environment=process_environment(self._run), directory=inside.paths.workspace
        )
        code = await run_process(inside, given, Sink(output.extend, lambda: None), self._run.interruption)
        return code, output.decode(errors="replace")

    async def capture(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, directory: Path | None = None
    ) -> tuple[int, str]:
        """A program whose output is for the caller only."""
        output = bytearray()
        sink = Sink(output.extend, lambda: None)
        code = await run_process(
            self.workspace, self._command(command, environment, directory), sink, self._run.interruption
        )
        return code, output.decode(errors="replace")

    def _command(self, words: Sequence[str], environment: Mapping[str, str] | None, directory: Path | None) -> Command:
        return Command(
            words=tuple(words),
            environment={**self.environment, **(environment or {})},
            directory=directory or self.workspace.paths.workspace,
        )
