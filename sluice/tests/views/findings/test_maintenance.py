"""A maintenance report as text, Markdown and JSON; its exit code."""

from __future__ import annotations

import json

import pytest

from sluice.delivery.maintenance.model import Finding, Period, Report, Section, Span
from sluice.views.findings.maintenance import draw, draw_json, draw_markdown
from sluice.views.text.glyphs import glyphs_for
from sluice.views.text.lines import plain

FINE = Section(name="disk", title="Disk", facts=("60 GB are free",))
NEEDED = Section(
    name="failures",
    title="Failures",
    findings=(Finding(text="test failed `twice` @octocat <b>", commands=("sluice logs latest test",)),),
    unseen=("no token",),
)
UNSEEN = Section(name="recovery", title="Recovery", unseen=("no drill is configured",))
NOTHING = Section(name="waivers", title="Waivers", nothing="no waiver is written")


def report(*sections: Section) -> Report:
    return Report(period=Period.WEEKLY, repository="app", span=Span(since=0, until=604800), sections=sections)


@pytest.mark.parametrize(
    ("sections", "code", "last"),
    [
        ((FINE, NOTHING), 0, "nothing needs you"),
        ((FINE, UNSEEN), 2, "1 thing could not be looked at"),
        ((NEEDED, UNSEEN), 1, "1 thing needs you; 2 things could not be looked at"),
    ],
)
def test_what_could_not_be_looked_at_is_never_fine(sections: tuple[Section, ...], code: int, last: str) -> None:
    assert report(*sections).exit_code == code
    assert [plain(row) for row in draw(report(*sections), glyphs_for("utf-8"))][-1] == last


def test_the_terminal_has_findings_with_their_commands_first() -> None:
    text = "\n".join(plain(row) for row in draw(report(NEEDED, NOTHING, FINE), glyphs_for("ascii")))
    assert "weekly maintenance of app, 1970-01-01 to 1970-01-08" in text
    assert "  - test failed `twice` @octocat <b>\n      sluice logs latest test\n  ? no token" in text
    assert "Waivers  waivers  nothing to look at\n    no waiver is written" in text


def test_markdown_marks_nothing_up_and_mentions_nobody() -> None:
    text = draw_markdown(report(NEEDED, FINE))
    assert "| ❌ | Failures (`failures`) | needs you |" in text
    assert "- [ ] test failed \\`twice\\` @\u200boctocat \\<b\\>\n      `sluice logs latest test`" in text
    assert "- not looked at: no token" in text


def test_markdown_fits_into_an_issue() -> None:
    many = Section(name="x", title="X", findings=tuple(Finding(text=f"finding {n} " * 20) for n in range(1000)))
    text = draw_markdown(report(many))
    assert len(text) < 65_536
    assert text.endswith("Cut here: `sluice maintain weekly` shows all of it.\n")


def test_json_is_for_programs() -> None:
    found = json.loads(draw_json(report(NEEDED, FINE)))
    assert found["outcome"] == 1
    assert [one["standing"] for one in found["sections"]] == ["needs you", "fine"]
    assert found["sections"][0]["findings"][0]["commands"] == ["sluice logs latest test"]
