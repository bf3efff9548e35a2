"""``git push``, wherever it goes: to the run's own repository of that name, also past what ``insteadOf`` can name.

An address with a token of the author's in it, or a host that isn't GitHub, begins with nothing that could be known
before; the addresses that a call may mean are known when it comes.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence

from sluice.rehearsal.uploads.addresses import is_here

_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/|(?:[^@/:]+@)(?P<ssh>[^/:]+):)"
    r"(?P<path>.+?)(?:\.git)?/?"
)
_HERE = re.compile(r"^(?:localhost|127\..*|\[::1\]|.*\.localhost)$")
_GITHUB = ("github.com", "www.github.com", "ssh.github.com")


def push(program: str, api: str, words: Sequence[str]) -> int:
    """Carry it out with every address that it may mean led back; its exit code."""
    verb = next(at for at, word in enumerate(words) if word == "push")
    before, after = words[:verb], words[verb:]
    led = [word for raw in _addresses(program, before, after) for word in _led(api, raw)]
    return subprocess.run([program, *before, *led, *after], check=False).returncode


def _led(api: str, raw: str) -> Iterator[str]:
    place = repository_of(raw)
    if place is not None:
        yield from ("-c", f"url.{api}/git/{place}.insteadOf={raw}")


def repository_of(address: str) -> str | None:
    """``owner/name`` of an address at GitHub, ``host/path`` elsewhere; ``None`` for what is on this machine."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return None
    host, path = (found["host"] or found["ssh"]).lower(), found["path"].strip("/")
    if _HERE.match(host) or is_here(address):
        return None
    return path if host in _GITHUB and path.count("/") == 1 else f"{host}/{path.replace('/', '~')}"


def _addresses(program: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Those among the words, and those of the remotes, as they are written."""
    for word in after:
        yield word.removeprefix("--repo=")
    query = [program, *before, "config", "--get-regexp", r"^remote\..*\.(push)?url$"]
    listed = subprocess.run(query, check=False, capture_output=True, text=True, errors="replace").stdout
    yield from (line.partition(" ")[2] for line in listed.splitlines())
