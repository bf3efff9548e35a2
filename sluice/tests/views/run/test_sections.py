"""What a run left behind, as lines."""

from __future__ import annotations

import pytest
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.events.model import AnnotationCreated, EffectRecorded
from sluice.views.run.sections import annotation_lines, effect_lines, skipped_lines
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import cells, plain

REVIEW = (
    "environment 'staging' needs a review by ann, and nobody could be asked: run it on a terminal, or with "
    "--approve staging"
)


def skipped(reasons: dict[str, str], width: int) -> list[str]:
    stream = Stream().queue(())
    for job, reason in reasons.items():
        stream.single(job).end_job(job, "skipped", reason=reason)
    state = fold_all(stream.records)
    assert state is not None
    lines = skipped_lines(state, width, ASCII)
    assert all(cells(one) <= width for one in lines)
    return [plain(one) for one in lines]


@pytest.mark.parametrize("width", [60, 100])
def test_a_reason_is_told_to_its_end(width: int) -> None:
    heading, first, *more = skipped({"deploy": REVIEW}, width)
    assert (heading, first.startswith("  deploy  environment")) == ("Skipped", True)
    assert " ".join(one.strip() for one in (first.removeprefix("  deploy"), *more) if one) == REVIEW


def test_a_long_reason_that_legs_share_is_told_once() -> None:
    lines = skipped({"a": REVIEW, "bb": REVIEW, "c": "short", "d": "short", "e": REVIEW}, 100)
    assert lines.count("  bb  as above") == 1
    assert [one.split()[0] for one in lines if one.endswith("short")] == ["c", "d"]
    assert sum("environment 'staging'" in one for one in lines) == 2


def test_an_endless_reason_and_too_many_jobs_are_cut() -> None:
    endless = skipped({"deploy": "word " * 300}, 60)
    assert (len(endless), endless[4].endswith("...")) == (1 + 4 + 1, True)
    lines = skipped({f"job-{number:02}": REVIEW for number in range(13)}, 100)
    assert (lines[-2], sum("job-" in one for one in lines)) == ("  ... 3 more", 10)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_of_a_false_condition_the_cause_is_never_cut(width: int) -> None:
    condition = "success() && github.event_name == 'pull_request' && needs.security.outputs.advisories == 'not checked'"
    values = {"success()": "true", "github.event_name": '"push"', "needs.security.outputs.advisories": '"checked"'}
    stream = Stream().queue(()).single("audit").condition("audit", condition, result=False, **values)
    state = fold_all(stream.end_job("audit", "skipped").records)
    assert state is not None
    _, *lines = skipped_lines(state, width, ASCII)
    assert all(cells(one) <= width for one in lines)
    text = " ".join(" ".join(plain(one).split()) for one in lines)
    assert text.strip().endswith('> github.event_name is "push"; needs.security.outputs.advisories is "checked"')


MESSAGE = "the import os is never used in this module, so remove it or use it; what is left is loaded at each start"


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("file", ["a.py", "src/very/long/path/to/a/file/of/some/module/of/it.py", None])
def test_an_annotation_is_told_to_its_end(width: int, file: str | None) -> None:
    stream = Stream().queue(()).single("a").start_job("a")
    stream.add(AnnotationCreated(job="a", level="error", message=MESSAGE, file=file, line=12))
    stream.add(AnnotationCreated(job="a", level="warning", message="word " * 300))
    state = fold_all(stream.records)
    assert state is not None
    lines = annotation_lines(state, width, ASCII)
    assert all(cells(one) <= width for one in lines)
    heading, *rows = [plain(one) for one in lines]
    other = next(number for number, one in enumerate(rows) if one.startswith("  ! "))
    place = f"{file}:12 " if file else ""
    assert " ".join(one.strip() for one in rows[:other]).replace("  ", " ") == f"x {place}{MESSAGE}"
    assert all(one.startswith("    ") for one in rows[1:other])
    assert (len(rows) - other, rows[-2].endswith("...")) == (4 + 1, True)
    assert heading == "Annotations: 1 error, 1 warning"


def test_every_effect_is_listed_with_its_request_however_many_there_are() -> None:
    stream = Stream().queue(())
    for number in range(25):
        asked = f'POST /repos/octo/app/releases/{number}/assets {{"name": "{"x" * 200}"}}'
        stream.add(EffectRecorded(job=None, kind="asset", target=f"v1 {number}.whl", request=asked, rehearsed=True))
    state = fold_all(stream.records)
    assert state is not None
    lines = [plain(one) for one in effect_lines(state, 100, ASCII)]
    for number in range(25):
        wanted = ["asset", "v1", f"{number}.whl", "POST", f"/repos/octo/app/releases/{number}/assets"]
        assert wanted in [one.split() for one in lines]
