"""The branch of a pull request that a job makes: its commits on top of the base, pushed where the job's pushes go."""

from __future__ import annotations

from msgspec import Struct

from sluice.actions.builtin.sources.git import Git, credentials_of
from sluice.actions.protocol import ActionFailedError
from sluice.expressions.conversion import to_text

_OURS = "refs/sluice/pull-request"
_KEPT = "not for the pull request"


class Branch(Struct, frozen=True, kw_only=True):
    """``name`` into ``base``, begun at ``start``, the commit that the job has checked out as ``here``.

    ``paths`` of the working tree are committed, all where it is empty. People are names and addresses.
    """

    name: str
    base: str
    start: str
    here: str
    paths: tuple[str, ...]
    message: str
    author: tuple[str, str]
    committer: tuple[str, str]
    signed_off: bool


class Made(Struct, frozen=True, kw_only=True):
    """A branch that is ahead of its base: the commit that it ends with, and whether the remote has another one."""

    head: str
    moved: bool


async def write_branch(git: Git, branch: Branch) -> Made | None:
    """The branch with the job's changes; ``None`` where it would not be ahead of its base.

    Raises ``ActionFailedError`` where git fails, as for changes that conflict with the base.
    """
    base = await _base(git, branch)
    await _commit(git, branch)
    await git.run("stash", "push", "--include-untracked", "--quiet", "--message", _KEPT)
    head = (await git.output("rev-parse", "HEAD")).strip()
    if branch.base != branch.here:
        head = await _move(git, branch, base, head)
    await git.run("update-ref", _OURS, head)
    if not (await git.output("rev-list", f"{base}..{head}")).strip():
        return None
    return Made(head=head, moved=await _differs(git, branch, head))


async def _base(git: Git, branch: Branch) -> str:
    """The commit of the base as the remote has it: what the job has committed itself is ahead of it."""
    if branch.base == branch.here:
        code, known = await git.ask("merge-base", branch.start, f"refs/remotes/origin/{branch.base}")
        return known.strip() if code == 0 else branch.start
    await git.run("fetch", "--no-tags", "origin", f"+refs/heads/{branch.base}:{_OURS}-base")
    return (await git.output("rev-parse", f"{_OURS}-base")).strip()


async def _commit(git: Git, branch: Branch) -> None:
    for path in branch.paths or (".",):
        code, said = await git.ask("add", "--all", "--", path) if path == "." else await git.ask("add", "--", path)
        if code != 0 and "did not match any files" not in said:
            raise ActionFailedError(f"git add {path} failed: {said.strip()}")
    code, _ = await git.ask("diff", "--cached", "--quiet")
    if code == 0:
        return
    await git.run(
        *("-c", f"author.name={branch.author[0]}", "-c", f"author.email={branch.author[1]}"),
        *("-c", f"committer.name={branch.committer[0]}", "-c", f"committer.email={branch.committer[1]}"),
        *("commit", "--quiet", "--no-verify", "-m", branch.message, *(("--signoff",) if branch.signed_off else ())),
    )


async def _move(git: Git, branch: Branch, base: str, head: str) -> str:
    """What was committed here on top of another base. Raises ``ActionFailedError`` where that conflicts."""
    await git.run("checkout", "--quiet", "--detach", base)
    if head != branch.start:
        await git.run(
            *("-c", f"user.name={branch.committer[0]}", "-c", f"user.email={branch.committer[1]}"),
            *("cherry-pick", "--strategy=recursive", "--strategy-option=theirs", f"{branch.start}..{head}"),
        )
    return (await git.output("rev-parse", "HEAD")).strip()


async def _differs(git: Git, branch: Branch, head: str) -> bool:
    """Whether the remote's branch has other files or another base: a commit of the same is not pushed again."""
    code, listed = await git.ask("ls-remote", "--heads", "origin", f"refs/heads/{branch.name}")
    if code != 0 or not listed.strip():
        return True
    await git.run("fetch", "--no-tags", "origin", f"+refs/heads/{branch.name}:{_OURS}-before")
    before = f"{_OURS}-before"
    same_files, _ = await git.ask("diff", "--quiet", before, head)
    behind = (await git.output("rev-list", "--count", f"{before}..{branch.start}")).strip()
    return same_files != 0 or behind != "0"


async def push(git: Git, branch: Branch, head: str, token: str) -> None:
    """Move the remote's branch, or remove it where ``head`` is empty. What is rehearsed goes to the stand-in."""
    server = to_text(git.host.github["server_url"])
    await git.run(
        "push", "--force", "--quiet", "origin", f"{head}:refs/heads/{branch.name}", secret=credentials_of(server, token)
    )


async def restore(git: Git, branch: Branch) -> None:
    """The working tree as it was checked out: what was committed is on the branch, what wasn't stays."""
    await git.ask("cherry-pick", "--abort")
    where = ("--detach", branch.start) if branch.here == "HEAD" else ("-B", branch.here, branch.start)
    await git.run("checkout", "--quiet", "--force", *where)
    _, kept = await git.ask("stash", "list", "--format=%gs", "--max-count=1")
    if _KEPT in kept:
        await git.run("stash", "pop", "--quiet")
