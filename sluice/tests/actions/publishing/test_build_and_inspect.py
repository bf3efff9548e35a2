"""hynek/build-and-inspect-python-package in a run, with the real tools of the package index."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Ran, Run

from sluice.store.files.artifacts import FolderArtifacts

pytestmark = [pytest.mark.needs_git, pytest.mark.slow, pytest.mark.usefixtures("uv_at_hand")]

TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: b, uses: hynek/build-and-inspect-python-package@v2, with: {INPUTS}}
      - env: {FOUND: "${{ toJSON(steps.b.outputs) }}"}
        run: |
          jq -r '">\\(.package_name) \\(.package_version) \\(.supported_python_classifiers_json_array)"' <<< "$FOUND"
          echo ">$(ls "${{ steps.b.outputs.dist }}" | xargs)"
"""
PROJECT = """[build-system]
requires = ["flit_core>=3.12"]
build-backend = "flit_core.buildapi"
[project]
name = "thing"
version = "1.2"
description = "A thing"
requires-python = ">=3.9"
README
classifiers = ["Programming Language :: Python :: 3.11", "Programming Language :: Python :: 3 :: Only"]
"""


def build(run: Run, repository: Path, *, readme: str = 'readme = "README.md"', inputs: str = "path: .") -> Ran:
    (repository / "pyproject.toml").write_text(PROJECT.replace("README", readme), encoding="utf-8")
    (repository / "README.md").write_text("# Thing\n", encoding="utf-8")
    (repository / "thing.py").write_text('"""A thing."""\n', encoding="utf-8")
    ran = run(TEXT.replace("INPUTS", inputs))
    if ran.results() == {"job": "skipped"}:
        pytest.skip(f"needs a package index: {ran.job('job').reason}")
    return ran


def test_a_package_is_built_checked_and_kept(run: Run, repository: Path) -> None:
    ran = build(run, repository, inputs="upload-name-suffix: -x")
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert ran.said("job")[0] == 'thing 1.2 ["3.11"]'
    assert ran.said("job")[1].split() == ["thing-1.2-py3-none-any.whl", "thing-1.2.tar.gz"]
    names = FolderArtifacts(ran.folder / "artifacts").names()
    assert names == ("Package Metadata-x", "Packages-x", "PyPI README-x")
    summaries = "".join(path.read_text() for path in (ran.folder / "summaries").rglob("*") if path.is_file())
    assert "thing-1.2.tar.gz contents" in summaries


def test_without_a_description_it_fails(run: Run, repository: Path) -> None:
    ran = build(run, repository, readme="", inputs="skip-wheel: 'true'")
    assert ran.results() == {"job": "failure"}
    assert "twine check --strict failed" in ran.job("job").steps["2"].reason


def test_what_can_not_be_built_fails(run: Run, repository: Path) -> None:
    ran = build(run, repository, readme='readme = "gone.md"')
    assert ran.results() == {"job": "failure"}
    assert "The package can't be built" in ran.job("job").steps["2"].reason
