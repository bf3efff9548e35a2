"""A connection to GitHub for one command: the stand-in on loopback, or with ``--publish`` GitHub itself.

In a job the run decides: there the address and the token of ``--publish`` are the run's own, a stand-in's or GitHub's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from sluice.app.deploying.site import repository_name
from sluice.app.effects import Effect
from sluice.github.connection import Hub, Place, connect, find_place
from sluice.rehearsal.github.stand_in import GitHubStandIn, Visitor
from sluice.rehearsal.github.state import Scene
from sluice.rehearsal.github.tokens import make_token
from sluice.repository.git import git
from sluice.source.errors import UnavailableError

_LOCAL = "local/repository"


@contextmanager
def reach_github(root: Path, effects: list[Effect], *, publish: bool) -> Iterator[Hub]:
    """The hub; in a rehearsal each change is added to ``effects``. Raises ``UnavailableError`` without a token."""
    if publish:
        place = find_place()
        if place is None:
            raise UnavailableError(
                "GitHub is told with GITHUB_TOKEN and GITHUB_REPOSITORY, which are not set",
                hint="GITHUB_REPOSITORY=owner/name GITHUB_TOKEN=$(gh auth token) before the command",
            )
        yield connect(place)
        return
    with tempfile.TemporaryDirectory(prefix="sluice-rehearsal-") as folder, start_blocking_portal() as portal:
        stand_in = GitHubStandIn(lambda: _scene(root), Path(folder))
        visitor = Visitor(
            permissions=None,
            record=lambda kind, target, request: effects.append(Effect(kind=kind, target=target, request=request)),
            warn=lambda _: None,
        )
        api = portal.call(stand_in.let_in_here, visitor)
        try:
            yield connect(Place(repository=_name(root), token=make_token(), api=api))
        finally:
            portal.call(stand_in.close)


def head_of(root: Path) -> tuple[str, str]:
    """The commit that is checked out, and its ref. Raises ``UnavailableError``."""
    sha = git(root, "rev-parse", "--verify", "HEAD")
    if sha is None:
        raise UnavailableError("there is no commit here that GitHub could be told of")
    return sha, git(root, "symbolic-ref", "--quiet", "HEAD") or "refs/heads/main"


def _name(root: Path) -> str:
    name = repository_name(root)
    return name if name.count("/") == 1 else _LOCAL


def _scene(root: Path) -> Scene:
    sha, ref = head_of(root)
    return Scene(repository=_name(root), sha=sha, ref=ref, default_branch="main", actor="you")
