from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sluice.engine.output.annotations import AnnotationPlaces
from sluice.engine.output.context import CommandRules, JobOutput, OutputContext
from sluice.engine.output.events import OutputEvent
from sluice.engine.output.matcher_files import MatcherFiles, read_matchers
from sluice.engine.output.matchers import MatcherSet
from sluice.engine.output.stream import StepOutput
from sluice.masking.masker import Masker


@dataclass
class Step:
    """A step's output with a log and a list of events to look at."""

    masker: Masker
    matchers: MatcherSet
    output: StepOutput
    written: list[bytes] = field(default_factory=list)
    events: list[OutputEvent] = field(default_factory=list)

    def run(self, *chunks: bytes | str) -> bytes:
        for chunk in chunks:
            self.output.feed(chunk.encode() if isinstance(chunk, str) else chunk)
        self.output.close()
        return self.log

    @property
    def log(self) -> bytes:
        return b"".join(self.written)


StepFactory = Callable[..., Step]


@pytest.fixture
def make_step(tmp_path: Path) -> StepFactory:
    def make(
        *,
        secrets: Iterable[str] = (),
        matchers: object = None,
        rules: CommandRules | None = None,
        job: Step | None = None,
    ) -> Step:
        masker = job.masker if job else Masker(secrets)
        matcher_set = job.matchers if job else MatcherSet()
        matcher_set.add(read_matchers(matchers) if matchers else ())
        written: list[bytes] = []
        events: list[OutputEvent] = []
        context = OutputContext(
            job=JobOutput(
                masker=masker,
                matchers=matcher_set,
                files=MatcherFiles(tmp_path),
                places=AnnotationPlaces(tmp_path),
            ),
            rules=rules or CommandRules(),
        )
        output = StepOutput(context, emit=events.append, write=written.append)
        return Step(masker=masker, matchers=matcher_set, output=output, written=written, events=events)

    return make
