"""Where a checkout comes from, and what of it: the event's own commit from this machine, all else by git."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from sluice.actions.builtin.sources.git import Git, credentials_of
from sluice.actions.protocol import ActionHost
from sluice.expressions.conversion import to_text
from sluice.repository.git import borrowed_folders


class Wanted(Struct, frozen=True, kw_only=True):
    """A thing to fetch by its full name; ``kept_as`` is the ref that it gets here, ``branch`` its local branch."""

    name: str
    kept_as: str | None = None
    branch: str | None = None


class Source(Struct, frozen=True, kw_only=True):
    """``address`` is fetched from, ``origin`` is what the clone calls its remote; ``ref`` is the action's output.

    ``home`` is the git folder of the user's repository, for the event's own. ``credentials`` are settings of git.
    """

    address: str
    origin: str
    wanted: str
    ref: str
    home: Path | None = None
    credentials: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Whether it is the repository of the event."""
        return self.home is not None

    @property
    def commit(self) -> str | None:
        """The commit where it is known beforehand: the event's own, by whatever ref it is called."""
        return self.wanted if self.wanted != self.ref and _is_commit(self.wanted) else None

    def candidates(self) -> tuple[Wanted, ...]:
        """What ``wanted`` may mean, in the order of trying: a branch before a tag before anything else."""
        if self.ref.startswith("refs/heads/") and _is_commit(self.wanted):
            branch = self.ref.removeprefix("refs/heads/")
            return (Wanted(name=self.wanted, kept_as=f"refs/remotes/origin/{branch}", branch=branch),)
        if self.ref.startswith("refs/tags/") and _is_commit(self.wanted):
            return (Wanted(name=self.wanted, kept_as=self.ref),)
        if self.wanted == "HEAD" or _is_commit(self.wanted):
            return (Wanted(name=self.wanted),)
        if self.wanted.startswith("refs/"):
            return (_named(self.wanted),)
        return (_named(f"refs/heads/{self.wanted}"), _named(f"refs/tags/{self.wanted}"), Wanted(name=self.wanted))


def _named(ref: str) -> Wanted:
    if ref.startswith("refs/heads/"):
        branch = ref.removeprefix("refs/heads/")
        return Wanted(name=ref, kept_as=f"refs/remotes/origin/{branch}", branch=branch)
    if ref.startswith("refs/tags/"):
        return Wanted(name=ref, kept_as=ref)
    return Wanted(name=ref, kept_as=f"refs/remotes/{ref.removeprefix('refs/')}")


def _is_commit(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) is not None


async def find_source(host: ActionHost) -> Source:
    """The source that the inputs name."""
    repository, ref = host.inputs["repository"], host.inputs["ref"]
    server = host.inputs["github-server-url"] or to_text(host.github["server_url"])
    origin = f"{server.rstrip('/')}/{repository}"
    if repository.lower() == to_text(host.github["repository"]).lower():
        return _own(host, origin, ref)
    credentials = credentials_of(server, host.inputs["token"])
    wanted = ref or await _default_branch(host, origin, credentials)
    return Source(address=origin, origin=origin, wanted=wanted, ref=wanted, credentials=credentials)


def _own(host: ActionHost, origin: str, ref: str) -> Source:
    snapshot = host.source_repository
    borrowed = borrowed_folders(snapshot / "objects")
    home = borrowed[0].parent if borrowed else snapshot
    wanted = ref or to_text(host.github["sha"])
    shown = ref or to_text(host.github["ref"])
    return Source(address=f"file://{snapshot}", origin=origin, wanted=wanted, ref=shown, home=home)


async def _default_branch(host: ActionHost, origin: str, credentials: Mapping[str, str]) -> str:
    git = Git(host, host.workspace.paths.workspace)
    _, output = await git.ask("ls-remote", "--symref", origin, "HEAD", secret=credentials)
    found = re.search(r"^ref: (refs/heads/\S+)\s+HEAD$", output, re.MULTILINE)
    return found[1] if found else "HEAD"
