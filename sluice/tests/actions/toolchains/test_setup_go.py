"""``actions/setup-go``: which version a project names, and runs with the Go of this machine and with another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from running import Run

from sluice.actions import go as finding
from sluice.actions.builtin.toolchains.go.go_version_file import version_from_file
from sluice.actions.go import find_gos
from sluice.actions.protocol import ActionFailedError

HERE = find_gos(Path("/nowhere"))
needs_go = pytest.mark.skipif(not HERE, reason="there is no Go on this machine")

TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: go, uses: actions/setup-go@v6, with: {INPUTS}}
      - run: |
          echo ">$(go env GOVERSION) ${{ steps.go.outputs.go-version }} ${{ steps.go.outputs.cache-hit }} $GOTOOLCHAIN"
"""


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("go.mod", "module x\n\ngo 1.23.0\n\ntoolchain go1.23.2\n", "1.23.2"),
        ("go.mod", "module x\n\ngo 1.22\n", "1.22"),
        ("go.work", "go 1.21.3\nuse .\n", "1.21.3"),
        (".go-version", "1.20.1\n", "1.20.1"),
        (".tool-versions", "nodejs 20\ngolang 1.24.1 # why\n", "1.24.1"),
    ],
)
def test_a_project_names_its_version(tmp_path: Path, name: str, text: str, found: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert version_from_file(tmp_path / name) == found


def test_a_file_that_names_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n", encoding="utf-8")
    with pytest.raises(ActionFailedError, match=r"go\.mod names no version of Go"):
        version_from_file(tmp_path / "go.mod")
    with pytest.raises(ActionFailedError, match="does not exist"):
        version_from_file(tmp_path / "gone")


@needs_go
@pytest.mark.slow
@pytest.mark.parametrize(("release", "toolchain"), [("v5", "unset"), ("v6", "local"), ("0" * 40, "local")])
def test_releases_before_v6_let_go_choose_by_the_projects_go_mod(run: Run, release: str, toolchain: str) -> None:
    step = f'actions/setup-go@{release}, with: {{cache: false}}}}\n      - run: echo ">${{GOTOOLCHAIN:-unset}}"\n'
    ran = run(TEXT.partition("actions/setup-go")[0] + step)
    assert ran.said("job") == [toolchain]


@needs_go
@pytest.mark.slow
def test_the_go_of_this_machine_is_the_jobs_and_its_caches_are_kept(run: Run, repository: Path) -> None:
    (repository / "go.mod").write_text(f"module example.org/x\n\ngo {HERE[0].text}\n", encoding="utf-8")
    (repository / "main.go").write_text('package main\n\nfunc main() { println("built") }\n', encoding="utf-8")
    text = TEXT.replace("INPUTS", "go-version-file: go.mod") + "          go build . && go install . && x\n"
    text += '      - run: echo ">$(command -v x)"\n'
    first = run(text)
    assert first.code == 0, "\n".join(first.log("job"))
    words, program = first.said("job")
    assert words == f"go{HERE[0].text} {HERE[0].text} false local"
    assert program.endswith("/go/bin/x")
    assert run(text).said("job")[0].split()[2] == "true"


@needs_go
@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("go-version: '1.2.x', cache: false", "Unable to find Go version '1.2.x'"),
        ("go-version: 1.30rc1", "Only releases are found here"),
        ("go-version: 1.24, architecture: riscv64", "can't run on this machine"),
    ],
)
def test_a_go_that_can_not_be_had_skips_the_job(
    run: Run, monkeypatch: pytest.MonkeyPatch, inputs: str, said: str
) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    text = TEXT.replace("INPUTS", inputs)
    ran = run(text)
    assert ran.results() == {"job": "skipped"}
    assert said in (ran.job("job").steps["2"].reason or "")
    assert run(text, strict=True).results() == {"job": "failure"}


@needs_go
@pytest.mark.slow
def test_another_release_comes_through_the_module_proxy(run: Run, tools: Path) -> None:
    other = "1.24" if HERE[0].version[:2] != (1, 24) else "1.25"
    if finding._latest(HERE[0], other) is None:
        pytest.skip("the module proxy can't be asked here")
    ran = run(TEXT.replace("INPUTS", f"go-version: '{other}', cache: false"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    (version,) = (words.split()[1] for words in ran.said("job"))
    assert version.startswith(f"{other}.")
    assert ran.said("job") == [f"go{version} {version}  local"]
    assert (tools / "go/golang.org").is_dir()


def test_without_any_go_the_places_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(finding, "_ask", lambda _: None)
    assert find_gos(tmp_path) == ()
