from __future__ import annotations

import io

import golden_lines
import pytest
import sample_runs
from run_stream import Stream

from sluice.events.model import AnnotationCreated
from sluice.views.streams.plain import PlainView, github_command


def plain_output(stream: Stream, *, verbose: bool = False, github: bool = False) -> str:
    out = io.StringIO()
    view = PlainView(
        stream=out, read_log=stream.read_log, verbose=verbose, github=github, report=lambda: "/runs/report.html"
    )
    for record in stream.records:
        view.show(record)
    assert view.refresh() is None
    view.close()
    return out.getvalue()


@pytest.mark.parametrize(("verbose", "github"), [(False, False), (True, False), (False, True)])
def test_a_red_run_reads_as_in_its_file(verbose: bool, github: bool) -> None:
    name = "plain" + ("-verbose" if verbose else "") + ("-github" if github else "")
    golden_lines.check(name, plain_output(sample_runs.red_run(), verbose=verbose, github=github))


def test_a_pipe_cuts_nothing() -> None:
    words, path = "so long " * 30 + "its end", "src/" + "deep/" * 30 + "proxy.py"
    stream = Stream().queue(()).single("a").single("b").start_job("a").start_step("a", "1", f"Run {words}step")
    stream.add(AnnotationCreated(job="a", level="error", message=f"{words} of a message", file=path, line=41))
    stream.log("a", "1", f"{words} of a line\n")
    stream.end_step("a", "1", "failure", exit_code=1).end_job("a", "failure")
    tail = plain_output(stream).partition("\n\n")[2]
    for end in ("its end of a message", "its end of a line", "its endstep", "exit code 1"):
        assert end in tail, tail
    assert "..." not in tail


def test_waiting_and_reviews_are_said() -> None:
    golden_lines.check("plain-waiting", plain_output(sample_runs.waiting_run()))


def test_an_interrupted_run_says_so() -> None:
    assert "! CI/CD #42 interrupted in 11s" in plain_output(sample_runs.interrupted_run())


@pytest.mark.parametrize("github", [False, True])
def test_hostile_output_stays_text(github: bool) -> None:
    text = plain_output(sample_runs.hostile_run(), verbose=True, github=github)
    assert not set(text) & {"\x1b", "\x07", "\x00", "\u202e", "\x9b"}


def test_no_command_of_a_jobs_reaches_github() -> None:
    stream = Stream().queue(()).single("a", "::error::name").start_job("a").start_step("a", "1", "::add-mask::x")
    stream.log("a", "1", "::set-output name=a::b\n  ::error::inner\n##[add-path]/evil\nx ##[set-env name=A]b\n")
    stream.end_step("a", "1", "failure", exit_code=1, reason="::stop-commands::x").end_job("a", "failure")
    text = plain_output(stream, verbose=True, github=True)
    assert "##[" not in text
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []


def test_annotations_escape_what_would_end_them() -> None:
    note = AnnotationCreated(
        job="a", level="error", message="50% of\nit\r::x", file="a,b:c.py", line=1, end_line=2, column=3, title="t: u"
    )
    assert github_command(note) == "::error file=a%2Cb%3Ac.py,line=1,endLine=2,col=3,title=t%3A u::50%25 of%0A::x"
