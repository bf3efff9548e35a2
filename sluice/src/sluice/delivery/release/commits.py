"""The commits since the last release, as git-cliff tells them (its ``--context``). Out: typed commits, by group."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct

from sluice.source.errors import UsageError

CLIFF_SETTINGS = r"""[git]
conventional_commits = true
filter_unconventional = false
split_commits = false
protect_breaking_commits = true
filter_commits = false
tag_pattern = "{tags}"
use_branch_tags = true
topo_order = true
sort_commits = "newest"
commit_parsers = [
  {{ message = '(?i)^feat(ure)?(\([^)]*\))?!?:', group = "feature" }},
  {{ message = '(?i)^(bug|hot)?fix(\([^)]*\))?!?:', group = "fix" }},
  {{ message = '(?i)^perf(\([^)]*\))?!?:', group = "performance" }},
  {{ message = '(?i)^revert(\([^)]*\))?!?:|^Revert "', group = "revert" }},
  {{ message = '(?i)^docs?(\([^)]*\))?!?:', group = "documentation" }},
  {{ message = '(?i)^(build|chore|ci|refactor|style|tests?)(\([^)]*\))?!?:', group = "internal" }},
  {{ message = ".*", group = "other" }},
]
"""
"""git-cliff's settings: the types of conventional commits (conventionalcommits.org) and nothing of its own taste.

``tags`` is a pattern of stable releases alone, so that what a pre-release had is told again by the release.
"""
_REFERENCE = re.compile(r"(?<![\w/])#(\d+)\b")


class Group(StrEnum):
    """What a commit is for its readers, in the order of a changelog."""

    FEATURE = "feature"
    FIX = "fix"
    PERFORMANCE = "performance"
    REVERT = "revert"
    OTHER = "other"
    DOCUMENTATION = "documentation"
    INTERNAL = "internal"


class Commit(Struct, frozen=True, kw_only=True):
    """One commit; ``text`` is its first line without the type, ``breaking`` what breaks, ``references`` numbers of
    issues and pull requests.
    """

    sha: str
    text: str
    group: Group
    scope: str = ""
    breaking: str | None = None
    references: tuple[int, ...] = ()


class History(Struct, frozen=True, kw_only=True):
    """The last release's tag, and what came since, newest first."""

    last: str | None
    commits: tuple[Commit, ...]


class _Commit(Struct):
    id: str
    message: str
    raw_message: str
    merge_commit: bool = False
    group: str | None = None
    scope: str | None = None
    breaking: bool = False
    breaking_description: str | None = None


class _Previous(Struct):
    version: str | None = None


class _Release(Struct):
    commits: list[_Commit]
    version: str | None = None
    previous: _Previous | None = None


def read_history(context: bytes) -> History:
    """The history in git-cliff's context. Raises ``UsageError`` when it is none. Merges tell nothing of their own."""
    try:
        releases = msgspec.json.decode(context, type=list[_Release])
    except msgspec.DecodeError as error:
        raise UsageError(f"git-cliff's context can't be read: {error}") from error
    if not releases:
        return History(last=None, commits=())
    unreleased = next((one for one in releases if one.version is None), None)
    if unreleased is None:
        return History(last=releases[0].version, commits=())
    commits = tuple(_commit(one) for one in unreleased.commits if not one.merge_commit)
    return History(last=unreleased.previous.version if unreleased.previous else None, commits=commits)


def by_group(commits: Sequence[Commit]) -> dict[Group, list[Commit]]:
    """The commits of each group that has some, groups in the changelog's order."""
    found = {group: [one for one in commits if one.group is group] for group in Group}
    return {group: members for group, members in found.items() if members}


def _commit(found: _Commit) -> Commit:
    group = Group(found.group or "other")
    first = found.raw_message.strip().partition("\n")[0]
    plain = group is Group.OTHER
    return Commit(
        sha=found.id,
        text=first if plain else found.message.strip().partition("\n")[0],
        group=group,
        scope="" if plain else found.scope or "",
        breaking=(found.breaking_description or found.message) if found.breaking else None,
        references=tuple(dict.fromkeys(int(number) for number in _REFERENCE.findall(found.raw_message))),
    )
