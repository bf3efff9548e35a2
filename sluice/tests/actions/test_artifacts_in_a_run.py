"""upload-artifact, its merge and download-artifact as steps of workflows that run for real."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Run

from sluice.actions.builtin.artifacts.artifact_names import names_like
from sluice.store.files.artifacts import FolderArtifacts

TREE = "mkdir -p out/deep && echo 1 > out/deep/1.txt && echo 2 > out/2.log && echo h > out/.hidden"


def workflow(*steps: str) -> str:
    listed = "\n".join(f"      - {step}" for step in steps)
    return f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {TREE}\n{listed}\n"


def upload(major: str = "v4", **inputs: str) -> str:
    given = ", ".join(f"{name.replace('_', '-')}: {value}" for name, value in inputs.items())
    return f"{{id: u, uses: actions/upload-artifact@{major}, with: {{{given}}}}}"


def download(major: str = "v5", **inputs: str) -> str:
    given = ", ".join(f"{name.replace('_', '-')}: {value}" for name, value in inputs.items())
    return f"{{id: d, uses: actions/download-artifact@{major}, with: {{{given}}}}}"


SHOW = '{if: always(), run: "echo \\">$(cd got && find . -type f | sort | xargs)\\""}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("out", "./2.log ./deep/1.txt"),
        ("out/", "./2.log ./deep/1.txt"),
        ("out/2.log", "./2.log"),
        ("'out/**/*.txt'", "./deep/1.txt"),
        ("'out/*/1.txt'", "./deep/1.txt"),
        ('"out/deep/1.txt\\nout/2.log"', "./2.log ./deep/1.txt"),
        ('"out\\n!out/deep"', "./2.log"),
        ("'**/*.log'", "./out/2.log"),
    ],
)
def test_paths_in_an_artifact_start_where_the_search_does(run: Run, path: str, expected: str) -> None:
    ran = run(workflow(upload(name="a", path=path), download(name="a", path="got"), SHOW))
    assert ran.said("job") == [expected]


@pytest.mark.slow
def test_hidden_files_come_along_when_asked(run: Run) -> None:
    ran = run(workflow(upload(name="a", path="out", include_hidden_files="true"), download(name="a", path="got"), SHOW))
    assert ran.said("job") == ["./.hidden ./2.log ./deep/1.txt"]


@pytest.mark.slow
def test_a_file_that_is_not_packed_is_named_after_itself(run: Run) -> None:
    ran = run(
        workflow(
            upload(name="a", path="out/2.log", archive="false", major="v7"), download(path="got", pattern="2.*"), SHOW
        )
    )
    assert ran.said("job") == ["./2.log/2.log"]
    many = run(workflow(upload(name="a", path="out", archive="false", major="v7")))
    assert "only a single file can be uploaded. Found 2" in many.job("job").steps["2"].reason


def test_artifacts_are_chosen_by_their_numbers(run: Run) -> None:
    number = "'${{ steps.u.outputs.artifact-id }}'"
    ran = run(workflow(upload(name="a", path="out/2.log"), download(artifact_ids=number, path="got"), SHOW))
    assert ran.said("job") == ["./2.log"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"artifact_ids": "'17'"}, "None of the provided artifact IDs were found: 17"),
        ({"artifact_ids": "'x'"}, "Invalid artifact ID: 'x'"),
        ({"artifact_ids": "'17'", "name": "a"}, "cannot be used together"),
        ({"run_id": "x"}, "Invalid 'run-id': 'x'"),
        ({"run_id": "'17'", "github_token": "t"}, "No run 17 of this repository is on this machine"),
        ({"repository": "an/other"}, "Artifacts of other repositories can't be downloaded here"),
        ({"digest_mismatch": "shrug", "major": "v8"}, "Invalid value for 'digest-mismatch'"),
    ],
)
def test_what_cannot_be_downloaded_fails_the_step(run: Run, inputs: dict[str, str], said: str) -> None:
    ran = run(workflow(upload(name="a", path="out"), download(**inputs)))
    assert said in ran.job("job").steps["3"].reason


@pytest.mark.parametrize("path", ["got", "got/in"])
def test_a_link_out_of_the_jobs_folder_is_not_followed(run: Run, tmp_path: Path, path: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = f"{{run: ln -s {tmp_path / 'elsewhere'} got}}"
    ran = run(workflow(upload(name="a", path="out"), link, download(name="a", path=path)))
    assert "leads out of the job's folder" in ran.job("job").steps["4"].reason
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.slow
def test_an_archive_can_stay_an_archive(run: Run) -> None:
    ran = run(
        workflow(upload(name="a", path="out"), download(name="a", path="got", skip_decompress="true", major="v8"), SHOW)
    )
    assert ran.said("job") == ["./a.zip"]


def test_days_beyond_the_limit_are_told_about(run: Run) -> None:
    ran = run(workflow(upload(name="a", path="out", retention_days="400")))
    assert ["Using 90 instead" in found.message for found in ran.job("job").annotations] == [True]


@pytest.mark.slow
def test_artifacts_are_merged_into_one(run: Run) -> None:
    merge = "{id: m, uses: actions/upload-artifact/merge@v4, with: {name: all, pattern: 'part-*', delete-merged: true}}"
    parts = [upload(name="part-1", path="out/deep"), upload(name="part-2", path="out/2.log").replace("id: u, ", "")]
    ran = run(workflow(*parts, merge, download(path="got"), SHOW))
    assert ran.said("job") == ["./all/1.txt ./all/2.log"]
    apart = merge.replace("delete-merged", "separate-directories")
    ran = run(workflow(*parts, apart, download(path="got", name="all"), SHOW))
    assert ran.said("job") == ["./part-1/1.txt ./part-2/2.log"]


@pytest.mark.slow
def test_nothing_to_merge_fails_unless_told_otherwise(run: Run) -> None:
    merge = "{uses: actions/upload-artifact/merge@v4, with: {pattern: none}}"
    assert (
        "No artifacts were found with the provided pattern 'none'" in run(workflow(merge)).job("job").steps["2"].reason
    )
    assert run(workflow(merge.replace("none", "none, if-no-files-found: ignore"))).code == 0


@pytest.mark.slow
def test_an_artifact_is_replaced_only_when_told_to(run: Run) -> None:
    second = upload(name="a", path="out/2.log").replace("id: u, ", "")
    assert "(409) Conflict" in run(workflow(upload(name="a", path="out"), second)).job("job").steps["3"].reason
    replacing = second.replace("with: {", "with: {overwrite: true, ")
    ran = run(workflow(upload(name="a", path="out"), replacing, download(name="a", path="got"), SHOW))
    assert ran.said("job") == ["./2.log"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ["a-1", "a-2", "b-1"]),
        ("a-*", ["a-1", "a-2"]),
        ("{a,b}-1", ["a-1", "b-1"]),
        ("!a-*", ["b-1"]),
        ("?-[!1]", ["a-2"]),
        ("@(b|c)-1", ["b-1"]),
        ("A-*", []),
    ],
)
def test_a_pattern_of_names_is_minimatchs(pattern: str, expected: list[str]) -> None:
    assert names_like(pattern, ["a-1", "a-2", "b-1"]) == expected


def test_a_pipe_is_left_out_of_an_artifact(run: Run) -> None:
    made = "{run: mkfifo out/deep/pipe}"
    ran = run(workflow(made, upload(name="a", path="out"), download(name="a", path="got"), SHOW))
    assert ran.said("job") == ["./2.log ./deep/1.txt"]
    assert any("deep/pipe is no regular file" in line for line in ran.log("job"))


def test_a_file_name_that_is_not_utf8_fails_its_step_and_not_the_run(run: Run) -> None:
    ran = run(
        workflow(
            "{run: \"touch $'out/\\\\xff.txt'\", shell: bash}",
            upload(name="a", path="out"),
            '{if: always(), run: echo ">on it goes"}',
        )
    )
    assert ran.code == 1
    assert ran.steps("job")["u"] == ("failure", "failure")
    assert ran.said("job") == ["on it goes"]
    assert any("\\udcff.txt' is not UTF-8" in line for line in ran.log("job"))


def test_packing_holds_nothing_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    for name in ("upload", "download"):
        real = getattr(FolderArtifacts, name)

        def noted(*arguments: object, real: Callable[..., object] = real, **options: object) -> object:
            threads.append(threading.current_thread())
            return real(*arguments, **options)

        monkeypatch.setattr(FolderArtifacts, name, noted)
    run(workflow(upload(name="a", path="out"), download(name="a", path="got")))
    assert len(threads) == 2
    assert threading.main_thread() not in threads


@pytest.mark.slow
def test_what_scripts_call_tmp_is_tmp_for_actions(run: Run) -> None:
    ran = run(
        workflow(
            '{run: "mkdir /tmp/sluice-shots && echo 1 > /tmp/sluice-shots/1.png"}',
            upload(name="a", path="/tmp/sluice-shots", if_no_files_found="error"),
            download(name="a", path="/tmp/sluice-back"),
            '{run: "echo \\">$(ls /tmp/sluice-back) ${{ steps.d.outputs.download-path }}\\"; rm -r /tmp/sluice-*"}',
        )
    )
    assert ran.said("job") == ["1.png /tmp/sluice-back"]
    assert not Path("/tmp/sluice-back").exists()


AFTER = """name: after
on: {workflow_run: {workflows: [before], types: [completed]}}
permissions: {PERMISSIONS}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: 'echo ">${{ github.event.workflow_run.conclusion }} ${{ github.event.workflow_run.run_number }}"'
      - uses: actions/download-artifact@v4
        with: {name: a, path: got, run-id: "${{ github.event.workflow_run.id }}", github-token: "TOKEN"}
      - run: 'echo ">$(cat got/n.txt)"'
"""
BEFORE = """name: before
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: 'echo "$GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT" > n.txt'
      - {uses: actions/upload-artifact@v4, with: {name: a, path: n.txt}}
      - run: CHECK
"""


@pytest.mark.slow
def test_a_workflow_run_has_the_newest_run_and_its_artifacts(run: Run, run_file: Run, repository: Path) -> None:
    run(BEFORE.replace("CHECK", "true"))
    second = run(BEFORE.replace("CHECK", "exit 1"))
    assert second.state.facts is not None
    text = AFTER.replace("PERMISSIONS", "actions: read").replace("TOKEN", "${{ github.token }}")
    (repository / ".github/workflows/after.yml").write_text(text, encoding="utf-8")
    ran = run_file("after.yml", event="workflow_run")
    assert ran.said("job") == ["failure 2", f"{second.state.facts.run_id} 1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("permission", "token", "said"),
    [
        ("contents: read", "${{ github.token }}", "the job's token needs `actions: read`"),
        ("actions: read", "", "GitHub looks there with a 'github-token' only"),
    ],
)
def test_an_earlier_run_is_opened_by_a_token_that_may(run: Run, permission: str, token: str, said: str) -> None:
    ran = run(AFTER.replace("PERMISSIONS", permission).replace("TOKEN", token), event="workflow_run")
    assert said in ran.job("job").steps["2"].reason
