"""Which of the caller's variables enter a job: a short list, nothing else.

In: an environment. Out: the job's base. Besides PATH, language and time zone there are three families: where to find
certificates and proxies, which registries package clients use, and where the container engine listens. Without them
nothing could be fetched on a closed network or built on an engine of one's own, and they say nothing about the user.
A Python environment that the caller has activated is not on the job's PATH: what the job installs would land in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sluice.runners.host import npm_settings

ADDRESSES = frozenset(
    (
        *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"),
        *("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL"),
        *("NPM_CONFIG_registry", "NPM_CONFIG_REGISTRY", "npm_config_registry", "npm_config_REGISTRY"),
        *("GOPROXY", "GONOSUMDB", "GOSUMDB"),
    )
)
"""Proxies and registries by their addresses: what a job in a container may need to know, too."""
_ALLOWED = ADDRESSES.union(
    (
        *("PATH", "LANG", "LANGUAGE", "TZ"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"),
        *("PIP_FIND_LINKS", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT"),
        *("UV_FIND_LINKS", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"),
        *("GONOSUMCHECK", "GOFLAGS"),
        *("DOCKER_HOST", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
        *("CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "PYENV_ROOT", "JAVA_HOME", "GOROOT"),
    )
)
_LOCALE = "LC_"
"""How the names of the categories of a locale begin."""
_OF_PIP = (".config/pip/pip.conf", ".pip/pip.conf")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""For a caller that has none, such as some schedulers: what a login gives (Debian's ``/etc/profile``)."""
_FOLDERS = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "PYENV_ROOT": ".pyenv"}


def base_environment(caller: Mapping[str, str], home: Path, passed: Iterable[str] = ()) -> dict[str, str]:
    """The caller's variables that a job may see; ``passed`` are further names that the user allows.

    ``home`` is the caller's: configuration files and tools in it are pointed to, since the job has a home of its own.
    """
    names = _ALLOWED.union(passed)
    kept = {name: value for name, value in caller.items() if name in names or name.startswith(_LOCALE)}
    of_pip = next((home / place for place in _OF_PIP if os.access(home / place, os.R_OK)), None)
    for name, found in (("PIP_CONFIG_FILE", of_pip), (npm_settings.VARIABLE, npm_settings.users_file(caller, home))):
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
