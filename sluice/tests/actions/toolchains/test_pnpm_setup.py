"""pnpm/action-setup in runs, with pnpm from the npm registry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from running import Run

from sluice.actions.builtin.toolchains.node.pnpm_setup import Install, _installs
from sluice.actions.protocol import ActionFailedError

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")

TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: p, uses: pnpm/action-setup@v4, with: {INPUTS}}
      - run: |
          test "$PNPM_HOME" = "${{ steps.p.outputs.bin_dest }}" && echo ">$(pnpm --version) $(ls node_modules | xargs)"
"""


@pytest.mark.parametrize(
    ("given", "installs"),
    [
        ("null", []),
        ("false", []),
        ("true", [Install(recursive=True)]),
        ("- {cwd: a, args: [--frozen-lockfile]}", [Install(cwd="a", args=["--frozen-lockfile"])]),
        ("{recursive: true}", [Install(recursive=True)]),
    ],
)
def test_what_is_to_be_installed(given: str, installs: list[Install]) -> None:
    assert list(_installs(given)) == installs
    with pytest.raises(ActionFailedError, match="can't be read"):
        list(_installs("{nothing: such}"))


@pytest.mark.slow
@needs_npm
def test_the_projects_pnpm_installs_what_the_project_needs(run: Run, repository: Path) -> None:
    (repository / "inner").mkdir()
    (repository / "inner/package.json").write_text('{"name": "inner", "version": "1.0.0"}', encoding="utf-8")
    text = '{"packageManager": "pnpm@9.15.0+sha512.abc", "dependencies": {"inner": "file:inner"}}'
    (repository / "package.json").write_text(text, encoding="utf-8")
    ran = run(TEXT.replace("INPUTS", "run_install: true"))
    if ran.results() == {"job": "skipped"}:
        pytest.skip("needs a registry of npm packages")
    assert ran.said("job") == ["9.15.0 inner"], "\n".join(ran.log("job"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "package", "said"),
    [
        ("dest: x", "{}", "No pnpm version is specified"),
        ("version: 8", '{"packageManager": "pnpm@9.0.0"}', "Multiple versions of pnpm specified"),
        ("version: 8", "[", "is no package.json"),
    ],
)
def test_what_the_real_one_refuses_fails_the_step(
    run: Run, repository: Path, inputs: str, package: str, said: str
) -> None:
    (repository / "package.json").write_text(package, encoding="utf-8")
    ran = run(TEXT.replace("INPUTS", inputs))
    assert ran.results() == {"job": "failure"}
    assert said in ran.job("job").steps["2"].reason
