from __future__ import annotations

from sluice.source.positions import Position, Span
from sluice.workflow.lint.places import SourceText

TEXT = "on: push\r\nrun: |\n  echo a.bc\n  echo a.b ä\n"
SOURCE = SourceText(TEXT)
WHOLE = Span("f", Position(1, 1), Position(5, 1))


def test_a_piece_is_found_with_its_line_and_column() -> None:
    assert SOURCE.find(WHOLE, "push") == Span("f", Position(1, 5), Position(1, 9))
    assert SOURCE.find(WHOLE, "ä") == Span("f", Position(4, 12), Position(4, 13))


def test_a_whole_chain_of_names_is_better_than_the_start_of_one() -> None:
    assert SOURCE.find(WHOLE, "a.b").start == Position(4, 8)
    assert SOURCE.find(WHOLE, "a.bc").start == Position(3, 8)
    assert SOURCE.find(WHOLE, "ech").start == Position(3, 3)


def test_what_is_not_there_has_the_place_of_the_whole() -> None:
    assert SOURCE.find(WHOLE, "nothing") is WHOLE
    assert SOURCE.find(WHOLE, "") is WHOLE
    assert SOURCE.find(Span("f", Position(1, 1), Position(1, 4)), "push").start == Position(1, 1)
    beyond = Span("f", Position(90, 1), Position(90, 2))
    assert SOURCE.find(beyond, "push") is beyond


def test_a_search_can_go_on_beyond_the_span() -> None:
    assert SOURCE.find_after(Span.at("f", 1, 1), "echo").start == Position(3, 3)


def test_lines_are_numbered_from_one() -> None:
    assert SOURCE.line(1) == "on: push"
    assert SOURCE.line(0) == SOURCE.line(99) == ""
