"""``peter-evans/create-pull-request``: what the job changed in the repository, on a branch and in a pull request.

The branch is pushed and the pull request made where the job's own git and API calls go: a rehearsal's stand-in, or
GitHub.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.builtin.pulls.branches import Branch, push, restore, write_branch
from sluice.actions.builtin.releases.releasing import Publisher, open_publisher
from sluice.actions.builtin.sources.git import Git
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction
from sluice.github.connection import Hub

_MANIFEST = """
name: Create Pull Request
inputs:
  token: {default: "${{ github.token }}"}
  branch-token: {}
  path: {}
  add-paths: {}
  commit-message: {default: "[create-pull-request] automated change"}
  committer: {default: "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"}
  author: {default: "${{ github.actor }} <${{ github.actor_id }}+${{ github.actor }}@users.noreply.github.com>"}
  signoff: {default: "false"}
  branch: {default: create-pull-request/patch}
  delete-branch: {default: "false"}
  branch-suffix: {}
  base: {}
  push-to-fork: {}
  sign-commits: {default: "false"}
  title: {default: Changes by create-pull-request action}
  body:
    default: >-
      Automated changes by [create-pull-request](https://github.com/peter-evans/create-pull-request) GitHub action
  body-path: {}
  labels: {}
  assignees: {}
  reviewers: {}
  team-reviewers: {}
  milestone: {}
  draft: {default: "false"}
  maintainer-can-modify: {default: "true"}
outputs:
  pull-request-number: {description: its number}
  pull-request-url: {description: its page}
  pull-request-operation: {description: "created, updated, closed or none"}
  pull-request-head-sha: {description: the commit that the branch points to}
  pull-request-branch: {description: the branch}
  pull-request-commits-verified: {description: whether GitHub signed the commits}
runs: {using: node20, main: built-in}
"""
_PERSON = re.compile(r"\s*([^<>]+?)\s*<([^<>\s]+@[^<>\s]+)>\s*")
_SUFFIXES = ("random", "timestamp", "short-commit-hash")


class CreatePullRequest(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "peter-evans/create-pull-request")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "push-to-fork": "the branch is pushed to the repository itself",
            "sign-commits": "commits are made by git on this machine, and GitHub signs none of them",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Commit on a branch, push it, make or change its pull request; the working tree is as it was checked out."""
        tell_what_is_left_out(host, self)
        git = Git(host, host.workspace.paths.workspace / host.inputs["path"])
        branch = await _branch(host, git)
        for name, value in (("pull-request-operation", "none"), ("pull-request-commits-verified", "false")):
            host.set_output(name, value)
        publisher = await open_publisher(host, "", host.inputs["token"])
        try:
            made = await write_branch(git, branch)
            if made is None:
                await _without_changes(publisher, git, branch)
                return
            if made.moved:
                await push(git, branch, made.head, _credentials(host))
            await _tell(publisher, branch, made.head, moved=made.moved)
        finally:
            await restore(git, branch)


def _credentials(host: ActionHost) -> str:
    return host.inputs["branch-token"] or host.inputs["token"]


async def _branch(host: ActionHost, git: Git) -> Branch:
    given = host.inputs
    here = (await git.output("rev-parse", "--abbrev-ref", "HEAD")).strip()
    if here == "HEAD" and not given["base"]:
        raise ActionFailedError(
            "When the repository is checked out on a commit instead of a branch, the 'base' input must be supplied."
        )
    base = given["base"] or here
    name = given["branch"].removeprefix("refs/heads/") + await _suffix(host, git)
    if name == base:
        raise ActionFailedError(
            f"The 'base' and 'branch' for a pull request must be different branches. Unable to continue: '{name}'"
        )
    return Branch(
        name=name,
        base=base,
        start=(await git.output("rev-parse", "HEAD")).strip(),
        here=here,
        paths=tuple(_words(given["add-paths"])),
        message=given["commit-message"],
        author=_person(given["author"]),
        committer=_person(given["committer"]),
        signed_off=boolean(given, "signoff"),
    )


async def _suffix(host: ActionHost, git: Git) -> str:
    match host.inputs["branch-suffix"]:
        case "":
            return ""
        case "random":
            return f"-{secrets.token_hex(4)[:7]}"
        case "timestamp":
            return f"-{int(time.time())}"
        case "short-commit-hash":
            return f"-{(await git.output('rev-parse', '--short', 'HEAD')).strip()}"
        case other:
            raise ActionFailedError(
                f"Branch suffix '{other}' is not a valid value. Unable to continue. Allowed: {', '.join(_SUFFIXES)}"
            )


def _person(given: str) -> tuple[str, str]:
    found = _PERSON.fullmatch(given)
    if found is None:
        raise ActionFailedError(f"The format of '{given}' is not a valid email address with display name")
    return found[1], found[2]


async def _without_changes(publisher: Publisher, git: Git, branch: Branch) -> None:
    """Nothing to ask for: what an earlier run asked for on the branch is over, and its branch goes when wanted."""
    host = publisher.host
    host.log(f"Branch '{branch.name}' is not ahead of base '{branch.base}' and will not be created")
    known = await _find(publisher, branch)
    if known is None or not boolean(host.inputs, "delete-branch"):
        return
    await push(git, branch, "", _credentials(host))
    host.set_output("pull-request-operation", "closed")
    _describe(host, known, branch)


async def _find(publisher: Publisher, branch: Branch) -> dict[str, Any] | None:
    repository = publisher.hub.place.repository
    owner = repository.partition("/")[0]
    query = f"state=open&head={quote(f'{owner}:{branch.name}')}&base={quote(branch.base)}"
    found: list[dict[str, Any]] = await publisher.ask(Hub.call, "GET", f"/repos/{repository}/pulls?{query}")
    return found[0] if found else None


async def _tell(publisher: Publisher, branch: Branch, head: str, *, moved: bool) -> None:
    host, base = publisher.host, f"/repos/{publisher.hub.place.repository}"
    given = host.inputs
    body = text_of(host, given["body-path"]) if given["body-path"] else given["body"]
    known = await _find(publisher, branch)
    request = {"title": given["title"], "body": body}
    if known is None:
        more = {"head": branch.name, "base": branch.base, "draft": given["draft"] in {"true", "always-true"}}
        more["maintainer_can_modify"] = boolean(given, "maintainer-can-modify")
        pull = await publisher.change("pull-request", branch.name, Hub.call, "POST", f"{base}/pulls", request | more)
        operation = "created"
    else:
        path = f"{base}/pulls/{known['number']}"
        pull = await publisher.change("pull-request-edit", str(known["number"]), Hub.call, "PATCH", path, request)
        operation = "updated" if moved else "none"
    await _decorate(publisher, base, int(pull["number"]))
    host.set_output("pull-request-operation", operation)
    host.set_output("pull-request-head-sha", head)
    _describe(host, pull, branch)
    host.log(f"Pull request #{pull['number']} {operation}: {branch.name} into {branch.base}")


def _describe(host: ActionHost, pull: Mapping[str, Any], branch: Branch) -> None:
    host.set_output("pull-request-number", str(pull["number"]))
    host.set_output("pull-request-url", str(pull["html_url"]))
    host.set_output("pull-request-branch", branch.name)


async def _decorate(publisher: Publisher, base: str, number: int) -> None:
    """Labels, people and the milestone."""
    given, issue = publisher.host.inputs, f"{base}/issues/{number}"
    if given["milestone"]:
        wanted = {"milestone": int(given["milestone"])}
        await publisher.change("issue-edit", f"#{number}", Hub.call, "PATCH", issue, wanted)
    for name in ("labels", "assignees"):
        if values := _words(given[name]):
            await publisher.change(name, f"#{number}", Hub.call, "POST", f"{issue}/{name}", {name: values})
    teams = [team.rpartition("/")[2] for team in _words(given["team-reviewers"])]
    people = {"reviewers": _words(given["reviewers"]), "team_reviewers": teams}
    if asked := {name: values for name, values in people.items() if values}:
        path = f"{base}/pulls/{number}/requested_reviewers"
        await publisher.change("review-request", f"#{number}", Hub.call, "POST", path, asked)


def _words(given: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,\n]", given) if part.strip()]
