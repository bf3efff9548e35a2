"""``git push`` and ``git fetch`` over HTTP, against a bare repository that borrows the snapshot's objects.

The smart protocol's programs do the work (git-scm.com: http-protocol); here is what stands around them.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import anyio

from sluice.github_api.calls import Call, RefusedError, Reply
from sluice.github_api.shapes import WEB
from sluice.rehearsal.github.copy import copy_of
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import push_effect

_PATH = re.compile(r"/git/(?P<name>[^/]+/[^/]+?)(?:\.git)?/(?P<end>info/refs|git-(?:receive|upload)-pack)")
_COMMAND = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([^\0\n]+)")


async def answer_git(desk: Desk, call: Call, asker: Asker) -> Reply:
    """One request of git's. Raises ``RefusedError``."""
    found = _PATH.fullmatch(call.path)
    if found is None:
        raise RefusedError(404, "Not Found")
    name, end = found["name"], found["end"]
    service = call.query.get("service", "") if end == "info/refs" else end
    if service not in {"git-receive-pack", "git-upload-pack"}:
        raise RefusedError(403, "Only the smart protocol is spoken here")
    if service == "git-upload-pack" and name.lower() != desk.scene.repository.lower():
        return Reply(status=302, headers={"Location": f"{WEB}/{name}/{end}?service={service}"})
    place = copy_of(desk.repository(name))
    if end == "info/refs":
        return await _advertise(place, service)
    data = gzip.decompress(call.data) if call.headers.get("content-encoding") == "gzip" else call.data
    output = await _talk(service, place, data=data)
    if service == "git-receive-pack":
        await _tell(desk, name, place, data, asker)
    return Reply(body=output, headers={"Content-Type": f"application/x-{service}-result"})


async def _advertise(place: Path, service: str) -> Reply:
    head = f"# service={service}\n"
    body = f"{len(head) + 4:04x}{head}0000".encode() + await _talk(service, place, "--advertise-refs")
    headers = {"Content-Type": f"application/x-{service}-advertisement", "Cache-Control": "no-cache"}
    return Reply(body=body, headers=headers)


async def _talk(service: str, place: Path, *options: str, data: bytes = b"") -> bytes:
    command = ["git", "-c", "safe.directory=*", service.removeprefix("git-"), "--stateless-rpc", *options, str(place)]
    done = await anyio.run_process(command, input=data, check=False)
    if done.returncode != 0 and not done.stdout:
        raise RefusedError(500, done.stderr.decode(errors="replace").strip() or f"{service} failed")
    return done.stdout


async def _tell(desk: Desk, name: str, place: Path, data: bytes, asker: Asker) -> None:
    """The refs that stand now as the push wanted them."""
    listed = await anyio.run_process(
        ["git", "--git-dir", str(place), "for-each-ref", "--format=%(objectname) %(refname)"]
    )
    pairs = (line.split(" ", 1) for line in listed.stdout.decode().splitlines())
    refs = {ref: sha for sha, ref in pairs}
    for old, new, ref in _commands(data):
        if refs.get(ref, "0" * len(new)) == new:
            desk.repository(name).remember(ref, refs.get(ref))
            asker.record(push_effect(name.replace("~", "/"), ref, old, new))  # as ``uploads.pushing`` writes a path


def _commands(data: bytes) -> Iterator[tuple[str, str, str]]:
    """The lines before the first flush: ``old new ref`` (git-scm.com: pack-protocol)."""
    while (length := int(data[:4] or b"0", 16)) >= 4:
        found = _COMMAND.match(data[4:length])
        data = data[length:]
        if found:
            yield found[1].decode(), found[2].decode(), found[3].decode()
