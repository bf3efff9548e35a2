"""What a REF means: a commit, the names that it goes by, its version. In: a repository. Out: a release."""

from __future__ import annotations

import os
from pathlib import Path

from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.policy import Candidate, EnvironmentPolicy, admits, rules_in_words
from sluice.repository.git import git
from sluice.source.errors import UsageError


def find_release(root: Path, ref: str | None) -> Release:
    """The release of ``ref``, of what is checked out without one. Raises ``UsageError``, also for an empty ``ref``: a
    variable that lacks its value is no wish.
    """
    if ref is not None and not ref.strip():
        raise UsageError("REF is empty", hint="a branch, a tag or a commit; without one it is what is checked out")
    named = ref or "HEAD"
    commit = git(root, "rev-parse", "--verify", "--quiet", f"{named}^{{commit}}")
    if commit is None and ref is not None:
        commit = git(root, "rev-parse", "--verify", "--quiet", f"origin/{ref}^{{commit}}")
    if commit is None:
        if ref is None:
            raise UsageError(f"nothing is committed yet in {root}", hint="what is deployed is a commit: git commit")
        raise UsageError(f"there is no commit '{named}' in {root}", hint="a branch, a tag or a commit")
    version = git(root, "describe", "--tags", "--always", "--abbrev=10", commit) or commit[:10]
    moment = git(root, "show", "--no-patch", "--format=%ct", commit) or "0"
    return Release(version=version, commit=commit, ref=_shown_ref(root, ref), committed=float(moment))


def changed_files(root: Path) -> list[str]:
    """The files that git knows and that are not as they were committed."""
    return (git(root, "-c", "core.quotePath=false", "diff", "--name-only", "--relative", "HEAD") or "").splitlines()


def check_rules(root: Path, policy: EnvironmentPolicy, release: Release) -> None:
    """Raise ``UsageError`` for a release that the environment's branches and tags don't admit."""
    candidates = _candidates(root, release)
    if admits(policy, candidates):
        return
    names = ", ".join(f"{one.kind} {one.name}" for one in candidates) or "no branch or tag"
    raise UsageError(
        f"environment '{policy.name}' takes {rules_in_words(policy)}; {release.version} is on {names}",
        hint=f"the rules are in [environment.{policy.name}] of sluice.toml",
    )


def _shown_ref(root: Path, ref: str | None) -> str:
    if ref is not None:
        return ref
    return git(root, "symbolic-ref", "--quiet", "--short", "HEAD") or os.environ.get("GITHUB_REF_NAME", "HEAD")


def _candidates(root: Path, release: Release) -> tuple[Candidate, ...]:
    """The branches that contain the commit and the tags that stand at it; in a job what started the run, too."""
    branches = _names(root, "branch", "--all", "--contains", release.commit, "--format=%(refname)")
    tags = _names(root, "tag", "--points-at", release.commit)
    found = [Candidate(kind="branch", name=_short(name)) for name in branches if not name.endswith("/HEAD")]
    found += [Candidate(kind="tag", name=name) for name in tags]
    kind, name = os.environ.get("GITHUB_REF_TYPE", ""), os.environ.get("GITHUB_REF_NAME", "")
    if os.environ.get("GITHUB_ACTIONS") == "true" and os.environ.get("GITHUB_SHA") == release.commit and name:
        found.append(Candidate(kind=kind, name=name))
    return tuple(dict.fromkeys(found))


def _names(root: Path, *arguments: str) -> list[str]:
    return (git(root, *arguments) or "").split()


def _short(name: str) -> str:
    if name.startswith("refs/remotes/"):
        return name.split("/", 3)[-1]
    return name.removeprefix("refs/heads/")
