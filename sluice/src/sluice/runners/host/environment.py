"""Which of the caller's variables enter a job: a short list, nothing else.

In: an environment. Out: the job's base. Besides PATH, language and time zone there are three families: where to find
certificates and proxies, which registries package clients use, and where the container engine listens. Without them
nothing could be fetched on a closed network or built on an engine of one's own, and they say nothing about the user.
A Python environment that the caller has activated is not on the job's PATH: what the job installs would land in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_ALLOWED = re.compile(
    r"""
    PATH | LANG | LANGUAGE | LC_\w+ | TZ
    | SSL_CERT_(FILE|DIR) | PIP_CERT | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE | NODE_EXTRA_CA_CERTS | GIT_SSL_CAINFO
    | (http|https|no|all)_proxy | (HTTP|HTTPS|NO|ALL)_PROXY
    | PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|TRUSTED_HOST|CONFIG_FILE|DEFAULT_TIMEOUT)
    | UV_(INDEX_URL|DEFAULT_INDEX|INDEX|EXTRA_INDEX_URL|FIND_LINKS|NATIVE_TLS|SYSTEM_CERTS)
    | (NPM_CONFIG|npm_config)_(registry|REGISTRY|userconfig|USERCONFIG)
    | GOPROXY | GONOSUMDB | GONOSUMCHECK | GOFLAGS | GOSUMDB
    | DOCKER_(HOST|TLS|TLS_VERIFY|CERT_PATH)
    | CARGO_HOME | RUSTUP_HOME | RUSTUP_TOOLCHAIN | PYENV_ROOT | JAVA_HOME | GOROOT
    """,
    re.VERBOSE,
)
_FILES = {
    "PIP_CONFIG_FILE": (".config/pip/pip.conf", ".pip/pip.conf"),
    "NPM_CONFIG_USERCONFIG": (".npmrc",),
}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""For a caller that has none, such as some schedulers: what a login gives (Debian's ``/etc/profile``)."""
_FOLDERS = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "PYENV_ROOT": ".pyenv"}


def base_environment(caller: Mapping[str, str], home: Path, passed: Iterable[str] = ()) -> dict[str, str]:
    """The caller's variables that a job may see; ``passed`` are further names that the user allows.

    ``home`` is the caller's: configuration files and tools in it are pointed to, since the job has a home of its own.
    """
    names = frozenset(passed)
    kept = {name: value for name, value in caller.items() if name in names or _ALLOWED.fullmatch(name)}
    for name, places in _FILES.items():
        found = next((home / place for place in places if os.access(home / place, os.R_OK)), None)
        if found is not None:
            kept.setdefault(name, str(found))
    for name, place in _FOLDERS.items():
        if os.access(home / place, os.X_OK):
            kept.setdefault(name, str(home / place))
    kept.setdefault("PATH", _PATH)
    if active := caller.get("VIRTUAL_ENV"):
        kept["PATH"] = _without(kept.get("PATH", ""), f"{active.rstrip('/')}/bin")
    return kept


def with_own_programs(path: str, home: Path) -> str:
    """PATH with the folder first in which ``pip install --user``, ``pipx``, ``uv tool`` and installers put programs.

    So it is on GitHub's images (actions/runner-images, images/ubuntu: ``/home/runner/.local/bin``).
    """
    return f"{home}/.local/bin:{path}" if path else f"{home}/.local/bin"


def _without(path: str, folder: str) -> str:
    return ":".join(one for one in path.split(":") if one.rstrip("/") != folder)
