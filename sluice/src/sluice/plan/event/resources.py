"""What payloads of several events hold: repositories, accounts, branches, labels, commits, in GitHub's shapes.

Ids are made up, stable for a name.
"""

from __future__ import annotations

import zlib

from sluice.plan.event.facts import CommitFacts, EventFacts


def made_up_id(name: str) -> int:
    """A number that stands for a name, the same every time."""
    return zlib.crc32(name.lower().encode())


def address_of(facts: EventFacts, repository: str) -> str:
    """Where a repository is on the web."""
    return f"{facts.server_url}/{repository}"


def user(facts: EventFacts, login: str) -> dict[str, object]:
    """An account; ids are made up."""
    bot = login.endswith("[bot]")
    return {
        "login": login,
        "id": made_up_id(login),
        "type": "Bot" if bot else "User",
        "site_admin": False,
        "html_url": f"{facts.server_url}/{login}",
    }


def repository_of(facts: EventFacts, full_name: str) -> dict[str, object]:
    """A repository by its full name."""
    owner, _, name = full_name.partition("/")
    address = address_of(facts, full_name)
    return {
        "id": made_up_id(full_name),
        "name": name,
        "full_name": full_name,
        "private": facts.private,
        "visibility": "private" if facts.private else "public",
        "owner": {**user(facts, owner), "name": owner},
        "html_url": address,
        "clone_url": f"{address}.git",
        "ssh_url": f"git@{facts.server_url.partition('://')[2]}:{full_name}.git",
        "default_branch": facts.default_branch,
        "master_branch": facts.default_branch,
        "fork": False,
        "archived": False,
    }


def branch(facts: EventFacts, name: str, sha: str, repository: str) -> dict[str, object]:
    """An end of a pull request: ``sha`` of the branch ``name``."""
    owner = repository.partition("/")[0]
    return {
        "label": f"{owner}:{name}",
        "ref": name,
        "sha": sha,
        "user": user(facts, owner),
        "repo": repository_of(facts, repository),
    }


def label(name: str) -> dict[str, object]:
    """A label by its name."""
    return {"id": made_up_id(f"label {name}"), "name": name, "color": "ededed", "default": False, "description": None}


def _person(facts: EventFacts, name: str, email: str) -> dict[str, object]:
    """With the name of an account where it is known: the actor's, who made the last commit."""
    known = {"username": facts.actor} if name in {facts.author_name, facts.actor} else {}
    return {"name": name, "email": email, **known}


def commit_of(facts: EventFacts, commit: CommitFacts) -> dict[str, object]:
    """A commit as the payload of a push has it."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree or None,
        "distinct": commit.distinct,
        "message": commit.message,
        "timestamp": commit.time or None,
        "url": f"{address_of(facts, facts.repository)}/commit/{commit.sha}",
        "author": _person(facts, commit.author_name, commit.author_email),
        "committer": _person(facts, commit.committer_name, commit.committer_email),
        "added": list(commit.added),
        "removed": list(commit.removed),
        "modified": list(commit.modified),
    }


def last_commit(facts: EventFacts) -> CommitFacts:
    """The commit that the event is about."""
    changed = [name for name in facts.changed_files or () if name not in {*facts.added_files, *facts.removed_files}]
    return CommitFacts(
        sha=facts.sha,
        message=facts.message,
        time=facts.time,
        author_name=facts.author_name or facts.actor,
        author_email=facts.author_email,
        committer_name=facts.author_name or facts.actor,
        committer_email=facts.author_email,
        added=facts.added_files,
        removed=facts.removed_files,
        modified=tuple(changed),
    )
