"""One run, live. In: its state, ways to read its logs, the time. Out: safe HTML in parts by their id.

The cards are those of the report; what is added is where their logs are had anew, what can be done, and who is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup
from msgspec.structs import replace

from sluice.events.state import ReviewState, RunState
from sluice.views.report.cards import Fact, Inputs, JobCard, StepCard
from sluice.views.report.cards_html import facts_html, job_html
from sluice.views.report.graph import draw_graph
from sluice.views.report.page import Page
from sluice.views.report.page_html import TOOLS, annotations_html, drawing_html, failures_html, optional_html
from sluice.views.text.lines import label

_MOST_OPEN = 4
"""Running jobs that are opened by themselves."""


def run_parts(state: RunState, inputs: Inputs, now: float) -> dict[str, Markup]:
    """Everything that changes while the run goes on; a job's card stands under its anchor."""
    page = Page(state, inputs, now)
    cards = {card.anchor: Markup().join(job_html(card)) for card in _cards(page)}
    return {
        "head": _head(page),
        "reviews": _reviews(state),
        "graph": _part("graph", drawing_html("graph", "Graph", draw_graph(state, style=False))),
        "timeline": _part("timeline", drawing_html("timeline", "Timeline", page.timeline)),
        "notes": _NOTES.format(annotations_html(page.annotations)),
        **cards,
        "cards": _CARDS.format(Markup().join(cards.values())),
    }


def run_html(parts: Mapping[str, Markup]) -> Iterator[Markup]:
    """The page's content."""
    yield parts["head"]
    yield Markup("<main>\n")
    yield from (parts[name] for name in ("reviews", "graph"))
    yield TOOLS
    yield parts["cards"]
    yield Markup("</section>\n")
    yield from (parts[name] for name in ("timeline", "notes"))
    yield Markup("</main>\n")


def log_source(run: str, anchor: str) -> str:
    """Where the log of the step with this anchor is had."""
    return f"/runs/{run}/log?step={anchor}"


def _cards(page: Page) -> Iterator[JobCard]:
    running = sum(job.status == "in_progress" for job in page.state.jobs.values())
    for card in page.jobs:
        opens = card.opened or (card.state == "running" and 0 < running <= _MOST_OPEN)
        steps = tuple(_served(page.state.run, step) for step in card.steps)
        yield replace(card, opened=opens, steps=steps)


def _served(run: str, step: StepCard) -> StepCard:
    """A step whose log is in the page while it runs or when it failed, and is asked for otherwise."""
    source, opened = log_source(run, step.anchor), step.opened or step.state == "running"
    if opened:
        return replace(step, source=source, opened=True)
    return replace(step, source=source, log=lambda: iter((_SHOW.format(source),)))


def _part(name: str, html: Markup) -> Markup:
    """The part, or an empty place where it will stand."""
    return html or Markup('<section id="{}" hidden></section>\n').format(name)


def _head(page: Page) -> Markup:
    state = page.state
    return _HEAD.format(
        state=page.verdict,
        verdict=page.verdict_word,
        title=page.title,
        name=optional_html(" <small>{}</small>", page.run_name),
        reason=optional_html('<p class="reason">{}</p>', page.reason),
        facts=facts_html([*page.facts, *_inputs(state), Fact("Jobs", page.counts)]),
        buttons=_buttons(state),
        failures=failures_html(page.failures),
    )


def _inputs(state: RunState) -> Iterator[Fact]:
    facts = state.facts
    if facts is not None and facts.inputs:
        given = (
            f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in facts.inputs.items()
        )
        yield Fact("Inputs", label(", ".join(given)))


def _buttons(state: RunState) -> Markup:
    if state.conclusion is None:
        asked = bool(state.cancels)
        return _CANCEL.format(
            run=state.run, word="End at once" if asked else "Cancel", force=_FORCE if asked else Markup()
        )
    again = _RERUN.format(run=state.run, only="", word="Run again")
    failed = state.conclusion not in {"success", "skipped"}
    return (
        again
        + (_RERUN.format(run=state.run, only=_ONLY_FAILED, word="Run failed jobs again") if failed else "")
        + (_RESULTS.format(run=state.run))
    )


def _reviews(state: RunState) -> Markup:
    waiting = list(waiting_reviews(state))
    return _REVIEWS.format(Markup().join(_review(state, one) for one in waiting)) if waiting else _part("reviews", _NO)


def waiting_reviews(state: RunState) -> Iterator[ReviewState]:
    """The questions that can be answered here; those of a run that asks on its terminal can't."""
    if state.conclusion is None and state.facts is not None and "--wait-for-review" in state.facts.command:
        open_ones = (one for one in state.reviews() if one.approved is None)
        yield from (one for one in open_ones if state.jobs[one.job].status != "completed")


def _review(state: RunState, one: ReviewState) -> Markup:
    job = state.jobs[one.job]
    return _REVIEW.format(
        run=state.run,
        job=one.job,
        name=label(job.name),
        environment=one.environment,
        shown=label(one.environment),
        reviewers=", ".join(map(label, one.reviewers)),
    )


_NO = Markup()
_NOTES = Markup('<div id="notes">{}</div>\n')
_CARDS = Markup('<div id="cards">\n{}</div>\n')
_SHOW = Markup('<a class="show" href="{}">Show the log</a>')
_HEAD = Markup("""\
<header id="head" class="{state}">
<p class="verdict"><span class="sign" aria-hidden="true"></span>{verdict}</p>
<h1>{title}{name}</h1>
{reason}
{facts}
<div class="buttons">{buttons}</div>
{failures}
</header>
""")
_FORCE = Markup('<input type="hidden" name="force" value="1">')
_ONLY_FAILED = Markup('<input type="hidden" name="failed" value="1">')
_CANCEL = Markup('<form method="post" action="/runs/{run}/cancel">{force}<button class="danger">{word}</button></form>')
_RERUN = Markup('<form method="post" action="/runs/{run}/rerun">{only}<button>{word}</button></form>')
_RESULTS = Markup(
    '<a class="button" href="/runs/{run}/report.html">Report</a><a class="button" href="/runs/{run}/logs.zip">Logs</a>'
)
_REVIEWS = Markup('<section id="reviews"><h2>Waiting for a review</h2>\n{}</section>\n')
_REVIEW = Markup("""\
<form class="review" method="post" action="/runs/{run}/review"><p><b>{name}</b> wants to deploy to <b>{shown}</b> \
<span class="quiet">reviewers: {reviewers}</span></p>
<input type="hidden" name="job" value="{job}"><input type="hidden" name="environment" value="{environment}">
<input name="comment" placeholder="Comment" aria-label="Comment" maxlength="1000">
<button name="state" value="approved">Approve</button>\
<button class="danger" name="state" value="rejected">Refuse</button>
</form>
""")
