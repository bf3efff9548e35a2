from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sluice.engine.output.context import CommandRules
from sluice.engine.output.events import (
    AnnotationFound,
    CommandFailed,
    EnvironmentSet,
    GroupClosed,
    GroupOpened,
    MaskAdded,
    MatchersChanged,
    OutputEvent,
    OutputSet,
    PathAdded,
    StateSaved,
)
from sluice.masking.encodings import LONGEST_SECRET

if TYPE_CHECKING:
    from sluice.tests.engine.output.conftest import StepFactory

MATCHER = {"problemMatcher": [{"owner": "lint", "pattern": [{"regexp": "^bad: (.*)$", "message": 1}]}]}


def failures(events: list[OutputEvent]) -> list[str]:
    return [event.message for event in events if isinstance(event, CommandFailed)]


def messages(events: list[OutputEvent]) -> list[tuple[str, str]]:
    return [(event.level, event.message) for event in events if isinstance(event, AnnotationFound)]


def test_rule_24_annotations_carry_their_place(make_step: StepFactory) -> None:
    step = make_step()
    log = step.run(
        "::error file=a.py,line=1,endLine=2,title=Oh::first%0Asecond\n::notice::n\n::warning line=4,col=2::w\n"
    )
    assert log == b"##[error]first\nsecond\n##[notice]n\n##[warning]w\n"
    assert step.events == [
        AnnotationFound(level="error", message="first\nsecond", title="Oh", file="a.py", line=1, end_line=2),
        AnnotationFound(level="notice", message="n"),
        AnnotationFound(level="warning", message="w", line=4, column=2),
    ]


def test_an_absolute_file_in_the_workspace_becomes_relative(make_step: StepFactory, tmp_path: Path) -> None:
    step = make_step()
    step.run(f"::error file={tmp_path}/src/../a.py::m\n::error file=/elsewhere/b.py::m\n")
    assert [event.file for event in step.events if isinstance(event, AnnotationFound)] == ["a.py", "/elsewhere/b.py"]


@pytest.mark.parametrize(
    ("properties", "places"),
    [
        ("endLine=5", (5, 5, None, None)),
        ("line=2,endColumn=7", (2, None, 7, 7)),
        ("col=3", (None, None, None, None)),
        ("line=2,endLine=3,col=1", (2, 3, None, None)),
        ("line=9,endLine=3", (None, None, None, None)),
        ("line=2,col=9,endColumn=3", (2, None, None, None)),
        ("line=x,col=1", (None, None, None, None)),
        ("line= 2 ,col=+1", (2, None, 1, None)),
    ],
)
def test_places_that_make_no_sense_are_put_right(
    make_step: StepFactory, properties: str, places: tuple[int | None, ...]
) -> None:
    step = make_step()
    step.run(f"::error {properties}::m\n")
    [found] = step.events
    assert isinstance(found, AnnotationFound)
    assert (found.line, found.end_line, found.column, found.end_column) == places


def test_annotations_beyond_the_limit_are_in_the_log_only(make_step: StepFactory) -> None:
    step = make_step(rules=CommandRules(annotation_limit=2))
    assert step.run("::error::e\n" * 5 + "::notice::n\n").count(b"##[error]e\n") == 5
    assert messages(step.events) == [("error", "e"), ("error", "e"), ("notice", "n")]


def test_secrets_are_masked_in_annotations(make_step: StepFactory) -> None:
    step = make_step(secrets=["hidden"])
    step.run("::error file=hidden.py,title=a hidden b::see hidden\n")
    assert step.events == [AnnotationFound(level="error", message="see ***", title="a *** b", file="***.py")]


def test_rule_24_debug_shows_only_with_step_debug(make_step: StepFactory) -> None:
    assert make_step().run("::debug::a%0Ab\n") == b""
    assert make_step(rules=CommandRules(debug=True)).run("::debug::a%0Ab\n") == b"##[debug]a\n##[debug]b\n"


def test_rule_24_groups_fold(make_step: StepFactory) -> None:
    step = make_step()
    assert step.run("::group::My title\ninside\n::endgroup::\n") == b"##[group]My title\ninside\n##[endgroup]\n"
    assert step.events == [GroupOpened(title="My title"), GroupClosed()]


def test_rule_24_add_mask_counts_at_once_and_its_line_is_never_logged(make_step: StepFactory) -> None:
    step = make_step()
    log = step.run("tops3cret before\n::add-mask::tops3cret\nnow tops3cret\n##[add-mask]other1\nother1\n")
    assert log == b"tops3cret before\nnow ***\n***\n"
    assert step.events == [MaskAdded(), MaskAdded()]


def test_add_mask_of_bytes_that_are_no_utf_8(make_step: StepFactory) -> None:
    assert make_step().run(b"::add-mask::\xff\xfe\xfd!\n<\xff\xfe\xfd!>\n") == b"<***>\n"


def test_add_mask_of_several_lines_masks_each(make_step: StepFactory) -> None:
    assert make_step().run("::add-mask::one11%0Atwo22\none11 two22\n") == b"*** ***\n"


def test_add_mask_of_nothing_is_a_warning(make_step: StepFactory) -> None:
    step = make_step()
    step.run("::add-mask::  \n")
    assert messages(step.events) == [("warning", "Can't add secret mask for empty string in ##[add-mask] command.")]


def test_a_mask_that_is_too_long_fails_the_step_and_stays_out_of_the_log(make_step: StepFactory) -> None:
    step = make_step()
    assert b"kkk" not in step.run("::add-mask::" + "k" * (LONGEST_SECRET + 1) + "\n")
    [failure] = failures(step.events)
    assert failure.endswith(" A mask can have 1048576 characters at most; this one has 1048577.")


def test_rule_24_echo_shows_commands_but_no_secret(make_step: StepFactory) -> None:
    step = make_step()
    log = step.run("::echo::on\n::set-output name=a::1\n::add-mask::s3cret\n::debug::d\n::echo::OFF\n::group::g\n")
    deprecated = next(line for line in log.splitlines(keepends=True) if b"deprecated" in line)
    assert log == (b"::set-output name=a::1\n" + deprecated + b"::add-mask::***\n" + b"::echo::OFF\n" + b"##[group]g\n")


def test_echo_of_something_else_fails_the_step(make_step: StepFactory) -> None:
    step = make_step()
    step.run("::echo::maybe\n")
    assert messages(step.events) == [
        ("error", "Unable to process command '::echo::maybe' successfully."),
        ("error", "Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: 'maybe'."),
    ]
    assert len(failures(step.events)) == 1


def test_rule_24_outputs_and_state_still_work_with_one_warning_each(make_step: StepFactory) -> None:
    step = make_step()
    step.run("::set-output name=a::1%0A2\n::set-output name=b::\n::save-state name=s::v\n")
    assert [event for event in step.events if not isinstance(event, AnnotationFound)] == [
        OutputSet(name="a", value="1\n2"),
        OutputSet(name="b", value=""),
        StateSaved(name="s", value="v"),
    ]
    warnings = messages(step.events)
    assert [level for level, _ in warnings] == ["warning", "warning"]
    assert warnings[0][1].startswith("The `set-output` command is deprecated and will be disabled soon.")


def test_set_output_without_a_name_fails_the_step(make_step: StepFactory) -> None:
    step = make_step()
    step.run("::set-output::1\n")
    [failure] = failures(step.events)
    assert failure == (
        "Unable to process command '::set-output::1' successfully. "
        "Required field 'name' is missing in ##[set-output] command."
    )


@pytest.mark.parametrize("line", ["::set-env name=A::1", "::add-path::/bin", "##[set-env name=A]1"])
def test_rule_24_set_env_and_add_path_are_refused(make_step: StepFactory, line: str) -> None:
    step = make_step()
    step.run(line + "\n")
    assert [event for event in step.events if isinstance(event, EnvironmentSet | PathAdded)] == []
    [failure] = failures(step.events)
    assert "command is disabled. Please upgrade to using Environment Files" in failure


def test_rule_24_set_env_and_add_path_where_they_are_allowed(make_step: StepFactory) -> None:
    step = make_step(rules=CommandRules(allow_unsecure_commands=True))
    step.run("::set-env name=A::1\n::add-path::/opt/bin\n::set-env name=node_options::--require x\n")
    assert step.events == [
        EnvironmentSet(name="A", value="1"),
        PathAdded(path="/opt/bin"),
        AnnotationFound(
            level="error", message="Can't update NODE_OPTIONS environment variable using ::set-env:: command."
        ),
    ]


def test_rule_24_stopped_commands_are_plain_output_until_the_token(make_step: StepFactory) -> None:
    step = make_step()
    log = step.run(
        "::stop-commands::tok\n::error::inert\n::stop-commands::other\n::other::\n::add-mask::visible\nvisible\n"
        "  ::TOK::\n::error::loud\n::tok::\n"
    )
    assert log == (
        b"::stop-commands::tok\n::error::inert\n::stop-commands::other\n::other::\n::add-mask::visible\nvisible\n"
        b"  ::TOK::\n##[error]loud\n::tok::\n"
    )
    assert messages(step.events) == [("error", "loud")]


def test_a_long_stop_token_is_masked_so_that_the_log_does_not_give_it_away(make_step: StepFactory) -> None:
    step = make_step()
    assert step.run("::stop-commands::token-1234\n::token-1234::\n::notice::x\n") == (
        b"::stop-commands::***\n::***::\n##[notice]x\n"
    )


@pytest.mark.parametrize("token", ["", "pause-logging", "Error", "add-mask"])
def test_rule_24_a_stop_token_that_could_hide_commands_is_refused(make_step: StepFactory, token: str) -> None:
    step = make_step()
    step.run(f"::stop-commands::{token}\n::notice::still here\n")
    assert messages(step.events)[0][1].startswith("You cannot use a endToken that is an empty string")
    assert messages(step.events)[-1] == ("notice", "still here")
    assert len(failures(step.events)) == 1


def test_the_old_form_works_anywhere_in_a_line_and_swallows_it(make_step: StepFactory) -> None:
    step = make_step()
    assert step.run("text ##[warning]careful\n") == b"##[warning]careful\n"
    assert messages(step.events) == [("warning", "careful")]


def test_text_that_is_no_utf_8_reaches_events_as_text(make_step: StepFactory) -> None:
    step = make_step()
    assert step.run(b"::error::caf\xe9\n") == "##[error]caf\ufffd\n".encode()
    assert messages(step.events) == [("error", "caf\ufffd")]


def test_rule_24_matchers_are_added_from_a_file_and_removed(make_step: StepFactory, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MATCHER), encoding="utf-8-sig")
    step = make_step()
    log = step.run("bad: 0\n::add-matcher::m.json\nbad: 1\n::remove-matcher owner=LINT::\nbad: 2\n")
    assert log == b"bad: 0\n##[error]bad: 1\nbad: 2\n"
    assert step.events == [
        MatchersChanged(added=("lint",)),
        AnnotationFound(level="error", message="1"),
        MatchersChanged(removed=("LINT",)),
    ]


def test_rule_24_matchers_are_removed_by_file(make_step: StepFactory, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MATCHER))
    step = make_step()
    assert step.run(f"::add-matcher::{tmp_path}/m.json\n##[remove-matcher]m.json\nbad: 1\n") == b"bad: 1\n"
    assert step.matchers.owners == ()


def test_a_matcher_serves_the_jobs_later_steps(make_step: StepFactory) -> None:
    job = make_step(matchers=MATCHER)
    assert make_step(job=job).run("bad: x\n") == b"##[error]bad: x\n"


@pytest.mark.parametrize("line", ["::remove-matcher::", "::remove-matcher owner=a::b"])
def test_remove_matcher_wants_an_owner_or_a_file(make_step: StepFactory, line: str) -> None:
    step = make_step()
    step.run(line + "\n")
    assert [level for level, _ in messages(step.events)] == ["warning"]


def test_a_matcher_file_outside_of_the_workspace_is_refused(make_step: StepFactory, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    for file in ("../m.json", "/etc/passwd", "link.json"):
        step = make_step()
        step.run(f"::add-matcher::{file}\n")
        assert "is outside of the workspace." in failures(step.events)[0], file


def test_a_matcher_file_that_is_no_file_hangs_nothing(make_step: StepFactory, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "broken.json").write_text("{")
    for file, reason in (
        ("fifo", "is not a regular file"),
        (".", "regular file"),
        ("none", "Could not find file"),
        ("broken.json", "is not JSON"),
    ):
        step = make_step()
        step.run(f"::add-matcher::{file}\n")
        assert reason in failures(step.events)[0], file
