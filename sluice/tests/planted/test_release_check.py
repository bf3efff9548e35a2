"""`make release-check` on a copy of this repository: green as it stands, red by what it is there for, and then nothing
that comes after is done.

No service of advisories is asked: they are a folder of this test's, about two packages that nothing here pins. So green
says that the target does all of its work; of the packages themselves `make audit` speaks where a service answers.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from audited import ADVISORY
from containers import running_engine
from planting import ROOT, Plant, plant

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.needs_git]
OF_NPM = """id: GHSA-0000-0000-0000
modified: 2023-11-01T00:00:00Z
affected: [{package: {name: no-package-of-ours, ecosystem: npm}, ranges: [{type: SEMVER, events: [{introduced: "0"}]}]}]
"""


def release_check(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    plant(folder, "advisories/pypi.yaml", "", ADVISORY)
    plant(folder, "advisories/npm.yaml", "", OF_NPM)
    environment = os.environ | {"SLUICE_HOME": str(home), "PATH": f"{ROOT / '.tools/bin'}:{os.environ['PATH']}"}
    command = ["make", "release-check", "AUDIT=--advisories advisories"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=3600
    )


@pytest.mark.needs_docker
def test_it_is_green_as_it_stands(planted: Path, home: Path) -> None:
    running_engine("python:3.11-slim", "python:3.13-slim-bookworm")
    done = release_check(planted, home)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "audit: pass" in done.stdout


@pytest.mark.parametrize(
    ("planting", "said", "target"),
    [
        (
            ("model/src/loka_model/farm.py", "port: Mapped[int]", "port : Mapped[int]"),
            "would be reformatted",
            "fmt-check",
        ),
        (("stratum/requirements.lock", "asyncpg==", "werkzeug==2.3.7\nasyncpg=="), "werkzeug", "audit"),
    ],
    ids=["a formatting error", "a vulnerable dependency"],
)
def test_it_stops_at_what_is_wrong(planted: Path, home: Path, planting: Plant, said: str, target: str) -> None:
    plant(planted, *planting)
    done = release_check(planted, home)
    assert done.returncode == 2
    assert said in done.stdout
    assert f": {target}] Error 1" in done.stderr.splitlines()[-1]
