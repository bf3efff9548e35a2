from sluice.source.diagnostics import Diagnostic, Severity, sort_diagnostics
from sluice.source.positions import Span
from sluice.source.rendering import render_diagnostic

TEXT = "on: push\njobs:\n\tbuild: nothing\n"


def found(line: int, column: int, length: int = 1) -> Diagnostic:
    return Diagnostic(
        span=Span.at("ci.yml", line, column, length),
        rule="unexpected-value",
        message="Unexpected value 'nothing'",
        allowed=("steps", "uses"),
        hint="a job is a mapping",
    )


def test_the_caret_stands_under_the_place() -> None:
    assert render_diagnostic(found(3, 9, 7), TEXT).splitlines() == [
        "ci.yml:3:9: error: Unexpected value 'nothing' [unexpected-value]",
        "    3 | \tbuild: nothing",
        "      | \t       ^^^^^^^",
        "  allowed: steps, uses",
        "  hint: a job is a mapping",
    ]


def test_a_place_outside_the_text_shows_no_excerpt() -> None:
    assert "|" not in render_diagnostic(found(99, 1), TEXT)


def test_a_span_longer_than_its_row_stops_at_the_row() -> None:
    assert render_diagnostic(found(1, 5, 500), TEXT).splitlines()[2].count("^") == 4


def test_colour_is_only_there_when_wanted() -> None:
    assert "\x1b[31m" in render_diagnostic(found(1, 1), TEXT, colour=True)
    assert "\x1b" not in render_diagnostic(found(1, 1), TEXT)


def test_diagnostics_come_in_reading_order() -> None:
    later, earlier = found(3, 1), found(1, 5)
    assert sort_diagnostics([later, earlier]) == [earlier, later]
    assert later.severity is Severity.ERROR


def test_of_a_row_that_no_screen_holds_what_is_around_the_place_is_shown() -> None:
    row, carets = render_diagnostic(found(1, 5001, 3), "a" * 5000 + "BAD" + "c" * 5000).splitlines()[1:3]
    assert len(row) < 260
    assert row[carets.index("^") : carets.rindex("^") + 1] == "BAD"


def test_a_file_commands_no_terminal() -> None:
    shown = render_diagnostic(found(1, 1), "\x1b]0;owned\x07 \x9b2J\ttab")
    assert "\ufffd]0;owned\ufffd \ufffd2J\ttab" in shown
