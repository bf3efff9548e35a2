"""A job chooses its own Rust toolchain and installs its own programs; the machine's stay as they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from running import Run

from sluice.runners.host.rust_home import rust_environment

TEXT = """on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: |
          rustup toolchain link of-the-test "$(rustc --print sysroot)"
          rustup default of-the-test
          rustup default | sed 's/^/>/'
      - run: rustup default | sed 's/^/>/'
  two:
    needs: one
    if: always()
    runs-on: ubuntu-latest
    steps: [{run: "rustup default | sed 's/^/>/'; rustup toolchain uninstall of-the-test"}]
"""
INSTALL = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          mkdir -p hello-of-the-test/src && cd hello-of-the-test
          printf '[package]\\nname = "hello-of-the-test"\\nversion = "0.1.0"\\nedition = "2021"\\n' > Cargo.toml
          echo 'fn main() { println!(">hello") }' > src/main.rs
          cargo install --offline --path .
      - run: hello-of-the-test && ~/.cargo/bin/hello-of-the-test
"""
needs_rustup = pytest.mark.usefixtures("rustup")


def default() -> str:
    return subprocess.run(["rustup", "default"], capture_output=True, text=True, check=False).stdout


@needs_rustup
@pytest.mark.slow
def test_the_default_of_a_job_is_no_other_jobs_and_not_the_machines(run: Run) -> None:
    before = default()
    ran = run(TEXT)
    assert ran.code == 0, "\n".join(ran.log("one"))
    assert ran.said("one") == ["of-the-test (default)", "of-the-test (default)"]
    assert ran.said("two") == [before.strip()]
    assert default() == before


@needs_rustup
@pytest.mark.slow
def test_what_a_job_installs_is_in_its_own_home(run: Run) -> None:
    ran = run(INSTALL)
    assert ran.said("job") == ["hello", "hello"], "\n".join(ran.log("job"))
    assert shutil.which("hello-of-the-test") is None


COMPONENT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          toolchain="$(rustup show active-toolchain | cut -d' ' -f1)"
          rustup component remove clippy --toolchain "$toolchain"
          rustup component list --installed --toolchain "$toolchain" | grep -c clippy | sed 's/^/>/'
"""


def components() -> list[str]:
    words = ["rustup", "component", "list", "--installed"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()


@needs_rustup
@pytest.mark.slow
def test_a_component_that_a_job_removes_is_still_the_machines(run: Run) -> None:
    before = components()
    if not any(one.startswith("clippy") for one in before):
        pytest.skip("needs a toolchain with clippy")
    ran = run(COMPONENT, isolation="auto")
    if "toolchains" not in "".join(line for line in ran.log("job") if line.startswith("Isolation:")):
        pytest.skip("needs a kernel that lays folders over others for this user (overlayfs)")
    assert ran.said("job") == ["0"], "\n".join(ran.log("job"))
    assert components() == before


def test_settings_are_copied_and_toolchains_shared(tmp_path: Path) -> None:
    machine, home = tmp_path / "machine", tmp_path / "home"
    (machine / "toolchains/stable").mkdir(parents=True)
    (machine / "settings.toml").write_text("default", encoding="utf-8")
    given = {"RUSTUP_HOME": str(machine), "CARGO_HOME": "/c", "PATH": "/bin"}
    made = rust_environment(given, home)
    own = Path(made["RUSTUP_HOME"])
    assert (own, made["CARGO_INSTALL_ROOT"], made["PATH"]) == (
        home / ".rustup",
        f"{home}/.cargo",
        f"{home}/.cargo/bin:/bin",
    )
    assert [one.name for one in (own / "toolchains").iterdir()] == ["stable"]
    (own / "settings.toml").write_text("other", encoding="utf-8")
    assert (machine / "settings.toml").read_text(encoding="utf-8") == "default"
    assert rust_environment(given, home) == made


def test_without_rust_nothing_is_made(tmp_path: Path) -> None:
    assert rust_environment({"PATH": "/bin", "RUSTUP_HOME": str(tmp_path / "no")}, tmp_path / "home") == {}
    assert not (tmp_path / "home").exists()
