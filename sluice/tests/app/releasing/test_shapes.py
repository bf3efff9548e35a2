"""``sluice release`` on repositories of other shapes: tags, branches, packages and lock files as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from releasing_project import Commit, git, planned, release

from sluice.app.releasing.packages import find_packages
from sluice.cli.release_command import command
from sluice.source.errors import UsageError

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]


def test_an_older_line_goes_on_from_its_own_release(repository: Path, commit: Commit) -> None:
    commit("feat: one", tag="v1.4.2")
    git(repository, "branch", "old")
    commit("feat!: two", tag="v2.0.0")
    git(repository, "checkout", "--quiet", "old")
    commit("fix: late")
    assert planned() == "v1.4.2 -> v1.4.3"
    assert "v1.4.3 is tagged" in release("cut")
    assert release("check", "v1.4.3") == "v1.4.3: tree, changelog, tags and packages agree\n"
    git(repository, "tag", "--delete", "v1.4.3")
    assert release("check", "v1.4.3").splitlines() == [
        "v1.4.3: tree, changelog and packages agree, but the tag is not there yet",
        "  sluice release cut --version 1.4.3",
    ]
    with pytest.raises(UsageError, match=r"2\.0\.0 was released already"):
        release("plan", "--version", "2.0.0")
    with pytest.raises(UsageError, match=r"1\.4\.1 does not come after 1\.4\.2"):
        release("plan", "--version", "1.4.1")
    assert "v1.4.3 is tagged" in release("cut", "--version", "1.4.3")


def test_releases_on_branches_of_their_own_count(repository: Path, commit: Commit) -> None:
    git(repository, "checkout", "--quiet", "-b", "release")
    commit("feat: one", tag="v1.0.0")
    git(repository, "checkout", "--quiet", "main")
    commit("fix: two")
    assert planned().endswith("-> v1.0.1")


@pytest.mark.parametrize(
    ("tag", "prefix"), [("1.4.0", ""), ("release-1.4.0", "release-"), ("pkg-v1.4.0", "pkg-v"), ("pkg@1.4.0", "pkg@")]
)
def test_tags_of_another_form_are_named_and_not_passed_over(commit: Commit, tag: str, prefix: str) -> None:
    commit("feat: one", tag=tag)
    commit("fix: two")
    with pytest.raises(UsageError, match=f"No tag is 'v' and a version, but {tag} is there") as refused:
        release("plan")
    assert f'`tag-prefix = "{prefix}"`' in (refused.value.hint or "")
    assert planned("--version", "1.5.0").endswith("v1.5.0")
    commit("chore: settings", **{"sluice.toml": f'[release]\ntag-prefix = "{prefix}"\n'})
    assert planned() == f"{tag} -> {prefix}1.4.1"


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("v1.2", "git tag v1.2.0 'v1.2^{}'"),
        ("release-1.10", "git tag v1.10.0 'release-1.10^{}'"),
        ("v1.2.3.4", "git tag v1.2.3 'v1.2.3.4^{}'"),
        ("v2026.01.05", "git tag v2026.1.5 'v2026.01.05^{}'"),
    ],
)
def test_tags_of_other_than_three_numbers_are_named_with_what_makes_them_releases(
    repository: Path, commit: Commit, tag: str, wanted: str
) -> None:
    commit("feat: one", tag=tag)
    git(repository, "tag", "release-1.9")
    commit("fix: two")
    with pytest.raises(UsageError, match=rf"No tag is 'v' and a version, but {tag} is there") as caught:
        release("plan")
    assert wanted in (caught.value.hint or "")
    git(repository, "tag", wanted.split()[2], f"{tag}^{{}}")
    assert planned().startswith(f"{wanted.split()[2]} -> ")


def test_what_was_a_pre_release_becomes_the_first_release(commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0-rc.1")
    commit("fix: two")
    assert planned() == "the first release -> v1.0.0"


def test_a_refused_commit_or_tag_leaves_nothing_behind(repository: Path, commit: Commit) -> None:
    commit("feat: one", **{"pyproject.toml": '[project]\nname = "a"\nversion = "0.1.0"\n'})
    hook = repository / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no ticket in it' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    with pytest.raises(UsageError, match="git commit failed: no ticket in it"):
        release("cut")
    assert git(repository, "status", "--porcelain") == ""
    hook.unlink()
    git(repository, "config", "tag.gpgSign", "true")
    git(repository, "config", "gpg.program", "false")
    head = git(repository, "rev-parse", "HEAD")
    with pytest.raises(UsageError, match="git tag failed"):
        release("cut")
    assert (git(repository, "rev-parse", "HEAD"), git(repository, "status", "--porcelain")) == (head, "")


def pushed(said: str) -> str:
    return next(line for line in said.splitlines() if "let it go" in line).partition("let it go")[2].strip()


@pytest.mark.parametrize("remote", ["origin", "upstream"])
@pytest.mark.parametrize("detached", [False, True])
def test_the_push_that_is_told_of_works(
    repository: Path, commit: Commit, tmp_path: Path, remote: str, *, detached: bool
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", remote, str(tmp_path / "remote.git"))
    commit("feat: one")
    if detached:
        git(repository, "checkout", "--quiet", "--detach")
    said = release("cut")
    git(repository, *pushed(said).split()[1:])
    head = git(repository, "rev-parse", "HEAD")
    assert git(tmp_path / "remote.git", "rev-parse", "v0.1.0^{commit}") == head
    assert ("HEAD is on no branch" in said) is detached
    if detached:
        after = said.partition("; ")[2].partition(" puts")[0]
        git(repository, *after.replace("NAME", "late").split()[1:])
    assert git(tmp_path / "remote.git", "rev-parse", "late" if detached else "main") == head


def test_a_push_without_a_remote_is_told_what_comes_first(commit: Commit) -> None:
    commit("feat: one")
    assert "git remote add origin ADDRESS comes first" in release("cut")


POETRY = '[tool.commitizen]\nversion = "9.9.9"\n[tool.poetry]\nname = "a"\nversion = "1.0.0"\n'
OTHERS = '[tool.commitizen]\nversion = "9.9.9"\n\n[project]\nname = "a"\nversion = "1.0.0"  # here\n'
BACKEND = '[build-system]\nrequires = []\nbuild-backend = "flit_core.buildapi"\n'
FLIT = f'[project]\nname = "a-b"\ndynamic = ["version"]\n{BACKEND}'
SCM = '[project]\nname = "a"\ndynamic = ["version"]\n[build-system]\nrequires = ["setuptools-scm>=8"]\n'
FILE = '[project]\nname = "a"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n'
ATTR = (
    '[project]\nname = "a"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = { attr = "a.about.VERSION" }\n'
)
PDM = '[project]\nname = "a"\ndynamic = ["version"]\n[tool.pdm.version]\nsource = "file"\npath = "a.py"\n'


@pytest.mark.parametrize(
    ("files", "written"),
    [
        ({"pyproject.toml": POETRY}, 'name = "a"\nversion = "1.1.0"\n'),
        ({"pyproject.toml": OTHERS}, 'version = "1.1.0"  # here\n'),
        ({"pyproject.toml": OTHERS.replace("\n", "\r\n")}, 'version = "1.1.0"  # here\r\n'),
        ({"pyproject.toml": FLIT, "a_b/__init__.py": '__version__ = "1.0.0"\n'}, '__version__ = "1.1.0"\n'),
        ({"pyproject.toml": FILE, "VERSION": "1.0.0\n"}, "1.1.0\n"),
        ({"pyproject.toml": ATTR, "src/a/about.py": "VERSION: str = '1.0.0'\n"}, "VERSION: str = '1.1.0'\n"),
        ({"pyproject.toml": PDM, "a.py": '__version__ = "1.0.0"\n'}, '__version__ = "1.1.0"\n'),
        ({"package.json": '{\n  "name": "a",\n  "version": "1.0.0"\n}\n'}, '"version": "1.1.0"\n'),
        ({"Cargo.toml": '[package]\nname = "a"\nversion = "1.0.0"\n'}, 'version = "1.1.0"\n'),
        ({"Cargo.toml": '[workspace.package]\nversion = "1.0.0"\n'}, 'version = "1.1.0"\n'),
    ],
)
def test_the_version_is_found_and_written_where_it_stands(
    repository: Path, commit: Commit, files: dict[str, str], written: str
) -> None:
    commit("feat: one", tag="v1.0.0", **files)
    commit("feat: two")
    release("cut")
    last = repository / list(files)[-1]
    assert written in last.read_bytes().decode()
    assert last.read_bytes().decode().count("9.9.9") == files.get("pyproject.toml", "").count("9.9.9")
    assert release("check", "v1.1.0").endswith("agree\n")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"go.mod": "module a\n"},
        {"package.json": '{"name": "site", "private": true, "version": "0.0.0"}\n'},
        {"pyproject.toml": SCM},
        {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"},
    ],
)
def test_where_only_the_tag_says_the_version_that_is_enough(
    repository: Path, commit: Commit, files: dict[str, str]
) -> None:
    commit("feat: one", tag="v1.0.0", **files)
    commit("feat: two")
    assert "v1.1.0 is tagged" in release("cut")
    assert release("check", "v1.1.0").endswith("agree\n")
    assert git(repository, "show", "--stat", "--format=", "HEAD").startswith("CHANGELOG.md")


def test_a_version_that_is_nowhere_is_an_error_with_the_places(commit: Commit) -> None:
    commit("feat: one", **{"pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n'})
    with pytest.raises(UsageError, match=r"The version of .*pyproject\.toml can't be found") as refused:
        release("plan")
    assert "[tool.hatch.version]" in (refused.value.hint or "")


def test_a_workspaces_root_is_one_of_its_packages_and_what_it_leaves_out_is_none(
    repository: Path, commit: Commit
) -> None:
    root = (
        '[project]\nname = "all"\nversion = "1.0.0"\n[build-system]\nrequires = ["hatchling"]\n'
        '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old"]\n'
    )
    member = '[project]\nname = "{}"\nversion = "1.0.0"\n'
    files = {f"packages/{name}/pyproject.toml": member.format(name) for name in ("new", "old")}
    commit("feat: one", **{"pyproject.toml": root, **files})
    assert [(one.folder, one.name) for one in find_packages(repository)] == [(".", "all"), ("packages/new", "new")]


UV_LOCK = """version = 1

[[package]]
name = "a-b"
version = "1.0.0"
source = { editable = "." }

[[package]]
name = "other"
version = "1.0.0"
source = { registry = "https://pypi.org/simple" }
"""
NPM_LOCK = """{
  "name": "a",
  "version": "1.0.0",
  "packages": {
    "": {
      "name": "a",
      "version": "1.0.0"
    },
    "node_modules/b": {
      "version": "1.0.0"
    }
  }
}
"""
CARGO_LOCK = """[[package]]
name = "c"
version = "1.0.0"

[[package]]
name = "d"
version = "1.0.0"
source = "x"
"""


@pytest.mark.parametrize("npm_lock", [NPM_LOCK, "".join(NPM_LOCK.split())], ids=["lines", "one line"])
def test_lock_files_say_the_new_version_of_the_packages_themselves_alone(
    repository: Path, commit: Commit, npm_lock: str
) -> None:
    commit(
        "feat: one",
        tag="v1.0.0",
        **{
            "pyproject.toml": '[project]\nname = "A_b"\nversion = "1.0.0"\n',
            "uv.lock": UV_LOCK,
            "package.json": '{\n  "name": "a",\n  "version": "1.0.0"\n}\n',
            "package-lock.json": npm_lock,
            "Cargo.toml": '[package]\nname = "c"\nversion = "1.0.0"\n',
            "Cargo.lock": CARGO_LOCK,
        },
    )
    commit("feat: two")
    release("cut", "--pre", "rc")
    locks = {
        name: (repository / name).read_text(encoding="utf-8") for name in ("uv.lock", "package-lock.json", "Cargo.lock")
    }
    assert [text.count("1.0.0") for text in locks.values()] == [1, 1, 1]
    assert [text.count("1.1.0-rc.1") for text in locks.values()] == [0, 2, 1]
    assert locks["uv.lock"].count('"1.1.0rc1"') == 1
    assert release("check", "v1.1.0-rc.1").endswith("agree\n")
    commit("fix: back", **{"uv.lock": UV_LOCK})
    done = CliRunner().invoke(command, ["check", "v1.1.0-rc.1"], standalone_mode=False)
    assert "uv.lock: version 1.0.0, the tag says 1.1.0rc1" in done.output


WORKSPACE = """[workspace]
members = [".", "crates/*"]
exclude = ["crates/old"]
[workspace.package]
version = "1.0.0"
[workspace.dependencies]
tools = { path = "tools" }
"""
CRATE = '[package]\nname = "{}"\nversion.workspace = true\n'
OF_A_REGISTRY = '[[package]]\nname = "d"\nversion = "1.0.0"\nsource = "x"\n'


def test_the_lock_file_of_a_cargo_workspace_follows_for_the_members_that_have_its_version(
    repository: Path, commit: Commit
) -> None:
    names = ("a", "b", "old", "own", "root", "tools")
    lock = "\n".join([*(f'[[package]]\nname = "{name}"\nversion = "1.0.0"\n' for name in names), OF_A_REGISTRY])
    files = {
        "Cargo.toml": CRATE.format("root") + WORKSPACE,
        "crates/a/Cargo.toml": CRATE.format("a") + '[target.x.dependencies]\nb = { path = "../../more/b" }\n',
        "more/b/Cargo.toml": CRATE.format("b"),
        "tools/Cargo.toml": CRATE.format("tools"),
        "crates/own/Cargo.toml": '[package]\nname = "own"\nversion = "1.0.0"\n',
        "crates/old/Cargo.toml": CRATE.format("old"),
        "crates/README.md": "",
        "Cargo.lock": lock,
    }
    commit("feat: one", tag="v1.0.0", **files)
    commit("feat: two")
    release("cut")
    text = (repository / "Cargo.lock").read_text(encoding="utf-8")
    sections = [section.split('"') for section in text.split("[[package]]")[1:]]
    assert {section[1]: section[3] for section in sections} == {
        **dict.fromkeys(("a", "b", "root", "tools"), "1.1.0"),
        **dict.fromkeys(("d", "old", "own"), "1.0.0"),
    }
    assert release("check", "v1.1.0").endswith("agree\n")
    commit("fix: back", **{"Cargo.lock": text.replace("1.1.0", "1.0.0", 1)})
    done = CliRunner().invoke(command, ["check", "v1.1.0"], standalone_mode=False)
    assert "Cargo.lock: version 1.0.0, the tag says 1.1.0" in done.output


def test_crates_that_want_just_the_old_version_of_a_member_want_the_new_one(repository: Path, commit: Commit) -> None:
    root = WORKSPACE.replace('path = "tools" }', 'path = "tools", version = "1.0.0" }\nserde = { version = "1.0.0" }')
    wants = """[dependencies]
other = { version = "=1.0.0", package = "tools", path = "../../tools" }
own = { path = "../own", version = "1.0.0" }
[dev-dependencies."tools"]
features = ["x"]
version = "^1.0.0"
path = "../../tools"
[dependencies.far]
version = "1.0.0"
"""
    files = {
        "Cargo.toml": root,
        "crates/a/Cargo.toml": CRATE.format("a") + wants,
        "crates/own/Cargo.toml": '[package]\nname = "own"\nversion = "1.0.0"\n',
        "tools/Cargo.toml": CRATE.format("tools"),
    }
    commit("feat: one", tag="v1.0.0", **files)
    commit("feat: two")
    release("cut", "--pre", "rc")
    new = "1.1.0-rc.1"
    texts = [(repository / name).read_text(encoding="utf-8") for name in ("Cargo.toml", "crates/a/Cargo.toml")]
    assert 'serde = { version = "1.0.0" }' in texts[0]
    assert f'tools = {{ path = "tools", version = "{new}" }}' in texts[0]
    assert texts[1] == CRATE.format("a") + wants.replace("=1.0.0", f"={new}").replace("^1.0.0", f"^{new}")
    assert git(repository, "status", "--porcelain") == ""


def test_a_changelog_keeps_its_line_ends(repository: Path, commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0", **{"CHANGELOG.md": "# Changes\r\n\r\n## 1.0.0\r\n\r\n- One\r\n"})
    commit("feat: two")
    release("cut")
    text = (repository / "CHANGELOG.md").read_bytes().decode()
    assert text.count("\r\n") == text.count("\n") > 5
    assert release("check", "v1.1.0").endswith("agree\n")


@pytest.mark.parametrize("heading", ["## [Unreleased]", "## 1.1.0 (not released)"])
def test_a_plan_shows_the_notes_that_the_cut_takes(commit: Commit, heading: str) -> None:
    text = f"# Changes\r\n\r\n{heading}\r\n\r\n- By hand\r\n\r\n## 1.0.0\r\n\r\n- One\r\n"
    commit("feat: one", tag="v1.0.0", **{"docs/CHANGES.md": text})
    commit("feat: two", **{"sluice.toml": '[release]\nchangelog = "docs/CHANGES.md"\n'})
    said = release("plan")
    assert "As docs/CHANGES.md has it, which the cut takes for the notes:\n\n  - By hand\n\n" in said
    assert "two" not in said
    notes = release("plan", "--notes")
    release("cut")
    assert notes == release("notes", "v1.1.0") == "- By hand\n"


def test_merges_tell_nothing_and_squashed_titles_what_they_say(repository: Path, commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0")
    git(repository, "checkout", "--quiet", "-b", "side")
    commit("wip")
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from o/side", "side")
    commit("Add a thing (#8)\n\n* feat: half of it\n* fix: the rest")
    commit("fix(core)!: drop it (#9)\n\nBREAKING CHANGE: the key is gone")
    text = release("plan")
    assert text.startswith("v1.0.0 -> v2.0.0   3 commits")
    assert "Merge pull request" not in text
    assert "Add a thing (#8)" in text
    assert "the key is gone" in text


@pytest.mark.parametrize("words", [("plan",), ("cut",), ("check", "v1.0.0")])
def test_without_a_commit_there_is_no_release(repository: Path, words: tuple[str, ...]) -> None:
    git(repository, "update-ref", "-d", "HEAD")
    with pytest.raises(UsageError, match="has no commit"):
        release(*words)


def test_a_history_that_is_cut_off_is_told(
    repository: Path, commit: Commit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit("feat: one", tag="v1.0.0")
    commit("fix: two")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(UsageError, match="is a shallow clone without a release in it"):
        release("plan")
    git(tmp_path / "shallow", "fetch", "--quiet", "--unshallow", "--tags")
    assert planned() == "v1.0.0 -> v1.0.1"


@pytest.mark.parametrize(
    ("message", "version", "title"),
    [
        ("FEAT: x", "1.1.0", "Added"),
        ("Feature(core): x", "1.1.0", "Added"),
        ("feat(a, b)!: x", "2.0.0", "Breaking"),
        ("feather the edges", "1.0.1", "Changed"),
        ("fixtures: x", "1.0.1", "Changed"),
        ("Hotfix: x", "1.0.1", "Fixed"),
        ('Revert "feat: x"', "1.0.1", "Taken back"),
        ("Docs: x", "1.0.1", "Documentation"),
        ("documents are sorted", "1.0.1", "Changed"),
    ],
)
def test_a_type_is_a_whole_word_before_a_colon_in_any_case(
    commit: Commit, message: str, version: str, title: str
) -> None:
    commit("feat: one", tag="v1.0.0")
    commit(message)
    text = release("plan")
    assert text.startswith(f"v1.0.0 -> v{version} ")
    assert f"  ### {title}\n" in text


def test_a_changelog_may_have_a_folder_that_is_not_there_yet(repository: Path, commit: Commit) -> None:
    commit("feat: one", **{"sluice.toml": '[release]\nchangelog = "docs/news/CHANGES.md"\n'})
    release("cut")
    assert "- one" in (repository / "docs/news/CHANGES.md").read_text(encoding="utf-8")
    assert release("notes", "v0.1.0").startswith("### Added")
