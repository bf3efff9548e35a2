"""``astral-sh/setup-uv``: which version is wanted, and runs with the uv of the machine and of the package index."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

from sluice.actions.builtin.toolchains.uv import setup_uv
from sluice.actions.builtin.toolchains.uv.uv_version import fitting, version_from_file
from sluice.actions.protocol import ActionFailedError
from sluice.source.errors import UnavailableError


@pytest.mark.parametrize(
    ("wanted", "fits", "not_fits"),
    [
        ("0.5.1", (0, 5, 1), (0, 5, 10)),
        ("0.5.x", (0, 5, 9), (0, 6, 0)),
        (">=0.4.25,<0.5", (0, 4, 30), (0, 5, 0)),
        ("~=0.6.2", (0, 6, 9), (0, 7, 0)),
        ("^0.5.2", (0, 5, 3), (1, 0, 0)),
        ("0.7", (0, 7, 3), (0, 8, 0)),
    ],
)
def test_a_version_fits(wanted: str, fits: tuple[int, ...], not_fits: tuple[int, ...]) -> None:
    assert fitting(wanted)(fits)
    assert not fitting(wanted)(not_fits)
    assert fitting("latest")(fits)


def test_what_is_no_version_is_refused() -> None:
    with pytest.raises(ActionFailedError, match="No version found for newest"):
        fitting("newest")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("uv.toml", 'required-version = "==0.5.1"', "==0.5.1"),
        ("pyproject.toml", '[tool.uv]\nrequired-version = ">=0.5"', ">=0.5"),
        ("pyproject.toml", "[project]\nname = 'x'", None),
        (".tool-versions", "python 3.12\nuv 0.5.2\n", "0.5.2"),
        ("requirements.txt", "pip\nuv==0.6.1 # pinned\n", "==0.6.1"),
    ],
)
def test_a_project_names_its_version(tmp_path: Path, name: str, text: str, found: str | None) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert version_from_file(tmp_path / name) == found


TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: uv, uses: astral-sh/setup-uv@v7, with: {INPUTS}}
      - run: |
          echo ">${{ steps.uv.outputs.uv-version }} $(uv --version | cut -d' ' -f2) ${{ steps.uv.outputs.cache-hit }}"
"""


@pytest.mark.slow
def test_a_release_of_the_index_builds_an_environment_and_its_cache_is_kept(run: Run, repository: Path) -> None:
    (repository / "requirements.txt").write_text("iniconfig\n", encoding="utf-8")
    text = TEXT.replace(
        "INPUTS", "version: 0.9.x, python-version: '>=3.9', activate-environment: true, enable-cache: true"
    )
    text += """
          uv pip install -r requirements.txt
          echo ">$(python -c 'import iniconfig; print(iniconfig.__file__)') ${{ steps.uv.outputs.venv }}"
          echo ">$(uvx --version) $UV_PYTHON $(command -v uvx)"
"""
    first = run(text)
    assert first.code == 0, "\n".join(first.log("job"))
    versions, place, rest = first.said("job")
    (told, real, hit) = versions.split()
    assert told == real
    assert told.startswith("0.9.")
    assert hit == "false"
    module, venv = place.split()
    assert module.startswith(f"{venv}/lib/")
    assert rest.startswith("uvx 0.9.")
    assert rest.endswith(f"/uv/{told}/uvx")
    assert " >=3.9 /" in rest
    assert run(text).said("job")[0].split()[2] == "true"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "result", "said"),
    [
        ("version: 99.1.0", "skipped", "uv 99.1.0 is not on this machine"),
        ("version: newest", "failure", "No version found for newest"),
        ("version-file: gone.toml", "failure", "Could not determine uv version from file: gone.toml"),
        ("resolution-strategy: middle", "failure", "Must be 'highest' or 'lowest'"),
        ("working-directory: gone", "failure", "working-directory 'gone' is no folder"),
    ],
)
def test_what_can_not_be_had_or_is_wrong_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, inputs: str, result: str, said: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UnavailableError("no index", tried=["the package uv"])

    monkeypatch.setattr(setup_uv, "fetch_uv", refuse)
    ran = run(TEXT.replace("INPUTS", inputs))
    assert ran.results() == {"job": result}
    assert said in (ran.job("job").steps["2"].reason or "")
