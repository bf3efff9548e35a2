"""``dtolnay/rust-toolchain``, ``actions-rs/toolchain`` and ``actions-rs/cargo`` with the rustup of this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run

from sluice.actions.builtin.toolchains.rust.toolchains import _has

needs_rustup = pytest.mark.usefixtures("rustup")

TEXT = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: r, uses: ACTION, with: {INPUTS}}
      - run: echo ">${RUSTUP_TOOLCHAIN:-none} ${{ steps.r.outputs.rustc }} ${{ steps.r.outputs.rustc_hash != '' }}"
"""
BUILD = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {uses: actions-rs/cargo@v1, with: {command: test, args: "--offline -- ARGS"}}
"""
CRATE = '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n'
TESTS = '#[test]\nfn fine() {}\n#[test]\nfn not_fine() {\n    panic!("broken")\n}\n'


def text(action: str, inputs: str) -> str:
    return TEXT.replace("ACTION", action).replace("INPUTS", inputs)


@pytest.fixture
def name() -> str:
    """A toolchain that is installed here."""
    said = subprocess.run(["rustup", "show", "active-toolchain"], capture_output=True, text=True, check=False).stdout
    if not said:
        pytest.skip("rustup has no toolchain here")
    return said.split()[0]


@pytest.mark.parametrize(
    ("part", "there"),
    [
        ("clippy", True),
        ("clippy-preview", True),
        ("miri", True),
        ("rust", False),
        ("wasm32-wasip1", True),
        ("x", False),
    ],
)
def test_a_part_is_known_by_its_plain_name(part: str, there: bool) -> None:
    listed = ["cargo-x86_64-unknown-linux-gnu", "clippy-x86_64-unknown-linux-gnu", "miri-preview", "wasm32-wasip1"]
    assert _has(listed, part) is there


@needs_rustup
@pytest.mark.slow
@pytest.mark.parametrize("action", ["dtolnay/rust-toolchain@master", "actions-rs/toolchain@v1"])
def test_what_is_installed_asks_no_network(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, action: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    ran = run(text(action, f"toolchain: {name}, components: 'rustc, cargo'"))
    assert ran.code == 0, "\n".join(ran.log("job"))
    missing = run(text(action, f"toolchain: {name}, components: rustc-codegen-cranelift"))
    assert missing.results() == {"job": "skipped"}
    assert f"'{name}' with rustc-codegen-cranelift" in (missing.job("job").steps["2"].reason or "")


@needs_rustup
@pytest.mark.slow
def test_a_toolchain_is_the_jobs_own_where_that_is_asked_for(run: Run, repository: Path, name: str) -> None:
    chosen = run(text("actions-rs/toolchain@v1", f"toolchain: {name}, override: true")).said("job")[0]
    assert chosen.split()[0] == name
    assert chosen.endswith(") true")
    (repository / "rust-toolchain.toml").write_text(f'[toolchain]\nchannel = "{name}"\n', encoding="utf-8")
    assert run(text("actions-rs/toolchain@v1", "default: true")).said("job") == [chosen]
    (repository / "rust-toolchain.toml").write_text("[toolchain]\n", encoding="utf-8")
    told = run(text("actions-rs/toolchain@v1", "")).job("job").steps["2"].reason or ""
    assert "rust-toolchain.toml names no toolchain.channel" in told
    (repository / "rust-toolchain.toml").unlink()
    told = run(text("actions-rs/toolchain@v1", "")).job("job").steps["2"].reason or ""
    assert "toolchain input was not given" in told


@needs_rustup
@pytest.mark.slow
def test_cargo_passes_and_fails_as_its_command_does(run: Run, repository: Path) -> None:
    (repository / "src").mkdir()
    (repository / "Cargo.toml").write_text(CRATE, encoding="utf-8")
    (repository / "src/lib.rs").write_text(TESTS, encoding="utf-8")
    good = run(BUILD.replace("ARGS", "--skip not_fine"))
    assert good.code == 0, "\n".join(good.log("job"))
    assert any("1 passed" in line for line in good.log("job"))
    bad = run(BUILD.replace("ARGS", ""))
    assert bad.code == 1
    assert "failed with exit code 101" in (bad.job("job").steps["2"].reason or "")
    assert "can't be read as words" in (run(BUILD.replace("-- ARGS", "'")).job("job").steps["2"].reason or "")


@needs_rustup
@pytest.mark.slow
def test_the_ref_names_a_toolchain_and_master_none(run: Run) -> None:
    ran = run(text("dtolnay/rust-toolchain@stable", "").replace("RUSTUP_TOOLCHAIN:-none", "RUSTUP_TOOLCHAIN"))
    if ran.results() == {"job": "skipped"}:
        pytest.skip(ran.job("job").steps["2"].reason or "")
    assert ran.said("job")[0].startswith("stable ")
    none = run(text("dtolnay/rust-toolchain@master", ""))
    assert "'toolchain' is a required input" in (none.job("job").steps["2"].reason or "")
