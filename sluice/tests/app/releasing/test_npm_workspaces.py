"""``sluice release`` where npm's workspaces hold the packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from releasing_project import Commit, git, planned, release

from sluice.cli.release_command import command
from sluice.source.errors import UsageError

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
ROOT = {"name": "w", "private": True, "workspaces": ["packages/*", "!packages/left"], "devDependencies": {"b": "1.0.0"}}
MEMBERS = {
    "packages/a": {"name": "@o/a", "version": "1.0.0"},
    "packages/b": {"name": "b", "version": "1.0.0", "dependencies": {"@o/a": "^1.0.0", "other": "^1.0.0"}},
    "packages/own": {"name": "own", "private": True, "peerDependencies": {"b": "~1.0.0", "@o/a": ">=1"}},
    "packages/left": {"name": "left", "version": "7.0.0"},
}
LOCK = {
    "name": "w",
    "lockfileVersion": 3,
    "packages": {
        "": ROOT,
        "node_modules/@o/a": {"resolved": "packages/a", "link": True},
        "node_modules/meta": {"version": "1.0.0", "peerDependenciesMeta": {"packages/b": {"optional": True}}},
        "node_modules/other": {"version": "1.0.0", "dependencies": {"@o/a": "^1.0.0"}},
        "packages/a": {"name": "@o/a", "version": "1.0.0"},
        "packages/b": {"version": "1.0.0", "dependencies": {"@o/a": "^1.0.0", "other": "^1.0.0"}},
    },
}


@pytest.fixture(params=[2, None], ids=["lines", "one line"])
def workspaces(request: pytest.FixtureRequest, repository: Path, commit: Commit) -> Path:
    files = {f"{folder}/package.json": json.dumps(text, indent=request.param) for folder, text in MEMBERS.items()}
    for name, text in (("package.json", ROOT), ("package-lock.json", LOCK)):
        files[name] = json.dumps(text, indent=request.param)
    commit("feat: one", tag="v1.0.0", **files)
    commit("feat!: two")
    return repository


def read(file: Path) -> dict[str, object]:
    document = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_members_get_the_version_and_want_each_others_new_one(workspaces: Path) -> None:
    shown = release("plan")
    assert "  @o/a  1.0.0 -> 2.0.0\n" in shown
    assert "left" not in shown
    release("cut")
    assert read(workspaces / "packages/a/package.json")["version"] == "2.0.0"
    assert read(workspaces / "packages/b/package.json") == {
        "name": "b",
        "version": "2.0.0",
        "dependencies": {"@o/a": "^2.0.0", "other": "^1.0.0"},
    }
    assert read(workspaces / "packages/own/package.json")["peerDependencies"] == {"b": "~2.0.0", "@o/a": ">=1"}
    assert read(workspaces / "packages/left/package.json") == MEMBERS["packages/left"]
    assert read(workspaces / "package.json")["devDependencies"] == {"b": "2.0.0"}
    assert release("check", "v2.0.0") == "v2.0.0: tree, changelog, tags and packages agree\n"


def test_the_lock_file_follows_for_members_and_for_nothing_else(workspaces: Path) -> None:
    release("cut")
    packages = read(workspaces / "package-lock.json")["packages"]
    assert isinstance(packages, dict)
    assert packages["packages/a"] == {"name": "@o/a", "version": "2.0.0"}
    assert packages["packages/b"] == {"version": "2.0.0", "dependencies": {"@o/a": "^2.0.0", "other": "^1.0.0"}}
    assert packages["node_modules/other"] == {"version": "1.0.0", "dependencies": {"@o/a": "^1.0.0"}}
    assert packages[""]["devDependencies"] == {"b": "2.0.0"}


def test_a_lock_file_that_stayed_behind_for_a_member_is_told(workspaces: Path, commit: Commit) -> None:
    release("cut")
    git(workspaces, "tag", "--delete", "v2.0.0")
    commit("fix: back", **{"package-lock.json": json.dumps(LOCK)})
    assert "package-lock.json: version 1.0.0, the tag says 2.0.0" in _checked("v2.0.0")


def _checked(tag: str) -> str:
    return CliRunner().invoke(command, ["check", tag], standalone_mode=False).output


def test_a_pattern_that_leaves_out_ends_at_a_folder_and_a_later_one_takes_in_again(commit: Commit) -> None:
    patterns = ["packages/**", "!packages/*", "!packages/deep/left", "packages/again"]
    folders = ("packages/one", "packages/deep/two", "packages/deep/left", "packages/again")
    files = {"package.json": json.dumps({"private": True, "workspaces": patterns})}
    files |= {f"{one}/package.json": json.dumps({"name": one[9:], "version": "1.0.0"}) for one in folders}
    commit("feat: one", **files)
    shown = release("plan")
    assert [one for one in ("one", "deep/two", "deep/left", "again") if f"  {one}  " in shown] == ["deep/two", "again"]


PNPM_LOCK = """\
lockfileVersion: '9.0'

importers:

  .:
    devDependencies:
      b:
        specifier: workspace:1.0.0
        version: link:packages/b

  packages/b:
    dependencies:
      '@o/a':
        specifier: ^1.0.0
        version: link:../a
      other:
        specifier: ^1.0.0
        version: 1.0.0
    peerDependencies:
      '@o/a':
        specifier: ^1.0.0
        version: 1.0.0

packages:

  other@1.0.0:
    resolution: {integrity: sha512-x}
"""
YARN_LOCK = """\
__metadata:
  version: 10

"@o/a@npm:^1.0.0, @o/a@workspace:packages/a":
  version: 0.0.0-use.local
  resolution: "@o/a@workspace:packages/a"
  languageName: unknown
  linkType: soft

"@o/a@npm:1.0.0":
  version: 1.0.0
  resolution: "@o/a@npm:1.0.0"

"b@workspace:^1.0.0, b@workspace:packages/b":
  version: 0.0.0-use.local
  resolution: "b@workspace:packages/b"
  dependencies:
    "@o/a": "npm:^1.0.0"
    other: "npm:^1.0.0"

"other@npm:^1.0.0":
  version: 1.0.0
  resolution: "other@npm:1.0.0"
  dependencies:
    "@o/a": "npm:1.0.0"

"w@workspace:.":
  version: 0.0.0-use.local
  resolution: "w@workspace:."
  dependencies:
    b: "workspace:^1.0.0"
"""


def test_members_of_pnpm_are_those_that_its_own_file_names_and_its_lock_file_follows(
    workspaces: Path, commit: Commit
) -> None:
    own = 'packages:\n  - "!packages/left"\n  - packages/*\n'
    commit(
        "fix: pnpm", **{"pnpm-workspace.yaml": own, "pnpm-lock.yaml": PNPM_LOCK, "package.json": '{"private": true}'}
    )
    assert "left" not in release("plan")
    release("cut")
    assert read(workspaces / "packages/b/package.json")["version"] == "2.0.0"
    wanted = PNPM_LOCK.replace("workspace:1.0.0", "workspace:2.0.0")
    wanted = wanted.replace("specifier: ^1.0.0\n        version: link", "specifier: ^2.0.0\n        version: link")
    assert (workspaces / "pnpm-lock.yaml").read_text(encoding="utf-8") == wanted


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_yarns_lock_file_says_of_members_follows(workspaces: Path, commit: Commit, ends: str) -> None:
    (workspaces / "yarn.lock").write_bytes(YARN_LOCK.replace("\n", ends).encode())
    commit("fix: yarn")
    release("cut")
    wanted = YARN_LOCK
    for line in ('"@o/a@npm:^1.0.0, ', '"b@workspace:^1.0.0, ', '"@o/a": "npm:^1.0.0"', 'b: "workspace:^1.0.0"'):
        wanted = wanted.replace(line, line.replace("1.0.0", "2.0.0"))
    assert (workspaces / "yarn.lock").read_bytes().decode() == wanted.replace("\n", ends)


def test_a_file_of_pnpm_that_can_not_be_read_is_told(commit: Commit) -> None:
    commit("feat: one", **{"package.json": "{}", "pnpm-workspace.yaml": "packages: ["})
    with pytest.raises(UsageError, match=r"pnpm-workspace\.yaml can't be read"):
        release("plan")
    commit("feat: one", **{"pnpm-workspace.yaml": "packages: one\n"})
    with pytest.raises(UsageError, match=r'`packages` of pnpm-workspace\.yaml is "one", a text'):
        release("plan")


def test_workspaces_may_be_named_in_an_object_and_one_without_a_version_is_none(commit: Commit) -> None:
    root = {"private": True, "workspaces": {"packages": ["./one", "two/"]}}
    files = {"package.json": root, "one/package.json": {"name": "one", "version": "3.1.0"}, "two/package.json": {}}
    commit("feat: one", **{name: json.dumps(text) for name, text in files.items()})
    assert planned() == "the first release -> v3.1.0"


def test_a_members_version_that_is_no_text_is_told_with_its_file(commit: Commit) -> None:
    files = {"package.json": {"private": True, "workspaces": ["one"]}, "one/package.json": {"version": 1}}
    commit("feat: one", **{name: json.dumps(text) for name, text in files.items()})
    with pytest.raises(UsageError, match=r"`version` of one/package\.json is 1, a number"):
        release("plan")
    commit("feat: one", **{"package.json": json.dumps({"workspaces": "one"})})
    with pytest.raises(UsageError, match=r'`workspaces` of package\.json is "one", a text'):
        release("plan")


def test_a_member_with_versions_of_its_own_is_told_of_the_two_ways_out(commit: Commit) -> None:
    files = {"package.json": {"private": True, "workspaces": ["*"]}, "one/package.json": {"version": "1.0.0"}}
    commit("feat: one", tag="v1.0.0", **{name: json.dumps(text) for name, text in files.items()})
    commit("feat: two", **{"two/package.json": json.dumps({"version": "7.0.0"})})
    with pytest.raises(UsageError) as told:
        release("plan")
    assert "two/package.json has 7.0.0 already" in told.value.message
    assert "one with its own is private, or not in the workspace" in (told.value.hint or "")
    commit("fix: two", **{"two/package.json": json.dumps({"version": "7.0.0", "private": True})})
    assert planned() == "v1.0.0 -> v1.1.0"
