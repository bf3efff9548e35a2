"""Answers requests, whatever they came by. In: a ``Call`` and who asks. Out: a ``Reply``; changes are told.

Everything that was asked to change is also kept as a file, with its whole body and without its token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.github_api.calls import Call, RefusedError, Reply
from sluice.github_api.paging import page_of
from sluice.rehearsal.github.effects import Effect, effect_of
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.routing import CHANGES, find_route, plain_path, refusal_of, unknown
from sluice.rehearsal.github.state import Repository, Scene
from sluice.rehearsal.packages import PackageIndex

_SECRET = frozenset({"authorization", "cookie"})


class Asker(Struct, frozen=True, kw_only=True):
    """The job that asks: its token's ``permissions`` by scope, who is told of effects, and of what was refused."""

    permissions: Mapping[str, str] | None
    record: Callable[[Effect], None]
    warn: Callable[[str], None]


class Desk:
    """Everything that is remembered of GitHub in one run."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene = scene
        self.folder = folder
        self.packages = PackageIndex()
        self._repositories: dict[str, Repository] = {}
        self._kept = 0
        self._warned: set[str] = set()

    def repository(self, name: str) -> Repository:
        """A repository, or an owner of packages; names are the same in any case."""
        key = name.lower()
        if key not in self._repositories:
            self._repositories[key] = Repository(name, self.scene, self.folder)
        return self._repositories[key]

    def answer(self, call: Call, asker: Asker) -> Reply:
        """Perform a request; a refusal is an answer, too."""
        call = replace(call, path=plain_path(call.path))
        route, names = find_route(call.method, call.path) or (None, {})
        call = replace(call, names=names)
        try:
            reply = self._perform(call, route, asker)
        except RefusedError as refused:
            reply = refused.reply
        told = reply.status < 400 or route is None
        if reply.doubt:
            self._warn(call, reply.doubt, asker)
        if told and call.method in CHANGES and (route is None or route.kind):
            self._keep(call)
            asker.record(effect_of(call, route, reply.told))
        return page_of(call, reply)

    def _perform(self, call: Call, route: Route | None, asker: Asker) -> Reply:
        if call.method in CHANGES and not call.headers.get("authorization"):
            raise RefusedError(401, "Requires authentication")
        if route is None:
            if call.method not in CHANGES:
                doubt = "has no stand-in in a rehearsal: it was answered 404, whatever GitHub has there"
                self._warn(call, doubt, asker)
            raise unknown(call)
        lacking = refusal_of(asker.permissions, route)
        if lacking:
            asker.warn(f"{call.method} {call.path} was refused: the job's token needs `permissions: {lacking}`")
            raise RefusedError(403, "Resource not accessible by integration")
        name = "/".join(call.names[part] for part in ("owner", "repo") if part in call.names)
        return route.answer(self.repository(name or self.scene.repository), call)

    def _warn(self, call: Call, doubt: str, asker: Asker) -> None:
        """What may be otherwise on GitHub is told once for each path."""
        if call.path not in self._warned:
            self._warned.add(call.path)
            asker.warn(f"{call.method} {call.path} {doubt}")

    def _keep(self, call: Call) -> None:
        self._kept += 1
        folder = self.folder / "requests"
        folder.mkdir(exist_ok=True)
        query = "&".join(f"{name}={value}" for name, value in call.query.items())
        head = [f"{call.method} {call.path}{'?' + query if query else ''}"]
        head += [f"{name}: {value}" for name, value in call.headers.items() if name not in _SECRET]
        (folder / f"{self._kept:04}.http").write_bytes("\r\n".join([*head, "", ""]).encode() + call.data)
