"""Which of the caller's variables a job on this machine gets."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

import pytest
from running import Run

from sluice.runners.host.environment import base_environment, with_own_programs
from sluice.runners.host.runner import HostRunner

INSTALLED = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          mkdir -p ~/.local/bin
          printf '#!/bin/sh\\necho ">found"\\n' > ~/.local/bin/installed
          chmod +x ~/.local/bin/installed
      - run: installed
"""


@pytest.mark.parametrize("end", ["", "/"])
def test_an_environment_that_the_caller_activated_is_not_on_path(tmp_path: Path, end: str) -> None:
    path = f"/home/me/app/.venv/bin{end}:/usr/bin:/home/me/app/.venv/bin2"
    given = base_environment({"VIRTUAL_ENV": f"/home/me/app/.venv{end}", "PATH": path}, tmp_path)
    assert given == {"PATH": "/usr/bin:/home/me/app/.venv/bin2"}
    assert base_environment({"PATH": path}, tmp_path) == {"PATH": path}


NPMRC = """\
registry=http://127.0.0.1:9/npm/
@octo:registry = http://127.0.0.1:9/octo/
//127.0.0.1:9/npm/:_authToken=user-token
_password=user-password
prefix=/home/me/.npm-global
save-exact=true
strict-ssl=false
electron_mirror=http://127.0.0.1:9/electron/
"""
WITH_NPM = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          for name in registry @octo:registry strict-ssl save-exact; do echo ">$(npm config get $name)"; done
          sed 's/^/>/' "$NPM_CONFIG_GLOBALCONFIG"
      - run: |
          echo 'registry=http://127.0.0.1:9/of-the-job/' > ~/.npmrc
          npm config set save-exact true
          for name in registry @octo:registry save-exact; do echo ">$(npm config get $name)"; done
"""


@pytest.mark.slow
@pytest.mark.needs_node
def test_a_job_reaches_the_registries_of_the_users_npm_and_writes_settings_of_its_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    settings = tmp_path / "npmrc"
    settings.write_text(NPMRC, encoding="utf-8")
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(settings))
    kept = [line for line in NPMRC.splitlines() if "registry" in line or line.startswith(("strict", "electron"))]
    said = run(WITH_NPM).said("job")
    assert said[:4] == ["http://127.0.0.1:9/npm/", "http://127.0.0.1:9/octo/", "false", "false"]
    assert said[-3 - len(kept) : -3] == kept
    assert not [line for line in said if "user-" in line or ".npm-global" in line]
    assert said[-3:] == ["http://127.0.0.1:9/of-the-job/", "http://127.0.0.1:9/octo/", "true"]
    assert settings.read_text(encoding="utf-8") == NPMRC


def test_a_caller_without_a_path_gets_the_usual_one(tmp_path: Path) -> None:
    assert base_environment({}, tmp_path)["PATH"].split(":")[-2:] == ["/sbin", "/bin"]


def test_the_folder_of_a_jobs_own_programs_comes_first() -> None:
    assert with_own_programs("/usr/bin", Path("/home/job")) == "/home/job/.local/bin:/usr/bin"
    assert with_own_programs("", Path("/home/job")) == "/home/job/.local/bin"


def test_what_an_installer_puts_into_the_home_is_found_by_the_next_step(run: Run) -> None:
    ran = run(INSTALLED)
    assert ran.code == 0
    assert ran.said("job")[-1] == "found"


@pytest.mark.slow
def test_a_login_shell_keeps_what_was_put_on_path(run: Run) -> None:
    text = INSTALLED.replace("~/.local/bin", "~/bin") + "        shell: bash -el {0}\n"
    text = text.replace(
        "      - run: installed", '      - run: echo "$HOME/bin" >> "$GITHUB_PATH"\n      - run: installed'
    )
    ran = run(text)
    assert ran.code == 0, ran.log("job")
    assert ran.said("job")[-1] == "found"


@pytest.mark.parametrize(("machine", "has"), [("x86_64", False), ("aarch64", True)])
def test_a_machine_stands_for_the_images_of_its_own_architecture(
    monkeypatch: pytest.MonkeyPatch, machine: str, has: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    labels = HostRunner(degrees=()).labels
    assert "ubuntu-26.04" in labels
    assert ("ubuntu-24.04-arm" in labels, "ubuntu-26.04-arm" in labels) == (has, has)
