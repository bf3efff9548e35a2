"""JavaScript actions that others published, unmodified; and one with pre and post written with the real toolkit.

Of the actions that the npm registry carries with their manifest and bundle (``npm-install``, ``setup-cpp``,
``@cypress/github-action``, ``@jamesives/github-pages-deploy-action``, ``@kie/build-chain-action``) none has a ``pre``
or a ``post``: those that do are published as git repositories only. So the stages are shown by an action that uses
``@actions/core`` and ``@actions/cache`` from the registry in all three of them, as such actions do.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from running import Run
from toolkit_action import hard_linked, toolkit_packages

pytestmark = [pytest.mark.needs_node, pytest.mark.slow]

MANIFEST = """name: Keeper
inputs: {folder: {required: true}, key: {required: true}}
outputs: {found: {description: what was found}}
runs: {using: node20, pre: pre.mjs, main: main.mjs, post: post.mjs, post-if: success()}
"""
STAGES = {
    "pre": """
        core.saveState('began', 'at the beginning');
        core.exportVariable('KEEPER', 'was here');
        console.log('>pre ' + core.getInput('key'));
    """,
    "main": """
        const found = await cache.restoreCache([core.getInput('folder')], core.getInput('key'));
        core.saveState('found', found ?? '');
        core.setOutput('found', found ?? 'nothing');
        core.notice(`began ${core.getState('began')}`, {title: 'Keeper'});
        await core.summary.addHeading('Kept').write();
        core.group('Inside', async () => console.log('>main'));
    """,
    "post": """
        if (core.getState('found') === '') await cache.saveCache([core.getInput('folder')], core.getInput('key'));
        console.log('>post ' + core.getState('began') + ' ' + (core.getState('found') || 'saved'));
    """,
}
USE = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo ">first $KEEPER"
      - {id: k, uses: made/keeper@v1, with: {folder: kept, key: my-key}}
      - run: 'echo ">${{ steps.k.outputs.found }} $(cat kept/file)"; mkdir -p kept; echo one > kept/file'
"""


@pytest.fixture(scope="session")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = toolkit_packages(tmp_path_factory)
    folder = tmp_path_factory.mktemp("keeper")
    hard_linked(packages, folder / "node_modules")
    (folder / "action.yml").write_text(MANIFEST, encoding="utf-8")
    head = "import * as core from '@actions/core';\nimport * as cache from '@actions/cache';\n"
    for stage, text in STAGES.items():
        (folder / f"{stage}.mjs").write_text(head + text + "\n", encoding="utf-8")
    return folder


def test_pre_main_and_post_with_the_real_toolkit(run: Run, repository: Path, keeper: Path) -> None:
    (repository / "sluice.toml").write_text(f"[actions.map]\n'made/keeper' = '{keeper}'\n", encoding="utf-8")
    first = run(USE)
    assert sorted(first.said("job")) == sorted(
        ["pre my-key", "first was here", "main", "nothing", "post at the beginning saved"]
    ), "\n".join(first.log("job"))
    (notice,) = [one for one in first.job("job").annotations if one.level == "notice"]
    assert (notice.title, notice.message) == ("Keeper", "began at the beginning")
    assert [path.read_text(encoding="utf-8") for path in (first.folder / "summaries").iterdir()] == ["<h1>Kept</h1>\n"]
    assert sorted(run(USE).said("job")) == sorted(
        ["pre my-key", "first was here", "main", "my-key one", "post at the beginning my-key"]
    )


def unpack(folder: Path, package: str) -> Path:
    """A published package as the registry has it; skips where it can't be reached."""
    folder.mkdir()
    done = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"npm can't fetch {package} here: {done.stderr.strip()[-200:]}")
    subprocess.run(["tar", "-xzf", done.stdout.split()[-1]], cwd=folder, check=True)
    return folder / "package"


def test_a_published_action_installs_and_keeps_what_a_project_needs(run: Run, repository: Path, tmp_path: Path) -> None:
    """``npm-install`` 1.12.1 wants Node.js 24, runs ``npm ci``, and keeps npm's cache by @actions/cache."""
    action = unpack(tmp_path / "published", "npm-install@1.12.1")
    (repository / "sluice.toml").write_text(f"[actions.map]\n'bahmutov/npm-install' = '{action}'\n", encoding="utf-8")
    (repository / "package.json").write_text(
        json.dumps({"name": "x", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}), encoding="utf-8"
    )
    subprocess.run(
        ["npm", "install", "--silent", "--package-lock-only"], cwd=repository, check=True, capture_output=True
    )
    text = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: bahmutov/npm-install@v1
      - run: node -e 'console.log(">" + require("is-number")(7))'
"""
    first = run(text)
    assert first.said("job") == ["true"], "\n".join(first.log("job"))
    assert [type(event).__name__ for event in first.job("job").caches] == ["CacheRestored", "CacheSaved"]
    # The next run's lookup has another version: the action hashes the absolute path of npm's cache, and each job has a
    # home of its own. Paths that are relative to the workspace are found again, as the test above shows.
    assert run(text).said("job") == ["true"]
