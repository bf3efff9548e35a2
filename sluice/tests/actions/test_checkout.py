"""actions/checkout as a step of workflows that run for real."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from running import Ran, Run

from sluice.actions.builtin.sources.checkout_source import Source, Wanted

pytestmark = pytest.mark.needs_git


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", f"Add {' '.join(files)}")
    return git(folder, "rev-parse", "HEAD")


def checkout(run: Run, inputs: str, script: str, before: str = "true", **options: object) -> Ran:
    return run(
        f"""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: {before}
      - {{id: c, uses: actions/checkout@v5, with: {{{inputs}}}}}
      - run: |
          {script}
""",
        **options,
    )


@pytest.mark.slow
def test_the_outputs_are_what_was_checked_out(run: Run, repository: Path) -> None:
    script = 'echo ">${{ steps.c.outputs.ref }} ${{ steps.c.outputs.commit == github.sha }} $(git status --porcelain)"'
    assert checkout(run, "", script).said("job") == ["refs/heads/main true"]
    first = git(repository, "rev-list", "--max-parents=0", "HEAD")
    assert checkout(run, f"ref: {first}", script.replace("github.sha", f"'{first}'")).said("job") == [f"{first} true"]


@pytest.mark.slow
def test_a_branch_is_checked_out_as_a_branch_and_a_tag_as_a_tag(run: Run, repository: Path) -> None:
    commit(repository, one="1")
    git(repository, "tag", "v1")
    git(repository, "branch", "other")
    commit(repository, two="2")
    script = 'echo ">$(git branch --show-current) $(git tag) $(git rev-parse --abbrev-ref @{u}) $(ls | xargs)"'
    assert checkout(run, "ref: other", script).said("job") == ["other  origin/other one"]
    assert checkout(run, "ref: refs/heads/other", script).said("job") == ["other  origin/other one"]
    script = 'echo ">$(git branch --show-current) $(git tag) $(ls | xargs)"'
    assert checkout(run, "ref: v1", script).said("job") == ["v1 one"]


@pytest.mark.slow
def test_what_is_in_the_way_goes_unless_it_is_an_earlier_checkout(run: Run, repository: Path) -> None:
    commit(repository, one="1")
    assert checkout(run, "", 'echo ">$(ls | xargs)"', before="mkdir old && touch old/file").said("job") == ["one"]
    again = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: echo changed > one; touch left .git/mark
      - {uses: actions/checkout@v5, with: {clean: CLEAN}}
      - run: 'echo ">$(cat one) $(ls | xargs) $(ls .git/mark)"'
"""
    assert run(again.replace("CLEAN", "true")).said("job") == ["1 one .git/mark"]
    assert run(again.replace("CLEAN", "false")).said("job") == ["1 left one .git/mark"]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ('sparse-checkout: "a"', "a/one top"),
        ('sparse-checkout: "/b/*", sparse-checkout-cone-mode: false', "b/two"),
        ("fetch-depth: 2", "a/one b/two top"),
    ],
)
def test_a_part_of_the_tree_is_checked_out(run: Run, repository: Path, inputs: str, expected: str) -> None:
    commit(repository, a__one="1", b__two="2", top="3")
    script = 'echo ">$(git ls-files -t | grep -v "^S" | cut -c3- | grep -v .github | xargs)"'
    assert checkout(run, inputs, script).said("job") == [expected]


@pytest.mark.slow
@pytest.mark.parametrize("made", [["--annotate", "-m", "Two"], [], None], ids=["annotated", "plain", "not yet"])
def test_a_tag_that_starts_a_run_is_there_with_the_whole_history(
    run: Run, repository: Path, made: list[str] | None
) -> None:
    commit(repository, one="1")
    git(repository, "tag", "v1")
    commit(repository, two="2")
    if made is not None:
        git(repository, "tag", *made, "v2")
    (repository / "three").write_text("3", encoding="utf-8")
    script = (
        'echo ">$(git tag | xargs) $(ls | xargs) $(test "$(git rev-parse v2^{commit})" = "$GITHUB_SHA" && echo ok)"'
    )
    ran = checkout(run, "fetch-depth: 0", script, event="push", ref="refs/tags/v2")
    assert ran.said("job") == ["v1 v2 one three two ok"], "\n".join(ran.log("job"))


@pytest.mark.slow
def test_tags_come_along_when_asked(run: Run, repository: Path) -> None:
    git(repository, "tag", "v1")
    assert checkout(run, "", 'echo ">$(git tag)"').said("job") == [""]
    assert checkout(run, "fetch-tags: true", 'echo ">$(git tag)"').said("job") == ["v1"]


@pytest.mark.slow
def test_of_a_shallow_clone_comes_what_it_has_and_what_it_lacks_is_told(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    commit(repository, one="1")
    commit(repository, two="2")
    upstream = f"file://{shutil.copytree(repository, tmp_path / 'upstream')}"
    git(repository, "fetch", "--quiet", "--depth=1", upstream, "main")
    ran = checkout(run, "fetch-depth: 0", 'echo ">$(ls | xargs) $(git rev-parse --is-shallow-repository)"')
    assert ran.said("job") == ["one two true"], "\n".join(ran.log("job"))
    assert any("shallow clone" in line for line in ran.log("job"))
    git(repository, "fetch", "--quiet", "--unshallow", upstream)
    ran = checkout(run, "fetch-depth: 0", 'echo ">$(git rev-parse --is-shallow-repository)"')
    assert ran.said("job") == ["false"]
    assert not any("shallow clone" in line for line in ran.log("job"))


@pytest.mark.slow
def test_the_depth_is_as_asked(run: Run, repository: Path) -> None:
    for number in range(3):
        commit(repository, **{f"f{number}": "x"})
    (repository / ".github/workflows/w.yml").write_text("x", encoding="utf-8")
    commit(repository, last="x")
    script = 'echo ">$(git rev-list --count HEAD)"'
    assert checkout(run, "fetch-depth: 2", script).said("job") == ["2"]
    assert int(checkout(run, "fetch-depth: 0", script).said("job")[0]) >= 5


@pytest.mark.slow
def test_submodules_are_the_users_own_even_when_nobody_else_has_their_commits(
    run: Run, repository: Path, tmp_path: Path
) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for folder in (inner, outer):
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        commit(folder, file=folder.name)
    git(outer, "submodule", "--quiet", "add", str(inner), "deep")
    commit(outer, more="x")
    git(repository, "submodule", "--quiet", "add", str(outer), "lib")
    git(repository, "submodule", "--quiet", "update", "--init", "--recursive")
    local = commit(repository / "lib", local="only here")
    commit(repository, top="x")
    script = 'echo ">$(git -C lib rev-parse HEAD) $(ls lib | xargs) $(git config --get submodule.lib.url)"'
    assert checkout(run, "submodules: true", script).said("job") == [f"{local} deep file local more {outer}"]
    deep = 'echo ">$(cat lib/deep/file)"'
    assert checkout(run, "submodules: recursive", deep).said("job") == ["inner"]
    assert checkout(run, "", 'echo ">$(ls lib)"').said("job") == [""]


@pytest.mark.slow
def test_what_is_not_committed_in_a_submodule_stays_out_and_is_told(run: Run, repository: Path, tmp_path: Path) -> None:
    (inner := tmp_path / "inner").mkdir()
    git(inner, "init", "-q", "-b", "main")
    commit(inner, file="one")
    git(repository, "submodule", "--quiet", "add", str(inner), "lib")
    commit(repository, top="x")
    assert checkout(run, "submodules: true", "true").job("job").annotations == ()
    (repository / "lib/file").write_text("two", encoding="utf-8")
    ran = checkout(run, "submodules: true", 'echo ">$(cat lib/file)"')
    assert ran.said("job") == ["one"]
    assert [one.message for one in ran.job("job").annotations] == [
        "What is not committed in the submodule 'lib' stays out: its commit is checked out"
    ]


def keep_only_the_pointer(repository: Path, name: str) -> None:
    """As in a clone without large files. With the file there, any 'git add' would bring its object back."""
    (repository / name).write_text(git(repository, "show", f"HEAD:{name}"), encoding="utf-8")
    shutil.rmtree(repository / ".git/lfs/objects")


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not on this machine")
@pytest.mark.slow
def test_large_files_come_from_the_users_own_store(run: Run, repository: Path) -> None:
    git(repository, "lfs", "install", "--local")
    git(repository, "lfs", "track", "*.bin")
    (repository / "big.bin").write_text("the whole file", encoding="utf-8")
    commit(repository, top="x")
    assert checkout(run, "lfs: true", 'echo ">$(cat big.bin)"').said("job") == ["the whole file"]
    assert checkout(run, "", 'echo ">$(head -c 7 big.bin)"').said("job") == ["version"]
    keep_only_the_pointer(repository, "big.bin")
    reason = checkout(run, "lfs: true", "true").job("job").steps["2"].reason
    assert "Git LFS files are not in the repository on this machine: big.bin" in reason


@pytest.mark.slow
def test_another_repository_is_fetched_from_the_server_that_is_named(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "server/made/other"
    other.mkdir(parents=True)
    git(other, "init", "-q", "-b", "trunk")
    last = commit(other, file="1")
    where = f"repository: made/other, github-server-url: 'file://{tmp_path}/server'"
    script = 'echo ">$(git branch --show-current) ${{ steps.c.outputs.commit }} ${{ steps.c.outputs.ref }}"'
    (tmp_path / "repository/sluice.toml").write_text("[run]\nisolation = 'none'\n", encoding="utf-8")
    assert checkout(run, where, script).said("job") == [f"trunk {last} refs/heads/trunk"]
    assert "could not be found" in checkout(run, f"{where}, ref: none", "true").job("job").steps["2"].reason
    gone = checkout(run, where.replace("repository: ", "repository: gone/"), "true").job("job").steps["2"].reason
    assert gone.startswith("'HEAD' could not be fetched from file:///"), "no branch is said to be missing"
    assert "/gone/" in gone
    assert "does not" in gone, "git's own words say that the repository is not there"


def test_inputs_without_effect_are_told_and_those_that_are_kept_are_not(run: Run) -> None:
    ran = checkout(run, "ssh-key: x, filter: 'blob:none', persist-credentials: false, show-progress: false", "true")
    assert [one.message for one in ran.job("job").annotations if one.level == "notice"] == [
        "Input 'ssh-key' has no effect here: repositories are read from this machine or by HTTPS.",
        "Input 'filter' has no effect here: the repository is on this machine, whole.",
    ]


@pytest.mark.parametrize(
    ("wanted", "ref", "expected"),
    [
        ("a" * 40, "refs/heads/b", [Wanted(name="a" * 40, kept_as="refs/remotes/origin/b", branch="b")]),
        ("a" * 40, "refs/tags/v1", [Wanted(name="a" * 40, kept_as="refs/tags/v1")]),
        ("a" * 40, "refs/pull/1/merge", [Wanted(name="a" * 40)]),
        ("refs/pull/1/head", "refs/pull/1/head", [Wanted(name="refs/pull/1/head", kept_as="refs/remotes/pull/1/head")]),
        ("HEAD", "", [Wanted(name="HEAD")]),
    ],
)
def test_a_ref_is_kept_where_the_real_one_keeps_it(wanted: str, ref: str, expected: list[Wanted]) -> None:
    assert list(Source(address="", origin="", wanted=wanted, ref=ref).candidates()) == expected
