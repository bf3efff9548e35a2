from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.engine.output import matchers
from sluice.engine.output.events import AnnotationFound
from sluice.engine.output.matcher_files import MatcherFileError, read_matchers
from sluice.engine.output.matchers import MatcherScanner, MatcherSet

if TYPE_CHECKING:
    from sluice.tests.engine.output.conftest import Step, StepFactory


def matcher(*patterns: dict[str, object], owner: str = "o", **more: object) -> dict[str, object]:
    return {"problemMatcher": [{"owner": owner, "pattern": list(patterns), **more}]}


GCC = matcher(
    {
        "regexp": r"^(.*):(\d+):(\d+):\s+(warning|error|note):\s+(.*)\s\[(\w+)\]$",
        "file": 1, "line": 2, "column": 3, "severity": 4, "message": 5, "code": 6,
    }
)  # fmt: skip
ESLINT = matcher(
    {"regexp": r"^([^\s].*)$", "file": 1},
    {
        "regexp": r"^\s+(\d+):(\d+)\s+(error|warning|info)\s+(.*)\s\s+(.*)$",
        "line": 1, "column": 2, "severity": 3, "message": 4, "code": 5, "loop": True,
    },
    owner="eslint",
)  # fmt: skip
THREE = matcher(
    {"regexp": "^one (.*)$", "file": 1},
    {"regexp": "^two (.*)$", "line": 1},
    {"regexp": "^three (.*)$", "message": 1},
    owner="three",
)


def found(step: Step) -> list[AnnotationFound]:
    return [event for event in step.events if isinstance(event, AnnotationFound)]


def checkout(folder: Path, *files: str) -> None:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text('[remote "origin"]\n\turl = https://github.com/o/r\n')
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def test_rule_24_one_line_is_a_problem_with_a_place(make_step: StepFactory, tmp_path: Path) -> None:
    checkout(tmp_path, "src/a.c")
    step = make_step(matchers=GCC)
    assert step.run("cc a.c\nsrc/a.c:3:7: warning: unused x [Wunused]\ndone\n") == (
        b"cc a.c\n##[warning]src/a.c:3:7: warning: unused x [Wunused]\ndone\n"
    )
    assert found(step) == [AnnotationFound(level="warning", message="unused x", file="src/a.c", line=3, column=7)]


def test_rule_24_several_lines_are_a_problem_and_the_last_pattern_loops(make_step: StepFactory, tmp_path: Path) -> None:
    checkout(tmp_path, "a.js", "b.js")
    step = make_step(matchers=ESLINT)
    step.run(
        "a.js\n  1:10  error  Missing semi  semi\n  2:1  warning  Unused  no-unused\n\n  9:9  error  stray  x\n"
        "b.js\n  5:5  error  Other  rule\n"
    )
    assert [(event.level, event.file, event.line, event.message) for event in found(step)] == [
        ("error", "a.js", 1, "Missing semi"),
        ("warning", "a.js", 2, "Unused"),
        ("error", "b.js", 5, "Other"),
    ]


def test_rule_24_a_line_between_breaks_a_problem_of_several_lines(make_step: StepFactory) -> None:
    step = make_step(matchers=THREE)
    step.run("one a\ntwo 2\nthree good\nthree stray\none a\ntwo 2\nother\nthree broken\none b\ntwo 1\nthree again\n")
    assert [event.message for event in found(step)] == ["good", "again"]


def test_a_problem_may_span_two_chunks(make_step: StepFactory) -> None:
    step = make_step(matchers=THREE)
    step.run("one a\n", "tw", "o 2\n", "three go", "od\n")
    assert [event.message for event in found(step)] == ["good"]


def test_the_newest_matcher_wins_and_the_others_forget(make_step: StepFactory) -> None:
    step = make_step(matchers=THREE)
    step.matchers.add(read_matchers(matcher({"regexp": "^two (.*)", "message": 1}, owner="new", severity="notice")))
    assert step.run("one a\ntwo 2\nthree lost\n") == b"one a\n##[notice]two 2\nthree lost\n"


def test_a_matcher_of_the_same_owner_is_replaced() -> None:
    chosen = MatcherSet()
    chosen.add(read_matchers(THREE))
    chosen.add(read_matchers(matcher({"regexp": "x", "message": 0}, owner="THREE")))
    assert chosen.owners == ("THREE",)


def test_rule_24_colours_are_no_part_of_the_line(make_step: StepFactory) -> None:
    step = make_step(matchers=matcher({"regexp": "^error: (.*)$", "message": 1}))
    assert step.run(b"\x1b[1;31merror\x1b[0m: \x1b[1mred\x1b[m\r\n\x1b[32mok\x1b[0m\n") == (
        b"##[error]error: red\n\x1b[32mok\x1b[0m\n"
    )


def test_a_severity_that_github_does_not_know_is_no_problem(make_step: StepFactory) -> None:
    step = make_step(matchers=GCC)
    assert step.run("a.c:1:1: note: see [W]\n") == b"a.c:1:1: note: see [W]\n"
    assert found(step) == []


def test_a_problem_without_a_message_is_none(make_step: StepFactory) -> None:
    assert make_step(matchers=matcher({"regexp": "^x(.*)$", "message": 1})).run("x \n") == b"x \n"


def test_rule_24_a_file_that_is_not_there_or_not_of_the_repository_is_dropped(
    make_step: StepFactory, tmp_path: Path
) -> None:
    checkout(tmp_path / "repo", "in.c")
    (tmp_path / "loose.c").touch()
    step = make_step(matchers=GCC)
    for file in ("repo/in.c", "loose.c", "none.c", "/etc/passwd", "../x.c", "repo/../repo/in.c", "repo"):
        step.output.feed(f"{file}:1:1: error: m [W]\n".encode())
    step.output.close()
    assert [event.file for event in found(step)] == ["in.c", None, None, None, None, "in.c", None]


def test_rule_24_a_file_counts_from_the_folder_of_from_path(make_step: StepFactory, tmp_path: Path) -> None:
    checkout(tmp_path, "project/src/a.cs")
    step = make_step(matchers=matcher({"regexp": r"^(\S+) (\S+) in (\S+)$", "file": 1, "message": 2, "fromPath": 3}))
    step.run(f"src/a.cs broken in {tmp_path}/project/p.csproj\n")
    assert [event.file for event in found(step)] == ["project/src/a.cs"]


def test_a_number_that_is_none_is_dropped(make_step: StepFactory) -> None:
    step = make_step(matchers=matcher({"regexp": r"^(\S+) (\S+) (.*)$", "line": 1, "column": 2, "message": 3}))
    step.run("x -1 m\n12345678901234567890 2 m\n")
    assert [(event.line, event.column) for event in found(step)] == [(None, None), (None, 2)]


@pytest.mark.slow
def test_an_expression_that_runs_away_is_removed_in_bounded_time(
    make_step: StepFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matchers, "TIMEOUT", 0.1)
    step = make_step(matchers=matcher({"regexp": "^(a|a)*$", "message": 0}, owner="slow"))
    step.matchers.add(read_matchers(matcher({"regexp": "^bad: (.*)$", "message": 1}, owner="fine")))
    started = time.process_time()
    step.run("a" * 60 + "b\nbad: x\n" + "a" * 60 + "b\n")
    assert time.process_time() - started < 1
    assert [event.message for event in found(step)] == [
        "Removing issue matcher 'slow'. Its expression took too long.",
        "x",
    ]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "must be an object with the key 'problemMatcher'"),
        ({"problemMatcher": {}}, None),
        ({"problemMatcher": 3}, "'problemMatcher' must be a list"),
        ({"problemMatcher": [3]}, "A problem matcher must be an object"),
        (matcher({"regexp": "x", "message": 0}, owner=""), "Owner must not be empty"),
        (matcher({"regexp": "x", "message": 0}, severity="fatal"), "contains unexpected default severity 'fatal'"),
        (matcher(), "Matcher 'o' does not contain any patterns"),
        (matcher({"regexp": "x"}), "At least one pattern must set 'message'"),
        (matcher({"regexp": "(", "message": 0}), "The expression '(' can't be used"),
        (matcher({"regexp": "x", "message": 1}), "'message' is set to 1 which is out of range"),
        (matcher({"regexp": "x", "message": -1}), "'message' is set to -1 which is out of range"),
        (matcher({"regexp": "x", "message": "1"}), "'message' is set to 1 which is out of range"),
        (matcher({"regexp": "x", "message": True}), "'message' is set to True which is out of range"),
        (matcher({"regexp": 3, "message": 0}), "'regexp' must be a text"),
        (matcher({"regexp": "x", "message": 0, "loop": True}), "Only the last pattern in a multiline matcher may"),
        (matcher({"regexp": "x", "message": 0}, {"regexp": "y", "loop": True}), "loop pattern must set 'message'"),
        (matcher({"regexp": "x", "message": 0}, {"regexp": "y", "message": 0}), "property 'message' is set twice"),
        (
            {"problemMatcher": [GCC["problemMatcher"], GCC["problemMatcher"]]},
            "A problem matcher must be an object",
        ),
    ],
)
def test_rule_24_a_matcher_file_is_checked_in_the_runners_words(document: object, problem: str | None) -> None:
    if problem is None:
        assert read_matchers(document) == ()
    else:
        with pytest.raises(MatcherFileError) as caught:
            read_matchers(document)
        assert problem in str(caught.value)


def test_two_matchers_of_one_owner_in_a_file_are_refused() -> None:
    pattern = {"regexp": "x", "message": 0}
    document = {"problemMatcher": [{"owner": "a", "pattern": [pattern]}, {"owner": "A", "pattern": [pattern]}]}
    with pytest.raises(MatcherFileError, match="Duplicate owner name 'A'"):
        read_matchers(document)


def test_javascript_escapes_are_understood(make_step: StepFactory) -> None:
    step = make_step(matchers=matcher({"regexp": r"^\e?\cI\/\u0041(\w+)", "message": 1}))
    step.run("\t/Aword\u00e9\n")
    assert [event.message for event in found(step)] == ["word"]


LINES = st.lists(st.sampled_from(["one a", "two 2", "three m", "a.js", "  1:2  error  E  r", "", "x"]), max_size=60)


@given(lines=LINES, cut=st.integers(0, 60))
def test_searching_many_lines_at_once_finds_what_going_through_them_finds(lines: list[str], cut: int) -> None:
    chosen = MatcherSet()
    chosen.add([*read_matchers(THREE), *read_matchers(ESLINT)])
    slow, fast = MatcherScanner(chosen), MatcherScanner(chosen)
    expected = [number for number, line in enumerate(lines) if slow.active and slow.scan([line]).found]
    assert fast.active
    first = fast.scan(lines[:cut]).found
    second = fast.scan(lines[cut:]).found
    assert [*first, *(number + len(lines[:cut]) for number in second)] == expected
