"""Build the stream of a run by hand, second by second, together with the logs that its events point into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sluice.events.model import (
    AnyEvent,
    ConditionEvaluated,
    ExpandedJob,
    JobCompleted,
    JobExpanded,
    JobStarted,
    LogAppended,
    PlannedJob,
    PlannedStep,
    Record,
    Result,
    RunQueued,
    StepCompleted,
    StepStarted,
    SummaryWritten,
    TracedValue,
)

START = 1_795_460_820.0  # 2026-11-23 19:07:00 UTC
SHA = "3f1c2a9e5b7d4c608f1e2d3c4b5a69788796a5b4"


@dataclass
class Stream:
    """Records so far; ``at`` moves the clock, in seconds since the run was queued."""

    run: str = "20261123-190700-4f2a"
    records: list[Record] = field(default_factory=list)
    logs: dict[str, bytes] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)
    now: float = START

    def at(self, seconds: float) -> Stream:
        assert START + seconds >= self.now, "time goes forward"
        self.now = START + seconds
        return self

    def add(self, *events: AnyEvent) -> Stream:
        for event in events:
            self.records.append(Record(run=self.run, seq=len(self.records) + 1, time=self.now, event=event))
        return self

    def queue(self, jobs: Sequence[PlannedJob], **changes: object) -> Stream:
        facts: dict[str, object] = {
            "workflow_file": ".github/workflows/ci-cd.yml",
            "workflow_name": "CI/CD",
            "run_name": "Count rejected shares by reason",
            "number": 42,
            "attempt": 1,
            "trigger": "push",
            "ref": "refs/heads/main",
            "sha": SHA,
            "base_sha": "9e107d9d372bb6826bd81d3542a419d6aa55aa10",
            "dirty": True,
            "repository": "loka/stratum",
            "actor": "ada",
            "root": "/home/ada/stratum",
            "inputs": {},
            "jobs": tuple(jobs),
            "engine_pid": 4711,
            "engine_started": 1234.0,
            "command": ("sluice", "run"),
        }
        return self.add(RunQueued(**{**facts, **changes}))  # type: ignore[arg-type]  # the facts are as the type says

    def expand(self, node: str, *runs: tuple[str, str, Mapping[str, object]]) -> Stream:
        legs = tuple(ExpandedJob(key=key, name=name, matrix=dict(matrix)) for key, name, matrix in runs)
        return self.add(JobExpanded(node=node, runs=legs))

    def single(self, node: str, name: str | None = None) -> Stream:
        return self.expand(node, (node, name or node, {}))

    def condition(self, job: str, expression: str, result: bool, *, step: str | None = None, **values: str) -> Stream:
        traced = tuple(TracedValue(source=name.replace("__", "."), value=value) for name, value in values.items())
        return self.add(ConditionEvaluated(job=job, step=step, expression=expression, result=result, values=traced))

    def start_job(self, job: str, *steps: str, labels: Sequence[str] = ("ubuntu-latest",)) -> Stream:
        planned = tuple(
            PlannedStep(key=str(index), id=f"__run_{index}", name=name) for index, name in enumerate(steps, 1)
        )
        return self.add(
            JobStarted(
                job=job,
                runner="host",
                labels=tuple(labels),
                isolation=("network", "processes", "temp"),
                steps=planned,
            )
        )

    def start_step(self, job: str, step: str, name: str, *, parent: str | None = None) -> Stream:
        phase = step.partition("-")[0] if step[0].isalpha() else "main"
        return self.add(
            StepStarted(job=job, step=step, id=f"__step_{step}", name=name, phase=phase, parent=parent)  # type: ignore[arg-type]  # a step's key begins with its phase
        )

    def log(self, job: str, step: str, text: str) -> Stream:
        data = text.encode("utf-8", "surrogateescape")
        before = self.logs.get(job, b"")
        self.logs[job] = before + data
        return self.add(LogAppended(job=job, step=step, offset=len(before), length=len(data), lines=data.count(b"\n")))

    def end_step(
        self, job: str, step: str, result: Result = "success", *, exit_code: int | None = 0, **changes: object
    ) -> Stream:
        facts: dict[str, object] = {"outcome": result, "conclusion": result, "exit_code": exit_code, **changes}
        return self.add(StepCompleted(job=job, step=step, **facts))  # type: ignore[arg-type]  # the facts are as the type says

    def skip_step(self, job: str, step: str, reason: str) -> Stream:
        return self.end_step(job, step, "skipped", exit_code=None, reason=reason)

    def run_step(self, job: str, step: str, name: str, text: str = "", *, seconds: float = 0.0) -> Stream:
        self.start_step(job, step, name)
        if text:
            self.log(job, step, text)
        self.now += seconds
        return self.end_step(job, step)

    def end_job(self, job: str, result: Result = "success", **changes: object) -> Stream:
        facts: dict[str, object] = {"outcome": result, "conclusion": result, **changes}
        return self.add(JobCompleted(job=job, **facts))  # type: ignore[arg-type]  # the facts are as the type says

    def summary(self, job: str, step: str, text: str) -> Stream:
        path = f"summaries/{job}/{step}.md"
        self.summaries[path] = text
        return self.add(SummaryWritten(job=job, step=step, path=path, size=len(text.encode())))

    def read_log(self, job: str, offset: int, length: int) -> bytes:
        return self.logs.get(job, b"")[offset : offset + length]

    def read_summary(self, path: str) -> str:
        return self.summaries[path]

    def until(self, seconds: float) -> list[Record]:
        return [record for record in self.records if record.time <= START + seconds]
