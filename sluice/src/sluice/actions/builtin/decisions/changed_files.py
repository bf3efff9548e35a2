"""Which files a run changes, as ``dorny/paths-filter`` finds out: by the pull request, or by git against a base.

The real one asks GitHub what a pull request changes; here the repository on this machine knows it, so no checkout is
needed either. Otherwise git compares in the workspace, and what a shallow checkout lacks is fetched from this machine.
"""

from __future__ import annotations

import re
from pathlib import Path

from sluice.actions.builtin.decisions.path_filters import Change, read_changes
from sluice.actions.builtin.sources.git import Git
from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text
from sluice.expressions.values import to_python
from sluice.plan.event.facts import NO_COMMIT, short_name

_PULL_EVENTS = ("pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target")
_DIFF = ("diff", "--no-renames", "--name-status", "-z")


async def changed_files(host: ActionHost, folder: Path) -> list[Change]:
    """The changes; ``folder`` is where the repository was checked out. Raises ``ActionFailedError``."""
    git, base, ref = Git(host, folder), host.inputs["base"], host.inputs["ref"]
    if base == "HEAD":
        if ref:
            host.warning("'ref' input parameter is ignored when 'base' is set to HEAD")
        return read_changes(await git.output(*_DIFF, "HEAD"))
    if to_text(host.github["event_name"]) in _PULL_EVENTS:
        for name, value in (("ref", ref), ("base", base)):
            if value:
                host.warning(f"'{name}' input parameter is ignored when action is triggered by pull request event")
        return await files_of_the_pull_request(host)
    return await _by_git(git, base, ref)


async def files_of_the_pull_request(host: ActionHost) -> list[Change]:
    """What its head has and its base doesn't, from where both parted."""
    git, event = Git(host, host.source_repository), to_python(host.github["event"])
    pull = event.get("pull_request", {}) if isinstance(event, dict) else {}
    base = str(pull.get("base", {}).get("sha") or "")
    merged = to_text(host.github["event_name"]) == "pull_request"
    head = to_text(host.github["sha"]) if merged else str(pull.get("head", {}).get("sha") or "")
    for name, commit in (("base", base), ("head", head)):
        if not commit or (await git.ask("cat-file", "-e", f"{commit}^{{commit}}"))[0] != 0:
            raise ActionFailedError(
                f"The {name} of the pull request, {commit or 'which its event does not name'}, is not in the "
                "repository on this machine: fetch it, or name one that is there with --event-file"
            )
    host.log(f"Changes will be detected between {base} and {head}")
    return read_changes(await git.output(*_DIFF, f"{base}...{head}"))


async def _by_git(git: Git, base: str, ref: str) -> list[Change]:
    host = git.host
    if (await git.ask("rev-parse", "--git-dir"))[0] != 0:
        raise ActionFailedError(f"{git.folder} is no git repository: did the job run actions/checkout before?")
    event = to_python(host.github["event"])
    facts = event if isinstance(event, dict) else {}
    default = str(facts.get("repository", {}).get("default_branch") or "")
    before = str(facts.get("before") or "") if to_text(host.github["event_name"]) == "push" else ""
    head, base = short_name(ref or to_text(host.github["ref"])), short_name(base or default)
    if not base:
        raise ActionFailedError("This action requires 'base' input: the event names no default branch")
    if not _is_commit(base) and base != head:
        return await _since_parting(git, base, head)
    return await _since_commit(git, base if _is_commit(base) else before, head, default)


async def _since_commit(git: Git, commit: str, head: str, default: str) -> list[Change]:
    host = git.host
    if not commit:
        host.warning("'before' field is missing in event payload - changes will be detected from last commit")
        return read_changes(await git.output("log", "--format=", *_DIFF[1:], "-n", "1"))
    if commit == NO_COMMIT and default and head != default:
        host.log(f"First push of a branch detected - changes will be detected against the default branch {default}")
        return await _since_parting(git, default, head)
    if commit == NO_COMMIT:
        host.log("Initial push detected - all files will be listed as added")
        return await _all(git)
    host.log(f"Changes will be detected between {commit} and {head}")
    return read_changes(await git.output(*_DIFF, f"{await _find(git, commit)}..{await _find(git, head)}"))


async def _since_parting(git: Git, base: str, head: str) -> list[Change]:
    """What ``head`` has and ``base`` doesn't, from where both parted; everything where they have nothing in common."""
    git.host.log(f"Changes will be detected between {base} and {head}")
    old, new = await _find(git, base), await _find(git, head)
    if (await git.ask("merge-base", old, new))[0] != 0:
        if (await git.output("rev-parse", "--is-shallow-repository")).strip() == "true":
            await git.run("fetch", "--quiet", "--no-tags", "--unshallow", await _origin(git))
        if (await git.ask("merge-base", old, new))[0] != 0:
            git.host.log("No merge base found - all files will be listed as added")
            return await _all(git)
    return read_changes(await git.output(*_DIFF, f"{old}...{new}"))


async def _all(git: Git) -> list[Change]:
    names = (await git.output("ls-files", "-z")).split("\0")
    return [Change(path=name, status="added") for name in names if name]


async def _find(git: Git, ref: str) -> str:
    """The commit of a branch, a tag or a hash; what isn't in the checkout is fetched."""
    for name in (f"refs/heads/{ref}", f"refs/remotes/origin/{ref}", f"refs/tags/{ref}", ref):
        code, output = await git.ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if code == 0:
            return output.strip()
    origin, said = await _origin(git), ""
    for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
        code, said = await git.ask("fetch", "--quiet", "--no-tags", origin, name)
        if code == 0:
            return (await git.output("rev-parse", "FETCH_HEAD^{commit}")).strip()
    raise ActionFailedError(f"'{ref}' is no branch, tag or commit of the repository: {said.strip()}")


async def _origin(git: Git) -> str:
    """Where the rest of the checkout is: on this machine for the event's own repository."""
    host = git.host
    _, output = await git.ask("config", "--local", "--get", "remote.origin.url")
    own = f"{to_text(host.github['server_url'])}/{to_text(host.github['repository'])}"
    return f"file://{host.source_repository}" if output.strip() == own else "origin"


def _is_commit(text: str) -> bool:
    return re.fullmatch(r"[a-z0-9]{40}", text) is not None
