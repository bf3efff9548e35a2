from __future__ import annotations

import json
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluice.engine.output import stream
from sluice.engine.output.context import CommandRules
from sluice.engine.output.events import AnnotationFound, MaskAdded

if TYPE_CHECKING:
    from sluice.tests.engine.output.conftest import StepFactory

MATCHER = {
    "problemMatcher": [
        {"owner": "one", "pattern": [{"regexp": "^bad: (.*)$", "message": 1}]},
        {"owner": "two", "pattern": [{"regexp": "^in (.*)$", "file": 1}, {"regexp": r"^\s+(.*)!$", "message": 1}]},
    ]
}


@pytest.mark.parametrize(
    "data",
    [
        b"plain\n",
        b"no end",
        b"\n\n\n",
        b"crlf\r\nlines\r\n",
        b"progress 1%\rprogress 2%\rdone\n",
        b"nul \x00 byte\n",
        b"not utf-8 \xff\xfe\xc3\n",
        b"std::vector<a::b> x::y\n",
        b" ::\n::\n: :error::\n# ##[ ##[]\n",
        b"\xef\xbb\xbf::error::no trim of a byte order mark\n",
        b"#" * 1000,
        b"",
    ],
)
@pytest.mark.parametrize("matchers", [None, MATCHER])
def test_ordinary_output_reaches_the_log_unharmed(make_step: StepFactory, data: bytes, matchers: object) -> None:
    step = make_step(secrets=["s3cret"], matchers=matchers)
    assert step.run(data) == data
    assert step.events == []


def test_rule_24_commands_after_a_carriage_return_count(make_step: StepFactory) -> None:
    step = make_step()
    assert step.run("50%\r::error::x\r\n60%\r  ##[error]y\r100%\n") == b"50%\r##[error]x\n60%\r##[error]y\n100%\n"


def test_a_command_in_the_last_line_needs_no_end(make_step: StepFactory) -> None:
    assert make_step().run("a\n::notice::b") == b"a\n##[notice]b\n"


def test_rule_24_unknown_commands_are_plain_output(make_step: StepFactory) -> None:
    assert make_step().run("::internal-set-repo-path repoFullName=a::b\n::nope::\n") == (
        b"::internal-set-repo-path repoFullName=a::b\n::nope::\n"
    )


def test_rule_25_a_secret_split_over_two_chunks_never_reaches_the_log(make_step: StepFactory) -> None:
    step = make_step(secrets=["correct horse"])
    step.output.feed(b"<correct ho")
    step.output.flush_partial()
    assert step.log == b"<"
    assert step.run("rse>\n") == b"<***>\n"


def test_a_question_without_a_line_end_is_shown_by_the_flush(make_step: StepFactory) -> None:
    step = make_step()
    step.output.feed(b"a\nGo on? ")
    assert step.log == b"a\n"
    step.output.flush_partial()
    assert step.log == b"a\nGo on? "
    assert step.run("yes\n::notice::n\n") == b"a\nGo on? yes\n##[notice]n\n"


@pytest.mark.parametrize("start", ["::", ":", "  ::add-mask::par", "", "text ##[add-mask]par"])
def test_the_flush_shows_nothing_that_may_become_a_command(make_step: StepFactory, start: str) -> None:
    step = make_step()
    step.output.feed(start.encode())
    step.output.flush_partial()
    assert step.log == b""
    for data in ("::add-mask::partial\npartial\n",):
        if data.startswith(start.strip()):
            assert step.run(data[len(start.strip()) :]) == b"***\n"


def test_after_a_flush_a_line_is_no_command_but_the_old_form_still_is(make_step: StepFactory) -> None:
    step = make_step()
    step.output.feed(b"shown #")
    step.output.flush_partial()
    assert step.log == b"shown "
    step.output.feed(b"#[error]x\nasked: ")
    step.output.flush_partial()
    step.output.feed(b"::error::inert\n")
    assert step.run() == b"shown \n##[error]x\nasked: ::error::inert\n"
    assert step.events == [AnnotationFound(level="error", message="x")]


def test_a_problem_in_a_line_that_was_flushed_is_found(make_step: StepFactory) -> None:
    step = make_step(matchers=MATCHER)
    step.output.feed(b"bad: in")
    step.output.flush_partial()
    assert step.run("deed\n") == b"bad: indeed\n##[error]bad: indeed\n"
    assert step.events == [AnnotationFound(level="error", message="indeed")]


def test_lines_of_the_engine_are_masked_and_never_commands(make_step: StepFactory) -> None:
    step = make_step(secrets=["s3cret"], rules=CommandRules(debug=True))
    step.output.write_lines(["Run echo s3cret"])
    step.output.write_lines(["::error::inert s3cret"])
    step.output.annotate(AnnotationFound(level="error", message="exit s3cret"))
    step.output.debug("why: s3cret")
    assert step.log == b"Run echo ***\n::error::inert ***\n##[error]exit ***\n##[debug]why: ***\n"
    assert step.events == [AnnotationFound(level="error", message="exit ***")]


def test_a_line_of_the_engine_begins_a_new_line(make_step: StepFactory) -> None:
    step = make_step()
    step.output.feed(b"waiting...")
    step.output.flush_partial()
    step.output.write_lines(["canceled"])
    assert step.run("::error::inert\n") == b"waiting...\ncanceled\n::error::inert\n"


def test_secrets_in_echoed_commands_and_groups_are_masked(make_step: StepFactory) -> None:
    step = make_step(secrets=["s3cret"], rules=CommandRules(echo=True))
    assert step.run("::group::s3cret\n") == b"::group::***\n##[group]***\n"


def test_a_line_without_end_goes_on_in_parts(make_step: StepFactory) -> None:
    step = make_step(secrets=["needle"])
    size = stream.LONGEST_LINE
    data = b"x" * (size - 3) + b"needle" + b"y" * size
    step.output.feed(data)
    assert len(step.log) >= size - 6
    assert step.run("\n::notice::n\n") == data.replace(b"needle", b"***") + b"\n##[notice]n\n"


@pytest.mark.slow
def test_a_line_without_end_keeps_memory_bounded(make_step: StepFactory) -> None:
    step = make_step(secrets=["needle"])
    written = 0
    tracemalloc.start()
    for _ in range(400):
        step.output.feed(b"no end here " * 10_000)
        written += len(step.log)
        step.written.clear()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    step.output.close()
    assert written + len(step.log) == 400 * 120_000
    assert peak < 8 * 1024 * 1024


def test_a_command_longer_than_a_line_is_still_one(make_step: StepFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LONGEST_LINE", 1024)
    secret = "k" * 1030
    step = make_step()
    assert step.run("::add-mask::", secret, "\n", f"<{secret}>\n") == b"<***>\n"


def test_a_command_without_end_is_left_out(make_step: StepFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LONGEST_COMMAND", 3 * stream.LONGEST_LINE)
    part = b"k" * stream.LONGEST_LINE
    for chunks in ([b"::add-mask::", part, part, part, b"\nnext\n"], [b"::add-mask::" + 3 * part + b"\nnext\n"]):
        step = make_step()
        assert step.run(*chunks) == b"##[warning]A workflow command of more than 768k was left out.\nnext\n"


def test_many_chunks_of_a_long_command_cost_no_copy_each(make_step: StepFactory) -> None:
    step = make_step()
    step.output.feed(b"::debug::")
    for _ in range(20_000):
        step.output.feed(b"x" * 100)
    assert step.run("\n::notice::n\n") == b"##[notice]n\n"


PIECES = st.sampled_from(
    [
        *[
            "abc",
            "s3cret",
            "s3",
            "cret",
            "bob",
            "\n",
            "\r\n",
            "\r",
            " ",
            "\t",
            "::",
            ":",
            "##[",
            "#",
            "]",
            "%0A",
            "\xe9",
        ],
        *["::add-mask::bob\n", "::stop-commands::tok\n", "::tok::\n", "::error file=a::m\n", "::notice::s3cret\n"],
        *["::echo::on\n", "::set-output name=a::b\n", "x ##[debug]d\n", "::add-matcher::m.json\n", "bad: x\n"],
        *["::remove-matcher owner=one::\n", "in a.c\n", "  s3cret!\n", "\x1b[31mbad: y\x1b[0m\n", "x" * 70, "\xff"],
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, max_size=25), cuts=st.lists(st.integers(0, 400), max_size=10), matchers=st.booleans())
def test_any_cut_of_the_bytes_gives_the_same_log_and_events(
    make_step: StepFactory, tmp_path: Path, pieces: list[str], cuts: list[int], matchers: bool
) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MATCHER))
    data = "".join(pieces).encode("latin-1")
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "LONGEST_LINE", 64)
        patch.setattr(stream, "LONGEST_COMMAND", 160)
        whole, cut = (make_step(secrets=["s3cret"], matchers=MATCHER if matchers else None) for _ in range(2))
        assert cut.run(*(data[a:b] for a, b in pairwise(places))) == whole.run(data)
    assert cut.events == whole.events
    assert b"s3cret" not in whole.log


def test_a_mask_added_while_output_is_held_back_counts_for_it(make_step: StepFactory) -> None:
    step = make_step(secrets=["abcdef"])
    step.output.feed(b"abc")
    step.masker.add("xyz")
    assert step.run("xyz\n") == b"abc***\n"
    step = make_step()
    assert step.run("::add-mask::tok1", "2\n", "tok", "12\n") == b"***\n"
    assert step.events == [MaskAdded()]
