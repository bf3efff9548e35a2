"""Row 25: a job's events say no secret, whichever part of the engine made them."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Struct

from sluice.engine.masked_events import masked
from sluice.events import model
from sluice.events.model import CacheSaved, ConditionEvaluated, StepCompleted, StepStarted, TracedValue

OF_THE_ENGINE = {"job", "step", "id", "parent", "path", "digest", "commit", "kind", "runner", "labels", "isolation"}
OF_THE_FILE = {"expression", "source", "reference", "environment"}
"""Texts in which no secret stands: the engine made them, or they stand so in the workflow's file."""
OF_A_JOB = (
    *(model.AnnotationCreated, model.ArtifactDownloaded, model.ArtifactUploaded, model.CacheRestored, model.CacheSaved),
    *(model.ActionResolved, model.ConditionEvaluated, model.EffectRecorded, model.JobStarted, model.StepCompleted),
    *(model.StepStarted, model.SummaryWritten),
)


def hide(text: str) -> str:
    return text.replace("hunter2", "***")


def test_texts_lose_their_secrets_and_names_by_which_things_are_found_do_not() -> None:
    ended = StepCompleted(
        job="hunter2", step="1", outcome="failure", conclusion="failure", reason="no hunter2", outputs={"a": "hunter2"}
    )
    hidden = masked(ended, hide)
    assert (hidden.job, hidden.reason, hidden.outputs) == ("hunter2", "no ***", {"a": "***"})
    values = (TracedValue(source="secrets.T", value="'hunter2'"),)
    asked = ConditionEvaluated(job="a", step="1", expression="secrets.T != ''", result=True, values=values)
    assert masked(asked, hide).values[0].value == "'***'"
    assert masked(StepStarted(job="a", step="1", id="x", name="say hunter2", phase="main"), hide).name == "say ***"


def test_what_holds_no_secret_stays_as_it_is() -> None:
    event = CacheSaved(job="a", key="k", size=1)
    assert masked(event, hide) == event


@pytest.mark.parametrize("kind", OF_A_JOB)
def test_every_text_of_a_jobs_events_is_masked_or_known_to_hold_none(kind: type[Struct]) -> None:
    texts = [field for field in msgspec.structs.fields(kind) if field.type in {str, str | None}]
    event = masked(msgspec.convert(_filled(kind), kind), hide)
    shown = {field.name for field in texts if "hunter2" in str(getattr(event, field.name))}
    assert shown <= OF_THE_ENGINE | OF_THE_FILE


def _filled(kind: type[Struct]) -> dict[str, object]:
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    return {name: _value(about) for name, about in schema["properties"].items()}


def _value(about: dict[str, object]) -> object:
    if "enum" in about:
        return next(iter(about["enum"]))  # type: ignore[call-overload]
    kinds = {part.get("type") for part in about.get("anyOf", [about])}  # type: ignore[attr-defined]
    plain = {"string": "hunter2", "integer": 1, "number": 1.0, "boolean": True, "object": {}, "array": []}
    return next((value for name, value in plain.items() if name in kinds), None)
