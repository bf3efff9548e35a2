import golden_lines
import pytest
from run_stream import START

from sluice.store.runs.protocol import RunRow
from sluice.views.run.listing import run_lines
from sluice.views.text.glyphs import ASCII, UNICODE
from sluice.views.text.lines import ENDLESS, cells, plain


def row(number: int, **changes: object) -> RunRow:
    facts: dict[str, object] = {
        "run": f"20261123-1907{number:02d}-4f2a",
        "number": number,
        "attempt": 1,
        "workflow_file": ".github/workflows/ci-cd.yml",
        "workflow_name": "CI/CD",
        "run_name": "a",
        "trigger": "push",
        "ref": "refs/heads/main",
        "sha": "3f1c2a9",
        "root": "/home/ada/stratum",
        "status": "completed",
        "conclusion": "success",
        "created": START,
        "completed": START + 61,
        "engine_pid": 1,
        "engine_started": 1.0,
    }
    return RunRow(**{**facts, **changes})  # type: ignore[arg-type]  # the facts are as the type says


ROWS = (
    row(44, status="in_progress", conclusion=None, completed=None, created=START + 3500),
    row(43, conclusion="failure", attempt=2, ref="refs/pull/7/merge"),
    row(42, workflow_name="A very long name of a workflow indeed", ref="refs/heads/feature/count-rejected-shares"),
    row(41, conclusion="interrupted", completed=START + 4000),
    row(40, conclusion="cancelled", workflow_name="evil\x1b[2J\nname"),
)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_runs_read_as_in_their_file(width: int) -> None:
    lines = run_lines(ROWS, START + 3600, UNICODE, width)
    golden_lines.check(f"listing-{width}", lines)
    assert all(cells(one) <= width for one in lines)


def test_a_narrow_table_gives_up_names_before_the_result() -> None:
    narrow = ["".join(piece.text for piece in one) for one in run_lines(ROWS, START + 3600, UNICODE, 60)]
    assert [text.rstrip().rsplit("  ", 1)[-1] for text in narrow[1:]] == [
        "running",
        "failed",
        "passed",
        "interrupted",
        "cancelled",
    ]


def test_titles_stand_where_they_say_more_than_the_workflows_name() -> None:
    named = (row(2, run_name="Deploy \x1b[31mstaging by @ada"), row(1, run_name="CI/CD"))
    wide, narrow = ([plain(one) for one in run_lines(named, START + 3600, UNICODE, width)] for width in (120, 60))
    assert "Deploy staging by @ada" in wide[1]
    assert [one.count("CI/CD") for one in wide[1:]] == [1, 1]
    assert not any("Deploy" in one or "title" in one for one in narrow)
    untitled = run_lines((row(1, run_name="CI/CD"), row(2, run_name="")), START + 3600, UNICODE, 120)
    assert "title" not in plain(untitled[0])


def test_no_runs_are_no_lines() -> None:
    assert run_lines([], START) == []


def test_without_unicode_it_is_ascii() -> None:
    assert all(piece.text.isascii() for one in run_lines(ROWS, START, ASCII) for piece in one)


def test_runs_of_several_repositories_say_whose_they_are() -> None:
    rows = (row(2), row(1, root="/home/ada/other"))
    shown = [plain(one).split() for one in run_lines(rows, START + 3600)]
    assert [words[2:4] for words in shown] == [["repository", "workflow"], ["2", "stratum"], ["1", "other"]]
    assert "repository" not in plain(run_lines(rows[:1], START)[0])


def test_a_pipe_cuts_no_name() -> None:
    lines = run_lines(ROWS, START + 3600, ASCII, ENDLESS)
    texts = [plain(one) for one in lines]
    assert any("A very long name of a workflow indeed" in text for text in texts)
    assert any("feature/count-rejected-shares" in text for text in texts)
    assert max(map(len, texts)) < 200
