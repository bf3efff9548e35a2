"""The one comment on a pull request, against GitHub's interface on a loopback port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from comments import TOKEN, Comments, serve_comments

from sluice.app.judging.commenting import comment, find_place
from sluice.gates.formats.markdown import as_comment, comment_marker
from sluice.gates.verdict.model import Report
from sluice.source.errors import UnavailableError

TEXT = as_comment(Report(), "ci")


@pytest.fixture
def github() -> Iterator[Comments]:
    with serve_comments() as comments:
        yield comments


@pytest.fixture
def environment(tmp_path: Path, github: Comments) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
    return {
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_EVENT_PATH": str(event),
        "SLUICE_COMMENT_TOKEN": TOKEN,
    }


def say(environment: dict[str, str], text: str = TEXT, key: str = "ci") -> str:
    place = find_place(environment)
    assert place is not None
    return comment(place, text, key)


@pytest.mark.slow
def test_a_comment_is_made_once_and_then_edited(github: Comments, environment: dict[str, str]) -> None:
    assert say(environment) == "made"
    assert say(environment) == "unchanged"
    assert say(environment, TEXT + "more") == "edited"
    assert [found["body"] for found in github.found] == [TEXT + "more"]
    assert [method for method, _ in github.requests] == ["GET", "POST", "GET", "GET", "PATCH"]


def test_each_key_has_a_comment_of_its_own(github: Comments, environment: dict[str, str]) -> None:
    say(environment)
    assert say(environment, as_comment(Report(), "nightly"), "nightly") == "made"
    assert len(github.found) == 2


def test_ours_is_found_behind_many_others(github: Comments, environment: dict[str, str]) -> None:
    for number in range(230):
        github.add(f"comment {number}", kind="User")
    github.add(comment_marker("ci") + "\nold", kind="User", association="MEMBER")
    assert say(environment) == "edited"
    assert [method for method, _ in github.requests] == ["GET"] * 3 + ["PATCH"]


def test_a_strangers_comment_with_the_marker_is_left_alone(github: Comments, environment: dict[str, str]) -> None:
    github.add(comment_marker("ci") + "\nall is well", kind="User")
    assert say(environment) == "made"
    assert github.found[0]["body"].endswith("all is well")


@pytest.mark.parametrize("missing", ["SLUICE_COMMENT_TOKEN", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH"])
def test_without_a_token_or_a_pull_request_nothing_is_asked(
    github: Comments, environment: dict[str, str], missing: str
) -> None:
    assert find_place({**environment, missing: ""}) is None
    assert github.requests == []


def test_a_refusal_says_which_permission_is_needed(github: Comments, environment: dict[str, str]) -> None:
    github.status = 403
    with pytest.raises(UnavailableError, match=r"GitHub refused .*comments: 403") as found:
        say(environment)
    assert "pull-requests: write" in str(found.value.hint)


def test_a_token_is_in_no_text(environment: dict[str, str]) -> None:
    assert TOKEN not in repr(find_place(environment))


def test_nobody_there_is_told(environment: dict[str, str]) -> None:
    with pytest.raises(UnavailableError, match=r"can't be asked for .*comments"):
        say({**environment, "GITHUB_API_URL": "http://127.0.0.1:9"})
