"""``Swatinem/rust-cache`` in runs: what is kept, by what, and when not."""

from __future__ import annotations

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
    env: {SETTINGS}
    steps:
      - uses: actions/checkout@v4
      - {id: c, uses: Swatinem/rust-cache@v2, with: {INPUTS}}
      - run: |
          echo ">${{ steps.c.outputs.cache-hit }} $(cat target/made 2>/dev/null) $CARGO_INCREMENTAL"
          mkdir -p target && echo kept > target/made
          END
"""
CRATE = '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n'


def text(inputs: str = "", end: str = "", settings: str = "OTHER: x") -> str:
    return TEXT.replace("INPUTS", inputs).replace("END", end).replace("SETTINGS", settings)


@pytest.fixture
def crate(repository: Path) -> Path:
    (repository / "Cargo.toml").write_text(CRATE, encoding="utf-8")
    return repository


def test_target_is_there_again_until_a_manifest_changes_and_then_the_newest_is(run: Run, crate: Path) -> None:
    assert run(text()).said("job") == ["false  0"]
    assert run(text()).said("job") == ["true kept 0"]
    (crate / "Cargo.toml").write_text(CRATE + "[features]\nmore = []\n", encoding="utf-8")
    assert run(text()).said("job") == ["false kept 0"]
    assert run(text()).said("job") == ["true kept 0"]


def test_an_entry_that_is_damaged_is_none_and_the_next_is_saved(run: Run, crate: Path, tmp_path: Path) -> None:
    assert crate.is_dir()
    assert run(text()).said("job") == ["false  0"]
    (entry,) = (tmp_path / "home").rglob("*.tar.zst")
    entry.write_bytes(b"damaged")
    assert run(text()).said("job") == ["false  0"]
    assert run(text()).said("job") == ["true kept 0"]


def test_another_environment_or_key_or_job_has_an_entry_of_its_own(run: Run, crate: Path) -> None:
    assert crate.is_dir()
    assert run(text()).said("job") == ["false  0"]
    assert run(text(settings="RUSTFLAGS: -Dwarnings")).said("job") == ["false  0"]
    assert run(text("key: more")).said("job") == ["false  0"]
    assert run(text().replace("  job:", "  other:")).said("other") == ["false  0"]
    assert run(text("shared-key: all")).said("job") == ["false  0"]
    assert run(text("shared-key: all").replace("  job:", "  other:")).said("other") == ["true kept 0"]


def test_nothing_is_kept_of_a_job_that_failed_or_where_it_is_not_wanted(run: Run, crate: Path) -> None:
    assert crate.is_dir()
    assert run(text("save-if: false")).code == 0
    assert run(text(end="exit 1")).said("job") == ["false  0"]
    assert run(text("cache-on-failure: true", end="exit 1")).said("job") == ["false  0"]
    assert run(text("lookup-only: true")).said("job") == ["true  0"]
    assert run(text()).said("job") == ["true kept 0"]


def test_other_targets_and_folders_are_kept_and_targets_are_not_on_demand(run: Run, crate: Path) -> None:
    assert crate.is_dir()
    inputs = "workspaces: . -> out, cache-directories: more"
    end = "cat out/made more/made | sed 's/^/>/'; mkdir -p out more; echo out > out/made; echo more > more/made"
    run(text(inputs, end))
    assert run(text(inputs, end)).said("job") == ["true  0", "out", "more"]
    run(text("cache-targets: false, key: no, cache-directories: more"))
    assert run(text("cache-targets: false, key: no, cache-directories: more")).said("job") == ["false  0"]


def test_without_a_compiler_the_job_is_skipped_with_the_reason(run: Run, crate: Path) -> None:
    (crate / "none").mkdir()
    (crate / "none/rustc").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (crate / "none/rustc").chmod(0o755)
    hidden = text().replace("      - {id: c", '      - run: echo "$PWD/none" >> "$GITHUB_PATH"\n      - {id: c')
    ran = run(hidden)
    assert ran.results() == {"job": "skipped"}
    assert "There is no rustc for the key of the cache" in (ran.job("job").steps["3"].reason or "")
    assert run(hidden, strict=True).results() == {"job": "failure"}
