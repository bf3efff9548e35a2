"""``actions/checkout``: the commit under test, as a real clone in the workspace.

The event's own commit comes from the snapshot on this machine; another repository is fetched by git.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.inputs import boolean, lines, whole_number
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text

_MANIFEST = """
name: Checkout
inputs:
  repository: {default: "${{ github.repository }}"}
  ref: {}
  token: {default: "${{ github.token }}"}
  ssh-key: {}
  ssh-known-hosts: {}
  ssh-strict: {default: "true"}
  ssh-user: {default: git}
  persist-credentials: {default: "true"}
  path: {}
  clean: {default: "true"}
  filter: {}
  sparse-checkout: {}
  sparse-checkout-cone-mode: {default: "true"}
  fetch-depth: {default: "1"}
  fetch-tags: {default: "false"}
  show-progress: {default: "true"}
  lfs: {default: "false"}
  submodules: {default: "false"}
  set-safe-directory: {default: "true"}
  github-server-url: {}
outputs:
  ref: {description: what was checked out}
  commit: {description: its commit}
runs: {using: node20, main: built-in}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where to fetch from, what, and how it shall be called here."""

    address: str
    origin: str
    wanted: str
    ref: str
    own: bool


class Checkout:
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/checkout")
    left_out: Mapping[str, str] = MappingProxyType({})

    async def main(self, host: ActionHost) -> None:
        """Clone, check out, set the outputs."""
        folder = _folder(host)
        source = _source(host)
        await _Clone(host, folder, source).perform()
        commit = await _git_output(host, folder, "rev-parse", "HEAD")
        host.set_output("ref", source.ref)
        host.set_output("commit", commit)

    async def post(self, host: ActionHost) -> None:
        """Nothing was left that has to go: no token is ever written."""


def _folder(host: ActionHost) -> Path:
    workspace = host.workspace.paths.workspace
    folder = (workspace / host.inputs["path"]).resolve()
    if not folder.is_relative_to(workspace.resolve()):
        raise ActionFailedError(f"Repository path '{folder}' is not under '{workspace}'")
    return folder


def _source(host: ActionHost) -> Source:
    repository = host.inputs["repository"]
    own = repository.lower() == to_text(host.github["repository"]).lower()
    server = host.inputs["github-server-url"] or to_text(host.github["server_url"])
    origin = f"{server.rstrip('/')}/{repository}"
    ref = host.inputs["ref"]
    if not own:
        return Source(address=origin, origin=origin, wanted=ref or "HEAD", ref=ref, own=False)
    local = str(host.source_repository)
    if ref:
        return Source(address=local, origin=origin, wanted=ref, ref=ref, own=True)
    return Source(
        address=local, origin=origin, wanted=to_text(host.github["sha"]), ref=to_text(host.github["ref"]), own=True
    )


class _Clone:
    """The git commands of one checkout."""

    def __init__(self, host: ActionHost, folder: Path, source: Source) -> None:
        self._host = host
        self._folder = folder
        self._source = source

    async def perform(self) -> None:
        await self._prepare()
        await self._fetch()
        await self._check_out()
        if self._host.inputs["submodules"] in {"true", "recursive"}:
            recursive = ["--recursive"] if self._host.inputs["submodules"] == "recursive" else []
            await self._git("submodule", "update", "--init", "--force", *recursive)

    async def _prepare(self) -> None:
        if (self._folder / ".git").exists() and boolean(self._host.inputs, "clean"):
            await self._git("clean", "-ffdx")
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._git("init", "--quiet", ".")
        if boolean(self._host.inputs, "set-safe-directory"):
            await self._git("config", "--global", "--add", "safe.directory", str(self._folder))
        await self._git("config", "--local", "remote.origin.url", self._source.origin)
        await self._git("config", "--local", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
        await self._git("config", "--local", "gc.auto", "0")
        if patterns := lines(self._host.inputs, "sparse-checkout"):
            cone = "--cone" if boolean(self._host.inputs, "sparse-checkout-cone-mode") else "--no-cone"
            await self._git("sparse-checkout", "set", cone, *patterns)

    async def _fetch(self) -> None:
        depth = whole_number(self._host.inputs, "fetch-depth", 1)
        tags = boolean(self._host.inputs, "fetch-tags")
        options = ["--quiet", "--force", "--no-recurse-submodules", "--update-head-ok"]
        address = f"file://{self._source.address}" if self._source.own else self._source.address
        if depth == 0:
            everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
            await self._git("fetch", *options, "--tags", address, *everything)
        else:
            options += [f"--depth={depth}", "--tags" if tags else "--no-tags"]
        for wanted in self._candidates():
            if await self._try("fetch", *options, address, wanted):
                return
        raise ActionFailedError(f"A branch or tag with the name '{self._source.wanted}' could not be found")

    def _candidates(self) -> tuple[str, ...]:
        wanted = self._source.wanted
        if wanted.startswith("refs/") or wanted == "HEAD" or _is_commit(wanted):
            return (wanted,)
        return (f"refs/heads/{wanted}", f"refs/tags/{wanted}", wanted)

    async def _check_out(self) -> None:
        branch = self._branch()
        if branch is None:
            await self._git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
            return
        await self._git("update-ref", f"refs/remotes/origin/{branch}", "FETCH_HEAD")
        await self._git("checkout", "--quiet", "--force", "-B", branch, f"refs/remotes/origin/{branch}")

    def _branch(self) -> str | None:
        """The local branch: the ref's, when it is one."""
        ref = self._source.ref
        if ref.startswith("refs/heads/"):
            return ref.removeprefix("refs/heads/")
        return None

    async def _try(self, *arguments: str) -> bool:
        code, _ = await self._host.capture(("git", *arguments), directory=self._folder)
        return code == 0

    async def _git(self, *arguments: str) -> None:
        code, output = await self._host.capture(("git", *arguments), directory=self._folder)
        self._host.debug(f"git {' '.join(arguments)}")
        if code != 0:
            raise ActionFailedError(f"git {arguments[0]} failed with exit code {code}: {output.strip()}")


def _is_commit(text: str) -> bool:
    return len(text) == 40 and all(char in "0123456789abcdef" for char in text)


async def _git_output(host: ActionHost, folder: Path, *arguments: str) -> str:
    _, output = await host.capture(("git", *arguments), directory=folder)
    return output.strip()
