"""The files of a job's home by which ``git`` and ``gh`` find the stand-in, with the addresses that people write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_HOSTS = ("https://github.com/", "ssh://git@github.com/", "git@github.com:", "git://github.com/")


def write_settings(home: Path, api: str, repository: str, token: str, *, socket_name: str) -> None:
    """``git`` reads and pushes the run's own repository here and pushes others here; ``gh`` asks here whatever it asks.

    Neither file is the one that ``git config --global`` writes to.
    """
    git = home / ".config/git/config"
    git.parent.mkdir(parents=True, exist_ok=True)
    git.write_text("\n".join(_git_lines(f"{api}/git/", repository, token)) + "\n", encoding="utf-8")
    hub = home / ".config/gh/config.yml"
    hub.parent.mkdir(parents=True, exist_ok=True)
    hub.write_text(f"git_protocol: https\nprompt: disabled\nhttp_unix_socket: '@{socket_name}'\n", encoding="utf-8")


def _git_lines(base: str, repository: str, token: str) -> Iterator[str]:
    hosts = (*_HOSTS, f"https://x-access-token:{token}@github.com/", f"https://{token}@github.com/")
    yield f'[url "{base}{repository}"]'
    yield from (f"\tinsteadOf = {host}{repository}" for host in hosts)
    yield f'[url "{base}"]'
    yield from (f"\tpushInsteadOf = {host}" for host in hosts)
    yield from _known_to_gh(f"{base}{repository}", repository)


def _known_to_gh(address: str, repository: str) -> Iterator[str]:
    """``gh`` asks ``git remote -v`` whose repository it is in, and knows GitHub's host only, but is shown this stand-in
    for ``origin``. So there is one more remote, spelled as no ``insteadOf`` begins; what is pushed to it comes here.
    """
    yield '[remote "stand-in"]'
    yield f"\turl = https://GitHub.com/{repository}"
    yield f"\tpushurl = {address}"
    yield "\tskipFetchAll = true"
