"""The report as HTML. In: a page with plain values, and this package's style and script. Out: safe HTML in pieces.

Every text is escaped where it is put in; nothing is decided here but how many of a long list are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape
from msgspec import Struct

from sluice.events.model import AnnotationCreated
from sluice.views.report.cards import Fact
from sluice.views.report.cards_html import facts_html, job_html, joined
from sluice.views.report.page import FailedPlace, Page
from sluice.views.text.lines import label

_MOST_FAILURES, _MOST_ANNOTATIONS = 12, 500


class Assets(Struct, frozen=True, kw_only=True):
    """What stands in every report; ``script_hash`` is the only script that a browser may run, as CSP wants it."""

    style: Markup
    script: Markup
    script_hash: Markup
    version: str


def page_html(page: Page, assets: Assets) -> Iterator[Markup]:
    """The whole file."""
    yield _HEAD.format(script_hash=assets.script_hash, title=page.title, verdict=page.verdict_word, style=assets.style)
    yield _header(page)
    yield Markup("<main>\n")
    yield drawing_html("graph", "Graph", page.graph)
    yield drawing_html("timeline", "Timeline", page.timeline)
    yield annotations_html(page.annotations)
    yield TOOLS
    for job in page.jobs:
        yield from job_html(job)
    yield Markup("</section>\n")
    yield from _summaries(page)
    yield _table("effects", "Effects", ("", "Kind", "Target", "Request", "Job"), page.effects)
    yield _table("artifacts", "Artifacts", ("Name", "Size", "Files", "SHA-256", "Job", "Fetched by"), page.artifacts)
    yield _table("caches", "Caches", ("", "Key", "Job"), page.caches)
    yield _END.format(
        environment=facts_html(page.environment, "list"),
        run=page.state.run,
        version=assets.version,
        script=assets.script,
    )


def _header(page: Page) -> Markup:
    return _HEADER.format(
        state=page.verdict,
        verdict=page.verdict_word,
        title=page.title,
        name=optional_html(" <small>{}</small>", page.run_name),
        reason=optional_html('<p class="reason">{}</p>', page.reason),
        facts=facts_html([*page.facts, Fact("Jobs", page.counts)]),
        measures=optional_html('<p><a href="{}">Measures and their trends</a></p>', page.inputs.measures),
        failures=failures_html(page.failures),
    )


def optional_html(frame: str, text: str) -> Markup:
    """``frame`` around the text, nothing around nothing."""
    return Markup(frame).format(text) if text else Markup()  # noqa: S704  # a frame of this module


def failures_html(failures: Sequence[FailedPlace]) -> Markup:
    """The places that failed as links to them, each with what is known of such a failure."""
    if not failures:
        return Markup()
    shown = joined(map(_failure, failures[:_MOST_FAILURES]))
    return Markup('<ul class="failures">{}{}</ul>').format(shown, _more(len(failures) - _MOST_FAILURES))


def _failure(failed: FailedPlace) -> Markup:
    known = joined(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(one.name, _spelled(one.value)) for one in failed.known
    )
    why, told = optional_html(" <small>{}</small>", failed.why), Markup("<dl>{}</dl>").format(known) if known else known
    return _FAILURE.format(anchor=failed.anchor, place=failed.place, why=why, known=told)


def _spelled(text: str) -> Markup:
    """What stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return joined(Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in parts)


def _more(number: int) -> Markup:
    return Markup("<li>and {} more</li>").format(number) if number > 0 else Markup()


def drawing_html(anchor: str, heading: str, drawing: Markup) -> Markup:
    """A drawing under its heading; nothing around nothing."""
    return _DRAWING.format(anchor=anchor, heading=heading, drawing=drawing) if drawing else Markup()


def annotations_html(found: Sequence[tuple[AnnotationCreated, str, str, str]]) -> Markup:
    """The annotations as ``Page.annotations`` has them; nothing without any."""
    if not found:
        return Markup()
    shown = joined(_annotation(*one) for one in found[:_MOST_ANNOTATIONS])
    return _ANNOTATIONS.format(number=len(found), shown=shown, more=_more(len(found) - _MOST_ANNOTATIONS))


def _annotation(note: AnnotationCreated, place: str, job: str, anchor: str) -> Markup:
    return _ANNOTATION.format(
        level=note.level,
        place=optional_html("<code>{}</code> ", place),
        title=optional_html("<strong>{}</strong> ", label(note.title or "")),
        message=label(note.message),
        anchor=anchor,
        job=job,
    )


def _summaries(page: Page) -> Iterator[Markup]:
    frame = _FIRST_SUMMARY
    for summary in page.summaries:
        yield frame.format(anchor=summary.anchor, job=summary.job, content=summary.content)
        frame = _SUMMARY
    if frame is _SUMMARY:
        yield Markup("</section>\n")


def _table(anchor: str, heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    if not rows:
        return Markup()
    return _TABLE.format(
        anchor=anchor,
        heading=heading,
        number=len(rows),
        columns=joined(Markup('<th scope="col">{}</th>').format(column) for column in columns),
        rows=joined(_row(row) for row in rows),
    )


def _row(row: Sequence[str]) -> Markup:
    return Markup("<tr>{}</tr>\n").format(joined(Markup("<td>{}</td>").format(cell) for cell in row))


_HEAD = Markup("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
script-src '{script_hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}: {verdict}</title>
<style>{style}</style>
</head>
<body>
""")
_HEADER = Markup("""\
<header class="{state}">
<p class="verdict"><span class="sign" aria-hidden="true"></span>{verdict}</p>
<h1>{title}{name}</h1>
{reason}
{facts}
{measures}{failures}
</header>
""")
_FAILURE = Markup('<li><a href="#{anchor}">{place}</a>{why}{known}</li>')
_DRAWING = Markup("""\
<section id="{anchor}"><h2>{heading}</h2><div class="drawing">{drawing}</div></section>
""")
_ANNOTATIONS = Markup("""\
<section id="annotations"><h2>Annotations <small>{number}</small></h2>
<ul class="annotations">
{shown}{more}</ul></section>
""")
_ANNOTATION = Markup("""\
<li class="{level}"><b>{level}</b> {place}{title}<span>{message}</span> <a href="#{anchor}">{job}</a></li>
""")
TOOLS = Markup("""\
<section id="jobs"><h2>Jobs</h2>
<p class="tools" hidden><input id="filter" type="search" placeholder="Filter jobs ( / )" aria-label="Filter jobs"> \
<button type="button" data-action="open">Open all</button> \
<button type="button" data-action="close">Close all</button> \
<span class="hint"><kbd>j</kbd> <kbd>k</kbd> next, previous job · <kbd>f</kbd> next failure · <kbd>/</kbd> filter\
</span></p>
""")
_SUMMARY = Markup("""\
<article class="summary"><h3><a href="#{anchor}">{job}</a></h3><div class="markdown">{content}</div></article>
""")
_FIRST_SUMMARY = Markup('<section id="summaries"><h2>Summaries</h2>\n') + _SUMMARY
_TABLE = Markup("""\
<section id="{anchor}"><h2>{heading} <small>{number}</small></h2><div class="scroll"><table>
<thead><tr>{columns}</tr></thead>
<tbody>{rows}</tbody></table></div></section>
""")
_END = Markup("""\
<section id="environment"><h2>Environment</h2>
{environment}</section>
</main>
<footer>Run {run} · written by sluice {version}</footer>
<script>{script}</script>
</body>
</html>
""")
