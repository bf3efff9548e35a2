"""What a run left behind, as lines."""

from __future__ import annotations

import pytest
from run_stream import Stream

from sluice.events.fold import fold_all
from sluice.views.run.sections import skipped_lines
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


def test_an_endless_reason_and_too_many_jobs_are_cut() -> None:
    endless = skipped({"deploy": "word " * 300}, 60)
    assert (len(endless), endless[4].endswith("...")) == (1 + 4 + 1, True)
    lines = skipped({f"job-{number:02}": REVIEW for number in range(13)}, 100)
    assert (lines[-2], sum("job-" in one for one in lines)) == ("  ... 3 more", 10)
