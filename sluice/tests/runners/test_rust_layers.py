"""A job changes its own Rust: what it adds, updates and removes is not the machine's, which costs no copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

JOB = """on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: |
          cd "$RUSTUP_HOME"
          echo ">$(cat toolchains/stable/lib/rustlib/components) $(cat ../cargo/bin/rustup)"
          echo clippy >> toolchains/stable/lib/rustlib/components
          rm -r toolchains/nightly && mkdir toolchains/beta
          echo new > ../cargo/bin/rustup
          echo crate > "$CARGO_HOME/registry/crate"
          echo secret > "$CARGO_HOME/credentials.toml"
          echo ">$(ls toolchains | xargs) $(cat toolchains/stable/lib/rustlib/components | xargs)"
  two:
    needs: one
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo ">$(ls "$RUSTUP_HOME/toolchains" | xargs) $(cat "$RUSTUP_HOME/toolchains/stable/lib/rustlib/components")"
          echo ">$(cat "$CARGO_HOME/registry/crate") $(cat "$CARGO_HOME/bin/rustup")"
          test ! -e "$CARGO_HOME/credentials.toml" && echo ">no tokens"
"""


@pytest.fixture
def rust_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    machine = tmp_path / "machine"
    toolchains = machine / "rustup/toolchains"
    for folder in (toolchains / "stable/lib/rustlib", toolchains / "nightly", machine / "cargo/bin"):
        folder.mkdir(parents=True)
    (toolchains / "stable/lib/rustlib/components").write_text("rustc\n", encoding="utf-8")
    (machine / "cargo/bin/rustup").write_text("old\n", encoding="utf-8")
    (machine / "cargo/credentials.toml").write_text("the user's\n", encoding="utf-8")
    monkeypatch.setenv("RUSTUP_HOME", str(machine / "rustup"))
    monkeypatch.setenv("CARGO_HOME", str(machine / "cargo"))
    return machine


def seen(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_what_a_job_changes_of_the_toolchains_is_its_own(run: Run, rust_folders: Path) -> None:
    before = seen(rust_folders)
    ran = run(JOB)
    if not any("toolchains" in line for line in ran.log("one") if line.startswith("Isolation:")):
        pytest.skip("needs a kernel that lays folders over others for this user (overlayfs)")
    assert ran.results() == {"one": "success", "two": "success"}, "\n".join(ran.log("one"))
    assert ran.said("one") == ["rustc old", "beta stable rustc clippy"]
    assert ran.said("two") == ["nightly stable rustc", "crate old", "no tokens"]
    after = seen(rust_folders)
    assert {name: after.pop(name) for name in ("cargo/registry/crate",)} == {"cargo/registry/crate": "crate\n"}
    assert {name: text for name, text in after.items() if "package-cache" not in name} == before
    assert {path.name for path in (rust_folders / "rustup/toolchains").iterdir()} == {"nightly", "stable"}
    assert not list((ran.folder / "jobs").glob("*/layers")), "nothing of it stays"
