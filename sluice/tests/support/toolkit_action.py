"""Real packages of GitHub's toolkit from the npm registry, for actions that tests write with them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from made_once import made_once

TOOLKIT = ("@actions/core@3", "@actions/cache@6", "@actions/artifact@6")
MANIFEST = """name: Toolkit
inputs:
  script: {required: true}
runs: {using: node20, main: main.mjs}
"""
MAIN = """import * as core from '@actions/core';
import * as cache from '@actions/cache';
import artifact from '@actions/artifact';
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
const say = value => console.log('>' + (typeof value === 'string' ? value : JSON.stringify(value)));
try {
  await new AsyncFunction('core', 'cache', 'artifact', 'say', core.getInput('script'))(core, cache, artifact, say);
} catch (error) { core.setFailed(error.message); }
"""


def install(folder: Path, *packages: str) -> None:
    """npm packages in ``folder``; skips the test where the registry can't be reached."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}", encoding="utf-8")
    done = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *packages],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"npm can't install {', '.join(packages)} here: {done.stderr.strip()[-200:]}")


def toolkit_packages(factory: pytest.TempPathFactory) -> Path:
    """The toolkit's packages as ``node_modules``, of one installation for all tests and processes: it takes 20 s."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine")
    made = made_once(factory, "toolkit", lambda folder: install(folder, *TOOLKIT))
    return made / "node_modules"


def make_toolkit_action(folder: Path, packages: Path) -> Path:
    """An action that runs the script of its input with the toolkit's packages, as its author would have them."""
    folder.mkdir()
    hard_linked(packages, folder / "node_modules")
    (folder / "action.yml").write_text(MANIFEST, encoding="utf-8")
    (folder / "main.mjs").write_text(MAIN, encoding="utf-8")
    return folder


def hard_linked(source: Path, target: Path) -> None:
    """A copy whose files are links, links of npm's as they are."""
    shutil.copytree(source, target, symlinks=True, copy_function=os.link)
