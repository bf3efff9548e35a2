"""One step's log: a page of its own, what replaces it in a run's page, and lines that come while it is followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sluice.events.state import JobState, RunState, StepState
from sluice.views.report.anchors import job_anchor, step_anchor
from sluice.views.report.log_html import Cap, NumberedLine, folded_html, log_html
from sluice.views.run.headline import title
from sluice.views.run.logs import ReadLog
from sluice.views.text.lines import label


def find_step(state: RunState, anchor: str) -> tuple[JobState, StepState] | None:
    """The step that a page calls so."""
    for job in state.jobs.values():
        if anchor.startswith(f"{job_anchor(job.key)}:"):
            for step in job.steps.values():
                if step_anchor(job.key, step.key) == anchor:
                    return job, step
    return None


def log_fragment(job: JobState, step: StepState, read: ReadLog, cap: Cap) -> Iterator[Markup]:
    """The lines as they stand."""
    yield from log_html(job.key, step, read, cap)


def log_page(state: RunState, job: JobState, step: StepState, lines: Iterator[Markup]) -> Iterator[Markup]:
    """The log as a page's content, for who reads without a script."""
    yield _HEADER.format(
        run=state.run,
        anchor=step_anchor(job.key, step.key),
        title=title(state),
        job=label(job.name),
        step=label(step.name or step.id or step.key),
    )
    yield Markup('<main><div class="log whole" tabindex="0">')
    yield from lines
    yield Markup("</div></main>\n")


def news_html(anchor: str, first: int, lines: Sequence[str]) -> Markup:
    """Lines that were written since; ``first`` is the number of the first one."""
    return Markup().join(folded_html([NumberedLine(first + place, text) for place, text in enumerate(lines)], anchor))


_HEADER = Markup("""\
<header><p class="back"><a href="/runs/{run}#{anchor}">{title}</a></p><h1>{step} <small>{job}</small></h1></header>
""")
