"""A maintenance report for a terminal, for programs, and as Markdown. In: a report. Out: lines or text."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.delivery.maintenance.model import Report, Section, Standing
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import BLANK, Line, label, line
from sluice.views.text.wording import count, moment

_ROLES = {
    Standing.FINE: "success",
    Standing.NEEDED: "failure",
    Standing.UNSEEN: "warning",
    Standing.NOTHING: "quiet",
}
_SIGNS = {Standing.FINE: "✅", Standing.NEEDED: "❌", Standing.UNSEEN: "⚠️", Standing.NOTHING: "➖"}
_STATES = {
    Standing.FINE: "success",
    Standing.NEEDED: "failure",
    Standing.UNSEEN: "waiting",
    Standing.NOTHING: "skipped",
}
_LONGEST_MARKDOWN = 60_000
"""Characters: an issue's body takes 65,536 (docs.github.com: REST API, issues)."""


def draw(report: Report, glyphs: Glyphs) -> Iterator[Line]:
    """Each task with its findings and their commands, then what nobody looked at, then the facts."""
    yield line((f"{report.period} maintenance of {label(report.repository)}", "strong"), f", {_span(report)}")
    for section in report.sections:
        role = _ROLES[section.standing]
        yield BLANK
        sign = glyphs.of(_STATES[section.standing])
        yield line(
            (f"{sign} ", role), (section.title, "strong"), (f"  {section.name}", "quiet"), f"  {section.standing}"
        )
        yield from _body(section)
    yield BLANK
    yield line((f"{outcome(report)}", "strong"))


def draw_json(report: Report) -> str:
    """One object: the report's own fields, each section with its standing."""
    sections = [{**msgspec.to_builtins(one), "standing": one.standing.value} for one in report.sections]
    whole = {**msgspec.to_builtins(report), "sections": sections, "outcome": report.exit_code}
    return msgspec.json.encode(whole).decode() + "\n"


def draw_markdown(report: Report) -> str:
    """A table of the tasks, then what needs a person as a list of boxes to tick; cut to what an issue takes."""
    parts = [
        f"## {report.period.capitalize()} maintenance of {_cell(report.repository)}",
        "",
        f"{_span(report)}: {outcome(report)}.",
        "",
    ]
    parts += ["| | task | |", "| --- | --- | --- |"]
    parts += [
        f"| {_SIGNS[one.standing]} | {_cell(one.title)} (`{one.name}`) | {one.standing} |" for one in report.sections
    ]
    for section in report.sections:
        parts += _markdown(section)
    text = "\n".join(parts) + "\n"
    if len(text) <= _LONGEST_MARKDOWN:
        return text
    cut = text[:_LONGEST_MARKDOWN].rpartition("\n")[0]
    return f"{cut}\n\nCut here: `sluice maintain {report.period}` shows all of it.\n"


def outcome(report: Report) -> str:
    """``2 things need you; 1 could not be looked at``."""
    parts = [f"{count(report.findings, 'thing needs', 'things need')} you"] if report.findings else []
    parts += [f"{count(report.unseen, 'thing')} could not be looked at"] if report.unseen else []
    return "; ".join(parts) or "nothing needs you"


def _span(report: Report) -> str:
    return f"{moment(report.span.since)[:10]} to {moment(report.span.until)[:10]}"


def _body(section: Section) -> Iterator[Line]:
    for finding in section.findings:
        yield line(("  - ", "failure"), label(finding.text))
        yield from (line("      ", (label(command), "code")) for command in finding.commands)
    yield from (line(("  ? ", "warning"), label(text)) for text in section.unseen)
    yield from (line(("    ", "quiet"), (label(text), "quiet")) for text in (*section.facts, section.nothing) if text)


def _markdown(section: Section) -> Iterator[str]:
    if not (section.findings or section.unseen or section.facts):
        return
    yield from ("", f"### {section.title}", "")
    for finding in section.findings:
        yield f"- [ ] {_text(finding.text)}"
        yield from (f"      `{_code(command)}`  " for command in finding.commands)
    yield from (f"- not looked at: {_text(text)}" for text in section.unseen)
    yield from (f"- {_text(text)}" for text in section.facts)


def _text(text: str) -> str:
    """What a run said as text that marks nothing up and mentions nobody."""
    shown = label(text)
    for sign in "\\`*_[]<>|#":
        shown = shown.replace(sign, f"\\{sign}")
    return shown.replace("@", "@\u200b")


def _cell(text: str) -> str:
    return label(text).replace("|", "\\|")


def _code(text: str) -> str:
    return label(text).replace("`", "'")
