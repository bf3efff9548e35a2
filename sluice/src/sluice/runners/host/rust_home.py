"""What a job may change of this machine's Rust: its own copy of it, as far as the machine lets a job have one.

On GitHub's machines ``~/.rustup`` and ``~/.cargo`` are the job's alone: what it installs, updates or removes must be no
other job's, nor this machine's user's. Where a job is set apart, both folders are laid over themselves: toolchains are
read from where they are and changes go to the job's folder, which costs no copy; cargo's registry stays shared, with
the locks that guard it, and the user's tokens for registries are not to be seen. Elsewhere a job has a default
toolchain, overrides and installed programs of its own; the toolchains are shared.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sluice.runners.host.isolation.spawning import Layers

_SETTINGS = "settings.toml"
_SHARED = ("toolchains", "update-hashes")
_REGISTRY = ("registry", "git")
_LOCKS = (".package-cache", ".package-cache-mutate")
"""Cargo locks these while it writes to the registry (cargo, src/cargo/util/cache_lock.rs)."""
_TOKENS = ("credentials.toml", "credentials")
_UNFIT = re.compile(r"[,:\\]")
"""What would have to be escaped in the options of the mount."""


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


def rust_layers(environment: Mapping[str, str], root: Path) -> Layers:
    """The user's folders that the job in ``root`` may change for itself only."""
    given = {name: Path(environment.get(name) or "/nowhere") for name in ("RUSTUP_HOME", "CARGO_HOME")}
    there = {name: path for name, path in given.items() if path.is_dir() and not _UNFIT.search(str(path.resolve()))}
    if "CARGO_HOME" in there:
        _prepare_registry(there["CARGO_HOME"])
    stores = ((path, root / "layers" / name) for name, path in there.items())
    return Layers(folders=tuple(stores), shared=(*_REGISTRY, *_LOCKS), hidden=_TOKENS)


def rust_in_place(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables where the layers are made: rustup finds everything at its place, and copies a folder that can't be
    renamed, as one below an overlay can't (rustup's documentation: RUSTUP_PERMIT_COPY_RENAME).
    """
    home = environment.get("RUSTUP_HOME", "")
    return {"RUSTUP_HOME": home, "RUSTUP_PERMIT_COPY_RENAME": "1"} if home else {}


def _prepare_registry(cargo: Path) -> None:
    """What is shared has to be there before; a folder that isn't the user's to write stays as it is."""
    with suppress(OSError):
        for name in _REGISTRY:
            (cargo / name).mkdir(exist_ok=True)
        for name in _LOCKS:
            (cargo / name).touch()


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
