"""What a built-in action does when a workflow names another major of it than the newest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run

from sluice.actions.builtin.majors import absent_inputs, histories, history_of, is_before, major_of, manifest_at
from sluice.actions.builtin.registry import BUILTINS
from sluice.app.workflows.linting import lint_files
from sluice.store.files.artifacts import FolderArtifacts


@pytest.mark.parametrize(
    ("ref", "major"),
    [("v4", 4), ("v4.1.2", 4), ("4.1", 4), ("release/v1", 1), ("v10", 10), ("main", None), ("a" * 40, None)],
)
def test_a_ref_names_a_major_or_none(ref: str, major: int | None) -> None:
    assert major_of(ref) == major


def test_a_branch_is_before_no_major() -> None:
    assert is_before("v3.2.1", 4)
    assert not is_before("v4", 4)
    assert not is_before("main", 4)


def test_every_built_in_action_has_a_history_and_every_history_an_action() -> None:
    assert set(histories()) == set(BUILTINS)
    assert {name: history_of(name) for name in BUILTINS} == histories()
    assert history_of("actions/nothing").knows("v9")


@pytest.mark.parametrize("name", BUILTINS)
def test_the_newest_major_has_the_inputs_that_are_documented(name: str) -> None:
    history, manifest = history_of(name), BUILTINS[name]().manifest
    newest = history.majors.rpartition("-")[2]
    had = {*manifest.inputs, *history.changed()}
    gone = {key for key, facts in history.changed().items() if newest and not facts.has(int(newest))}
    assert set(manifest_at(name, manifest, f"v{newest}" if newest else "main").inputs) == had - gone


@pytest.mark.parametrize(
    ("uses", "has", "lacks"),
    [
        ("actions/setup-go@v2", {"stable", "check-latest"}, {"cache", "go-version-file"}),
        ("actions/setup-go@v3", {"cache", "architecture"}, {"stable", "go-download-base-url"}),
        ("actions/upload-artifact@v3", {"retention-days", "include-hidden-files"}, {"overwrite", "compression-level"}),
        ("actions/upload-artifact@v4", {"overwrite"}, {"archive"}),
        ("actions/cache@v2", {"upload-chunk-size"}, {"lookup-only"}),
        ("actions/setup-python@v7", {"pip-version"}, {"pip-install"}),
        ("codecov/codecov-action@v4", {"file", "plugin"}, {"binary", "gcov_args"}),
        (f"actions/setup-go@{'a' * 40}", {"stable", "cache"}, set()),
    ],
)
def test_a_major_has_its_own_inputs(uses: str, has: set[str], lacks: set[str]) -> None:
    name, _, ref = uses.partition("@")
    inputs = set(manifest_at(name, BUILTINS[name]().manifest, ref).inputs)
    assert has <= inputs
    assert not lacks & inputs


def test_what_a_major_lacks_stands_at_what_it_did() -> None:
    absent = absent_inputs("actions/upload-artifact", BUILTINS["actions/upload-artifact"]().manifest, "v2")
    assert absent["include-hidden-files"] == "true"
    assert set(absent) == {"include-hidden-files", "compression-level", "overwrite", "archive"}


LINTED = """on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - {uses: actions/setup-go@v2, with: {go-version: 1.18, stable: false}}
      - {uses: actions/setup-go@v2, with: {go-version: 1.18, cache: true}}
      - {uses: actions/setup-go@v5, with: {go-version: 1.18, stable: false}}
      - {uses: actions/setup-go@0123456789012345678901234567890123456789, with: {stable: false, cach: true}}
      - {uses: actions/setup-go@v77, with: {of-the-future: 1}}
      - {uses: actions/upload-artifact@v3, with: {name: a, path: b}}
"""


def test_the_linter_holds_a_step_to_the_major_that_it_names(repository: Path) -> None:
    path = repository / ".github/workflows/w.yml"
    path.write_text(LINTED, encoding="utf-8")
    (linted,) = lint_files(repository, [path])
    told = [(found.span.start.line, found.rule, found.message) for found in linted.found]
    commit = "actions/setup-go@0123456789012345678901234567890123456789"
    assert [(line, message) for line, rule, message in told if rule == "unknown-action-input"] == [
        (7, "'actions/setup-go@v2' has no input 'cache'"),
        (8, "'actions/setup-go@v5' has no input 'stable'"),
        (9, f"'{commit}' has no input 'cach'"),
    ]
    assert [line for line, rule, _ in told if rule == "not-checked"] == [10]
    assert [(line, message) for line, rule, message in told if rule == "retired-action-version"] == [
        (11, "GitHub.com fails a job at once that uses 'actions/upload-artifact@v3', since 30 January 2025")
    ]


def artifacts(first: str, second: str) -> str:
    return f"""on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p out/deep && echo 1 > out/one && echo 1 > out/deep/both && echo h > out/.hidden
      - {{uses: actions/upload-artifact@{first}, with: {{name: a, path: out}}}}
  two:
    needs: one
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p out/deep && echo 2 > out/two && echo 2 > out/deep/both
      - {{id: up, uses: actions/upload-artifact@{second}, with: {{name: a, path: out}}}}
      - {{if: always(), uses: actions/download-artifact@v4, with: {{name: a, path: got}}}}
      - {{if: always(), run: 'cd got; for file in $(find . -type f | sort); do echo ">$file $(cat $file)"; done'}}
"""


@pytest.mark.slow
def test_until_v3_uploads_of_one_name_are_one_artifact(run: Run) -> None:
    ran = run(artifacts("v3", "v3"))
    assert ran.results() == {"one": "success", "two": "success"}
    assert ran.said("two") == ["./deep/both 2", "./one 1", "./two 2"]
    assert any("since 30 January 2025: use v4 or later" in line for line in ran.log("one"))


@pytest.mark.slow
def test_from_v4_on_a_second_upload_is_refused(run: Run) -> None:
    ran = run(artifacts("v4", "v4"))
    assert ran.results() == {"one": "success", "two": "failure"}
    assert "409" in ran.job("two").steps["2"].reason
    assert ran.said("two") == ["./deep/both 1", "./one 1"]


@pytest.mark.slow
def test_until_v2_hidden_files_come_along_and_v1_downloads_into_a_folder_of_the_name(run: Run) -> None:
    steps = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir out && echo h > out/.hidden
      - {uses: actions/upload-artifact@v2, with: {name: a, path: out}}
      - {uses: actions/download-artifact@v1, with: {name: a}}
      - run: echo ">$(find a -type f)"
"""
    assert run(steps).said("job") == ["a/.hidden"]


@pytest.mark.slow
@pytest.mark.parametrize(("major", "place"), [("v4", "got/a/x"), ("v5", "got/x")])
def test_one_artifact_by_its_number_has_a_folder_of_its_own_until_v4(run: Run, major: str, place: str) -> None:
    ran = run(f"""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo 1 > x
      - {{id: up, uses: actions/upload-artifact@v4, with: {{name: a, path: x}}}}
      - uses: actions/download-artifact@{major}
        with: {{artifact-ids: '${{{{ steps.up.outputs.artifact-id }}}}', path: got}}
      - run: echo ">$(find got -type f)"
""")
    assert ran.said("job") == [place]


@pytest.mark.slow
def test_what_the_major_does_not_know_is_not_done_and_what_is_called_otherwise_is(run: Run) -> None:
    ran = run("""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - {run: 'mkdir out && echo 1 > out/x'}
      - {uses: actions/upload-artifact@v3, with: {name: a, path: out}}
      - {uses: actions/upload-artifact@v4, with: {name: a, path: out, overwrite: true, archive: false}}
      - {uses: codecov/codecov-action@v3, with: {functionalities: search, dry_run: true, fail_ci_if_error: false}}
      - {uses: actions/checkout@v77}
""")
    log = ran.log("job")
    assert any("Unexpected input(s) 'archive'" in line for line in log)
    assert FolderArtifacts(ran.folder / "artifacts").names() == ("a",)
    assert any("Input 'functionalities' has no effect here" in line for line in log)
    assert any("stands for the majors 1-7; what 'v77' does otherwise is not known here" in line for line in log)


FORK = {
    "action": "opened",
    "number": 7,
    "repository": {"id": 1, "full_name": "own/er"},
    "pull_request": {
        "number": 7,
        "merge_commit_sha": "b" * 40,
        "head": {"ref": "x", "sha": "a" * 40, "repo": {"id": 2, "full_name": "some/fork"}},
        "base": {"ref": "main", "sha": "c" * 40, "repo": {"id": 1, "full_name": "own/er"}},
    },
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "given", "refused"),
    [
        ("v7", "ref: '${{ github.event.pull_request.head.sha }}'", True),
        ("v2", "ref: refs/pull/7/merge", True),
        ("v7", "repository: some/fork", True),
        ("v7", "", False),
        ("v7", "ref: refs/pull/7/head, allow-unsafe-pr-checkout: true", False),
        ("v1", "ref: refs/pull/7/head", False),
    ],
)
def test_the_code_of_a_fork_is_refused_where_secrets_are(
    run: Run, tmp_path: Path, version: str, given: str, refused: bool
) -> None:
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps(FORK), encoding="utf-8")
    steps = f"[{{uses: actions/checkout@{version}, with: {{{given}}}}}]"
    ran = run(
        f"on: pull_request_target\njobs: {{job: {{runs-on: ubuntu-latest, steps: {steps}}}}}\n",
        event="pull_request_target",
        event_file=payload,
    )
    reason = ran.job("job").steps["1"].reason or ""
    assert ("Refusing to check out fork pull request code" in reason) is refused
