"""A job's and a step's card as HTML. In: cards with plain values. Out: safe HTML, a piece for each step and log line.

Every text is escaped where it is put in; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup

from sluice.events.model import ConditionEvaluated, TracedValue
from sluice.views.text.lines import label

if TYPE_CHECKING:
    from sluice.views.report.cards import Fact, JobCard, StepCard

_CONDITION = Markup(
    '<div class="condition"><code>if: {expression}</code> was <b class="{state}">{word}</b>{values}</div>\n'
)
_VALUE = Markup("<li><code>{}</code> = <code>{}</code></li>")
_HEAD = Markup('<i class="sign {0}" title="{0}"></i><span class="name">{1}</span>{2}<span class="time">{3}</span>')
_NOTE = Markup('<span class="note">{}</span>')
_FACT = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
_JOB = Markup(
    '<details class="job {state}" id="{anchor}" data-depth="{depth}" data-node="{node}"{opened}>'
    '<summary>{head}</summary><div class="body">\n'
)
_JOB_END = Markup("</div></details>\n")
_BARE_STEP = Markup('<div class="step" id="{anchor}" data-depth="{depth}">{head}</div>\n')
_STEP = Markup('<details class="step" id="{anchor}" data-depth="{depth}"{opened}><summary>{head}</summary>')
_STEP_END = Markup("</details>\n")
_LOG, _LOG_END = Markup('<div class="log" tabindex="0">'), Markup("</div>")
_SERVED_LOG = Markup('<div class="log" tabindex="0" data-log="{}" data-source="{}" data-lines="{}">')
_OPEN = Markup(" open")


def job_html(job: JobCard) -> Iterator[Markup]:
    """The card of a job with those of its steps."""
    yield _JOB.format(
        state=job.state,
        anchor=job.anchor,
        depth=job.depth,
        node=job.node,
        opened=_OPEN if job.opened else "",
        head=_head(job),
    )
    if job.facts:
        yield facts_html(job.facts)
    yield from map(_condition, job.conditions)
    for step in job.steps:
        yield from _step(step)
    yield _JOB_END


def facts_html(facts: Iterable[Fact], kind: str = "facts") -> Markup:
    """Names and values as a list of the class ``kind``."""
    return Markup('<dl class="{}">{}</dl>').format(kind, joined(_FACT.format(one.name, one.value) for one in facts))


def joined(pieces: Iterable[Markup]) -> Markup:
    """The pieces as one."""
    return Markup().join(pieces)


def _step(step: StepCard) -> Iterator[Markup]:
    if step.bare:
        yield _BARE_STEP.format(anchor=step.anchor, depth=step.depth, head=_head(step))
        return
    opened = _OPEN if step.opened else ""
    yield _STEP.format(anchor=step.anchor, depth=step.depth, opened=opened, head=_head(step))
    yield from map(_condition, step.conditions)
    if step.lines:
        yield _SERVED_LOG.format(step.anchor, step.source, step.lines) if step.source else _LOG
        yield from step.log()
        yield _LOG_END
    yield _STEP_END


def _head(card: JobCard | StepCard) -> Markup:
    return _HEAD.format(card.state, card.name, _NOTE.format(card.note) if card.note else "", card.time)


def _condition(one: ConditionEvaluated) -> Markup:
    values = [found for found in one.values if found.source != one.expression]
    return _CONDITION.format(
        expression=label(one.expression),
        state="success" if one.result else "skipped",
        word="true" if one.result else "false",
        values=_values((label(found.source), _worth(found)) for found in values) if values else "",
    )


def _worth(found: TracedValue) -> str:
    return label(found.value) + (" (not looked at)" if found.unused else "")


def _values(pairs: Iterable[tuple[str, str]]) -> Markup:
    return Markup("<ul>{}</ul>").format(joined(_VALUE.format(source, value) for source, value in pairs))
