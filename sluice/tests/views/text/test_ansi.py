import pytest

from sluice.views.text.ansi import PLAIN, Style, clean, shorten, styled


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2;0;0;0\x1b\\after", "after"),
        ("\x1b[2J\x1b[1;1Htop", "top"),
        ("\x1b[?1049halternate", "alternate"),
        ("\x1b(0lqk\x1b(B", "lqk"),
        ("bell\x07 back\x08space null\x00", "bell backspace null"),
        ("\x9b31mC1", "31mC1"),
        ("a\u202egnp.exe\u202c", "agnp.exe"),
        ("\x1b]0;never ended", "]0;never ended"),
        ("\x1b[31", "[31"),
        ("one\u2028two", "one two"),
        ("10%\r20%\r100%\r", "100%"),
        ("\r\r", ""),
        ("tab\tstays", "tab\tstays"),
        ("\ud800lone", "lone"),
        ("naïve → ünïcode 漢字 🎉", "naïve → ünïcode 漢字 🎉"),
    ],
)
def test_nothing_that_a_terminal_obeys_gets_through(sent: str, shown: str) -> None:
    assert clean(sent) == shown


def test_a_stripped_sequence_does_not_leave_another_one_behind() -> None:
    for sent in ("\x1b\x1b[2J[2J", "\x1b[\x1b[2J2J", "\x1b]\x1b]0;x\x07\x07"):
        assert "\x1b" not in clean(sent)


def test_colours_and_attributes_become_styles() -> None:
    runs, after = styled("a\x1b[1;31mb\x1b[22mc\x1b[38;5;208md\x1b[48;2;1;2;3me\x1b[7mf\x1b[mg\x1b[94;4mh")
    assert runs == [
        ("a", PLAIN),
        ("b", Style(bold=True, foreground=1)),
        ("c", Style(foreground=1)),
        ("d", Style(foreground=208)),
        ("e", Style(foreground=208, background=(1, 2, 3))),
        ("f", Style(foreground=208, background=(1, 2, 3), inverse=True)),
        ("g", PLAIN),
        ("h", Style(foreground=12, underline=True)),
    ]
    assert after == Style(foreground=12, underline=True)


def test_a_style_goes_on_in_the_next_line() -> None:
    _, after = styled("\x1b[32mfirst")
    assert styled("second", after)[0] == [("second", Style(foreground=2))]


@pytest.mark.parametrize("codes", ["38", "38;5", "38;5;999", "38;9;1", "999", "38;2;300;1", "4:3", "58;5;1", ";;"])
def test_malformed_colours_do_no_harm(codes: str) -> None:
    runs, _ = styled(f"\x1b[{codes}mtext")
    assert [text for text, _ in runs] == ["text"]


@pytest.mark.slow
def test_megabytes_of_escapes_take_no_time() -> None:
    for hostile in ("\x1b]" * 500_000, "\x1b[" * 500_000, "\x1b[1;" * 300_000, "\x1bP" + "a" * 2_000_000):
        assert "\x1b" not in clean(hostile)


def test_long_lines_are_cut_in_the_middle_with_a_note() -> None:
    assert shorten("a" * 50 + "b" * 50, 20) == f"{'a' * 10} … 80 characters left out … {'b' * 10}"
    assert shorten("short", 20) == "short"
