"""``taiki-e/install-action`` and ``dtolnay/install`` in runs, with crates of a registry in a folder."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from running import Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("rust"),
]

TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    env: {CARGO_HOME: "${{ github.workspace }}/registry"}
    steps:
      - uses: actions/checkout@v4
      - {uses: USES, with: {INPUTS}}
      - run: PROGRAM
"""
MAIN = 'fn main() { println!(">NAME VERSION") }\n'


@pytest.fixture
def registry(repository: Path) -> Path:
    """A CARGO_HOME whose crates.io is a folder with two crates, one of which calls its program otherwise."""
    home = repository / "registry"
    home.mkdir()
    source = '[source.crates-io]\nreplace-with = "here"\n[source.here]\nlocal-registry = "registry/crates"\n'
    (home / "config.toml").write_text(source, encoding="utf-8")
    publish(home / "crates", "cargo-nextest", "0.9.1", "cargo-nextest")
    publish(home / "crates", "taplo-cli", "0.2.0", "taplo")
    return home


def publish(crates: Path, name: str, version: str, program: str) -> None:
    """A crate with its line in the index (doc.rust-lang.org/cargo: registry index)."""
    package = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'
    texts = {
        "Cargo.toml": f'{package}[[bin]]\nname = "{program}"\npath = "src/main.rs"\n',
        "Cargo.lock": f'version = 3\n[[package]]\nname = "{name}"\nversion = "{version}"\n',
        "src/main.rs": MAIN.replace("NAME", program).replace("VERSION", version),
    }
    index = crates / "index" / name[:2] / name[2:4]
    index.mkdir(parents=True, exist_ok=True)
    packed = crates / f"{name}-{version}.crate"
    with tarfile.open(packed, "w:gz") as archive:
        for path, text in texts.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    line = {"name": name, "vers": version, "deps": [], "features": {}, "yanked": False}
    line["cksum"] = hashlib.sha256(packed.read_bytes()).hexdigest()
    (index / name).write_text(json.dumps(line) + "\n", encoding="utf-8")


def text(uses: str, program: str, inputs: str = "") -> str:
    made = TEXT.replace("USES", uses)
    return made.replace("INPUTS", inputs).replace("PROGRAM", program)


def test_a_tool_is_built_once_and_kept_for_later_jobs(run: Run, registry: Path, tools: Path) -> None:
    ran = run(text("taiki-e/install-action@v2", "cargo-nextest && taplo", "tool: 'nextest@0.9.1, taplo'"))
    assert ran.said("job") == ["cargo-nextest 0.9.1", "taplo 0.2.0"], "\n".join(ran.log("job"))
    assert (tools / "crates/cargo-nextest-0.9.1/bin/cargo-nextest").is_file()
    shutil.rmtree(registry / "crates")
    assert run(text("taiki-e/install-action@nextest", "true", "tool: nextest@0.9.1")).code == 0


def test_the_ref_may_name_the_tool(run: Run, registry: Path) -> None:
    assert registry.is_dir()
    assert run(text("taiki-e/install-action@nextest", "cargo-nextest")).said("job") == ["cargo-nextest 0.9.1"]
    assert run(text("dtolnay/install@cargo-nextest", "cargo-nextest")).said("job") == ["cargo-nextest 0.9.1"]
    inputs = "crate: taplo-cli, bin: taplo"
    assert run(text("dtolnay/install@master", "taplo", inputs)).said("job") == ["taplo 0.2.0"]


@pytest.mark.parametrize(
    ("uses", "inputs", "said"),
    [
        ("taiki-e/install-action@v2", "tool: cargo-nextest@9.9.9", "'cargo-nextest@9.9.9' is not on this machine"),
        ("taiki-e/install-action@v2", "tool: osv-scanner", "'osv-scanner' is not installed on this machine"),
        ("dtolnay/install@no-such-crate", "", "'no-such-crate' is not on this machine"),
    ],
)
def test_a_tool_that_can_not_be_had_skips_the_job(run: Run, registry: Path, uses: str, inputs: str, said: str) -> None:
    assert registry.is_dir()
    ran = run(text(uses, "true", inputs))
    assert ran.results() == {"job": "skipped"}
    assert said in (ran.job("job").steps["2"].reason or "")
    assert run(text(uses, "true", inputs), strict=True).results() == {"job": "failure"}


def test_without_a_name_the_step_fails(run: Run, registry: Path) -> None:
    assert registry.is_dir()
    none = run(text("taiki-e/install-action@v2", "true"))
    assert "no tool specified" in (none.job("job").steps["2"].reason or "")
    none = run(text("dtolnay/install@" + "0" * 40, "true"))
    assert "Input required and not supplied: crate" in (none.job("job").steps["2"].reason or "")


def test_what_the_job_has_is_not_built(run: Run, registry: Path) -> None:
    shutil.rmtree(registry / "crates")
    put = "mkdir -p ~/.local/bin; printf '#!/bin/sh\\necho cargo-hack 0.6.28' > ~/.local/bin/cargo-hack"
    step = f'      - run: "{put}; chmod +x ~/.local/bin/cargo-hack"\n      - {{uses: USES'
    made = TEXT.replace("      - {uses: USES", step.replace("\\n", "\\\\n"))
    filled = made.replace("USES", "taiki-e/install-action@v2")
    filled = filled.replace("PROGRAM", "cargo-hack | sed 's/^/>/'")
    assert run(filled.replace("INPUTS", "tool: cargo-hack@0.6.28")).said("job") == ["cargo-hack 0.6.28"]
    assert run(filled.replace("INPUTS", "tool: cargo-hack@0.6.2")).results() == {"job": "skipped"}
