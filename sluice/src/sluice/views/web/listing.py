"""The first page: the repository's workflows and its runs. In: plain values. Out: safe HTML in parts by their id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup
from msgspec import Struct

from sluice.store.runs.protocol import RunRow
from sluice.views.run.listing import row_state
from sluice.views.text.lines import label
from sluice.views.text.wording import age, count, duration, moment, short_ref, verdict


class WorkflowCard(Struct, frozen=True, kw_only=True):
    """A workflow file; ``problem`` is why it can't run, ``last`` its newest run."""

    file: str
    name: str
    triggers: tuple[str, ...]
    problem: str = ""
    last: RunRow | None = None


def listing_parts(
    cards: Sequence[WorkflowCard], rows: Sequence[RunRow], now: float, more: str = ""
) -> dict[str, Markup]:
    """What changes while somebody looks; ``more`` leads to older runs."""
    return {"workflows": workflows_html(cards), "runs": runs_html(rows, now, more)}


def listing_html(parts: Mapping[str, Markup], name: str) -> Iterator[Markup]:
    """The page's content."""
    yield _HEADER.format(name)
    yield Markup('<main class="columns">\n')
    yield parts["runs"]
    yield parts["workflows"]
    yield Markup("</main>\n")


def workflow_path(file: str) -> str:
    """The address of a workflow's page."""
    return f"/workflows/{quote(file.rpartition('/')[2])}"


def workflows_html(cards: Sequence[WorkflowCard]) -> Markup:
    """The workflows, each with how it went last."""
    body = Markup().join(map(_card, cards)) or _NO_WORKFLOWS
    return _WORKFLOWS.format(body)


def _card(card: WorkflowCard) -> Markup:
    last = card.last
    state = row_state(last) if last else ("failure" if card.problem else "pending")
    return _CARD.format(
        state=state,
        word=verdict(row_state(last)) if last else "never run",
        href=workflow_path(card.file),
        name=label(card.name),
        told=label(card.problem) if card.problem else ", ".join(card.triggers),
        file=card.file.rpartition("/")[2],
    )


def runs_html(rows: Sequence[RunRow], now: float, more: str = "") -> Markup:
    """The runs, the newest first."""
    body = Markup().join(_run(row, now) for row in rows) or _NO_RUNS
    going = sum(row.status != "completed" for row in rows)
    told = f"{count(going, 'run')} going on" if going else ""
    return _RUNS.format(told=told, body=body, more=_MORE.format(more) if more else "")


def _run(row: RunRow, now: float) -> Markup:
    took = (row.completed if row.completed is not None else now) - row.created
    name = label(row.workflow_name or row.workflow_file.rpartition("/")[2] or row.run)
    return _RUN.format(
        run=row.run,
        state=row_state(row),
        word=verdict(row_state(row)),
        name=name,
        number=f"{row.number}.{row.attempt}" if row.attempt > 1 else row.number,
        title=label(row.run_name) if row.run_name not in {"", name} else "",
        trigger=row.trigger or "not started",
        ref=label(short_ref(row.ref)),
        took=duration(took),
        moment=moment(row.created),
        age=age(now - row.created),
    )


_HEADER = Markup("<header><h1>{}</h1></header>\n")
_WORKFLOWS = Markup("""\
<section id="workflows"><h2>Workflows</h2>
<ul class="cards">
{}</ul></section>
""")
_CARD = Markup("""\
<li class="card {state}"><i class="sign {state}" title="{word}"></i>\
<a class="name" href="{href}">{name}</a><span class="quiet">{told}</span>\
<a class="button" href="{href}" aria-label="Run {name}">Run</a></li>
""")
_RUNS = Markup("""\
<section id="runs"><h2>Runs <small>{told}</small></h2>
<ol class="runs">
{body}</ol>
{more}</section>
""")
_RUN = Markup("""\
<li id="run-{run}" class="{state}"><i class="sign {state}" title="{word}"></i>\
<a class="name" href="/runs/{run}">{name} <small>#{number}</small></a><span class="title">{title}</span>\
<span class="what"><b class="word">{word}</b> {trigger} <span class="ref">{ref}</span></span>\
<span class="took">{took}</span><time datetime="{moment}" title="{moment}">{age}</time></li>
""")
_MORE = Markup('<p><a href="{}">Older runs</a></p>\n')
_NO_RUNS = Markup('<li class="none">No runs yet. Start one from a workflow, or with <code>sluice run</code>.</li>\n')
_NO_WORKFLOWS = Markup('<li class="none">No workflow in <code>.github/workflows</code>.</li>\n')
