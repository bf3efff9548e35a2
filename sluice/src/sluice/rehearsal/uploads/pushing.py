"""``git push``, wherever it goes: to the run's own repository of that name, also past what ``insteadOf`` can name.

An address with a token of the author's in it, or a host that isn't GitHub, begins with nothing that could be known
before; the addresses that a call may mean are known when it comes.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence

from sluice.rehearsal.uploads.addresses import is_here

_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/|(?P<ssh>[^/:]*[@.][^/:]*):(?!//))"
    r"(?P<path>.+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_PUSHES = frozenset({"push", "subtree"})
_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--attr-source"})
_REMOTES = r"^(remote\..*\.(push)?url|remote\.pushdefault|branch\..*\.(push)?remote)$"
_HERE = re.compile(r"^(?:localhost|127\..*|\[::1\]|.*\.localhost)$")
_GITHUB = ("github.com", "www.github.com", "ssh.github.com")


def push(program: str, api: str, words: Sequence[str]) -> int:
    """Carry it out with every address that it may mean led back; its exit code. Another call is git's own."""
    before, after = _split(words)
    if not after or after[0] not in _PUSHES or "push" not in after:
        os.execv(program, [program, *words])  # noqa: S606 - the user's own command
    led = [word for raw in _addresses(program, before, after) for word in _led(api, raw)]
    return subprocess.run([program, *before, *led, *after], check=False).returncode


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Git's own options, and its command (git-scm.com/docs/git)."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _VALUED else 1
    return words[:at], words[at:]


def _led(api: str, raw: str) -> Iterator[str]:
    """``pushInsteadOf`` counts before every other. For GitHub a job's settings have it, and so have those of a run
    within the run: one for the whole address would count before theirs.
    """
    place = repository_of(raw)
    if place is not None:
        for key in ("insteadOf",) if _host(raw) in _GITHUB else ("insteadOf", "pushInsteadOf"):
            yield from ("-c", f"url.{api}/git/{place}.{key}={raw}")


def repository_of(address: str) -> str | None:
    """``owner/name`` of an address at GitHub, ``host/path`` elsewhere; ``None`` for what is on this machine."""
    found, host = _ADDRESS.fullmatch(address), _host(address)
    if found is None:
        return None
    path = found["path"].strip("/")
    if _HERE.match(host) or is_here(address):
        return None
    return path if host in _GITHUB and path.count("/") == 1 else f"{host}/{path.replace('/', '~')}"


def _host(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    return (found["host"] or found["ssh"].rpartition("@")[2]).lower() if found else ""


def _addresses(program: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Those among the words, and those of the remotes, as they are written."""
    for word in after:
        yield word.removeprefix("--repo=")
    query = [program, *before, "config", "--get-regexp", _REMOTES]
    listed = subprocess.run(query, check=False, capture_output=True, text=True, errors="replace").stdout
    yield from (line.partition(" ")[2] for line in listed.splitlines())
