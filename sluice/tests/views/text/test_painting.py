import io

import pytest
from rich.console import Console

from sluice.views.text.ansi import Style
from sluice.views.text.lines import Piece, line
from sluice.views.text.painting import paint, write
from sluice.views.text.sending import send


def console(**options: object) -> Console:
    return Console(**{"file": io.StringIO(), "force_terminal": True, "color_system": "standard", **options})  # type: ignore[arg-type]  # options as rich names them


def test_roles_become_colours() -> None:
    assert paint(line(("ok", "success"), " ", ("no", "failure")), console()) == "\x1b[32mok\x1b[0m \x1b[1;31mno\x1b[0m"


def test_styles_of_a_jobs_output_are_kept() -> None:
    shown = paint((Piece("x", "", Style(foreground=1, underline=True)),), console())
    assert shown == "\x1b[4;31mx\x1b[0m"


def test_no_color_keeps_weight_and_drops_colours() -> None:
    assert paint(line(("no", "failure")), console(no_color=True)) == "\x1b[1mno\x1b[0m"


def test_the_no_color_variable_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint(line(("ok", "success")), console()) == "ok"


def test_what_is_no_terminal_gets_plain_text() -> None:
    stream = io.StringIO()
    write([line(("ok", "success"), "  "), line("next")], Console(file=stream))
    assert stream.getvalue() == "ok\nnext\n"


def test_what_an_encoding_lacks_becomes_a_question_mark() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    send("ok ✓\n", stream)
    assert raw.getvalue() == b"ok ?\n"


def test_a_reader_that_left_is_no_error() -> None:
    class Gone(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError(text)

    send("text", Gone())
