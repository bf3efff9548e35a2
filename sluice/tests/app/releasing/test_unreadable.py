"""A version that is no text is an error that says where, what, and what is allowed; never a package passed over."""

from __future__ import annotations

import re

import pytest
from releasing_project import Commit, release

from sluice.source.errors import UsageError

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
SHARED = "[workspace]\nmembers = []\n[workspace.package]\nversion = {}\n"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("package.json", '{"name": "x", "version": 1}', "`version` of package.json is 1, a number"),
        ("package.json", '{"name": "x", "version": null}', "`version` of package.json is null"),
        ("package.json", '{"name": "x", "version": ["1.0.0"]}', '`version` of package.json is ["1.0.0"], a list'),
        ("package.json", "[]", "package.json is [], a list"),
        ("Cargo.toml", '[package]\nname = "x"\nversion = 1.0\n', "`version` of [package] of Cargo.toml is 1.0, a num"),
        ("Cargo.toml", SHARED.format("true"), "`version` of [workspace.package] of Cargo.toml is true, a truth value"),
        ("Cargo.toml", '[package]\nname = "x"\nversion = {}\n', "`version` of [package] of Cargo.toml is {}, a table"),
        ("Cargo.toml", "package = 1\n", "`package` of Cargo.toml is 1, a number"),
        (
            "pyproject.toml",
            '[project]\nname = "x"\nversion = 1.0\n',
            "`version` of [project] of pyproject.toml is 1.0, ",
        ),
        ("pyproject.toml", "[tool.poetry]\nversion = 2\n", "`version` of [tool.poetry] of pyproject.toml is 2, a num"),
        ("pyproject.toml", "project = 1\n", "`project` of pyproject.toml is 1, a number"),
    ],
)
def test_a_version_that_is_no_text_is_told(commit: Commit, file: str, text: str, said: str) -> None:
    commit("feat: one", **{file: text})
    for words in (("plan",), ("check", "v1.0.0")):
        with pytest.raises(UsageError, match=re.escape(said)):
            release(*words)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("package.json", '{"name": "x"}'),
        ("package.json", '{"name": "x", "private": true, "version": 1}'),
        ("Cargo.toml", '[package]\nname = "x"\n'),
        ("Cargo.toml", '[package]\nname = "x"\nversion.workspace = true\n[workspace.package]\nversion = "1.0.0"\n'),
    ],
)
def test_a_version_that_is_not_wanted_is_none(commit: Commit, file: str, text: str) -> None:
    commit("feat: one", **{file: text})
    assert release("plan").startswith("the first release -> ")


@pytest.mark.parametrize(
    "text",
    [
        'package.name = "x"\npackage.version = "1.0.0"\n',
        'package = { name = "x", version = "1.0.0" }\n',
        '[package]\nname = "x"\nversion = """1.0.0"""\n',
    ],
)
def test_a_version_that_could_not_be_written_is_told_before_anything_is_tagged(commit: Commit, text: str) -> None:
    commit("feat: one", tag="v1.0.0", **{"Cargo.toml": text})
    commit("feat: two")
    with pytest.raises(UsageError, match=r"The version of .*Cargo\.toml can't be written") as caught:
        release("cut")
    assert '`version = "1.0.0"` on a line of its own under [package]' in (caught.value.hint or "")
