"""One step's log and what its output asks for. In: bytes and texts. Out: the job's log file, events, and what the
step wants to hand on (outputs, variables, paths), which the step's life makes visible when its time has come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from sluice.engine.jobs.session import JobSession
from sluice.engine.output.context import CommandRules, OutputContext
from sluice.engine.output.events import (
    AnnotationFound,
    CommandFailed,
    EnvironmentSet,
    GroupClosed,
    GroupOpened,
    Level,
    MaskAdded,
    MatchersChanged,
    OutputEvent,
    OutputSet,
    PathAdded,
    StateSaved,
)
from sluice.engine.output.matcher_files import read_matchers
from sluice.engine.output.stream import StepOutput
from sluice.events.model import AnnotationCreated


class StepRecorder:
    """The output of one step, whose ``environment`` says which commands it may give (the session's, without one).

    ``failure`` is set when a workflow command could not be carried out.
    """

    def __init__(self, session: JobSession, key: str, environment: Mapping[str, str] | None = None) -> None:
        self.outputs: dict[str, str] = {}
        self.exported: dict[str, str] = {}
        self.paths: list[str] = []
        self.failure: str | None = None
        self._session = session
        self._key = key
        context = OutputContext(
            job=session.output, rules=_rules(session, environment if environment is not None else session.variables.env)
        )
        self._output = StepOutput(context, emit=self._take, write=lambda data: session.log.write(key, data))

    def feed(self, data: bytes) -> None:
        """Bytes of the step's process."""
        self._output.feed(data)

    def flush(self) -> None:
        """The process pauses: show its unfinished line."""
        self._output.flush_partial()

    def write(self, text: str) -> None:
        """Lines of the engine's own."""
        self._output.write_lines(text.splitlines())

    def group(self, title: str, lines: Iterable[str]) -> None:
        """A foldable group of the engine's own."""
        self._output.write_lines((f"##[group]{title}", *lines, "##[endgroup]"))

    def debug(self, text: str) -> None:
        """A line that only ACTIONS_STEP_DEBUG shows."""
        self._output.debug(text)

    def annotate(self, level: Level, message: str) -> None:
        """An annotation of the engine's own."""
        self._output.annotate(AnnotationFound(level=level, message=message))

    def add_matcher(self, matcher: Mapping[str, object]) -> None:
        """A problem matcher in the form of its JSON file."""
        self._session.output.matchers.add(read_matchers(matcher))

    def save_state(self, name: str, value: str) -> None:
        """For the later stages of this step."""
        self._session.states.setdefault(stage_of(self._key), {})[name] = value

    def close(self) -> None:
        """No more output."""
        self._output.close()

    def _take(self, event: OutputEvent) -> None:
        match event:
            case AnnotationFound():
                self._session.emit(_annotation(self._session.key, self._key, event))
            case OutputSet(name=name, value=value):
                self.outputs[name] = value
            case StateSaved(name=name, value=value):
                self.save_state(name, value)
            case EnvironmentSet(name=name, value=value):
                self.exported[name] = value
            case PathAdded(path=path):
                self.paths.append(path)
            case CommandFailed(message=message):
                self.failure = message
            case MaskAdded() | GroupOpened() | GroupClosed() | MatchersChanged():
                pass  # The log shows them; nothing else follows.
            case _:
                assert_never(event)


def stage_of(key: str) -> str:
    """The stages of one step share their state: ``pre-2``, ``2`` and ``post-2`` are one step."""
    return key.removeprefix("pre-").removeprefix("post-")


def _rules(session: JobSession, environment: Mapping[str, str]) -> CommandRules:
    def allowed(name: str) -> bool:
        return environment.get(name, "").lower() == "true"

    return CommandRules(
        debug=session.debug,
        echo=session.debug,
        allow_unsecure_commands=allowed("ACTIONS_ALLOW_UNSECURE_COMMANDS"),
        allow_unsecure_stop_tokens=allowed("ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS"),
    )


def _annotation(job: str, step: str, found: AnnotationFound) -> AnnotationCreated:
    return AnnotationCreated(
        job=job,
        step=step,
        level=found.level,
        message=found.message,
        title=found.title,
        file=found.file,
        line=found.line,
        end_line=found.end_line,
        column=found.column,
        end_column=found.end_column,
    )
