from hypothesis import given
from hypothesis import strategies as st

from sluice.views.text.lines import (
    BLANK,
    ENDLESS,
    Piece,
    cells,
    chop,
    crop,
    fit,
    fold,
    label,
    line,
    pad,
    pad_left,
    plain,
    spread,
    table,
    wrap,
)

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "So")), max_size=60)


def test_a_label_is_one_safe_line() -> None:
    assert label("a\n\tb\x1b[2J  c.\r\n\nd") == "a; b c. d"


def test_wide_characters_count_twice() -> None:
    assert (cells("漢字"), fit("漢字漢字", 5), pad("漢", 4), pad_left("漢", 4)) == (4, "漢字…", "漢  ", "  漢")


@given(TEXT, st.integers(0, 40))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    assert cells(fit(text, width)) <= width


@given(st.lists(TEXT, max_size=5), st.integers(1, 40))
def test_crop_never_exceeds_its_width_and_keeps_roles(texts: list[str], width: int) -> None:
    shown = line(*((text, "failure") for text in texts))
    cut = crop(shown, width)
    assert cells(cut) <= width
    assert {piece.role for piece in cut} <= {"failure"}


@given(TEXT, st.integers(2, 40), st.integers(1, 4))
def test_chop_loses_nothing(text: str, width: int, rows: int) -> None:
    parts = chop(line(text), width, rows)
    assert "".join(piece.text for part in parts for piece in part) == text
    assert len(parts) <= rows
    assert all(cells(part) <= width for part in parts[:-1])


def test_crop_marks_the_cut() -> None:
    assert plain(crop(line("abc", ("defgh", "code")), 6)) == "abcde…"
    assert crop(line("abc"), 3) == (Piece("abc"),)


def test_spread_keeps_the_right_side_whole() -> None:
    assert plain(spread(line("left side"), line("right"), 20)) == "left side      right"
    assert plain(spread(line("left side"), line("right"), 10)) == "lef… right"


def test_wrap_breaks_at_blanks() -> None:
    assert wrap("one two three", 7, "  ") == ["one two", "  three"]
    assert wrap("", 7) == [""]


def test_tables_are_aligned() -> None:
    assert table([["a", "1"], ["bb", "22"]], right=[1]) == [["a ", " 1"], ["bb", "22"]]
    assert table([]) == []


def test_a_line_is_folded_at_blanks_behind_its_indent() -> None:
    shown = line("  ", ("+", "success"), " name   ", ("one two three four", "quiet"), " and averyveryverylongword")
    rows = fold(shown, 20, 10)
    assert [plain(one) for one in rows] == [
        "  + name   one two",
        "          three four",
        "          and",
        "          averyveryverylongword",
    ]
    assert ("three", "quiet") in [(piece.text, piece.role) for piece in rows[1]]
    assert [plain(one) for one in fold(shown, ENDLESS, 10)] == [plain(shown)]
    assert fold(BLANK, 20, 4) == [BLANK]
