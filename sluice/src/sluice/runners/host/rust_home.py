"""What a job may change of this machine's Rust: its own default toolchain, overrides and installed programs.

Toolchains and cargo's registry are shared. On GitHub's machines ``~/.rustup`` and ``~/.cargo`` are the job's alone, so
that ``rustup default`` of one job must not choose the compiler of another, nor of this machine's user.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_SETTINGS = "settings.toml"
_SHARED = ("toolchains", "update-hashes")


def rust_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables that make it so, with the folders in the job's ``home`` that they name; none without Rust."""
    more: dict[str, str] = {}
    rustup, cargo = environment.get("RUSTUP_HOME", ""), environment.get("CARGO_HOME", "")
    if rustup and Path(rustup, "toolchains").is_dir():
        more["RUSTUP_HOME"] = str(_own_rustup(Path(rustup), home / ".rustup"))
    if cargo:
        more["CARGO_INSTALL_ROOT"] = str(home / ".cargo")
        more["PATH"] = f"{home}/.cargo/bin:{environment.get('PATH', '')}"
    return more


def _own_rustup(shared: Path, own: Path) -> Path:
    """A folder with settings of its own and the shared toolchains."""
    own.mkdir(parents=True, exist_ok=True)
    for name in _SHARED:
        (shared / name).mkdir(exist_ok=True)
        with suppress(FileExistsError):
            (own / name).symlink_to(shared / name)
    with suppress(FileNotFoundError):
        shutil.copyfile(shared / _SETTINGS, own / _SETTINGS)
    return own
