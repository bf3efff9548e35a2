from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from sluice.events.codec import (
    NewerRecordError,
    UnreadableRecordError,
    decode,
    encode,
)
from sluice.events.model import (
    VERSION,
    ActionResolved,
    AnnotationCreated,
    AnyEvent,
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    CancelRequested,
    ConditionEvaluated,
    EffectRecorded,
    ExpandedJob,
    JobCompleted,
    JobExpanded,
    JobsPlanned,
    JobStarted,
    JobWaiting,
    LogAppended,
    PlannedJob,
    PlannedStep,
    Record,
    ReviewGiven,
    ReviewRequested,
    RunCompleted,
    RunInterrupted,
    RunQueued,
    RunStarted,
    RunWaiting,
    StepCompleted,
    StepStarted,
    SummaryWritten,
    TracedValue,
)

GOLDEN = Path(__file__).parent / "golden"
RUN = "20261123-190700-4f2a"


QUEUED = RunQueued(
    workflow_file=".github/workflows/ci.yml",
    workflow_name="CI",
    run_name="Überprüfung",
    number=7,
    attempt=1,
    trigger="push",
    ref="refs/heads/main",
    sha="4" * 40,
    base_sha="5" * 40,
    dirty=True,
    repository="loka/stratum",
    actor="mara",
    root="/home/mara/stratum",
    inputs={"level": 3, "dry": False},
    jobs=(
        PlannedJob(key="test", id="test", name="Test"),
        PlannedJob(key="ship", id="ship", name="Ship", needs=("test",), uses="./.github/workflows/ship.yml"),
    ),
    engine_pid=4242,
    engine_started=123456.0,
    command=("sluice", "run"),
    rerun_of="20261122-080000-00aa",
    selected=("test",),
)


def numbered(*events: AnyEvent, run: str = RUN) -> list[Record]:
    return [Record(run=run, seq=place, time=1000.0 + place, event=event) for place, event in enumerate(events, 1)]


EVERY_EVENT: tuple[AnyEvent, ...] = (
    QUEUED,
    RunWaiting(reason="concurrency group ci-main"),
    RunStarted(),
    ConditionEvaluated(
        job="test",
        expression="success() && github.ref == 'refs/heads/main'",
        result=True,
        values=(TracedValue(source="github.ref", value='"refs/heads/main"'),),
    ),
    JobExpanded(node="test", runs=(ExpandedJob(key="test.1", name="Test (3.11)", matrix={"python": "3.11"}),)),
    JobWaiting(job="test.1", reason="ports", detail="5432 is claimed by test.2"),
    ReviewRequested(job="test.1", environment="staging", reviewers=("mara", "jo")),
    ReviewGiven(job="test.1", environment="staging", approved=True, reviewer="jo", comment="go"),
    JobStarted(
        job="test.1",
        runner="host",
        labels=("ubuntu-latest",),
        isolation=("network", "processes"),
        steps=(PlannedStep(key="1", id="__run", name="Run tests"),),
        environment="staging",
    ),
    ActionResolved(job="test.1", reference="actions/checkout@v4", source="built-in", commit="6" * 40),
    ConditionEvaluated(job="test.1", step="1", expression="success()", result=True),
    StepStarted(job="test.1", step="1", id="__run", name="Run tests", phase="main", background=True),
    StepStarted(job="test.1", step="1.1", id="inner", name="Inner", phase="main", parent="1"),
    LogAppended(job="test.1", step="1.1", offset=0, length=12, lines=2),
    AnnotationCreated(
        job="test.1",
        step="1.1",
        level="error",
        message="assert 1 == 2",
        title="test_sum",
        file="tests/test_sum.py",
        line=3,
        end_line=4,
        column=5,
        end_column=9,
    ),
    SummaryWritten(job="test.1", step="1.1", path="summaries/test.1/1.1.md", size=88),
    CacheRestored(job="test.1", key="pip-abc", matched="pip-", size=1000),
    CacheSaved(job="test.1", key="pip-abc", size=2000),
    ArtifactUploaded(job="test.1", name="coverage", size=512, files=3, digest="7" * 64),
    ArtifactDownloaded(job="test.1", name="coverage"),
    EffectRecorded(job="test.1", kind="image-push", target="ghcr.io/loka/stratum", request="PUT /v2/", rehearsed=True),
    StepCompleted(
        job="test.1",
        step="1.1",
        outcome="failure",
        conclusion="success",
        exit_code=1,
        reason="exit code 1",
        outputs={"total": "3"},
    ),
    StepCompleted(job="test.1", step="1", outcome="success", conclusion="success"),
    CancelRequested(reason="fail-fast", job="test.1"),
    JobCompleted(
        job="test.1",
        outcome="failure",
        conclusion="success",
        reason="step 1",
        outputs={"digest": "abc"},
        environment_url="https://staging.example",
    ),
    JobsPlanned(parent="ship", jobs=(PlannedJob(key="ship/push", id="push", name="Push"),)),
    RunCompleted(conclusion="success", reason="all jobs passed"),
    RunInterrupted(reason="the engine died"),
)


def golden(version: int) -> bytes:
    return (GOLDEN / f"v{version}.jsonl").read_bytes()


def test_a_record_is_one_line_of_json_with_its_version() -> None:
    record = Record(run=RUN, seq=1, time=2.5, event=RunStarted())
    assert (
        encode(record)
        == b'{"run":"20261123-190700-4f2a","seq":1,"time":2.5,"event":{"event":"RunStarted"},"version":1}'
    )


def test_every_record_comes_back_as_it_went() -> None:
    records = numbered(*EVERY_EVENT)
    assert [decode(encode(record)) for record in records] == records


def test_the_sample_holds_every_kind_of_event() -> None:
    assert {type(event) for event in EVERY_EVENT} == set(get_args(AnyEvent))


def test_every_version_has_its_golden_file() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == [f"v{version}.jsonl" for version in range(1, VERSION + 1)]


def test_bytes_of_version_1_stay_readable() -> None:
    assert [decode(line) for line in golden(1).splitlines()] == numbered(*EVERY_EVENT)


def test_the_current_version_still_writes_its_golden_bytes() -> None:
    assert b"".join(encode(record) + b"\n" for record in numbered(*EVERY_EVENT)) == golden(VERSION)


def test_a_record_of_a_newer_sluice_is_refused_although_it_looks_readable() -> None:
    newer = encode(Record(run=RUN, seq=1, time=2.5, event=RunStarted(), version=VERSION + 1))
    with pytest.raises(
        NewerRecordError, match=r"recorded by a newer Sluice \(events of version 2; this one reads up to 1\)"
    ) as caught:
        decode(newer)
    assert caught.value.hint == "update Sluice with `pip install --upgrade sluice-ci`"


def test_an_unknown_event_of_a_newer_sluice_is_refused_as_newer() -> None:
    with pytest.raises(NewerRecordError):
        decode(b'{"run":"r","seq":1,"time":2,"event":{"event":"MoonLanded"},"version":9}')


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"run":"r","seq":1,"time":2,"event":{"event":"MoonLanded"},"version":1}',
        b'{"run":"r","seq":"one","time":2,"event":{"event":"RunStarted"},"version":1}',
        b'{"run":"r","seq":1,"time":2,"event":{"event":"LogAppended","job":"\xff"},"version":1}',
    ],
)
def test_damaged_bytes_are_an_error_for_the_user(line: bytes) -> None:
    with pytest.raises(UnreadableRecordError, match="an event of this run can't be read"):
        decode(line)
